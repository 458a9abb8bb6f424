"""half-of-four: a majority that is a half where the number of acceptors is even."""

from collections.abc import Collection
from dataclasses import replace

from paxos_des.cluster.registry import MULTI_PAXOS
from paxos_des.museum.exhibit import Exhibit
from paxos_des.names import NodeId
from paxos_des.protocol.heartbeat import Leadership
from paxos_des.protocol.leader import Leader
from paxos_des.protocol.quorum import Majority
from paxos_des.protocol.role import Settings


class Half(Majority):
    """Half of the acceptors, or more: of an even number, two halves are disjoint."""

    __slots__ = ()

    @property
    def size(self) -> int:
        return (self.acceptors + 1) // 2

    def is_phase1(self, voters: Collection[NodeId]) -> bool:
        return 2 * len(voters) >= self.acceptors

    def is_phase2(self, voters: Collection[NodeId]) -> bool:
        return 2 * len(voters) >= self.acceptors


def leader(leadership: Leadership, settings: Settings, told: NodeId | None) -> Leader:
    quorums = Half(len(settings.acceptors))
    return Leader.make(leadership, replace(settings, quorums=quorums), told)


HALF_OF_FOUR = Exhibit(
    protocol=MULTI_PAXOS.but("half-of-four", leader=leader),
    mutation=Half,
    check="agreement",
    group="quorums",
    least=20,
    source="classic: off by one",
    story=(
        "`>=` stands where `>` should, which makes no difference in clusters of three and five. "
        "Somebody adds a fourth acceptor, and two halves choose two values."
    ),
    settings={"acceptors": 4, "delay": "bimodal 1ms 20ms 0.3"},
    within=100,
)
