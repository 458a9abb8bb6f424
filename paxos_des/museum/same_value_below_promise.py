"""same-value-below-promise: an acceptor that votes again, in any ballot, for what it voted for."""

from paxos_des.cluster.registry import MULTI_PAXOS
from paxos_des.museum.exhibit import THREE, Exhibit
from paxos_des.names import NodeId
from paxos_des.protocol.acceptor import Acceptor
from paxos_des.protocol.ballot import NULL_BALLOT
from paxos_des.protocol.effects import Effect
from paxos_des.protocol.messages import Accept


class VotesAgainForTheSame(Acceptor):
    """Is bound by its vote alone, where the value is that of its vote."""

    __slots__ = ()

    def _on_accept(self, source: NodeId, accept: Accept) -> list[Effect]:
        vote = self.votes.get(accept.slot)
        if vote is None or vote.value != accept.value:
            return super()._on_accept(source, accept)
        promised = self.promised.pop(accept.slot, NULL_BALLOT)
        effects = super()._on_accept(source, accept)
        self.promised[accept.slot] = promised
        return effects


SAME_VALUE_BELOW_PROMISE = Exhibit(
    protocol=MULTI_PAXOS.but(
        "same-value-below-promise",
        acceptor=lambda _, settings: VotesAgainForTheSame(settings.leaders),
    ),
    mutation=VotesAgainForTheSame,
    check="promises",
    group="acceptor",
    source="a variant of accept-below-promise",
    story=(
        "Who asks for what was voted for anyway cannot do harm, so the promise is not looked at. "
        "The vote is of a ballot that the leader above was promised to hear of, and did not."
    ),
    settings=THREE,
    within=100,
)
