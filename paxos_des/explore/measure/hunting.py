"""One hunt: a strategy tries one schedule of an exhibit after the other, until one fails."""

import time
from typing import Any, NamedTuple

import msgspec

from paxos_des.explore.attempt import Attempt
from paxos_des.explore.measure.sightings import first_seen, seen_by
from paxos_des.explore.shrink import shrink
from paxos_des.explore.strategies import strategy_named
from paxos_des.failure import Failure
from paxos_des.museum import EXHIBITS

SEEDS_APART = 1_000_000
"""Hunts have seeds of their own: the first one of the second is this."""
SHRINK_RUNS = 2_000


class Plan(NamedTuple):
    """What one hunt is: the same plan has the same outcome, but for times.

    Attributes
    ----------
    schedules_max, seconds_max
        It ends in vain after so many schedules, or so much CPU time; None: the other bounds it.
    shrinks
        Of so many hunts, the first ones, what they find is shrunk.
    """

    exhibit: str
    strategy: str
    number: int
    schedules_max: int | None
    seconds_max: float
    shrinks: int

    @property
    def first_seed(self) -> int:
        return self.number * SEEDS_APART

    @property
    def is_shrunk(self) -> bool:
        return self.number < self.shrinks


class Small(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
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


class Row(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """What a hunt came to.

    Attributes
    ----------
    schedules_max, seconds_max
        Its caps.
    tried
        So many schedules, the failing one included.
    is_found
        Whether the last one failed; else the hunt is censored: all that is known is that it takes
        more.
    cpu_s
        CPU time of all of them.
    broke
        In so many, an assertion broke, and nothing was judged.
    saw
        Which checks are violated in the failing run when all judge and none ends it, in order.
    small
        None: it was not shrunk.
    """

    exhibit: str
    strategy: str
    number: int
    schedules_max: int | None
    seconds_max: float
    tried: int
    is_found: bool
    cpu_s: float
    broke: int = 0
    saw: tuple[str, ...] = ()
    small: Small | None = None

    @property
    def name(self) -> tuple[str, str, int]:
        return self.exhibit, self.strategy, self.number

    @property
    def schedules(self) -> int | None:
        """How many it takes to find it; None: it was not."""
        return self.tried if self.is_found else None

    @property
    def says(self) -> tuple[bool, int, float]:
        """How much it says: of two rows of one name, the larger counts."""
        return self.is_found, self.tried, float(self.small is not None)

    def settles(self, plan: Plan) -> bool:
        """Whether a hunt by this plan would say nothing that this row does not."""
        if self.name != plan[:3]:
            return False
        if self.is_found:
            return self.small is not None or not plan.is_shrunk
        enough = self.schedules_max is None or (
            plan.schedules_max is not None and self.schedules_max >= plan.schedules_max
        )
        return enough and self.seconds_max >= plan.seconds_max


def row_of(plan: Plan) -> Row:
    """Hunt in this process."""
    exhibit = EXHIBITS[plan.exhibit]
    began_s = time.process_time()
    strategy = strategy_named(plan.strategy).make(exhibit.scenario, (exhibit.check,))
    found: Attempt | None = None
    tried = broke = 0
    cpu_s = 0.0
    while (
        found is None
        and (plan.schedules_max is None or tried < plan.schedules_max)
        and cpu_s < plan.seconds_max
    ):
        try:
            attempt = strategy.attempt(plan.first_seed + tried)
        except AssertionError:
            broke += 1  # a protocol with a bug may break its own rules, and is not judged then
        else:
            found = None if attempt.violation is None else attempt
        tried += 1
        cpu_s = time.process_time() - began_s
    saw: tuple[str, ...] = ()
    small = None
    if found is not None:
        schedule = found.schedule()
        saw = first_seen(seen_by(found.scenario, schedule=schedule))
        if plan.is_shrunk:
            small = small_of(found, exhibit.check, {"strategy": plan.strategy})
    return Row(
        *plan[:5], tried, found is not None, round(cpu_s, 6), broke=broke, saw=saw, small=small
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
        round(cpu_s, 6),
    )


def size_of(failure: Failure) -> int:
    return len(failure.schedule) + len(failure.scenario.faults)
