"""promise-any: an acceptor that promises any ballot, also one below what it has promised."""

from paxos_des.cluster.registry import MULTI_PAXOS
from paxos_des.museum.exhibit import Exhibit
from paxos_des.names import NodeId
from paxos_des.protocol.acceptor import Acceptor
from paxos_des.protocol.ballot import NULL_BALLOT, Ballot, Slot
from paxos_des.protocol.effects import Effect, Record, Voted
from paxos_des.protocol.messages import Prepare


class PromisesAny(Acceptor):
    """Has one ballot that binds it: a vote raises it, and any Prepare sets it, up or down."""

    __slots__ = ()

    def _binding(self, slot: Slot) -> Ballot:
        return self.promised.get(slot, NULL_BALLOT)

    def _apply(self, record: Record) -> None:
        super()._apply(record)
        if isinstance(record, Voted):
            self.promised[record.slot] = record.ballot

    def _on_prepare(self, source: NodeId, prepare: Prepare) -> list[Effect]:
        if prepare.slot is not None:
            self.promised.pop(prepare.slot, None)
        return super()._on_prepare(source, prepare)


PROMISE_ANY = Exhibit(
    protocol=MULTI_PAXOS.but(
        "promise-any",
        acceptor=lambda _, settings: PromisesAny(settings.leaders),
    ),
    mutation=PromisesAny,
    check="agreement",
    group="acceptor",
    least=18,
    source="the 2009 program, which compared ballots with port numbers",
    story=(
        "The comparison of a Prepare with the promise never refuses: it compares the wrong things. "
        "A late Prepare of a low ballot takes the promise back that a higher one rests on."
    ),
    within=100,
)
