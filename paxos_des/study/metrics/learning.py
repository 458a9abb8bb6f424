"""How leaders learn: how long votes take to be counted, and what was missed to be made up for."""

from array import array
from collections.abc import Mapping
from typing import NamedTuple

from paxos_des.checks.votes import Votes
from paxos_des.checks.waiting import Reach
from paxos_des.engine.trace import (
    FaultEntry,
    LearnEntry,
    MessageEntry,
    RecoverEntry,
    SnapshotEntry,
)
from paxos_des.names import NodeId
from paxos_des.protocol.ballot import Ballot, Slot
from paxos_des.protocol.messages import Accept
from paxos_des.run import Run
from paxos_des.study.columns import Cell, Column
from paxos_des.study.metrics.metric import Metric, Observed
from paxos_des.study.metrics.nodes import Nodes


class _Missed(NamedTuple):
    """What a leader has to learn since a time: all below a slot, and some slots above, the least
    last.
    """

    since_us: int
    below: Slot
    above: list[Slot]


class CatchUp:
    """Measures how long a leader that comes back takes to learn what was chosen by then.

    It comes back when it is up again (see `Nodes`): restarted, healed or resumed. It has caught up
    when it has learned every slot that had a value, no-ops too, at that moment; by votes, by being
    told, or from a snapshot, its own included. One that missed nothing takes 0. One that goes down
    again before it has caught up has given up: it begins anew when it comes back. One that has not
    caught up when the run is over counts up to there.
    """

    def __init__(self, observed: Observed) -> None:
        self._warm_up_us = observed.measure.warm_up_us
        self._is_paxos = observed.is_paxos
        self._votes = observed.votes
        self._reach = {name: Reach() for name in observed.scenario.leader_names}
        self._missed: dict[NodeId, _Missed] = {}
        self._times_us: list[int] = []
        nodes = observed.shared(Nodes)
        nodes.on_up.append(self._on_up)
        nodes.on_down.append(self._on_down)
        observed.on_event("crash", self._on_crash)
        observed.on_event("learn", self._on_learn)
        observed.on_event("snapshot", self._on_snapshot)
        observed.on_event("install", self._on_snapshot)

    def _on_up(self, entry: FaultEntry) -> None:
        if entry.node in self._reach and entry.at_us >= self._warm_up_us:
            below, above = _chosen(self._votes)
            self._missed[entry.node] = _Missed(entry.at_us, below, above)
            self._look(entry.node, entry.at_us)

    def _on_down(self, entry: FaultEntry | RecoverEntry, _: bool) -> None:  # noqa: FBT001 - observes
        self._missed.pop(entry.node, None)

    def _on_crash(self, entry: FaultEntry) -> None:
        if entry.node in self._reach:
            self._reach[entry.node].restart()

    def _on_learn(self, entry: LearnEntry) -> None:
        reach = self._reach.get(entry.node)
        if reach is not None:
            reach.learn(entry.slot)
            if self._missed:
                self._look(entry.node, entry.at_us)

    def _on_snapshot(self, entry: SnapshotEntry) -> None:
        reach = self._reach.get(entry.node)
        if reach is not None and reach.below < entry.slot:
            reach.learn_below(entry.slot)
            self._look(entry.node, entry.at_us)

    def _look(self, name: NodeId, at_us: int) -> None:
        """See whether a leader has learned all that it missed."""
        missed = self._missed.get(name)
        reach = self._reach[name]
        if missed is None or reach.below < missed.below:
            return
        while missed.above and reach.has(missed.above[-1]):
            missed.above.pop()
        if not missed.above:
            self._times_us.append(at_us - missed.since_us)
            del self._missed[name]

    def cells(self, run: Run) -> Mapping[str, Cell]:
        if not self._is_paxos:
            return {}
        end_us = run.stats.simulated_us
        times_us = self._times_us + [end_us - one.since_us for one in self._missed.values()]
        if not times_us:
            return {"catch_ups": 0}
        return {
            "catch_ups": len(times_us),
            "catch_up_mean_us": sum(times_us) / len(times_us),
            "catch_up_max_us": max(times_us),
        }


def _chosen(votes: Votes) -> tuple[Slot, list[Slot]]:
    """Return a slot below which every one has a value, and the slots above it that have one."""
    below = votes.slots - len(votes.chosen)  # so many are forgotten by all
    while below in votes.chosen:
        below += 1
    return below, sorted((slot for slot in votes.chosen if slot > below), reverse=True)


class Phase2:
    """Measures phase 2: from when a leader first asks for votes, in a slot and a ballot, until it
    has counted a quorum of them.

    Only those are counted that the leader learns itself, by votes in that ballot; not those that
    another ballot, or another leader's word, decides. A message that is lost lengthens it, up to
    when it is sent again.
    """

    def __init__(self, observed: Observed) -> None:
        self._warm_up_us = observed.measure.warm_up_us
        self._is_paxos = observed.is_paxos
        self._asked_us: dict[tuple[NodeId, Slot, Ballot], int] = {}
        self._times_us = array("q")
        observed.on_send(Accept, self._on_accept)
        observed.on_event("learn", self._on_learn)

    def _on_accept(self, entry: MessageEntry) -> None:
        accept: Accept = entry.message
        self._asked_us.setdefault((entry.node, accept.slot, accept.ballot), entry.at_us)

    def _on_learn(self, entry: LearnEntry) -> None:
        asked_us = self._asked_us.pop((entry.node, entry.slot, entry.ballot), None)
        if asked_us is not None and asked_us >= self._warm_up_us:
            self._times_us.append(entry.at_us - asked_us)

    def cells(self, run: Run) -> Mapping[str, Cell]:  # noqa: ARG002 - all was observed
        if not self._is_paxos:
            return {}
        times_us = self._times_us
        return {
            "phase2_count": len(times_us),
            "phase2_mean_us": sum(times_us) / len(times_us) if times_us else None,
        }


CATCH_UP = Metric(
    name="catch_up",
    says="How long leaders that come back take to learn what they missed.",
    columns=(
        Column("catch_ups", "int", "how often a leader is up again", "returns"),
        Column(
            "catch_up_mean_us",
            "float",
            "from there until it has learned all that was chosen by then: the mean",
            "µs",
        ),
        Column("catch_up_max_us", "int", "the longest of those times", "µs"),
    ),
    meter=CatchUp,
)
PHASE2 = Metric(
    name="phase2",
    says="How long phase 2 takes.",
    columns=(
        Column(
            "phase2_mean_us",
            "float",
            "from the first Accept of a slot and ballot until who sent it has counted its quorum "
            "of votes: the mean",
            "µs",
        ),
        Column("phase2_count", "int", "how many slots and ballots that is of", "slots"),
    ),
    meter=Phase2,
)
