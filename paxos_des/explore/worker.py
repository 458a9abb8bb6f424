"""What a process of a hunt does: it tries schedules in chunks, and shrinks failures."""

import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, NamedTuple

import msgspec

from paxos_des.cluster.scenario import Scenario
from paxos_des.engine.choices import Decision
from paxos_des.errors import InputError
from paxos_des.explore.attempt import Attempt
from paxos_des.explore.shrink import shape_of, shrink
from paxos_des.explore.strategies import strategy_named
from paxos_des.failure import Failure
from paxos_des.run import read_schedule

CHUNK_S_MAX = 0.5
"""A chunk that takes longer ends early: what a kill may cost is less than a second's work."""

KEPT_SCHEDULES = 64
"""A strategy that learns cannot try a seed again. Of so many failures of each check, a process
keeps the schedules; then of every so many-th, for the rest are most likely more of the same."""

SAID_MAX = 200
"""So much is kept of what a broken assertion says."""

EVENTS_MAX, RUNS_MIN = 10_000_000, 200
"""Shrinking takes so many runs at most that these are their events, if all are like the first:
some two minutes. It is not said in seconds, so that a hunt finds the same wherever it runs."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What all processes of a hunt know.

    Attributes
    ----------
    home
        What another process has to import, to find the scenario's protocol.
    """

    scenario: Scenario
    strategy: str
    checks: tuple[str, ...]
    home: str


class Failing(msgspec.Struct, frozen=True, omit_defaults=True):
    """An attempt that violated a check.

    Attributes
    ----------
    scenario, schedule
        What replays it, as files hold it, where the seed alone does not.
    is_lost
        Nothing replays it: it was most likely more of the same.
    """

    seed: int
    check: str
    scenario: dict[str, Any] | None = None
    schedule: list[dict[str, Any]] | None = None
    is_lost: bool = False


class Chunk(msgspec.Struct, frozen=True, omit_defaults=True, tag_field="line", tag="chunk"):
    """What came of the seeds from `first` on, below `last`.

    Attributes
    ----------
    behaviours
        Each one's, as 8 bytes, the lowest first.
    unknown
        Seeds under which a check could not decide.
    broken
        Seeds under which an assertion broke, the protocol's or one of ours, and what it says: they
        are not judged, and count as unknown.
    steps
        Of the longest run.
    news
        What the strategy has learned, for other processes.
    """

    first: int
    last: int
    seconds: float
    steps: int
    behaviours: bytes
    unknown: list[int] = []
    broken: list[tuple[int, str]] = []
    violated: list[Failing] = []
    news: bytes | None = None


class Shrunk(msgspec.Struct, frozen=True, omit_defaults=True, tag_field="line", tag="shrunk"):
    """What came of shrinking the failure that a seed had.

    Attributes
    ----------
    shape
        Which bug it is; None where the failure did not come again in its own replay.
    before, after
        Interventions.
    runs
        So many replays it took.
    file
        Where the failure is, if it is the first of its shape.
    """

    seed: int
    check: str
    shape: str | None = None
    before: int = 0
    after: int = 0
    runs: int = 0
    is_minimal: bool = False
    file: str | None = None


class TryChunk(NamedTuple):
    """The seeds from `first` on, below `last`; first hear the news from other processes."""

    first: int
    last: int
    news: tuple[bytes, ...] = ()


class ShrinkOne(NamedTuple):
    """Shrink the failure of an attempt."""

    failing: Failing


class Small(NamedTuple):
    """A failure that was shrunk, if it came again."""

    record: Shrunk
    failure: Failure | None


Task = TryChunk | ShrinkOne
Result = Chunk | Small


class Worker:
    """Does the tasks of a hunt.

    Raises
    ------
    InputError
        When there is no such strategy, or it cannot explore the scenario.
    """

    def __init__(self, plan: Plan) -> None:
        self._plan = plan
        self._strategy = strategy_named(plan.strategy).make(plan.scenario, plan.checks)
        self._news: Callable[[], bytes | None] | None = getattr(self._strategy, "news", None)
        self._kept: dict[str, int] = {}

    @property
    def learns(self) -> bool:
        """What the strategy tries depends on what it has seen."""
        return self._news is not None

    @property
    def note(self) -> str | None:
        """What the strategy has to say about the scenario: what it leaves out, and why."""
        note: str | None = getattr(self._strategy, "note", None)
        return note

    def hear(self, told: Iterable[bytes]) -> None:
        """Learn what others have learned."""
        try:
            for news in told:
                self._strategy.restore(news)  # type: ignore[attr-defined] # who has news takes news
        except (msgspec.DecodeError, AttributeError):
            message = (
                f"hunt: found news that {self._plan.strategy} cannot read; allowed is its own "
                "(without the journal, the hunt begins anew)"
            )
            raise InputError(message) from None

    def do(self, task: Task) -> Result:
        return self._try(task) if isinstance(task, TryChunk) else self._shrink(task.failing)

    def _try(self, task: TryChunk) -> Chunk:
        self.hear(task.news)
        began = time.perf_counter()
        attempt_of = self._strategy.attempt
        behaviours = bytearray()
        unknown: list[int] = []
        broken: list[tuple[int, str]] = []
        violated: list[Failing] = []
        steps_max, seed = 0, task.first
        while seed < task.last and (
            time.perf_counter() - began < CHUNK_S_MAX or seed == task.first
        ):
            try:
                attempt = attempt_of(seed)
            except AssertionError as error:
                unknown.append(seed)
                broken.append((seed, " ".join(str(error).split())[:SAID_MAX]))
                behaviours += bytes(8)
                seed += 1
                continue
            behaviours += attempt.behaviour.to_bytes(8, "little")
            steps_max = max(steps_max, attempt.steps)
            if attempt.verdict == "violated":
                violated.append(self._failing(seed, attempt))
            elif attempt.verdict == "unknown":
                unknown.append(seed)
            seed += 1
        return Chunk(
            first=task.first,
            last=seed,
            seconds=round(time.perf_counter() - began, 6),
            steps=steps_max,
            behaviours=bytes(behaviours),
            unknown=unknown,
            broken=broken,
            violated=violated,
            news=None if self._news is None else self._news(),
        )

    def _failing(self, seed: int, attempt: Attempt) -> Failing:
        assert attempt.violation is not None, f"seed {seed} is violated, and nothing says how"
        check = attempt.violation.check
        if self._news is None:
            return Failing(seed, check)
        count = self._kept[check] = self._kept.get(check, 0) + 1
        if count > KEPT_SCHEDULES and count % KEPT_SCHEDULES:
            return Failing(seed, check, is_lost=True)
        schedule = [decision.to_dict() for decision in attempt.schedule()]
        return Failing(seed, check, attempt.scenario.to_dict(), schedule)

    def _shrink(self, failing: Failing) -> Small:
        scenario, schedule = self._replayed_by(failing)
        found = {"seed": failing.seed, "strategy": self._plan.strategy}
        failure = Failure.of(scenario, schedule, failing.check, found)
        if failure is None:
            return Small(Shrunk(failing.seed, failing.check), None)
        events = failure.replay("nothing").stats.events
        shrunk = shrink(failure, runs_max=max(RUNS_MIN, EVENTS_MAX // max(events, 1)))
        record = Shrunk(
            failing.seed,
            failing.check,
            shape_of(shrunk.failure),
            before=len(failure.schedule),
            after=len(shrunk.failure.schedule),
            runs=shrunk.runs,
            is_minimal=shrunk.is_minimal,
        )
        return Small(record, shrunk.failure)

    def _replayed_by(self, failing: Failing) -> tuple[Scenario, tuple[Decision, ...]]:
        if failing.schedule is None:
            attempt = self._strategy.attempt(failing.seed)
            return attempt.scenario, attempt.schedule()
        assert failing.scenario is not None, "a schedule has its scenario"
        scenario = Scenario.from_dict(failing.scenario, where="scenario")
        return scenario, read_schedule(failing.schedule)
