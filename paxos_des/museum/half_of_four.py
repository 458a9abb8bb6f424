"""half-of-four: a majority that is a half where the number of acceptors is even."""

from dataclasses import replace

from paxos_des.cluster.registry import MULTI_PAXOS
from paxos_des.museum.exhibit import Exhibit
from paxos_des.names import NodeId
from paxos_des.protocol.heartbeat import Leadership
from paxos_des.protocol.leader import Leader
from paxos_des.protocol.quorum import Flexible
from paxos_des.protocol.role import Settings


class Half(Flexible):
    """Half of the acceptors, rounded up, in both phases: for an even number two are disjoint."""

    __slots__ = ()

    def __post_init__(self) -> None:
        """Nobody asks whether quorums meet."""


def leader(leadership: Leadership, settings: Settings, told: NodeId | None) -> Leader:
    acceptors = len(settings.acceptors)
    half = (acceptors + 1) // 2
    quorums = Half(acceptors=acceptors, phase1=half, phase2=half)
    return Leader.make(leadership, replace(settings, quorums=quorums), told)


HALF_OF_FOUR = Exhibit(
    protocol=MULTI_PAXOS.but("half-of-four", leader=leader),
    mutation=Half,
    check="agreement",
    source="classic: off by one",
    story=(
        "`>=` stands where `>` should, which makes no difference in clusters of three and five. "
        "Somebody adds a fourth acceptor, and two halves choose two values."
    ),
    settings={"acceptors": 4, "delay": "bimodal 1ms 20ms 0.3"},
    within=100,
)
