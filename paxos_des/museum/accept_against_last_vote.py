"""accept-against-last-vote: an acceptor that compares an Accept with its vote alone."""

from paxos_des.cluster.registry import MULTI_PAXOS
from paxos_des.museum.exhibit import Exhibit
from paxos_des.names import NodeId
from paxos_des.protocol.acceptor import Acceptor
from paxos_des.protocol.ballot import NULL_BALLOT
from paxos_des.protocol.effects import Effect
from paxos_des.protocol.messages import Accept


class AcceptsAgainstLastVote(Acceptor):
    """Refuses votes below its vote, and below no promise."""

    __slots__ = ()

    def _on_accept(self, source: NodeId, accept: Accept) -> list[Effect]:
        promised = self.promised.pop(accept.slot, NULL_BALLOT)
        effects = super()._on_accept(source, accept)
        self.promised[accept.slot] = promised
        return effects


ACCEPT_AGAINST_LAST_VOTE = Exhibit(
    protocol=MULTI_PAXOS.but(
        "accept-against-last-vote",
        acceptor=lambda _, settings: AcceptsAgainstLastVote(settings.leaders),
    ),
    mutation=AcceptsAgainstLastVote,
    check="agreement",
    group="acceptor",
    least=18,
    source="a variant of accept-below-promise",
    story=(
        "Of two ballots that are remembered, the one of the last vote is compared, which looks "
        "like the rule. Between a promise and the vote that follows it, nothing is kept."
    ),
    within=50,
)
