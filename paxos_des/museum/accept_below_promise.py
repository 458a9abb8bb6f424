"""accept-below-promise: an acceptor that votes in any ballot, whatever it has promised.

Nor does it refuse any Prepare, which does no more harm: what is promised binds no vote anyway.
"""

from paxos_des.cluster.registry import MULTI_PAXOS
from paxos_des.museum.exhibit import Exhibit
from paxos_des.protocol.acceptor import Acceptor
from paxos_des.protocol.ballot import NULL_BALLOT, Ballot, Slot


class AcceptsBelowPromise(Acceptor):
    """Nothing binds it: PMS 2.2, P1a, is gone."""

    __slots__ = ()

    def _binding(self, slot: Slot) -> Ballot:  # noqa: ARG002 - nothing binds any slot
        return NULL_BALLOT


ACCEPT_BELOW_PROMISE = Exhibit(
    protocol=MULTI_PAXOS.but(
        "accept-below-promise",
        acceptor=lambda _, settings: AcceptsBelowPromise(settings.leaders),
    ),
    mutation=AcceptsBelowPromise,
    check="agreement",
    group="acceptor",
    least=18,
    source="the 2009 program",
    story=(
        "The promise is kept, and never looked at when a vote is asked for. "
        "An Accept that was delayed past the promise to a higher ballot is then voted for."
    ),
    within=50,
)
