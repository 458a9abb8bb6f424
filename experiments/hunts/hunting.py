"""One hunt: a strategy tries one schedule of an exhibit after the other, until one fails."""

import time
from typing import Any, NamedTuple

import msgspec

from paxos_des.explore.attempt import Attempt
from paxos_des.explore.shrink import shrink
from paxos_des.explore.strategies import strategy_named
from paxos_des.failure import Failure
from paxos_des.museum import EXHIBITS

SEEDS_APART = 1_000_000
"""Hunts have seeds of their own: the first one of the second is this."""
SHRINK_RUNS = 2_000


class Plan(NamedTuple):
    """What one hunt is: the same plan has the same outcome, but for times."""

    exhibit: str
    strategy: str
    number: int
    schedules_max: int
    shrinks: int

    @property
    def first_seed(self) -> int:
        return self.number * SEEDS_APART


class Small(msgspec.Struct, frozen=True):
    """A failure, made small.

    Attributes
    ----------
    before, after
        How many interventions its schedule has; and the faults of its scenario.
    core
        How many events are enough for it; 0 where the pool does not show it.
    replays
        Before and after, it was run again, in the timed network, with the same digest.
    """

    before: int
    after: int
    core: int
    runs: int
    is_minimal: bool
    replays: bool
    cpu_s: float


class Row(msgspec.Struct, frozen=True):
    """What a hunt came to.

    Attributes
    ----------
    schedules
        How many were tried, the failing one included; None: all that were allowed, in vain.
    cpu_s
        CPU time of all of them.
    small
        None: it was not shrunk.
    """

    exhibit: str
    strategy: str
    number: int
    schedules_max: int
    schedules: int | None
    cpu_s: float
    small: Small | None = None

    @property
    def name(self) -> tuple[str, str, int, int]:
        return self.exhibit, self.strategy, self.number, self.schedules_max


def row_of(plan: Plan) -> Row:
    """Hunt in this process."""
    exhibit = EXHIBITS[plan.exhibit]
    began_s = time.process_time()
    strategy = strategy_named(plan.strategy).make(exhibit.scenario, (exhibit.check,))
    found: Attempt | None = None
    tried = 0
    while found is None and tried < plan.schedules_max:
        attempt = strategy.attempt(plan.first_seed + tried)
        tried += 1
        if attempt.violation is not None:
            found = attempt
    cpu_s = time.process_time() - began_s
    small = None
    if found is not None and plan.number < plan.shrinks:
        small = small_of(found, exhibit.check, {"strategy": plan.strategy})
    schedules = None if found is None else tried
    return Row(
        plan.exhibit, plan.strategy, plan.number, plan.schedules_max, schedules, cpu_s, small
    )


def small_of(found: Attempt, check: str, story: dict[str, Any]) -> Small:
    """Make what was found a failure, replay it, shrink it, and replay that."""
    began_s = time.process_time()
    failure = Failure.of(found.scenario, found.schedule(), check, story)
    assert failure is not None, f"{story} found a violation of {check}, which did not replay"
    shrunk = shrink(failure, runs_max=SHRINK_RUNS)
    cpu_s = time.process_time() - began_s
    return Small(
        size_of(failure),
        size_of(shrunk.failure),
        len(shrunk.failure.core or ()),
        shrunk.runs,
        shrunk.is_minimal,
        all(one.replay().digest == one.digest for one in (failure, shrunk.failure)),
        cpu_s,
    )


def size_of(failure: Failure) -> int:
    return len(failure.schedule) + len(failure.scenario.faults)
