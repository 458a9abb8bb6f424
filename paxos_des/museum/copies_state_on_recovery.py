"""copies-state-on-recovery: an acceptor that asks the others, after a crash, what it knew."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from paxos_des.cluster.registry import MULTI_PAXOS
from paxos_des.museum.exhibit import CRASHING, Exhibit
from paxos_des.names import NodeId
from paxos_des.protocol.acceptor import Acceptor
from paxos_des.protocol.effects import (
    Broadcast,
    Effect,
    Promised,
    Record,
    Send,
    SetTimer,
    Timer,
    Voted,
)
from paxos_des.protocol.messages import AcceptorMessage, Message
from paxos_des.protocol.role import Settings

ASK_AGAIN = Timer("ask-again")
AGAIN_US = 5_000


class CopyRequest(Message, frozen=True, gc=False):
    """Asks another acceptor for all that it knows."""


class Copy(Message, frozen=True, gc=False):
    """Tells all that an acceptor knows, as the records that would make it known."""

    IDENTITY = ()

    records: tuple[Promised | Voted, ...]


@dataclass(slots=True)
class CopiesState(Acceptor):
    """Recovers from what a majority tells it in place of its disk, and is silent until then.

    It tells others what it knows itself, whether it has recovered or not.
    """

    others: tuple[NodeId, ...] = ()
    copies: dict[NodeId, Copy] | None = None

    def recover(self, records: Sequence[Record]) -> list[Effect]:
        del records
        self.copies = {}
        return self.on_timer(ASK_AGAIN)

    def on_timer(self, timer: Timer) -> list[Effect]:
        if self.copies is None:
            return []
        again = SetTimer(timer=timer, delay_us_min=AGAIN_US, delay_us_max=AGAIN_US)
        return [Broadcast(self.others, CopyRequest()), again]

    def on_message(
        self, source: NodeId, message: AcceptorMessage | CopyRequest | Copy
    ) -> list[Effect]:
        if isinstance(message, CopyRequest):
            return [Send(source, self._copy())]
        if isinstance(message, Copy):
            return self._on_copy(source, message)
        return [] if self.copies is not None else Acceptor.on_message(self, source, message)

    def _copy(self) -> Copy:
        for_all = Promised(self.promised_to_all, from_slot=0)
        promised = [Promised(ballot, slot=slot) for slot, ballot in self.promised.items()]
        return Copy((for_all, *promised, *self.votes.values()))

    def _on_copy(self, source: NodeId, copy: Copy) -> list[Effect]:
        if self.copies is None:
            return []
        self.copies[source] = copy
        if len(self.copies) <= len(self.others) // 2:
            return []
        records = [record for copy in self.copies.values() for record in copy.records]
        self.copies = None
        records.sort(key=lambda record: (record.ballot, isinstance(record, Voted)))
        return Acceptor.recover(self, records)


def acceptor(name: NodeId, settings: Settings) -> CopiesState:
    others = tuple(other for other in settings.acceptors if other != name)
    return CopiesState(settings.leaders, others=others)


COPIES_STATE_ON_RECOVERY = Exhibit(
    protocol=replace(
        MULTI_PAXOS.but("copies-state-on-recovery", acceptor=acceptor),
        acceptors_talk="to-each-other",
    ),
    mutation=CopiesState,
    check="agreement",
    group="storage",
    source="Michael et al. 2017, on recovery without stable storage",
    story=(
        "Whoever lost its memory asks a majority of the others, and knows as much as they do. "
        "But they ask too, or vote only then, and what a majority once knew, nobody does."
    ),
    settings={
        **CRASHING,
        # Twice two of three, each before the other can have recovered.
        "faults": [
            {"at": "10ms", "crash": "acceptor-0", "for": "1ms"},
            {"at": "11ms", "crash": "acceptor-1", "for": "1ms"},
            {"at": "25ms", "crash": "acceptor-1", "for": "1ms"},
            {"at": "26ms", "crash": "acceptor-2", "for": "1ms"},
        ],
    },
    within=50,
)
