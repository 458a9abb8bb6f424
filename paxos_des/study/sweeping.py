"""A sweep, while it goes on.

Runs are done in tasks, each of some rows that stand one after the other. What came of a task is a
file; what is missing is done by whoever goes on.
"""

import time
from collections import deque
from collections.abc import Callable
from concurrent.futures import FIRST_COMPLETED, BrokenExecutor, Future, wait
from contextlib import suppress
from typing import NamedTuple

from paxos_des.study.crew import Crew, TaskLost
from paxos_des.study.folder import Folder
from paxos_des.study.head import GOES_ON, SweepError
from paxos_des.study.parts import Made, Task, make
from paxos_des.study.places import Places, Stretch, Wanted, wanted_at_first, without
from paxos_des.study.plan import Plan
from paxos_des.study.results import known_of
from paxos_des.study.stops import Stops
from paxos_des.study.tables import GROUP, Tally, metadata_of
from paxos_des.study.work import Job

TASK_S_MIN, TASK_S_MAX, TASK_SHARE = 0.5, 30.0, 0.02
"""A task takes about so long: a share of what the sweep took so far, between two bounds."""
END_S_MIN = 0.1
"""The last tasks are shorter, so that all processes end together; but not shorter than this."""
AHEAD = 2
"""So many tasks for each process are given, so that it never waits for us."""
DEATHS_MAX = 3
"""A task that has ended whoever did it so many times in a row is not given again."""


class Progress(NamedTuple):
    """How far a sweep is.

    Attributes
    ----------
    runs, wanted
        Done, and as far as is known to be done: points that stop by themselves may want more.
    before
        Of those that are done, how many were there when it began.
    violated, broken
        Of those that are done.
    """

    runs: int
    wanted: int
    before: int
    violated: int
    broken: int


class Given(NamedTuple):
    """A task that somebody does, or did in vain: so often did it end whoever did it."""

    stretch: Stretch
    deaths: int = 0


class Sweeping:
    """What is done of a sweep, what is under way, and what is missing."""

    def __init__(
        self, plan: Plan, folder: Folder, places: Places, jobs: int, home: tuple[str, ...]
    ) -> None:
        self._plan = plan
        self._folder = folder
        self._places = places
        self._jobs = jobs
        self._stops = Stops(plan)
        self._parts = folder.parts()
        self._metadata = metadata_of(plan)
        self._home = home
        self._tally = Tally()
        self._under_way: dict[Future[Made], Given] = {}
        self._lost: deque[Given] = deque()
        self._s_per_run: float | None = None

    def run(self, crew: Crew, on_progress: Callable[[Progress], object] | None) -> int:
        """Do what is missing, and make the table; return how many runs were there before."""
        self._remember()
        before = self._tally.runs
        self._folder.begin()
        self._began = time.monotonic()
        self._folder.log("resumed" if before else "started", runs=before, wanted=self._wanted.rows)
        try:
            if self._wanted.rows:
                with crew:
                    self._do_all(crew, on_progress)
            self._parts.sort(key=lambda part: part.stretch)
            assert self._is_complete(), "rows are missing"
            self._folder.finish(self._parts)
        except BaseException as error:
            with suppress(SweepError):  # the disk may be full: that is said already
                self._log_end("stopped", before, error=type(error).__name__)
            raise
        self._log_end("finished", before)
        return before

    def _do_all(self, crew: Crew, on_progress: Callable[[Progress], object] | None) -> None:
        before = self._tally.runs
        width = max(self._jobs, crew.width)
        while self._wanted.rows or self._lost or self._under_way:
            self._give(crew, width)
            self._hear(crew)
            if on_progress is not None:
                on_progress(self._progress(before))

    def _log_end(self, event: str, before: int, **keys: str) -> None:
        seconds, runs = time.monotonic() - self._began, self._tally.runs
        rate = (runs - before) / seconds if seconds else 0.0
        self._folder.log(
            event, runs=runs, seconds=round(seconds, 3), runs_per_s=round(rate, 1), **keys
        )

    def _remember(self) -> None:
        """Read what is there, and find what is missing."""
        for part in self._parts:
            point, first = self._places.at(part.stretch.start)
            stop = self._stops.stop_of(point)
            read = self._folder.read(part, None if stop is None else stop.column)
            self._tally = self._tally.plus(read.tally)
            if stop is not None:
                self._stops.add(point, first, read.numbers)
        for point in self._stops.wanted:
            self._stops.settle(point)
        wanted = wanted_at_first(self._plan, self._stops.wanted)
        self._wanted = Wanted(without(wanted, [part.stretch for part in self._parts]))

    def _is_complete(self) -> bool:
        done = [part.stretch for part in self._parts]
        wanted = wanted_at_first(self._plan, self._stops.wanted)
        return next(without(wanted, done), None) is None

    def _give(self, crew: Crew, width: int) -> None:
        """Give out tasks, as long as there are not too many."""
        ahead = 1 if width == 1 else AHEAD * width
        while len(self._under_way) < ahead:
            given = self._next(width)
            if given is None:
                return
            try:
                future = crew.give(make, self._task(given.stretch))
            except BrokenExecutor:
                self._lost.appendleft(given)
                if not self._under_way:
                    self._replace(crew)
                return
            self._under_way[future] = given

    def _next(self, width: int) -> Given | None:
        """Return the next task. One that was there when two executors broke is given alone: if
        that breaks too, it is known which.
        """
        if any(given.deaths == DEATHS_MAX - 1 for given in self._under_way.values()):
            return None
        if self._lost:
            if self._lost[0].deaths == DEATHS_MAX - 1 and self._under_way:
                return None
            return self._lost.popleft()
        stretch = self._wanted.take(self._rows(width))
        return None if stretch is None else Given(stretch)

    def _rows(self, width: int) -> int:
        """Return how many runs take about as long as a task shall."""
        if self._s_per_run is None:
            return 1
        left_s = self._wanted.rows * self._s_per_run / (AHEAD * width)
        seconds = min(self._task_s(), max(left_s, END_S_MIN))
        return max(1, min(GROUP, int(seconds / self._s_per_run)))

    def _task_s(self) -> float:
        elapsed = time.monotonic() - self._began
        return min(TASK_S_MAX, max(TASK_S_MIN, TASK_SHARE * elapsed))

    def _task(self, stretch: Stretch) -> Task:
        plan, spans = self._plan, tuple(self._places.spans(stretch))
        stop = self._stops.stop_of(spans[0].point)
        return Task(
            Job(spans, plan.seed, plan.metrics, plan.measure, self._home),
            plan.columns,
            tuple(known_of(plan.points[span.point]) for span in spans),
            self._metadata,
            None if stop is None else stop.column,
            min(TASK_S_MAX, 2 * self._task_s()),
        )

    def _hear(self, crew: Crew) -> None:
        """Wait until something is done, and keep it."""
        done, _ = wait(self._under_way, return_when=FIRST_COMPLETED)
        is_broken = False
        for future in done:
            error = future.exception()
            given = self._under_way.pop(future)
            if error is None:
                self._keep(given.stretch, future.result())
            elif isinstance(error, BrokenExecutor | MemoryError | TaskLost):
                self._lose(given, error)
                is_broken |= isinstance(error, BrokenExecutor)
            else:
                raise error
        if is_broken:
            for future, given in list(self._under_way.items()):
                self._hear_last(future, given)
            self._under_way.clear()
            self._replace(crew)

    def _hear_last(self, future: Future[Made], given: Given) -> None:
        """Take what is left of an executor that is broken."""
        error = future.exception()
        if error is None:
            self._keep(given.stretch, future.result())
        elif isinstance(error, BrokenExecutor):
            self._lose(given, error)
        else:
            raise error

    def _replace(self, crew: Crew) -> None:
        self._lost = deque(sorted(self._lost))
        self._folder.log("replaced", lost=[list(given.stretch) for given in self._lost])
        crew.replace()

    def _lose(self, given: Given, error: BaseException) -> None:
        """Have a task done again; or say that it cannot be."""
        lost = given._replace(deaths=given.deaths + 1)
        point, first = self._places.at(given.stretch.start)
        last_point, last = self._places.at(given.stretch.end - 1)
        runs = f"point {point}, replication {first}, to point {last_point}, replication {last}"
        self._folder.log("died", runs=runs, times=lost.deaths, error=type(error).__name__)
        if lost.deaths >= DEATHS_MAX:
            message = (
                f"sweep: found that whoever does the runs from {runs}, ends in the middle of them, "
                f"{DEATHS_MAX} times in a row ({type(error).__name__}); allowed is to let it live "
                f"(is there too little memory?); {GOES_ON}"
            )
            raise SweepError(message)
        self._lost.append(lost)

    def _keep(self, stretch: Stretch, made: Made) -> None:
        """Keep what was made of a task; what was not, for it took too long, is wanted again."""
        runs = made.tally.runs
        done = Stretch(stretch.start, stretch.start + runs)
        for name, text in made.failures:
            self._folder.add_failure(name, text)
        self._parts.append(self._folder.add(made.content, done))
        self._tally = self._tally.plus(made.tally)
        self._s_per_run = max(made.seconds, 1e-6) / runs
        if done.end < stretch.end:
            self._wanted.add(Stretch(done.end, stretch.end))
        point, first = self._places.at(stretch.start)
        if self._stops.stop_of(point) is not None:
            self._stops.add(point, first, made.numbers)
            more = self._stops.settle(point)
            if more is not None:
                self._wanted.add(self._places.stretch(point, *more))

    def _progress(self, before: int) -> Progress:
        under_way = sum(given.stretch.end - given.stretch.start
                        for given in (*self._under_way.values(), *self._lost))  # fmt: skip
        tally = self._tally
        wanted = tally.runs + self._wanted.rows + under_way
        return Progress(tally.runs, wanted, before, tally.violated, tally.broken)
