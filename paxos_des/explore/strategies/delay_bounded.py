"""`delay-bounded`: at most d deviations from the dull schedule.

Emmi, Qadeer, Rakamarić, POPL 2011. In the dull schedule the oldest message comes first, and a timer
when no message is left. A deviation puts the message off whose turn it is, behind all others that
there are and will be; or delivers it twice; or lets a timer, a crash or a restart come before it.

Seed 0 is the dull schedule; then come all with one deviation, then all with two, each once; behind
those, two to four are drawn.

It finds few of the museum's bugs, and that is as it should be: they take four deviations and more,
when shrunk, and the first thousands of seeds have two at most. What it is for is the proof that
comes with them: where all of one and of two pass, no failure is as near to the dull schedule.
"""

from bisect import bisect_right
from collections.abc import Sequence
from itertools import accumulate
from math import gcd
from typing import Literal

from paxos_des.cluster.scenario import Scenario
from paxos_des.engine.dice import Dice
from paxos_des.engine.pool import Deed, Event
from paxos_des.explore.attempt import Attempt, StrategySpec
from paxos_des.explore.pooled import attempt_of, run_pooled
from paxos_des.explore.strategies.pooled import is_prompt, small

MEASURED_MAX = 2000
"""Two deviations are counted by running all single ones: no more than so many."""
DRAWN = (2, 3, 4)
"""How many deviations there are where they are drawn."""

Deviations = tuple[tuple[int, int], ...]
"""At which point, and which of the options there: both from 0, points rising. There is a point
before each pick, and another one after each message that is put off."""

Option = tuple[Deed | Literal["put off"], int]
"""What to do, and with the event at which place."""

_ORDER = {"timer": 0, "restart": 1, "crash": 2}


class Deviating:
    """Follows the dull schedule but for some deviations.

    No two sets of deviations make the same schedule: a message is put off only where another one
    goes before it, and what comes early does so before anything is put off at that moment.

    Attributes
    ----------
    options
        By point: how many deviations there were to choose from.
    deviated
        How many there were in the end.
    """

    def __init__(self, deviations: Deviations = ()) -> None:
        self._deviations = dict(deviations)
        self._put_off: dict[int, None] = {}
        self.options: list[int] = []
        self.deviated = 0

    def pick(self, events: list[Event], may: frozenset[Deed]) -> tuple[Deed, int] | None:
        early = _unusual(events)
        while True:
            turns = self._turns(events)
            options: list[Option] = []
            if turns:
                if len(turns) > 1:
                    options.append(("put off", turns[0]))
            else:
                turns = self._waiting(events) or early
            if "double" in may and events[turns[0]].kind == "deliver":
                options.append(("double", turns[0]))
            options += [("happen", place) for place in early if place != turns[0]]
            deed, place = self._choose(options) or ("happen", turns[0])
            if deed != "put off":
                return deed, place
            self._put_off[events[place].number] = None
            early = []

    def _choose(self, options: list[Option]) -> Option | None:
        which = self._deviations.get(len(self.options))
        self.options.append(len(options))
        if which is None or which >= len(options):
            return None
        self.deviated += 1
        return options[which]

    def _turns(self, events: list[Event]) -> list[int]:
        """Return the places of what happens in turn, the oldest first."""
        return [
            place
            for place, event in enumerate(events)
            if event.number not in self._put_off and is_prompt(event)
        ]

    def _waiting(self, events: list[Event]) -> list[int]:
        """Return the places of what was put off, in that order."""
        places = {event.number: place for place, event in enumerate(events)}
        return [places[number] for number in self._put_off if number in places]


def _unusual(events: list[Event]) -> list[int]:
    """Return the places of timers, the one first that has been set the longest; then of restarts
    and of crashes.
    """
    places = [place for place, event in enumerate(events) if not is_prompt(event)]
    return sorted(places, key=lambda place: _ORDER[events[place].kind])


class DelayBounded:
    """Runs a scenario in the pool under one set of deviations after the other."""

    def __init__(self, scenario: Scenario, checks: tuple[str, ...]) -> None:
        self._scenario = small(scenario)
        self._checks = checks
        self._dull: list[int] = []
        self._pairs: list[int] | None = None

    def attempt(self, seed: int) -> Attempt:
        run = run_pooled(self._scenario, Deviating(self.deviations(seed)), self._checks)
        return attempt_of(run)

    def deviations(self, seed: int) -> Deviations:
        """Return the deviations of a seed."""
        self._dull = self._dull or self._options(())
        singles = sum(self._dull)
        if seed == 0:
            return ()
        if 0 < seed <= singles:
            return (self._single(seed - 1),)
        left = seed - 1 - singles
        if left >= 0 and singles <= MEASURED_MAX:
            self._pairs = self._pairs or self._count_pairs()
            if left < self._pairs[-1]:
                return self._pair(left, self._pairs)
        return self._drawn(seed)

    def _single(self, number: int) -> tuple[int, int]:
        return _at(_spread(number, sum(self._dull)), self._dull, 0)

    def _pair(self, number: int, pairs: list[int]) -> Deviations:
        number = _spread(number, pairs[-1])
        which = bisect_right(pairs, number)
        first = _at(which, self._dull, 0)
        before = pairs[which - 1] if which else 0
        return first, _at(number - before, self._options((first,)), first[0] + 1)

    def _count_pairs(self) -> list[int]:
        """Return how many pairs there are up to each first deviation, itself included."""
        counts = []
        for number in range(sum(self._dull)):
            first = _at(number, self._dull, 0)
            counts.append(sum(self._options((first,))[first[0] + 1 :]))
        return list(accumulate(counts))

    def _drawn(self, seed: int) -> Deviations:
        """Return deviations at random: most of them put a message off, the first option."""
        dice = Dice(seed, "delay-bounded")
        points = dice.shuffled(range(len(self._dull)))[: dice.one_of(DRAWN)]
        return tuple(
            (point, dice.below(self._dull[point] or 1) if dice.one_in(4) else 0)
            for point in sorted(points)
        )

    def _options(self, deviations: Deviations) -> list[int]:
        policy = Deviating(deviations)
        run_pooled(self._scenario, policy, self._checks)
        return policy.options


def _at(number: int, options: Sequence[int], start: int) -> tuple[int, int]:
    """Return the step and the option that are number so and so, from the step `start` on."""
    for step in range(start, len(options)):
        if number < options[step]:
            return step, number
        number -= options[step]
    raise AssertionError(number)


def _spread(number: int, size: int) -> int:
    """Return another number below `size`, each one once: so that the first hundred lie all over a
    run, and not at its beginning.
    """
    stride = max(size * 5 // 8, 1)
    while gcd(stride, size) != 1:
        stride += 1
    return number * stride % size


DELAY_BOUNDED = StrategySpec(
    name="delay-bounded",
    says="the dull schedule with one deviation, each once; then with two; then with more",
    make=DelayBounded,
)
