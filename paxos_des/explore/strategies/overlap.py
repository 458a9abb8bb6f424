"""`overlap`: a few waves overlap, each asks few, and a later one reads what they left behind.

This one is our own. What needs three ballots and is rare at random has a shape: they overlap in
whole phases, each reaches barely a quorum, nobody hears news of the others, and what comes late
comes after a change of ballot. So a run goes phase by phase (see `waves`). Which wave goes on is
drawn; of those who are asked at a time, a few get the message now, and answer at once. Who is asked
is not all chance: a phase may keep away from where another wave has left something, so that both
are there for a third to read; or ask those whom its node did not ask the last time. What is left
behind comes late: to a node that another wave has reached since, or when nothing else can happen.

Where nodes have disks, those crash that were just asked, and mostly come back at once: so what was
sent before a crash arrives after it. In some runs what is written waits meanwhile.
"""

from bisect import bisect_left

from paxos_des.engine.dice import Dice
from paxos_des.engine.pool import Deed, Event
from paxos_des.explore.attempt import StrategySpec
from paxos_des.explore.strategies.pooled import pooled
from paxos_des.explore.strategies.waves import Waves

OF = 16
"""Shares are given in so many parts."""
FRESH, BEGINNING, REACTION, HELD = 16, 64, 16, 4
"""How likely it is, next to others, that a phase goes on, a wave begins, a timer that was set
because of what happened fires, and an answer comes that was kept back."""
SHIFTED = 8
"""How many of 16 phases ask those whom their node did not ask the last time."""
RECENT = 4
"""One of the last so many that were asked, or asked, is to crash."""


class Traits:
    """What one run is like: drawn at its beginning.

    Attributes
    ----------
    alone_first, alone_later
        How many of 16 phases reach one node only: of a wave's first ones, and of its later ones.
    full
        How many of 16 phases reach all.
    late
        How likely what was left behind is to come, where a phase that goes on has 16.
    away_first, away_later
        How many of 16 phases keep away from where other waves left something, a wave's first phase
        apart.
    rotates
        How often another wave is drawn where the one drawn is the last one.
    held
        One of so many answers is kept back; 0: none.
    writes_held
        Likewise, of what is to be written.
    crashes
        A crash comes once in so many decisions; 0: never.
    victims_ask
        Those crash that asked others; else, those that were asked.
    doubles
        One of so many messages is doubled; 0: none.
    """

    __slots__ = (
        "alone_first", "alone_later", "away_first", "away_later", "crashes", "doubles", "full",
        "held", "late", "rotates", "victims_ask", "writes_held",
    )  # fmt: skip

    def __init__(self, dice: Dice) -> None:
        self.alone_first = dice.one_of((0, 0, 4))
        self.alone_later = 4
        self.full = dice.one_of((0, 0, 0, 0, 0, 4))
        self.late = dice.one_of((1, 1, 2))
        self.away_first = dice.one_of((0, 12, 12))
        self.away_later = dice.one_of((0, 6))
        self.rotates = dice.one_of((0, 1, 2, 2))
        self.held = dice.one_of((0, 0, 0, 4))
        self.writes_held = dice.one_of((0, 0, 2))
        self.crashes = dice.one_of((0, 4, 8, 16))
        self.victims_ask = dice.one_in(4)
        self.doubles = dice.one_of((0, 0, 8))


class Overlap:
    """Runs phase by phase.

    Attributes
    ----------
    traits
        What this run is like.
    phases
        What may go on: who is asked by one node at one time.
    left
        Of such phases, what was left behind.
    """

    def __init__(self, seed: int, steps_max: int = 0) -> None:
        del steps_max
        dice = self._dice = Dice(seed, "overlap")
        self.traits = Traits(dice)
        self._waves = Waves()
        self.phases: list[list[Event]] = []
        self.left: list[list[Event]] = []
        self._beginnings: list[int] = []
        self._reactions: list[int] = []
        self._held: list[tuple[int, str]] = []
        self._answers: list[int] = []
        self._now: list[int] = []
        self._last = -1
        self._asked_by: dict[str, list[str]] = {}
        self._marked: dict[str, int] = {}
        self._reached: dict[str, int] = {}
        self._newest: dict[str, int] = {}
        self._recent: list[str] = []
        self._begun: set[int] = set()
        self._later: set[int] = set()
        self._awaited: dict[int, Event] = {}

    def see(self, events: list[Event]) -> None:
        """Note what is in the pool, also where another picks."""
        self._note(self._waves.fresh(events))

    def pick(self, events: list[Event], may: frozenset[Deed]) -> tuple[Deed, int] | None:
        self.see(events)
        place = self._place(events)
        doubles = self.traits.doubles
        if (
            doubles
            and events[place].kind == "deliver"
            and "double" in may
            and self._dice.one_in(doubles)
        ):
            return "double", place
        return "happen", place

    def _note(self, fresh: list[Event]) -> None:
        """Put what has joined where it belongs: an answer comes at once, a phase in its turn."""
        part, traits, dice = self._waves.part, self.traits, self._dice
        asked: dict[tuple[int, type], list[Event]] = {}
        for event in fresh:
            number, its = event.number, part[event.number]
            if event.parent in self._awaited:
                self._on_happened(event.parent)
            if its == "answer":
                held = traits.writes_held if event.kind == "fsync" else traits.held
                if held and dice.one_in(held):
                    self._held.append((number, event.node))
                else:
                    self._answers.append(number)
            elif its == "asking":
                asked.setdefault((event.parent, type(event.content)), []).append(event)
                self._awaited[number] = event
            elif its == "beginning":
                self._beginnings.append(number)
                self._awaited[number] = event
            elif its == "reaction" or event.kind == "restart":
                self._reactions.append(number)
                self._awaited[number] = event
        for phase in asked.values():
            self.phases.append(phase)
            wave = self._waves.of[phase[0].number]
            if wave in self._begun:
                self._later.update(event.number for event in phase)
            self._begun.add(wave)

    def _on_happened(self, number: int) -> None:
        """Note that an event has happened, for something that joined the pool was made by it: so
        it does not matter who picked it.
        """
        event, wave = self._awaited.pop(number), self._waves.of[number]
        if self._waves.part[number] == "asking":
            self._reached[event.node] = wave
            self._recent.append(event.peer if self.traits.victims_ask else event.node)
            if number in self._later:
                self._marked[event.node] = wave
        else:
            self._newest[event.node] = number

    def _place(self, events: list[Event]) -> int:
        for queue in (self._answers, self._now):
            while queue:
                place = place_of(queue.pop(0), events)
                if place is not None:
                    return place
        crashes = self.traits.crashes
        if events[-1].kind == "restart" and not self._dice.one_in(4):
            return len(events) - 1
        if crashes and self._dice.one_in(crashes):
            place = self._crash(events)
            if place is not None:
                return place
        return self._decide(events)

    def _crash(self, events: list[Event]) -> int | None:
        """Return the place of a crash of a node that was just asked, or asked."""
        near = self._recent[-RECENT:]
        if not near:
            return None
        victim = self._dice.one_of(near)
        return next(
            (
                place
                for place, event in enumerate(events)
                if event.kind == "crash" and event.node == victim
            ),
            None,
        )

    def _decide(self, events: list[Event]) -> int:
        """Return the place of what comes next, when nothing is under way that comes at once."""
        dice, traits = self._dice, self.traits
        self._beginnings = there(self._beginnings, events)
        self._reactions = there(self._reactions, events)
        self._held = [one for one in self._held if place_of(one[0], events) is not None]
        self._forget(events)
        of, newest = self._waves.of, self._newest
        left = [phase for phase in self.left if self._is_overtaken(phase)]
        held = [one for one in self._held if newest.get(one[1], -1) > of[one[0]]]
        match self._drawn(
            beginning=BEGINNING if self._beginnings else 0,
            reaction=REACTION if self._reactions else 0,
            fresh=FRESH * len(self.phases),
            late=traits.late * len(left),
            held=HELD * len(held),
        ):
            case "beginning":
                number = self._beginnings.pop(dice.below(len(self._beginnings)))
            case "reaction":
                number = self._reactions.pop(dice.below(len(self._reactions)))
            case "fresh":
                return self._go_on(events)
            case "late":
                number = self._one_of(dice.one_of(left))
            case "held":
                one = dice.one_of(held)
                self._held.remove(one)
                number = one[0]
            case _:
                return self._idle(events)
        return sure_place_of(number, events)

    def _drawn(self, **weights: int) -> str | None:
        """Return one of those names, each as likely as its weight says; None if none has any."""
        total = sum(weights.values())
        drawn = self._dice.below(total) if total else 0
        for name, weight in weights.items():
            if drawn < weight:
                return name
            drawn -= weight
        return None

    def _is_overtaken(self, phase: list[Event]) -> bool:
        """Whether another wave has reached one of those since, to whom a phase was not sent on."""
        wave, reached = self._waves.of[phase[0].number], self._reached
        return any(reached.get(event.node, wave) != wave for event in phase)

    def _one_of(self, phase: list[Event]) -> int:
        """Take one that was left behind, rather where another wave has been since."""
        wave, reached = self._waves.of[phase[0].number], self._reached
        likely = [event for event in phase if reached.get(event.node, wave) != wave]
        event = self._dice.one_of(likely or phase)
        phase.remove(event)
        return event.number

    def _go_on(self, events: list[Event]) -> int:
        """Let a phase go on: rather that of another wave than of the last one."""
        dice, traits, of = self._dice, self.traits, self._waves.of
        which = dice.below(len(self.phases))
        for _ in range(traits.rotates):
            if of[self.phases[which][0].number] == self._last:
                which = dice.below(len(self.phases))
        phase = dice.shuffled(self.phases.pop(which))
        wave, peer = of[phase[0].number], phase[0].peer
        is_first = phase[0].number not in self._later
        drawn = dice.below(OF)
        if drawn < (traits.away_first if is_first else traits.away_later):
            phase.sort(key=lambda event: self._marked.get(event.node, wave) != wave)
        elif drawn >= OF - SHIFTED:
            before = self._asked_by.get(peer, ())
            phase.sort(key=lambda event: event.node in before)
        count = self._few(len(phase), traits.alone_first if is_first else traits.alone_later)
        now, rest = phase[:count], phase[count:]
        self._asked_by[peer] = [event.node for event in now]
        if rest:
            self.left.append(rest)
        self._last = wave
        self._now = [event.number for event in now]
        return self._place(events)

    def _few(self, size: int, alone: int) -> int:
        """Return how many of `size` that are asked get the message now: mostly, barely a half."""
        drawn = self._dice.below(OF)
        if drawn < alone:
            return 1
        return size if drawn >= OF - self.traits.full else size // 2 + 1

    def _idle(self, events: list[Event]) -> int:
        """Let anything happen: what was kept back and left behind, and news last."""
        dice, part = self._dice, self._waves.part
        if self._held:
            return sure_place_of(self._held.pop()[0], events)
        if self.left and dice.one_in(2):
            return sure_place_of(self._one_of(dice.one_of(self.left)), events)
        routine = [at for at, event in enumerate(events) if part[event.number] == "routine"]
        if routine and dice.one_in(2):
            return dice.one_of(routine)
        last = [at for at, event in enumerate(events) if part[event.number] in ("news", "asking")]
        if not last:
            last = [at for at, event in enumerate(events) if event.kind != "crash"]
        return dice.one_of(last or range(len(events)))

    def _forget(self, events: list[Event]) -> None:
        """Forget what is no longer in the pool."""
        for phases in (self.phases, self.left):
            for phase in phases:
                phase[:] = [event for event in phase if place_of(event.number, events) is not None]
        self.phases = [phase for phase in self.phases if phase]
        self.left = [phase for phase in self.left if phase]


def there(numbers: list[int], events: list[Event]) -> list[int]:
    """Return those of the events that are still in the pool."""
    return [number for number in numbers if place_of(number, events) is not None]


def place_of(number: int, events: list[Event]) -> int | None:
    """Return the place of an event, by its number: they rise."""
    place = bisect_left(events, (number,))
    return place if place < len(events) and events[place].number == number else None


def sure_place_of(number: int, events: list[Event]) -> int:
    """Return the place of an event that is in the pool."""
    place = place_of(number, events)
    assert place is not None, f"{number} is not in the pool"
    return place


OVERLAP = StrategySpec(
    name="overlap",
    says="a few waves overlap phase by phase, each asks few, and a later one reads what they left",
    make=pooled(Overlap),
)
