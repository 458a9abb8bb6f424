"""python-3-division: a majority of five that is three and a half."""

from collections.abc import Collection
from dataclasses import replace

from paxos_des.cluster.registry import MULTI_PAXOS
from paxos_des.museum.exhibit import Exhibit
from paxos_des.names import NodeId
from paxos_des.protocol.heartbeat import Leadership
from paxos_des.protocol.leader import Leader
from paxos_des.protocol.quorum import Majority
from paxos_des.protocol.role import Settings


class ThreeAndAHalf(Majority):
    """`5 / 2 + 1`, where `/` was once a division of integers."""

    __slots__ = ()

    def is_phase1(self, voters: Collection[NodeId]) -> bool:
        return len(voters) >= self.acceptors / 2 + 1

    def is_phase2(self, voters: Collection[NodeId]) -> bool:
        return len(voters) >= self.acceptors / 2 + 1


def leader(leadership: Leadership, settings: Settings, told: NodeId | None) -> Leader:
    quorums = ThreeAndAHalf(len(settings.acceptors))
    return Leader.make(leadership, replace(settings, quorums=quorums), told)


PYTHON_3_DIVISION = Exhibit(
    protocol=MULTI_PAXOS.but("python-3-division", leader=leader),
    mutation=ThreeAndAHalf,
    check="liveness",
    group="quorums",
    least=2,
    source="the 2009 program under Python 3",
    story=(
        "A program is moved to a language in which a division of integers may be none. "
        "All tests pass in which nobody fails, for four of five acceptors are mostly there."
    ),
    settings={
        "acceptors": 5,
        "failed_acceptors": 2,
        "slots": "unbounded",
        "live_within": "10s",
        "horizon": "11s",
    },
    within=5,
    not_pooled="no time is too long in the pool",
)
