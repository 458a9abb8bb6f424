"""refusal-unanswered: an acceptor that says nothing where it refuses."""

from paxos_des.cluster.registry import MULTI_PAXOS
from paxos_des.museum.exhibit import Exhibit
from paxos_des.names import NodeId
from paxos_des.protocol.acceptor import Acceptor
from paxos_des.protocol.effects import Effect, Send
from paxos_des.protocol.messages import AcceptorMessage, Nack


class RefusesSilently(Acceptor):
    """Is safe: PMS 2.5 calls telling the proposer a good idea, and not more."""

    __slots__ = ()

    def on_message(self, source: NodeId, message: AcceptorMessage) -> list[Effect]:
        effects = super().on_message(source, message)
        return [one for one in effects if not (isinstance(one, Send) and type(one.message) is Nack)]


REFUSAL_UNANSWERED = Exhibit(
    protocol=MULTI_PAXOS.but(
        "refusal-unanswered",
        acceptor=lambda _, settings: RefusesSilently(settings.leaders),
    ),
    mutation=RefusesSilently,
    check="liveness",
    group="acceptor",
    source="the 2009 program",
    story=(
        "The paper lets an acceptor ignore what it need not answer, and an optimisation is left "
        "out. A leader whose ballot is too low goes on asking for ever, and is never heard."
    ),
    settings={
        "slots": "unbounded",
        "retry_after": "100ms",
        "faults": [{"at": "12ms", "fail": "leader-1"}],
        "live_within": "10s",
        "horizon": "11s",
    },
    within=20,
    not_pooled="no time is too long in the pool",
)
