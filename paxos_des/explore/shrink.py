"""Shrinking: the smallest schedule, in the smallest scenario, that violates the same check.

What is smaller, in this order (`measure`):

1. fewer things that happen: interventions, and faults of the scenario; for each of them has to be
   understood;
2. a smaller scenario (`smaller_scenarios.size_of`), which is what they happen to;
3. simpler answers (`simpler.weight`), the heaviest first;
4. what comes first as text, so that two results are never equals.

It goes on until nothing helps: no intervention can be spared, none can be replaced by any of its
simpler answers, and no scenario that is tried is smaller. To leave a local minimum, it starts anew
from the first schedule in other orders (`delta.ORDERS`), from the first schedule's causal core
and from the best one's, and without any two interventions of the best; the smallest result counts.
"""

from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from itertools import combinations
from typing import Any

import msgspec

from paxos_des.cluster.scenario import Scenario
from paxos_des.engine.trace import Trace
from paxos_des.explore.core import NOTHING as NO_CORE
from paxos_des.explore.core import REPLAYS_MAX, Core, causal_core
from paxos_des.explore.delta import ORDERS, Order, spare_faults, spare_groups, spare_parts, without
from paxos_des.explore.minimal import is_one_minimal, spareable
from paxos_des.explore.pooled import run_pooled, schedule_of
from paxos_des.explore.question import (
    ExhaustedError,
    Found,
    Question,
    Schedule,
)
from paxos_des.explore.renaming import schedule_within
from paxos_des.explore.script import Named, Script
from paxos_des.explore.shape import shape_of
from paxos_des.explore.simpler import simpler, weight
from paxos_des.explore.smaller_scenarios import shorter, size_of, ways
from paxos_des.failure import Failure

LONGEST = 20
"""So many times as long as it takes to violate the check, a smaller failure may take."""

PAIRS_OF = 20
"""Of no more interventions than this, any two are left out at once."""

IN_HASTE = 500
"""Runs in the pool that a causal core may take which is none of the end: of the schedule at the
start; or where runs or seconds ran out before."""

LARGE = 200
"""With more interventions than this, it starts anew from what is left after large steps."""

__all__ = ["Shrunk", "is_one_minimal", "measure", "shape_of", "shrink", "spareable"]


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
    core
        The causal core, event by event; an empty one where the pool does not show it.
    """

    failure: Failure
    runs: int
    is_minimal: bool
    before: int
    core: Core = NO_CORE


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
    first = question.start(question.setting(failure.scenario), failure.schedule)
    shrinking = _Shrinking(question, first)
    replays_max = IN_HASTE
    with suppress(ExhaustedError):
        shrinking.shrink(first)
        replays_max = REPLAYS_MAX
    made = _failure_of(shrinking.best, failure.check, failure.found)
    core = shrinking.core or _core_of(made, replays_max)
    for other in shrinking.cores:
        # Few interventions do not make for few events: another order may have gone a shorter way.
        if other and (not core or len(other.events) < len(core.events)):
            found = _core_of(made, replays_max, other.events)
            core = found if found and (not core or len(found.events) < len(core.events)) else core
    return Shrunk(
        failure=replace(made, core=core.to_dicts()) if core else made,
        runs=question.runs,
        is_minimal=shrinking.is_minimal,
        before=len(failure.schedule),
        core=core,
    )


def _failure_of(found: Found, check: str, story: dict[str, Any]) -> Failure:
    failure = Failure.of(found.scenario, found.schedule, check, story)
    assert failure is not None, f"{found} was violated a moment ago"
    return failure


def _core_of(
    failure: Failure, replays_max: int = REPLAYS_MAX, events: Sequence[Named] | None = None
) -> Core:
    """Return the causal core of a failure: an empty one where the pool does not show it."""
    try:
        return causal_core(failure, replays_max=replays_max, events=events)
    except Exception:  # noqa: BLE001 - a protocol may break in any way, in an order that is new to it
        return NO_CORE


def _retold(core: Core, found: Found, check: str) -> tuple[Scenario, Schedule] | None:
    """Return the schedule of a run in which nothing but a causal core happens."""
    try:
        policy = Script(core.events, Trace("nothing"))
        run = run_pooled(found.scenario, policy, (check,))
        return None if run.violation is None else (run.scenario, schedule_of(run))
    except Exception:  # noqa: BLE001 - likewise
        return None


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
    core
        Of the best; None where it was not looked for yet.
    cores
        All that were found, of whatever was the best then.
    """

    def __init__(self, question: Question, first: Found) -> None:
        self._question = question
        self.best = first
        self.is_minimal = False
        self.core: Core | None = None
        self.cores: list[Core] = []

    def take(self, found: Found) -> None:
        """Keep what is smaller than the best so far."""
        if measure(found) < measure(self.best):
            self.best, self.is_minimal, self.core = found, False, None

    def shrink(self, first: Found) -> None:
        usual, found = ORDERS[0], first
        for step in (self._cut_short, self._spare_groups, self._make_smaller):
            found = step(found, usual)
            self.take(found)
        if len(first.schedule) > LARGE:
            first = found
        self._to_the_end(found, usual)
        for order in ORDERS[1:]:
            best = self.best
            if len(best.schedule) <= 1:
                break  # only none at all were less, and that was asked
            again = self._question.ask(best.setting, schedule_within(first.schedule, best.scenario))
            self._to_the_end(again or first, order)
        if len(self.best.schedule) > 1:
            self._from_core(first)
        if len(self.best.schedule) > 1:
            self.core = self._from_core(self.best)
        pairless = self._without_a_pair()
        while pairless is not None:
            self._to_the_end(pairless, usual)
            pairless = self._without_a_pair()

    def _without_a_pair(self) -> Found | None:
        """Leave out two at once of the best, neither of which can be spared alone."""
        best = self.best
        if len(best.schedule) > PAIRS_OF:
            return None
        for pair in combinations(reversed(best.schedule), 2):
            found = self._question.ask(best.setting, without(best.schedule, pair))
            if found is not None:
                return found
        return None

    def _from_core(self, found: Found) -> Core | None:
        """Start anew from a causal core alone, as it happens in the pool; return the core, if what
        it is of is the best still.
        """
        check, best = self._question.check, self.best
        replays_max = REPLAYS_MAX if found == best else IN_HASTE
        core = _core_of(_failure_of(found, check, {}), replays_max)
        self.cores.append(core)
        retold = _retold(core, found, check) if core else None
        if retold is not None:
            again = self._question.ask(self._question.setting(retold[0]), retold[1])
            if again is not None:
                self._to_the_end(again, ORDERS[0])
        return core if found == best == self.best else None

    def _to_the_end(self, found: Found, order: Order) -> None:
        """Make it smaller until nothing helps."""
        while True:
            before = found
            steps = [self._cut_short, self._spare_groups, self._spare_parts, self._simplify]
            steps.insert(2 if order.scenario == "first" else len(steps), self._make_smaller)
            for step in steps:
                found = step(found, order)
                self.take(found)
            if found == before:
                found = self._shorten(found, found.at_us)
                if found == before:
                    break
        if found == self.best:
            self.is_minimal = True

    def _cut_short(self, found: Found, _: Order) -> Found:
        """Leave out most of what would come after the violation: what does not violate the check
        is over sooner.
        """
        late_us = LONGEST * found.at_us
        return found if found.scenario.horizon_us <= late_us else self._shorten(found, late_us)

    def _spare_groups(self, found: Found, order: Order) -> Found:
        return spare_groups(self._question, found, order)

    def _spare_parts(self, found: Found, order: Order) -> Found:
        return spare_parts(self._question, found, order)

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
        found = spare_faults(self._question, found)
        for way in ways():
            for smaller in way(found.scenario, found.schedule):
                better = self._question.ask(
                    self._question.setting(smaller.scenario), smaller.schedule
                )
                if better is not None:
                    found = better
                    break
        return found

    def _shorten(self, found: Found, at_us: int) -> Found:
        """End the run soon after a time."""
        for scenario in shorter(found.scenario, at_us):
            setting = self._question.setting(scenario, found.setting)
            better = self._question.ask(setting, found.schedule)
            if better is not None:
                self.take(better)
                return better
        return found
