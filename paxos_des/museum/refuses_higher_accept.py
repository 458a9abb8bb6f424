"""refuses-higher-accept: an acceptor that votes in no ballot but the one that it promised."""

from paxos_des.cluster.registry import MULTI_PAXOS
from paxos_des.museum.exhibit import Exhibit
from paxos_des.names import NodeId
from paxos_des.protocol.acceptor import Acceptor
from paxos_des.protocol.effects import Effect, Send
from paxos_des.protocol.messages import Accept, Nack


class RefusesHigherAccept(Acceptor):
    """Is safe: it votes more rarely than PMS 2.2, P1a, allows."""

    __slots__ = ()

    def _on_accept(self, source: NodeId, accept: Accept) -> list[Effect]:
        binding = self._binding(accept.slot)
        if accept.ballot > binding:
            return [Send(source, Nack(accept.ballot, binding, slot=accept.slot))]
        return super()._on_accept(source, accept)


REFUSES_HIGHER_ACCEPT = Exhibit(
    protocol=MULTI_PAXOS.but(
        "refuses-higher-accept",
        acceptor=lambda _, settings: RefusesHigherAccept(settings.leaders),
    ),
    mutation=RefusesHigherAccept,
    check="liveness",
    group="acceptor",
    least=4,
    source="MyPaxos issue 19",
    story=(
        "An Accept is expected in the very ballot that was promised, and refused in any other. "
        "So an acceptor whose Prepare was lost has its leader give up a ballot that a quorum holds."
    ),
    settings={
        "primaries": "highest",
        "send_to": "highest",
        "slots": "unbounded",
        "acceptors": 5,
        "values": 8,
        "drop": 0.3,
        "resend_after": "20ms",
        "live_within": "500ms",
        "horizon": "3s",
    },
    within=30,
    not_pooled="no time is too long in the pool",
)
