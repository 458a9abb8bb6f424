"""The low-water mark: below it, all have forgotten, and so may the checks."""

from collections.abc import Callable, Iterable

from paxos_des.checks.records import Acceptors
from paxos_des.checks.verdict import Observers
from paxos_des.engine.entries import ForgetEntry, SnapshotEntry
from paxos_des.names import NodeId
from paxos_des.protocol.ballot import Slot

OnRise = Callable[[Slot, Slot], object]


class LowWater:
    """The least slot of which a leader, or an acceptor that ever spoke, has not forgotten all.

    Who votes, promises or learns below it afterwards does so in a slot that it has forgotten: that
    is judged by `durability`, and needs nothing that is dropped here.

    An acceptor that never spoke has nothing to forget. Should it vote below the mark later, it is
    alone with those that did not speak either: all that chose a value there have forgotten it, and
    would have to speak again.

    Attributes
    ----------
    at
        The mark.
    on_rise
        Called, in this order, when the mark has risen: with the old one and the new one.
    """

    def __init__(self, leaders: Iterable[NodeId], acceptors: Acceptors) -> None:
        self.at: Slot = 0
        self.on_rise: list[OnRise] = []
        self._leaders: dict[NodeId, Slot] = dict.fromkeys(leaders, 0)
        self._acceptors = acceptors

    def observers(self) -> Observers:
        return {"forget": self._on_forget, "snapshot": self._on_snapshot}

    def _on_forget(self, entry: ForgetEntry) -> None:
        self._note(entry.node, entry.below)

    def _on_snapshot(self, entry: SnapshotEntry) -> None:
        """Hear what a leader holds durably: in no life will it learn single slots below."""
        self._note(entry.node, entry.slot)

    def _note(self, node: NodeId, below: Slot) -> None:
        leaders = self._leaders
        if node in leaders:
            leaders[node] = max(leaders[node], below)
        spoken = (records.floor for records in self._acceptors.records.values())
        least = min((*leaders.values(), *spoken)) if leaders else 0
        if least > self.at:
            old, self.at = self.at, least
            for observer in self.on_rise:
                observer(old, least)
