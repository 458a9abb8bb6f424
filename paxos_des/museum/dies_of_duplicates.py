"""dies-of-duplicates: an acceptor that a message which it did not expect kills."""

from paxos_des.cluster.registry import MULTI_PAXOS
from paxos_des.museum.exhibit import Exhibit
from paxos_des.names import NodeId
from paxos_des.protocol.acceptor import Acceptor
from paxos_des.protocol.effects import Effect
from paxos_des.protocol.messages import Accept, AcceptorMessage


class DiesOfDuplicates(Acceptor):
    """Keeps no proposal that it has voted for: an Accept without a Prepare just before is fatal."""

    def __init__(self, leaders: tuple[NodeId, ...]) -> None:
        super().__init__(leaders)
        self.is_dead = False

    def on_message(self, source: NodeId, message: AcceptorMessage) -> list[Effect]:
        if isinstance(message, Accept):
            vote = self.votes.get(message.slot)
            is_expected = self.promised.get(message.slot) == message.ballot and (
                vote is None or vote.ballot < message.ballot
            )
            self.is_dead = self.is_dead or not is_expected
        return [] if self.is_dead else super().on_message(source, message)


DIES_OF_DUPLICATES = Exhibit(
    protocol=MULTI_PAXOS.but(
        "dies-of-duplicates",
        acceptor=lambda _, settings: DiesOfDuplicates(settings.leaders),
    ),
    mutation=DiesOfDuplicates,
    check="liveness",
    group="acceptor",
    least=5,
    source="the 2009 program",
    story=(
        "What was promised stands in a dictionary, from which a vote takes it out. "
        "The next Accept that the network repeats finds nothing there, and the thread ends."
    ),
    settings={"slots": "unbounded", "live_within": "10s", "horizon": "11s"},
    within=20,
    not_pooled="no time is too long in the pool",
)
