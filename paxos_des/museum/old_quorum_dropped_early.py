"""old-quorum-dropped-early: a leader that asks the new acceptors only, as soon as it knows them."""

from functools import partial

from paxos_des.cluster.registry import MULTI_PAXOS
from paxos_des.museum.exhibit import REPLACED, Exhibit
from paxos_des.protocol.ballot import Slot
from paxos_des.protocol.configurations import Configuration, Configurations
from paxos_des.protocol.leader import Leader


class DropsTheOld(Configurations):
    """Takes the last set for all there is to ask: the old one has been replaced."""

    __slots__ = ()

    def from_slot(self, slot: Slot) -> list[Configuration]:
        return super().from_slot(slot)[-1:]


OLD_QUORUM_DROPPED_EARLY = Exhibit(
    protocol=MULTI_PAXOS.but(
        "old-quorum-dropped-early", leader=partial(Leader.make, configurations=DropsTheOld)
    ),
    mutation=DropsTheOld,
    check="agreement",
    group="reconfiguration",
    source="DPaxos (Whittaker 2021); CRAQ (Whittaker 2020)",
    story=(
        "Once the new set is agreed on, a leader asks it alone what was voted for. "
        "But the slots before the change takes effect are the old set's, who chose values there "
        "that the new one never heard of."
    ),
    settings={**REPLACED, "phase1": "stable"},
    within=10,
)
