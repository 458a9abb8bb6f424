"""first-report: a leader that takes the first vote reported, not the highest."""

from functools import partial

from paxos_des.cluster.registry import MULTI_PAXOS
from paxos_des.museum.exhibit import THREE, Exhibit
from paxos_des.names import NodeId
from paxos_des.protocol.ballot import Value, Vote
from paxos_des.protocol.leader import Leader
from paxos_des.protocol.per_slot import PerSlot


class FirstReport(PerSlot):
    """Is content with any vote: half of PMS 2.2, P2c, is gone."""

    __slots__ = ()

    def _voted(self, promises: dict[NodeId, tuple[Vote, ...]]) -> Value | None:
        return next((vote.value for votes in promises.values() for vote in votes), None)


FIRST_REPORT = Exhibit(
    protocol=MULTI_PAXOS.but("first-report", leader=partial(Leader.make, per_slot=FirstReport)),
    mutation=FirstReport,
    check="agreement",
    group="leader",
    least=24,
    source="classic",
    story=(
        "Some vote was reported, so its value may have been chosen, so it is proposed again. "
        "Where two ballots left votes, only the higher one's may have been."
    ),
    settings=THREE,
    within=100,
)
