"""Who is up, and who believes that it is the primary, as far as the record says."""

from collections.abc import Callable

from paxos_des.engine.entries import FaultEntry, PrimaryEntry, RecoverEntry
from paxos_des.names import NodeId
from paxos_des.study.metrics.metric import Observed

_UNDOES = {"heal": "fail", "resume": "pause", "restart": "crash"}

OnDown = Callable[[FaultEntry | RecoverEntry, bool], object]
OnUp = Callable[[FaultEntry], object]


class Nodes:
    """Follows what befalls nodes, and what leaders believe.

    A node is up unless it has failed, has crashed, or is paused; it may be several of these, and is
    up again when nothing of them is left. One that was failed from the start is up when it heals;
    one that was to restart and did not (its disk had lost something) is not. One that is slow, or
    cut off, is up.

    Attributes
    ----------
    believed
        By leader, whom it takes for the primary, latest last; a crash makes it forget.
    on_down, on_up, on_primary
        Called when a node that was up is no longer, and whether it led then; when it is up again;
        and when a leader is going to believe something, before it does.
    """

    def __init__(self, observed: Observed) -> None:
        self._troubles: dict[NodeId, set[str]] = {}
        self.believed: dict[NodeId, NodeId] = {}
        self.on_down: list[OnDown] = []
        self.on_up: list[OnUp] = []
        self.on_primary: list[Callable[[PrimaryEntry], object]] = []
        for undo, event in _UNDOES.items():
            observed.on_event(event, self._on_trouble)
            observed.on_event(undo, self._on_undo)
        observed.on_event("recover", self._on_recover)
        observed.on_event("primary", self._on_primary)

    def is_up(self, name: NodeId) -> bool:
        return not self._troubles.get(name)

    def is_primary(self, name: NodeId) -> bool:
        """Whether a leader is up, and believes that it is the primary."""
        return self.believed.get(name) == name and self.is_up(name)

    def primary(self) -> NodeId | None:
        """Return who leads: of those that are up and believe that they are the primary, who came
        last to believe so; as faults that are aimed at the primary have it (`victims.Beliefs`).
        """
        return next((name for name in reversed(self.believed) if self.is_primary(name)), None)

    def _on_trouble(self, entry: FaultEntry) -> None:
        name, event = entry.node, entry.event
        was_up, was_primary = self.is_up(name), self.primary() == name
        troubles = self._troubles.setdefault(name, set())
        if event == "crash":
            self.believed.pop(name, None)
            troubles.discard("pause")  # whatever comes up later is not paused
        troubles.add(event)
        if was_up:
            for observer in self.on_down:
                observer(entry, was_primary)

    def _on_undo(self, entry: FaultEntry) -> None:
        troubles = self._troubles.get(entry.node)
        if troubles:
            troubles.discard(_UNDOES[entry.event])
            if not troubles:
                for observer in self.on_up:
                    observer(entry)

    def _on_recover(self, entry: RecoverEntry) -> None:
        if entry.refused is not None:
            was_up = self.is_up(entry.node)
            self._troubles.setdefault(entry.node, set()).add("crash")
            if was_up:
                for observer in self.on_down:
                    observer(entry, False)  # noqa: FBT003 - it has no belief yet

    def _on_primary(self, entry: PrimaryEntry) -> None:
        for observer in self.on_primary:
            observer(entry)
        self.believed.pop(entry.node, None)
        self.believed[entry.node] = entry.primary
