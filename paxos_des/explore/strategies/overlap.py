"""`overlap`: a few waves overlap, each asks few, and a later one reads what they left behind.

This one is our own. What needs three ballots and is rare at random has a shape: two of them overlap
in whole phases, each reaches barely a quorum, nobody hears news of the others, and a third comes
when they are through. So a run goes in stages. Some waves (see `waves`) begin at once; which of
them goes on is drawn phase by phase; of those who are asked at a time, a few get the message now,
and answer at once. What is left behind comes late, or when nothing else can happen.
"""

from bisect import bisect_left

from paxos_des.engine.dice import Dice
from paxos_des.engine.pool import Deed, Event
from paxos_des.explore.attempt import StrategySpec
from paxos_des.explore.strategies.pooled import pooled
from paxos_des.explore.strategies.waves import Waves

AT_ONCE = (1, 2, 2, 2, 2, 3)
"""How many waves may begin in a stage."""


class Overlap:
    """Runs stage by stage.

    Attributes
    ----------
    phases
        What may go on: by who caused it and what is asked, the numbers of those that get it now.
    left
        The numbers of what was left behind.
    """

    def __init__(self, seed: int, steps_max: int = 0) -> None:
        del steps_max
        dice = self._dice = Dice(seed, "overlap")
        self._waves = Waves()
        self._full = dice.one_of((0, 0, 0, 4))
        self._short = dice.one_of((0, 0, 0, 4))
        self._late = dice.one_of((0, 0, 0, 8))
        self._crashes = dice.one_of((0, 0, 12))
        self._doubles = dice.one_of((0, 0, 8))
        self.phases: list[list[int]] = []
        self.left: dict[int, None] = {}
        self._to_begin = 0
        self._last = -1
        self._now: list[int] = []
        self._answers: list[int] = []

    def see(self, events: list[Event]) -> None:
        """Note what is in the pool, also where another picks."""
        self._note(self._waves.fresh(events))

    def pick(self, events: list[Event], may: frozenset[Deed]) -> tuple[Deed, int] | None:
        self.see(events)
        place = self._place(events)
        if events[place].kind == "deliver" and self._doubles and "double" in may:
            return ("double" if self._dice.one_in(self._doubles) else "happen"), place
        return "happen", place

    def _note(self, fresh: list[Event]) -> None:
        """Put what has joined where it belongs: an answer comes at once, a phase in its turn."""
        part = self._waves.part
        asked: dict[tuple[int, type], list[int]] = {}
        for event in fresh:
            if part[event.number] == "answer":
                self._answers.append(event.number)
            elif part[event.number] == "asking":
                asked.setdefault((event.parent, type(event.content)), []).append(event.number)
        for numbers in asked.values():
            few = self._dice.shuffled(numbers)[: self._few(len(numbers))]
            self.phases.append(few)
            self.left.update(dict.fromkeys(number for number in numbers if number not in few))

    def _few(self, size: int) -> int:
        """Return how many of `size` that are asked get the message now: mostly, barely a half."""
        draw, half = self._dice.below(16), size // 2 + 1
        if draw < self._full:
            return size
        return 1 + self._dice.below(half) if draw < self._full + self._short else half

    def _place(self, events: list[Event]) -> int:
        for queue in (self._answers, self._now):
            while queue:
                place = place_of(queue.pop(0), events)
                if place is not None:
                    return place
        late = self._left(events) if self._late else []
        if late and self._dice.one_in(self._late):
            return self._dice.one_of(late)
        if self._crashes and self._dice.one_in(self._crashes):
            up = [place for place, event in enumerate(events) if event.kind == "crash"]
            if up:
                return self._dice.one_of(up)
        place = None
        if self._to_begin:
            self._to_begin -= 1
            place = self._beginning(events)
        if place is None and self.phases:
            return self._next_phase(events)
        return self._next_stage(events) if place is None else place

    def _next_phase(self, events: list[Event]) -> int:
        """Let a phase go on: rather that of another wave than of the last one."""
        of = self._waves.of
        which = self._dice.below(len(self.phases))
        if of[self.phases[which][0]] == self._last:
            which = self._dice.below(len(self.phases))
        self._now = self.phases.pop(which)
        self._last = of[self._now[0]]
        return self._place(events)

    def _next_stage(self, events: list[Event]) -> int:
        """Let some waves begin; if there are none, let anything happen, and news last."""
        place = self._beginning(events)
        if place is not None:
            self._to_begin = self._dice.one_of(AT_ONCE) - 1
            return place
        part, late = self._waves.part, self._left(events)
        if late and self._dice.one_in(2):
            return self._dice.one_of(late)
        routine = [at for at, event in enumerate(events) if part[event.number] == "routine"]
        if routine and self._dice.one_in(2):
            return self._dice.one_of(routine)
        left = [at for at, event in enumerate(events) if part[event.number] in ("news", "asking")]
        return self._dice.one_of(left or routine or range(len(events)))

    def _beginning(self, events: list[Event]) -> int | None:
        part = self._waves.part
        found = [
            place
            for place, event in enumerate(events)
            if part[event.number] in ("beginning", "reaction") or event.kind == "restart"
        ]
        return self._dice.one_of(found) if found else None

    def _left(self, events: list[Event]) -> list[int]:
        """Return the places of what was left behind, and forget what has happened since."""
        found = {number: place_of(number, events) for number in self.left}
        self.left = {number: None for number, place in found.items() if place is not None}
        return [place for place in found.values() if place is not None]


def place_of(number: int, events: list[Event]) -> int | None:
    """Return the place of an event, by its number: they rise."""
    place = bisect_left(events, (number,))
    return place if place < len(events) and events[place].number == number else None


OVERLAP = StrategySpec(
    name="overlap",
    says="a few waves overlap phase by phase, each asks few, and a later one reads what they left",
    make=pooled(Overlap),
)
