"""accept-keeps-promise: an acceptor whose vote does not raise what binds it."""

from paxos_des.cluster.registry import MULTI_PAXOS
from paxos_des.museum.exhibit import THREE, Exhibit
from paxos_des.protocol.acceptor import Acceptor
from paxos_des.protocol.ballot import NULL_BALLOT, Ballot, Slot


class KeepsPromise(Acceptor):
    """Is bound by promises alone: where it votes unpromised, a lower vote may take its place."""

    __slots__ = ()

    def _binding(self, slot: Slot) -> Ballot:
        return self.promised.get(slot, NULL_BALLOT)


ACCEPT_KEEPS_PROMISE = Exhibit(
    protocol=MULTI_PAXOS.but(
        "accept-keeps-promise",
        acceptor=lambda _, settings: KeepsPromise(settings.leaders),
    ),
    mutation=KeepsPromise,
    check="agreement",
    group="acceptor",
    least=24,
    source="the ambiguous sentence of Paxos Made Simple (Brooker 2021); PyPI's `paxos` 0.1",
    story=(
        "An acceptor that never saw the Prepare votes for a high ballot, and then for a low one "
        "that it did promise. A third leader is told of the low vote, where the high one counted."
    ),
    settings={**THREE, "drop": 0.4, "delay": "exponential 8ms"},
    within=100,
)
