"""flexible-sum-n: flexible quorums of sizes that make up all acceptors, and need not meet."""

from dataclasses import replace

from paxos_des.cluster.registry import MULTI_PAXOS
from paxos_des.museum.exhibit import Exhibit
from paxos_des.names import NodeId
from paxos_des.protocol.heartbeat import Leadership
from paxos_des.protocol.leader import Leader
from paxos_des.protocol.quorum import Flexible
from paxos_des.protocol.role import Settings


class SumIsEnough(Flexible):
    """Quorums of any two sizes."""

    __slots__ = ()

    def __post_init__(self) -> None:
        """Nobody asks whether quorums meet."""


def leader(leadership: Leadership, settings: Settings, told: NodeId | None) -> Leader:
    """Return a leader with a majority to prepare, and all the others to choose."""
    acceptors = len(settings.acceptors)
    phase1 = acceptors // 2 + 1
    quorums = SumIsEnough(acceptors=acceptors, phase1=phase1, phase2=acceptors - phase1)
    return Leader.make(leadership, replace(settings, quorums=quorums), told)


FLEXIBLE_SUM_N = Exhibit(
    protocol=MULTI_PAXOS.but("flexible-sum-n", leader=leader),
    mutation=leader,
    check="agreement",
    group="quorums",
    least=23,
    source="Flexible Paxos (Howard et al. 2016) misused: it needs q1 + q2 > n",
    story=(
        "A smaller phase-2 quorum makes choosing cheaper, and q1 + q2 = n looks like enough. "
        "Those who promise may be just those who did not vote."
    ),
    settings={"acceptors": 5, "delay": "bimodal 1ms 20ms 0.3"},
    within=100,
)
