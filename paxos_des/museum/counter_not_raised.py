"""counter-not-raised: a leader whose next ballot is one higher, whatever refused the last."""

from paxos_des.cluster.registry import MULTI_PAXOS
from paxos_des.museum.exhibit import FAILOVER, Exhibit
from paxos_des.names import NodeId
from paxos_des.protocol.ballot import Ballot
from paxos_des.protocol.heartbeat import Leadership
from paxos_des.protocol.leader import Leader
from paxos_des.protocol.proposing import Ballots
from paxos_des.protocol.role import Settings


class CountsByOne(Ballots):
    """Is safe: its ballots rise, and none is made twice."""

    __slots__ = ()

    def rise_to(self, ballot: Ballot) -> None:
        """Take no notice of the ballot that refused."""


def leader(leadership: Leadership, settings: Settings, told: NodeId | None) -> Leader:
    made = Leader.make(leadership, settings, told)
    made.campaign.ballots = CountsByOne(leadership.name)
    return made


COUNTER_NOT_RAISED = Exhibit(
    protocol=MULTI_PAXOS.but("counter-not-raised", leader=leader),
    mutation=CountsByOne,
    check="liveness",
    group="leader",
    source="an implementation of CASPaxos in Go; the 2009 program",
    story=(
        "A refusal says how high the next ballot has to be, and is taken for a bare no. "
        "Who takes over from a primary that had come far is refused once for each round on the way."
    ),
    settings={
        **FAILOVER,
        "values": 8,
        "in_flight": 1,
        "think_max": "40ms",
        "disks": "on",
        "faults": [
            {"at": "20ms", "crash": "leader-1", "for": "1ms"},
            {"at": "100ms", "fail": "leader-1"},
        ],
        "live_within": "10s",
        "horizon": "12s",
    },
    within=5,
    not_pooled="no time is too long in the pool",
)
