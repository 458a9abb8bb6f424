"""Shrinking: the smallest schedule, in the smallest scenario, that violates the same check.

What is smaller, in this order (`measure`):

1. fewer things that happen: interventions, and faults of the scenario; for each of them has to be
   understood;
2. a smaller scenario (`smaller_scenarios.size_of`), which is what they happen to;
3. simpler answers (`simpler.weight`), the heaviest first;
4. what comes first as text, so that two results are never equals.

It goes on until nothing helps: no intervention can be spared, none can be replaced by any of its
simpler answers, and no scenario that is tried is smaller. Then it starts anew from the first
schedule, in other orders, and the smallest result counts.
"""

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import msgspec

from paxos_des.explore.delta import ORDERS, Order, spare
from paxos_des.explore.question import JUDGED_AT_THE_END, ExhaustedError, Found, Question, Setting
from paxos_des.explore.renaming import schedule_within
from paxos_des.explore.shape import shape_of
from paxos_des.explore.simpler import simpler, weight
from paxos_des.explore.smaller_scenarios import shorter, size_of, ways
from paxos_des.failure import Failure

__all__ = ["Shrunk", "measure", "shape_of", "shrink"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Shrunk:
    """A failure made small.

    Attributes
    ----------
    failure
        The smallest that was found, with its causal core where that could be looked for.
    runs
        How many runs it took, those for the core not among them.
    is_minimal
        No single intervention of it can be spared, none be replaced by any of its simpler
        answers, and no smaller scenario does: False where runs or seconds ran out before.
    before
        How many interventions there were.
    """

    failure: Failure
    runs: int
    is_minimal: bool
    before: int


def shrink(
    failure: Failure, *, runs_max: int | None = None, seconds_max: float | None = None
) -> Shrunk:
    """Make a failure as small as can be; judged by its check alone.

    Parameters
    ----------
    runs_max, seconds_max
        How many runs, and seconds of wall clock, it may take; None: as many as it needs. When
        they are over, the best so far is returned.

    Raises
    ------
    InputError
        When the failure's schedule does not violate its check.
    """
    question = Question(failure.check, runs_max=runs_max, seconds_max=seconds_max)
    first = question.start(Setting(failure.scenario), failure.schedule)
    shrinking = _Shrinking(question, first)
    with suppress(ExhaustedError):
        shrinking.shrink(first)
    best = shrinking.best
    made = Failure.of(best.scenario, best.schedule, failure.check, failure.found)
    assert made is not None, f"{best} was violated a moment ago"
    return Shrunk(
        failure=made,
        runs=question.runs,
        is_minimal=shrinking.is_minimal,
        before=len(failure.schedule),
    )


def measure(found: Found) -> tuple[Any, ...]:
    """Return how large a failing schedule is, as what is compared: see the module."""
    scenario = found.scenario
    weights = sorted((weight(one, scenario) for one in found.schedule), reverse=True)
    return (
        len(found.schedule) + len(scenario.faults),
        size_of(scenario),
        weights,
        msgspec.json.encode(found.schedule),
    )


class _Shrinking:
    """The work, and the best so far.

    Attributes
    ----------
    is_minimal
        Whether the best is where nothing helped any more.
    """

    def __init__(self, question: Question, first: Found) -> None:
        self._question = question
        self.best = first
        self.is_minimal = False

    def take(self, found: Found) -> None:
        """Keep what is smaller than the best so far."""
        if measure(found) < measure(self.best):
            self.best, self.is_minimal = found, False

    def shrink(self, first: Found) -> None:
        self._to_the_end(first, ORDERS[0])
        for order in ORDERS[1:]:
            best = self.best
            if len(best.schedule) <= 1:
                break  # only none at all were less, and that was asked
            again = self._question.ask(best.setting, schedule_within(first.schedule, best.scenario))
            self._to_the_end(again or first, order)

    def _to_the_end(self, found: Found, order: Order) -> None:
        """Make it smaller until nothing helps."""
        while True:
            before = found
            for step in (self._spare, self._simplify, self._make_smaller):
                found = step(found, order)
                self.take(found)
            if found == before:
                found = self._shorten(found)
                if found == before:
                    break
        if found == self.best:
            self.is_minimal = True

    def _spare(self, found: Found, order: Order) -> Found:
        return spare(self._question, found, order)

    def _simplify(self, found: Found, _: Order) -> Found:
        """Replace answers by simpler ones, until none can be."""
        place = len(found.schedule) - 1
        while place >= 0:
            better = next(self._simpler(found, place), None)
            if better is None:
                place -= 1
            else:
                found = better
                place = min(place, len(found.schedule) - 1)
        return found

    def _simpler(self, found: Found, place: int) -> Iterator[Found]:
        schedule = found.schedule
        rest = {one.key for one in schedule[:place] + schedule[place + 1 :]}
        for other in simpler(schedule[place], found.scenario):
            if other.key not in rest:
                changed = (*schedule[:place], other, *schedule[place + 1 :])
                better = self._question.ask(found.setting, changed)
                if better is not None:
                    yield better

    def _make_smaller(self, found: Found, _: Order) -> Found:
        """Take smaller scenarios, one way after the other."""
        for way in ways():
            for smaller in way(found.scenario, found.schedule):
                better = self._question.ask(Setting(smaller.scenario), smaller.schedule)
                if better is not None:
                    found = better
                    break
        return found

    def _shorten(self, found: Found) -> Found:
        """End the run soon after the violation."""
        for scenario in shorter(found.scenario, found.at_us):
            is_online = self._question.check not in JUDGED_AT_THE_END
            setting = Setting(scenario, found.setting if is_online else None)
            better = self._question.ask(setting, found.schedule)
            if better is not None:
                self.take(better)
                return better
        return found
