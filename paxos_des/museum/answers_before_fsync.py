"""answers-before-fsync: an acceptor that answers first, and writes then."""

from paxos_des.cluster.registry import MULTI_PAXOS
from paxos_des.museum.exhibit import CRASHING, Exhibit
from paxos_des.names import NodeId
from paxos_des.protocol.acceptor import Acceptor
from paxos_des.protocol.effects import Effect, Persist
from paxos_des.protocol.messages import AcceptorMessage


class AnswersBeforeFsync(Acceptor):
    """Does what it should, in the wrong order."""

    __slots__ = ()

    def on_message(self, source: NodeId, message: AcceptorMessage) -> list[Effect]:
        effects = super().on_message(source, message)
        return sorted(effects, key=lambda effect: isinstance(effect, Persist))


ANSWERS_BEFORE_FSYNC = Exhibit(
    protocol=MULTI_PAXOS.but(
        "answers-before-fsync",
        acceptor=lambda _, settings: AnswersBeforeFsync(settings.leaders),
    ),
    mutation=AnswersBeforeFsync,
    check="agreement",
    group="storage",
    least=19,
    larger=(
        "Clients and leaders do wait for their disks, and the end of each of those fsyncs is an "
        "event here, as are some of the acceptors', and the restart after a crash."
    ),
    source="ZooKeeper issues 3911, 4646 and 4785",
    story=(
        "Waiting for the disk costs milliseconds, and an answer that overtakes the write none. "
        "A crash between the two takes a vote back that others have counted."
    ),
    settings={**CRASHING, "fsync": "uniform 1ms 8ms"},
    within=100,
)
