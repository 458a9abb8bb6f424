"""What it takes to lead: elections, those for no reason, duels, and what the loss of a primary
costs.
"""

from array import array
from collections.abc import Mapping

from paxos_des.engine.entries import (
    FaultEntry,
    MessageEntry,
    PrimaryEntry,
    RecoverEntry,
)
from paxos_des.names import NodeId
from paxos_des.protocol.ballot import Ballot
from paxos_des.protocol.messages import Accept, Nack
from paxos_des.run import Run
from paxos_des.study.columns import Cell, Column
from paxos_des.study.metrics.metric import Metric, Observed
from paxos_des.study.metrics.nodes import Nodes
from paxos_des.study.metrics.requests import Requests


class Downtime:
    """Measures for how long nothing is chosen after a primary is lost.

    A primary is lost when it crashes, fails or pauses while it leads (see `Nodes.primary`). Then
    a period begins. It ends with the first command that is chosen after a leader has asked for
    votes again: what the lost one had asked for may still be chosen, for a moment, and is nobody's
    service. (So a primary that comes back before it is replaced ends it, too.) Another loss
    meanwhile lengthens the period, and begins none. One that is not over when the run is, or when
    the last answer came, counts up to there; after the last answer no loss counts, for nobody could
    notice (see `Requests.served_until`).

    Clients that think see to it that nothing is chosen even while it could be: that time counts
    too, so that those should ask often who measure it.
    """

    def __init__(self, observed: Observed) -> None:
        self._warm_up_us = observed.measure.warm_up_us
        self._is_paxos = observed.is_paxos
        self._requests = observed.shared(Requests)
        self._losses_us = array("q")
        self._periods: list[tuple[int, int]] = []
        self._began_us: int | None = None
        # Of the commands chosen, which will end the period; None: nobody has asked again.
        self._ended_by: int | None = None
        self._observed = observed
        observed.shared(Nodes).on_down.append(self._on_down)

    def _on_down(self, entry: FaultEntry | RecoverEntry, was_primary: bool) -> None:  # noqa: FBT001 - observes
        if not was_primary or entry.at_us < self._warm_up_us:
            return
        if not self._losses_us:
            # Not before: there are many Accepts, and in many runs no loss.
            self._observed.on_send(Accept, self._on_accept)
        self._losses_us.append(entry.at_us)
        self._end_period()
        self._ended_by = None
        if self._began_us is None:
            self._began_us = entry.at_us

    def _on_accept(self, _: MessageEntry) -> None:
        if self._ended_by is None:
            self._ended_by = len(self._requests.chosen_us)

    def _end_period(self) -> None:
        """End the period, if what ends it was chosen meanwhile."""
        chosen_us, ended_by = self._requests.chosen_us, self._ended_by
        if self._began_us is not None and ended_by is not None and ended_by < len(chosen_us):
            self._periods.append((self._began_us, chosen_us[ended_by]))
            self._began_us = None

    def cells(self, run: Run) -> Mapping[str, Cell]:
        if not self._is_paxos:
            return {}
        until_us = self._requests.served_until(run)
        self._end_period()
        periods = list(self._periods)
        if self._began_us is not None:
            periods.append((self._began_us, run.stats.simulated_us))
        lengths_us = [min(end, until_us) - start for start, end in periods if start < until_us]
        losses = sum(at_us < until_us for at_us in self._losses_us)
        if not lengths_us:
            return {"primary_losses": losses}
        return {
            "primary_losses": losses,
            "downtime_mean_us": sum(lengths_us) / len(lengths_us),
            "downtime_max_us": max(lengths_us),
        }


class Elections:
    """Counts how often a leader comes to believe that it is the primary, after the warm-up.

    What leaders are told at time 0 is no election, so that a quiet run has none
    (`run.stats.elections` counts those too).

    An election is false if there was no need: if, at that moment, the leader that it had taken for
    the primary was up and believed itself primary. So one that was cut off is falsely replaced, and
    one that crashed is not, even if it is up again: it has forgotten that it led. A leader that has
    taken none for the primary, since it restarted, is falsely elected if any other has led for the
    heartbeat timeout by then, and so should have been heard: not if two were elected at a time.
    """

    def __init__(self, observed: Observed) -> None:
        self._from_us = max(1, observed.measure.warm_up_us)
        self._is_paxos = observed.is_paxos
        self._timeout_us = observed.scenario.heartbeat_timeout_us
        self._led_since_us: dict[NodeId, int] = {}
        self._nodes = observed.shared(Nodes)
        self._nodes.on_primary.append(self._on_primary)
        self._elections = 0
        self._false = 0

    def _on_primary(self, entry: PrimaryEntry) -> None:
        if entry.primary != entry.node:
            return
        self._led_since_us[entry.node] = entry.at_us
        if entry.at_us >= self._from_us:
            self._elections += 1
            self._false += self._is_false(entry.node, entry.at_us)

    def _is_false(self, name: NodeId, now_us: int) -> bool:
        suspected = self._nodes.believed.get(name)
        if suspected is not None:
            return suspected != name and self._nodes.is_primary(suspected)
        led_by_us = now_us - self._timeout_us
        return any(
            other != name and since_us <= led_by_us and self._nodes.is_primary(other)
            for other, since_us in self._led_since_us.items()
        )

    def cells(self, run: Run) -> Mapping[str, Cell]:  # noqa: ARG002 - all was observed
        if not self._is_paxos:
            return {}
        return {"elections": self._elections, "false_elections": self._false}


class Duels:
    """Counts the ballots that lose a duel: that an acceptor refuses because of another leader's
    higher one, while the leaders of both are up and believe themselves primary.

    A ballot counts once, however many acceptors refuse it, in phase 1 or 2, and whether or not the
    refusals arrive. With a stable leader a ballot is for all slots, with per-slot phase 1 for one:
    there, a contended slot is a duel of its own. The first ballot of a leader that takes over from
    a dead one is often too low, and refused; as nobody fights for the higher one, it is no duel.
    """

    def __init__(self, observed: Observed) -> None:
        self._warm_up_us = observed.measure.warm_up_us
        self._observed = observed
        self._leaders = dict(enumerate(observed.scenario.leader_names))
        self._nodes = observed.shared(Nodes)
        self._lost: set[Ballot] = set()
        observed.on_send(Nack, self._on_nack)

    def _on_nack(self, entry: MessageEntry) -> None:
        nack: Nack = entry.message
        if nack.ballot in self._lost or entry.at_us < self._warm_up_us:
            return
        loser = self._leaders.get(nack.ballot.leader)
        winner = self._leaders.get(nack.promised.leader)
        if loser is None or winner is None or loser == winner:
            return
        if self._nodes.is_primary(loser) and self._nodes.is_primary(winner):
            self._lost.add(nack.ballot)

    def cells(self, run: Run) -> Mapping[str, Cell]:
        has_sense = self._observed.paxos_messages(run) is not None
        return {"duels": len(self._lost)} if has_sense else {}


DOWNTIME = Metric(
    name="downtime",
    says="For how long nothing is chosen after a primary is lost.",
    columns=(
        Column(
            "primary_losses",
            "int",
            "how often a leader crashes, fails or pauses while it leads",
            "losses",
        ),
        Column(
            "downtime_mean_us",
            "float",
            "from a loss to the first command chosen after a leader has asked for votes again: "
            "the mean",
            "µs",
        ),
        Column("downtime_max_us", "int", "the longest of those times", "µs"),
    ),
    meter=Downtime,
)
ELECTIONS = Metric(
    name="elections",
    says="How often leaders come to believe that they are the primary, and how often for no "
    "reason.",
    columns=(
        Column(
            "elections",
            "int",
            "how often a leader comes to believe that it is the primary, after time 0",
            "elections",
        ),
        Column(
            "false_elections",
            "int",
            "those without need: the primary that it had suspected was up, and believed itself so",
            "elections",
        ),
    ),
    meter=Elections,
)
DUELS = Metric(
    name="duels",
    says="How often leaders outbid each other.",
    columns=(
        Column(
            "duels",
            "int",
            "ballots refused because of another leader's, while both believe themselves primary",
            "ballots",
        ),
    ),
    meter=Duels,
)
