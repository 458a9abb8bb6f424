"""counts-promises-not-acceptors: a leader to which a repeated promise is another promise."""

from functools import partial

from paxos_des.cluster.registry import MULTI_PAXOS
from paxos_des.museum.exhibit import ROUGH, Exhibit
from paxos_des.names import NodeId
from paxos_des.protocol.effects import Effect
from paxos_des.protocol.leader import Leader
from paxos_des.protocol.messages import Promise
from paxos_des.protocol.per_slot import PerSlot, Preparing


class CountsPromises(PerSlot):
    """Keeps promises by their number, not by their sender."""

    __slots__ = ()

    def on_promise(self, source: NodeId, promise: Promise) -> list[Effect]:
        proposal = None if promise.slot is None else self.in_flight.get(promise.slot)
        if proposal is not None and isinstance(proposal.phase, Preparing):
            source = f"{source}, promise {len(proposal.phase.promises)}"
        return super().on_promise(source, promise)


COUNTS_PROMISES_NOT_ACCEPTORS = Exhibit(
    protocol=MULTI_PAXOS.but(
        "counts-promises-not-acceptors", leader=partial(Leader.make, per_slot=CountsPromises)
    ),
    mutation=CountsPromises,
    check="agreement",
    group="leader",
    least=18,
    source="the 2009 program",
    story=(
        "Answers are counted by a number that goes up with each of them. "
        "The network repeats one, or a Prepare that was sent again is answered again."
    ),
    settings=ROUGH,
    within=50,
)
