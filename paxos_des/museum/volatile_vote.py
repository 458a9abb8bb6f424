"""volatile-vote: an acceptor that finds its promises again after a crash, and not its votes."""

from collections.abc import Sequence

from paxos_des.cluster.registry import MULTI_PAXOS
from paxos_des.museum.exhibit import CRASHING, Exhibit
from paxos_des.protocol.acceptor import Acceptor
from paxos_des.protocol.effects import Effect, Record, Voted


class VolatileVote(Acceptor):
    """Recovers what it promised, and nothing else."""

    __slots__ = ()

    def recover(self, records: Sequence[Record]) -> list[Effect]:
        return super().recover([one for one in records if not isinstance(one, Voted)])


VOLATILE_VOTE = Exhibit(
    protocol=MULTI_PAXOS.but(
        "volatile-vote",
        acceptor=lambda _, settings: VolatileVote(settings.leaders),
    ),
    mutation=VolatileVote,
    check="agreement",
    group="storage",
    least=19,
    larger=(
        "Where acceptors have disks, the end of each fsync is an event here (of two clients, two "
        "leaders, four promises and four votes), and so is the restart after the crash."
    ),
    source="Michael et al. 2017; the rejoining nodes of AOSA's Cluster by Consensus",
    story=(
        "A node that restarts reads what it promised, and trusts others to know what was chosen. "
        "What a bare quorum chose is then known to fewer than a quorum."
    ),
    settings=CRASHING,
    within=50,
)
