"""fills-with-a-value: a leader whose filler of gaps looks like what clients ask for."""

from functools import partial

from paxos_des.cluster.registry import MULTI_PAXOS
from paxos_des.museum.exhibit import ROUGH, Exhibit
from paxos_des.protocol.ballot import Command, Slot
from paxos_des.protocol.effects import Effect
from paxos_des.protocol.leader import Leader
from paxos_des.protocol.per_slot import PerSlot


class FillsWithZero(PerSlot):
    """Asks, as if it were a client, for 0."""

    __slots__ = ()

    def fill(self, gaps: list[Slot]) -> list[Effect]:
        name = self.campaign.name
        return [effect for slot in gaps for effect in self._begin(slot, Command(name, slot, 0))]


FILLS_WITH_A_VALUE = Exhibit(
    protocol=MULTI_PAXOS.but(
        "fills-with-a-value", leader=partial(Leader.make, per_slot=FillsWithZero)
    ),
    mutation=FillsWithZero,
    check="validity",
    group="leader",
    source="the 2009 program, whose filler is the value 0",
    story=(
        "A gap has to hold something, and 0 looks like nothing. "
        "It is a value like any other, so everybody applies what nobody has asked for."
    ),
    settings={**ROUGH, "slots": "unbounded", "send_to": "leader-1", "fill_after": "10ms"},
    within=10,
)
