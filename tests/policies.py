"""Policies for tests of the pool."""

from paxos_des.engine.dice import Dice
from paxos_des.engine.pool import Deed, Event, EventKind

Pick = tuple[Deed, EventKind, int]


class AtRandom:
    """Lets anything happen that can; crashes, losses and doubles are rare."""

    def __init__(self, seed: int) -> None:
        self.dice = Dice(seed, "at random")

    def pick(self, events: list[Event], may: frozenset[Deed]) -> tuple[Deed, int]:
        place = self.dice.below(len(events))
        while events[place].kind == "crash" and not self.dice.one_in(20):
            if all(event.kind == "crash" for event in events):
                break
            place = self.dice.below(len(events))
        if events[place].kind == "deliver":
            for deed in ("lose", "double"):
                if deed in may and self.dice.one_in(10):
                    return deed, place
        return "happen", place


class FirstCome:
    """Delivers what was sent first, and lets other things happen only where no message is left."""

    def pick(self, events: list[Event], _: frozenset[Deed]) -> tuple[Deed, int]:
        places = [place for place, event in enumerate(events) if event.kind == "deliver"]
        return "happen", places[0] if places else 0


class Told:
    """Makes the picks it is told, then none; and remembers what it saw.

    Each pick is a deed, a kind of event, and which one of this kind.
    """

    def __init__(self, *picks: Pick) -> None:
        self.picks = list(picks)
        self.seen: list[list[Event]] = []
        self.may: frozenset[Deed] = frozenset()

    def pick(self, events: list[Event], may: frozenset[Deed]) -> tuple[Deed, int] | None:
        self.seen.append(list(events))
        self.may = may
        if not self.picks:
            return None
        deed, kind, which = self.picks.pop(0)
        return deed, [place for place, event in enumerate(events) if event.kind == kind][which]
