"""cumulative-ack-over-a-gap: an acceptor whose votes tell of all slots below, and whose first vote
may be in any slot.
"""

from dataclasses import dataclass

from paxos_des.cluster.registry import MULTI_PAXOS
from paxos_des.museum.exhibit import ROUGH, Exhibit
from paxos_des.names import NodeId
from paxos_des.protocol.acceptor import Acceptor
from paxos_des.protocol.ballot import Slot
from paxos_des.protocol.effects import Effect, Promised
from paxos_des.protocol.leader import Leader
from paxos_des.protocol.messages import Accept, Accepted, LeaderMessage


class CumulativeLeader(Leader):
    """Takes a vote in its ballot for a vote in each slot below, as far as it proposes there."""

    __slots__ = ()

    def on_message(self, source: NodeId, message: LeaderMessage) -> list[Effect]:
        effects: list[Effect] = []
        if isinstance(message, Accepted) and message.ballot == self.proposer.leading_in():
            for slot in self.proposer.in_flight_below(message.slot):
                value = self.proposer.value_in(slot)
                assert value is not None, f"{slot} is in flight, with nothing in it"
                effects += super().on_message(source, Accepted(slot, message.ballot, value))
        return [*effects, *super().on_message(source, message)]


@dataclass(slots=True)
class InOrder(Acceptor):
    """Votes in the slot from which on it promised, then in the next: so it is right to take a vote
    for all below it. It does not answer what comes too early: it is asked again.
    """

    begin: Slot = 0

    def _on_accept(self, source: NodeId, accept: Accept) -> list[Effect]:
        if self._leaves_gap(accept):
            return []
        return Acceptor._on_accept(self, source, accept)

    def _leaves_gap(self, accept: Accept) -> bool:
        before = self.votes.get(accept.slot - 1)
        if before is not None and before.ballot == accept.ballot:
            return False
        return (self.promised_to_all, self.begin) != (accept.ballot, accept.slot)

    def _apply_promise(self, promised: Promised) -> None:
        Acceptor._apply_promise(self, promised)
        if promised.from_slot is not None:
            self.begin = promised.from_slot


class GapIntoEmptyLog(InOrder):
    """Looks for a gap between a vote and those that it has: where it has none, there is no gap."""

    __slots__ = ()

    def _leaves_gap(self, accept: Accept) -> bool:
        return bool(self.votes) and super()._leaves_gap(accept)


CUMULATIVE_ACK_OVER_A_GAP = Exhibit(
    protocol=MULTI_PAXOS.but(
        "cumulative-ack-over-a-gap",
        acceptor=lambda _, settings: GapIntoEmptyLog(settings.leaders),
        leader=CumulativeLeader.make,
    ),
    mutation=GapIntoEmptyLog,
    check="agreement",
    group="learner and replica",
    source="oxia PR 1239",
    story=(
        "One acknowledgement stands for all entries up to it, since a log has no holes. "
        "A new follower, cut off from the first entries, begins with the first that reaches it, "
        "and acknowledges all."
    ),
    settings={**ROUGH, "phase1": "stable", "slots": 3, "values": 6},
    within=50,
)
