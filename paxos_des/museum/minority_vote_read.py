"""minority-vote-read: a leader that answers a read as soon as phase 1 says what its slot holds."""

from copy import deepcopy
from functools import partial

from paxos_des.cluster.registry import MULTI_PAXOS
from paxos_des.museum.exhibit import THREE, Exhibit
from paxos_des.protocol.ballot import Command
from paxos_des.protocol.effects import Effect, Send
from paxos_des.protocol.leader import Leader
from paxos_des.protocol.messages import Reply
from paxos_des.protocol.per_slot import Leading, PerSlot, Preparing, Proposal


class ReadsVotes(PerSlot):
    """Skips phase 2 of a read, which changes nothing: the promises say what there is to read."""

    __slots__ = ()

    def _lead(self, proposal: Proposal, preparing: Preparing) -> list[Effect]:
        adopted, accept = super()._lead(proposal, preparing)
        read, phase, replica = proposal.wish, proposal.phase, self.campaign.replica
        assert isinstance(phase, Leading)
        assert replica is not None
        if not isinstance(read, Command) or not replica.is_read(read.operation):
            return [adopted, accept]
        if replica.applied != proposal.slot:
            return [adopted, accept]

        # It takes no slot, then: the next command may have it.
        del self.in_flight[proposal.slot]
        if self.campaign.next_slot == proposal.slot + 1:
            self.campaign.next_slot = proposal.slot
        seen = deepcopy(replica)
        seen.apply(proposal.slot, phase.value)
        return [adopted, Send(read.client, Reply(read.sequence, None, seen.read(read.operation)))]


MINORITY_VOTE_READ = Exhibit(
    protocol=MULTI_PAXOS.but(
        "minority-vote-read", leader=partial(Leader.make, per_slot=ReadsVotes)
    ),
    mutation=ReadsVotes,
    check="linearizability",
    group="clients, reads and leases",
    source="Cassandra 12126",
    story=(
        "A read prepares, and answers with the vote that a promise tells of: but it is a vote of a "
        "minority, and nothing completes it. The next read hears of others, and finds it gone."
    ),
    settings={
        **THREE,
        "replica": "register",
        "operations": {"write": 1, "read": 2},
        "values": 9,
        "in_flight": 1,
        "think_max": "5ms",
        "slots": "unbounded",
    },
    within=30,
)
