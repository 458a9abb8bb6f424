"""nack-as-promise: a leader that reads a refusal of its Prepare as a promise without votes."""

from paxos_des.cluster.registry import MULTI_PAXOS
from paxos_des.museum.exhibit import THREE, Exhibit
from paxos_des.names import NodeId
from paxos_des.protocol.effects import Effect
from paxos_des.protocol.leader import Leader
from paxos_des.protocol.messages import LeaderMessage, Nack, Promise
from paxos_des.protocol.per_slot import PerSlot, Preparing


class TakesNackForPromise(Leader):
    """Looks whether a Prepare was answered, and not how."""

    __slots__ = ()

    def on_message(self, source: NodeId, message: LeaderMessage) -> list[Effect]:
        if isinstance(message, Nack) and message.slot is not None:
            assert isinstance(self.proposer, PerSlot), self.proposer
            proposal = self.proposer.in_flight.get(message.slot)
            if proposal is not None and isinstance(proposal.phase, Preparing):
                message = Promise(message.ballot, (), slot=message.slot)
        return super().on_message(source, message)


NACK_AS_PROMISE = Exhibit(
    protocol=MULTI_PAXOS.but("nack-as-promise", leader=TakesNackForPromise.make),
    mutation=TakesNackForPromise,
    check="agreement",
    group="leader",
    least=20,
    source="folklore",
    story=(
        "Both answers to a Prepare have one type, and a flag that nobody reads. "
        "An acceptor that refused, because it promised or voted above, counts for the quorum."
    ),
    settings=THREE,
    within=100,
)
