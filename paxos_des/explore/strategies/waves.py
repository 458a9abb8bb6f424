"""Waves: what follows from one timer, request or restart, up to the next.

A ballot is a wave: it begins where a request arrives or a back-off ends, asks, is answered, asks
again, and tells the others. No message is looked into: who made whom happen is enough, so waves are
there in every protocol.
"""

from typing import Literal

from paxos_des.engine.pool import Event

Part = Literal["beginning", "asking", "answer", "news", "reaction", "routine", "life"]
"""What an event is to its wave: its beginning; a message from where it began, back to there, or
between others; a timer that somebody's news set, or one that sets itself again; a crash or restart.
"""


class Waves:
    """Tells of each event in a pool which wave it belongs to.

    Attributes
    ----------
    of, part
        By an event's number: its wave (the number of the event that began it), and what it is to
        it.
    """

    __slots__ = ("_origins", "_seen", "_timers", "of", "part")

    def __init__(self) -> None:
        self.of: dict[int, int] = {}
        self.part: dict[int, Part] = {}
        self._origins: dict[int, str] = {}
        self._timers: dict[int, tuple[str, object]] = {}
        self._seen = -1

    def fresh(self, events: list[Event]) -> list[Event]:
        """Return the events that have joined since the last call, oldest first, and note them."""
        seen, found = self._seen, []
        for event in reversed(events):
            if event.number <= seen:
                break
            found.append(event)
        if not found:
            return found
        found.reverse()
        self._seen = found[-1].number
        for event in found:
            self._note(event)
        return found

    def _note(self, event: Event) -> None:
        number, parent, node = event.number, event.parent, event.node
        wave = self.of.get(parent)
        if event.kind == "fsync" and wave is not None:
            self.of[number], self.part[number] = wave, "answer"
        elif event.kind != "deliver" or wave is None:
            self.of[number], self._origins[number] = number, node
            self.part[number] = self._beginning(event)
        else:
            self.of[number], origin = wave, self._origins[wave]
            if node == origin:
                self.part[number] = "answer"
            else:
                self.part[number] = "asking" if event.peer == origin else "news"

    def _beginning(self, event: Event) -> Part:
        if event.kind == "timer":
            name = self._timers[event.number] = (event.node, event.content)
            is_routine = event.parent < 0 or self._timers.get(event.parent) == name
            return "routine" if is_routine else "reaction"
        return "beginning" if event.kind in ("deliver", "fsync") else "life"
