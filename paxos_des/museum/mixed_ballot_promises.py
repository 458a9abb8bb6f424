"""mixed-ballot-promises: a leader to which promises for its older ballots count too."""

from functools import partial

import msgspec

from paxos_des.cluster.registry import MULTI_PAXOS
from paxos_des.museum.exhibit import THREE, Exhibit
from paxos_des.names import NodeId
from paxos_des.protocol.effects import Effect
from paxos_des.protocol.leader import Leader
from paxos_des.protocol.messages import Promise
from paxos_des.protocol.per_slot import PerSlot, Preparing


class MixesBallots(PerSlot):
    """Takes every promise for one of its current ballot."""

    __slots__ = ()

    def on_promise(self, source: NodeId, promise: Promise) -> list[Effect]:
        proposal = None if promise.slot is None else self.in_flight.get(promise.slot)
        if proposal is not None and isinstance(proposal.phase, Preparing):
            promise = msgspec.structs.replace(promise, ballot=proposal.phase.ballot)
        return super().on_promise(source, promise)


MIXED_BALLOT_PROMISES = Exhibit(
    protocol=MULTI_PAXOS.but(
        "mixed-ballot-promises", leader=partial(Leader.make, per_slot=MixesBallots)
    ),
    mutation=MixesBallots,
    check="agreement",
    group="leader",
    least=19,
    source="MyPaxos issue 18",
    story=(
        "Promises are counted by slot, and a late one for a ballot given up counts for the new "
        "one. Its acceptor may have voted for another leader since it sent it."
    ),
    settings=THREE,
    within=100,
)
