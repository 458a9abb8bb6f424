"""volatile-promise: an acceptor that finds its votes again after a crash, and not its promises."""

from collections.abc import Sequence

from paxos_des.cluster.registry import MULTI_PAXOS
from paxos_des.museum.exhibit import CRASHING, Exhibit
from paxos_des.protocol.acceptor import Acceptor
from paxos_des.protocol.effects import Effect, Promised, Record


class VolatilePromise(Acceptor):
    """Recovers what it voted for, and nothing else."""

    __slots__ = ()

    def recover(self, records: Sequence[Record]) -> list[Effect]:
        return super().recover([one for one in records if not isinstance(one, Promised)])


VOLATILE_PROMISE = Exhibit(
    protocol=MULTI_PAXOS.but(
        "volatile-promise",
        acceptor=lambda _, settings: VolatilePromise(settings.leaders),
    ),
    mutation=VolatilePromise,
    check="agreement",
    group="storage",
    least=19,
    larger=(
        "Where acceptors have disks, the end of each fsync is an event here (of two clients, two "
        "leaders, four promises and four votes), and so is the restart after the crash."
    ),
    source="Michael et al. 2017 on VR Revisited, JPaxos and Paxos Made Live",
    story=(
        "Only what was accepted looks worth a write to the disk. "
        "An acceptor restarts, and votes in a ballot that it had promised not to vote in."
    ),
    settings=CRASHING,
    within=50,
)
