"""For how much of the time a quorum of acceptors is up: the most that any protocol could use."""

from collections.abc import Mapping

from paxos_des.engine.entries import FaultEntry, RecoverEntry
from paxos_des.run import Run
from paxos_des.study.columns import Cell, Column
from paxos_des.study.metrics.metric import Metric, Observed
from paxos_des.study.metrics.nodes import Nodes


class QuorumUp:
    """Adds up the time in which the acceptors that are up include a phase-1 quorum and a phase-2
    quorum: so that a new leader could prepare, and have a value chosen.

    From the warm-up to the end of the run, whether anybody asks for anything or not. A run that
    ends when all is answered ends rather while a quorum is up: for the long-run share, stop at the
    horizon. Acceptors that are slow, or cut off, are up (see `Nodes`). Where the acceptors change,
    each slot has its own quorums, and there is nothing to say.
    """

    def __init__(self, observed: Observed) -> None:
        scenario = observed.scenario
        self._quorums = scenario.quorum_system
        self._has_sense = observed.is_paxos and not scenario.changes
        self._since_us = self._warm_up_us = observed.measure.warm_up_us
        self._up = dict.fromkeys(scenario.member_names)
        self._is_quorum_up = True
        self._up_us = 0
        nodes = observed.shared(Nodes)
        nodes.on_down.append(self._on_down)
        nodes.on_up.append(self._on_up)
        self._members = frozenset(self._up)

    def _on_down(self, entry: FaultEntry | RecoverEntry, _: bool) -> None:  # noqa: FBT001 - observes
        if entry.node in self._members:
            self._count(entry.at_us)
            del self._up[entry.node]
            self._look()

    def _on_up(self, entry: FaultEntry) -> None:
        if entry.node in self._members:
            self._count(entry.at_us)
            self._up[entry.node] = None
            self._look()

    def _look(self) -> None:
        up = self._up
        self._is_quorum_up = self._quorums.is_phase1(up) and self._quorums.is_phase2(up)

    def _count(self, at_us: int) -> None:
        """Add the time since the last look to what it said."""
        if at_us > self._since_us:
            if self._is_quorum_up:
                self._up_us += at_us - self._since_us
            self._since_us = at_us

    def cells(self, run: Run) -> Mapping[str, Cell]:
        whole_us = run.stats.simulated_us - self._warm_up_us
        if not self._has_sense or whole_us <= 0:
            return {}
        self._count(run.stats.simulated_us)
        return {"quorum_up_share": self._up_us / whole_us}


QUORUM = Metric(
    name="quorum",
    says="For how much of the time enough acceptors are up.",
    columns=(
        Column(
            "quorum_up_share",
            "float",
            "the share of the time after the warm-up in which the acceptors that are up include a "
            "phase-1 and a phase-2 quorum",
            "share",
        ),
    ),
    meter=QuorumUp,
)
