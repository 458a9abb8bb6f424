"""applies-own-entry: a leader whose log keeps what it proposed, whatever was chosen in the slot."""

from dataclasses import dataclass, field

from paxos_des.cluster.registry import MULTI_PAXOS
from paxos_des.museum.exhibit import ROUGH, Exhibit
from paxos_des.names import NodeId
from paxos_des.protocol.ballot import Slot, Value
from paxos_des.protocol.effects import Broadcast, Effect, Learned
from paxos_des.protocol.leader import Leader
from paxos_des.protocol.messages import Accept, Promise


@dataclass(slots=True)
class KeepsOwnEntry(Leader):
    """Appends what it proposes, and takes nothing out again when another leader's is chosen."""

    appended: dict[Slot, Value] = field(default_factory=dict)

    def _on_promise(self, source: NodeId, promise: Promise) -> list[Effect]:
        effects = Leader._on_promise(self, source, promise)
        for effect in effects:
            if isinstance(effect, Broadcast) and isinstance(effect.message, Accept):
                self.appended[effect.message.slot] = effect.message.value
        return effects

    def _on_learned(self, learned: Learned) -> list[Effect]:
        log = self.campaign.learner.learned
        log[learned.slot] = self.appended.get(learned.slot, learned.value)
        return Leader._on_learned(self, learned)


APPLIES_OWN_ENTRY = Exhibit(
    protocol=MULTI_PAXOS.but("applies-own-entry", leader=KeepsOwnEntry.make),
    mutation=KeepsOwnEntry,
    check="integrity",
    group="learner and replica",
    source="copycat issue 268",
    story=(
        "A leader appends an entry, is deposed, and hears how far the log is chosen by now. "
        "Another leader's entry was chosen in that place, and it applies the one that it has."
    ),
    settings={**ROUGH, "replica": "kv"},
    within=50,
)
