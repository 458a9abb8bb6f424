"""highest-by-leader: a leader to which the highest vote is the highest leader's."""

from functools import partial

from paxos_des.cluster.registry import MULTI_PAXOS
from paxos_des.museum.exhibit import THREE, Exhibit
from paxos_des.names import NodeId
from paxos_des.protocol.ballot import Value, Vote
from paxos_des.protocol.leader import Leader
from paxos_des.protocol.per_slot import PerSlot


class HighestByLeader(PerSlot):
    """Looks at the round of two votes only where the leader is the same."""

    __slots__ = ()

    def _voted(self, promises: dict[NodeId, tuple[Vote, ...]]) -> Value | None:
        reported = [vote for votes in promises.values() for vote in votes]
        reported.sort(key=lambda vote: (vote.ballot.leader, vote.ballot.round))
        return reported[-1].value if reported else None


HIGHEST_BY_LEADER = Exhibit(
    protocol=MULTI_PAXOS.but(
        "highest-by-leader", leader=partial(Leader.make, per_slot=HighestByLeader)
    ),
    mutation=HighestByLeader,
    check="agreement",
    group="leader",
    least=25,
    larger=(
        "A leader reaches a second round by nothing but a refusal here: two of three ballots cost "
        "a Prepare or an Accept in vain, a Nack, and the back-off's timer."
    ),
    source="the 2009 program",
    story=(
        "Votes are ordered as the pairs happen to be written, leader first. "
        "The old vote of a high leader beats the younger one by which a value was chosen."
    ),
    settings=THREE,
    within=100,
)
