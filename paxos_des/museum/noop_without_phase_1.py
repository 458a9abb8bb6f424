"""noop-without-phase-1: a leader that fills a gap at once, without asking what may be there."""

from functools import partial

from paxos_des.cluster.registry import MULTI_PAXOS
from paxos_des.museum.exhibit import ROUGH, Exhibit
from paxos_des.protocol.ballot import NOOP, Slot
from paxos_des.protocol.effects import Effect
from paxos_des.protocol.leader import Leader
from paxos_des.protocol.messages import Accept
from paxos_des.protocol.per_slot import Leading, PerSlot, Proposal


class FillsAtOnce(PerSlot):
    """Takes a gap for a slot in which nothing has happened."""

    __slots__ = ()

    def fill(self, gaps: list[Slot]) -> list[Effect]:
        effects: list[Effect] = []
        for slot in gaps:
            ballot, before = self.campaign.ballots.new()
            self.in_flight[slot] = Proposal(slot, NOOP, Leading(ballot, NOOP))
            effects += [*before, self._to_acceptors(slot, Accept(slot, ballot, NOOP))]
        return effects


NOOP_WITHOUT_PHASE_1 = Exhibit(
    protocol=MULTI_PAXOS.but(
        "noop-without-phase-1", leader=partial(Leader.make, per_slot=FillsAtOnce)
    ),
    mutation=FillsAtOnce,
    check="agreement",
    group="leader",
    least=16,
    source="the 2009 program; log merges at election in several systems",
    story=(
        "A slot of which nothing is known looks empty, and a no-op harmless. "
        "It was chosen, and its votes were lost on the way to the leader that fills it."
    ),
    settings={**ROUGH, "slots": 2, "clients": 3, "values": 3, "fill_after": "10ms"},
    within=50,
)
