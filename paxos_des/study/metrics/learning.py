"""How leaders learn: how long votes take to be counted, and what was missed to be made up for."""

from array import array
from collections.abc import Mapping

from paxos_des.engine.entries import (
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
        names = observed.scenario.leader_names
        # What each has learned in its present life: all slots below one, and these.
        self._below: dict[NodeId, Slot] = dict.fromkeys(names, 0)
        self._learned: dict[NodeId, set[Slot]] = {name: set() for name in names}
        # Since when a leader misses what: those that are catching up.
        self._missing: dict[NodeId, tuple[int, set[Slot]]] = {}
        self._times_us: list[int] = []
        nodes = observed.shared(Nodes)
        nodes.on_up.append(self._on_up)
        nodes.on_down.append(self._on_down)
        observed.on_event("crash", self._on_crash)
        observed.on_event("learn", self._on_learn)
        observed.on_event("snapshot", self._on_snapshot)
        observed.on_event("install", self._on_snapshot)

    def _on_up(self, entry: FaultEntry) -> None:
        name = entry.node
        if name in self._learned and entry.at_us >= self._warm_up_us:
            below, chosen = self._below[name], self._votes.chosen
            forgotten = self._votes.slots - len(chosen)  # by all, and so the lowest
            slots = {*range(below, forgotten), *(slot for slot in chosen if slot >= below)}
            self._missing[name] = (entry.at_us, slots - self._learned[name])
            self._look(name, entry.at_us)

    def _on_down(self, entry: FaultEntry | RecoverEntry, _: bool) -> None:  # noqa: FBT001 - observes
        self._missing.pop(entry.node, None)

    def _on_crash(self, entry: FaultEntry) -> None:
        if entry.node in self._learned:
            self._learned[entry.node].clear()
            self._below[entry.node] = 0

    def _on_learn(self, entry: LearnEntry) -> None:
        learned = self._learned.get(entry.node)
        if learned is None:
            return  # of another protocol, who is no leader may learn
        learned.add(entry.slot)
        if entry.node in self._missing:
            self._missing[entry.node][1].discard(entry.slot)
            self._look(entry.node, entry.at_us)

    def _on_snapshot(self, entry: SnapshotEntry) -> None:
        name, below = entry.node, entry.slot
        if below <= self._below.get(name, below):
            return
        self._below[name] = below
        self._learned[name] = {slot for slot in self._learned[name] if slot >= below}
        if name in self._missing:
            since_us, slots = self._missing[name]
            self._missing[name] = (since_us, {slot for slot in slots if slot >= below})
            self._look(name, entry.at_us)

    def _look(self, name: NodeId, at_us: int) -> None:
        """See whether a leader has learned all that it missed."""
        since_us, slots = self._missing[name]
        if not slots:
            self._times_us.append(at_us - since_us)
            del self._missing[name]

    def cells(self, run: Run) -> Mapping[str, Cell]:
        if not self._is_paxos:
            return {}
        end_us = run.stats.simulated_us
        times_us = self._times_us + [end_us - since_us for since_us, _ in self._missing.values()]
        if not times_us:
            return {"catch_ups": 0}
        return {
            "catch_ups": len(times_us),
            "catch_up_mean_us": sum(times_us) / len(times_us),
            "catch_up_max_us": max(times_us),
        }


class Phase2:
    """Measures phase 2: from when a leader first asks for votes, in a slot and a ballot, until it
    has counted a quorum of them.

    Only those are counted that the leader learns itself, by votes in that ballot; not those that
    another ballot, or another leader's word, decides. A message that is lost lengthens it, up to
    when it is sent again.
    """

    def __init__(self, observed: Observed) -> None:
        self._warm_up_us = observed.measure.warm_up_us
        self._observed = observed
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

    def cells(self, run: Run) -> Mapping[str, Cell]:
        if self._observed.paxos_messages(run) is None:
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
        Column(
            "catch_ups", "int", "how often a leader is up again, and stays up until then", "returns"
        ),
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
