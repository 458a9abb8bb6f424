"""forgets-after-chosen: an acceptor whose promises and votes expire."""

from paxos_des.cluster.registry import MULTI_PAXOS
from paxos_des.museum.exhibit import Exhibit
from paxos_des.names import NodeId
from paxos_des.protocol.acceptor import Acceptor
from paxos_des.protocol.effects import Effect, SetTimer, Timer
from paxos_des.protocol.messages import Accept

EXPIRE = Timer("expire")
KEPT_US = 20_000


class Expires(Acceptor):
    """Drops what it knows some time after each vote, and goes on as if it were new."""

    __slots__ = ()

    def _on_accept(self, source: NodeId, accept: Accept) -> list[Effect]:
        effects = super()._on_accept(source, accept)
        return [*effects, SetTimer(timer=EXPIRE, delay_us_min=KEPT_US, delay_us_max=KEPT_US)]

    def on_timer(self, timer: Timer) -> list[Effect]:  # noqa: ARG002 - there is one
        self.promised.clear()
        self.votes.clear()
        return []


FORGETS_AFTER_CHOSEN = Exhibit(
    protocol=MULTI_PAXOS.but(
        "forgets-after-chosen",
        acceptor=lambda _, settings: Expires(settings.leaders),
    ),
    mutation=Expires,
    check="agreement",
    group="acceptor",
    least=19,
    source="Cassandra's Paxos state with a time to live (CEP-14)",
    story=(
        "Paxos's state takes space, and gets a time to live, since what is old must be decided. "
        "A leader that was slow prepares with those that no longer know the choice."
    ),
    within=100,
)
