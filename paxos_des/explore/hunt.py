"""Hunting: many schedules of one scenario, and each bug that shows, once and small.

Seeds are tried in chunks, by one process or several, in whatever order; what came of them is taken
in the order of the seeds, always. So failures, counts and behaviours are the same however many
processes there are, and however often the hunt was killed and went on (strategies that learn
aside: what they try depends on what they saw).
"""

import time
from collections.abc import Callable, Collection, Iterator
from pathlib import Path

import msgspec
import numpy as np

from paxos_des.checks.judges import CHECKS
from paxos_des.cluster.registry import home_of
from paxos_des.cluster.scenario import Scenario
from paxos_des.engine.trace import Trace
from paxos_des.errors import InputError
from paxos_des.explore.answers import Answers
from paxos_des.explore.crew import Alone, Crew, Many
from paxos_des.explore.finds import Find, Finds, Keep, keep_in, name_of
from paxos_des.explore.hunted import Progress, Report
from paxos_des.explore.journal import Head, Journal
from paxos_des.explore.species import Species
from paxos_des.explore.strategies import DEFAULT
from paxos_des.explore.worker import (
    Chunk,
    Failing,
    Plan,
    ShrinkOne,
    Shrunk,
    Small,
    TryChunk,
    Worker,
)
from paxos_des.failure import Failure
from paxos_des.failure_parts import check_size
from paxos_des.run_checks import checks_of, judges_of

WAIT_S = 0.25
AHEAD, AHEAD_OF_A_STOP = 64, 2
"""So many chunks for each process may be tried before an earlier failure is shrunk; fewer where
that failure may be the last."""


def hunt(  # noqa: PLR0913 - what is hunted, how far, where it is kept, and who is told
    scenario: Scenario,
    seeds: range,
    *,
    strategy: str = DEFAULT,
    checks: Collection[str] = CHECKS,
    jobs: int = 1,
    stop_after: int | None = None,
    folder: Path | None = None,
    keep: Keep | None = None,
    on_progress: Callable[[Progress], object] | None = None,
    on_find: Callable[[Find], object] | None = None,
) -> Report:
    """Try a schedule for each seed; shrink what fails, and count it once for each bug.

    Parameters
    ----------
    seeds
        From one on, below another.
    strategy
        By name.
    checks
        Which checks judge.
    jobs
        How many processes try; 1: this one does. With more, the main module is imported by each:
        what it does but for definitions stands under `if __name__ == "__main__":`.
    stop_after
        So many distinct failures; None: all seeds are tried.
    folder
        Where failures go, and the journal from which the same hunt goes on after a kill.
    keep
        How a failure is kept in the folder; in a failure file alone where nothing else is said.
    on_progress
        Called some times a second.
    on_find
        Called with each distinct failure, once it is kept.

    Returns
    -------
    Report
        Counts, the distinct failures, and what green means.

    Raises
    ------
    InputError
        When an argument is wrong, the folder cannot be used or holds another hunt, the strategy
        cannot explore such a scenario, or a process is killed: one sentence says how.
    """
    _check(scenario, seeds, checks, jobs)
    plan = Plan(
        scenario=scenario,
        strategy=strategy,
        checks=checks_of(scenario) if tuple(checks) == CHECKS else tuple(checks),
        home=home_of(scenario.protocol),
    )
    worker = Worker(plan)
    if folder is not None:
        check_size(scenario, "scenario")  # or a failure of it would be found, and not be kept
    journal = None if folder is None else Journal(folder, Head.of(plan, seeds.start))
    if folder is not None and keep is None:
        keep = keep_in(folder)
    try:
        one = _Hunt(plan, seeds, worker, journal, folder)
        one.keep, one.on_progress, one.on_find = keep, on_progress, on_find
        return one.run(jobs, stop_after)
    finally:
        if journal is not None:
            journal.close()


def _check(scenario: Scenario, seeds: range, checks: Collection[str], jobs: int) -> None:
    if not seeds or seeds.step != 1:
        message = f"seeds: found {seeds}; allowed is a range of some seeds, one after the other"
        raise InputError(message)
    if jobs < 1:
        message = f"jobs: found {jobs}; allowed is an integer from 1"
        raise InputError(message)
    if not checks:
        message = "checks: found none; allowed are one or more"
        raise InputError(message)
    judges_of(scenario, checks, Trace("nothing"))  # it knows the names of all


class _Hunt:
    """One hunt, while it goes on."""

    keep: Keep | None
    on_progress: Callable[[Progress], object] | None
    on_find: Callable[[Find], object] | None

    def __init__(
        self,
        plan: Plan,
        seeds: range,
        worker: Worker,
        journal: Journal | None,
        folder: Path | None,
    ) -> None:
        self._plan = plan
        self._seeds = seeds
        self._worker = worker
        self._journal = journal
        self._folder = folder
        self._answers = Answers(seeds)
        self._given: dict[int, int] = {}  # chunks that are tried now: from, to
        self._asked: set[int] = set()  # seeds whose failure is shrunk now
        self._small: dict[int, Small] = {}
        self._species = Species()
        self.finds = Finds()
        self.at = seeds.start
        self._unknown = self._violated = self._steps = self._before = 0
        self._broken: list[tuple[int, str]] = []

    def run(self, jobs: int, stop_after: int | None) -> Report:
        began = time.perf_counter()
        if self._journal is not None:
            wrong = self._answers.remember(self._journal.lines())
            if wrong is not None:
                raise self._journal.damaged(*wrong)
        taking = self._take_in_order(stop_after)
        self._before = self._answers.known
        need = next(taking, None)
        if need is not None:
            ahead = jobs * (AHEAD if stop_after is None else AHEAD_OF_A_STOP)
            crew: Crew = Alone(self._worker) if jobs == 1 else Many(self._plan, jobs)
            try:
                crew.tell(self._answers.news)
                while need is not None:
                    self._give(crew, need, ahead)
                    self._hear(crew)
                    need = next(taking, None)
                    self._tell(need)
            finally:
                crew.close()
        return self._report(jobs, time.perf_counter() - began)

    def _give(self, crew: Crew, need: "Failing | int", ahead: int) -> None:
        """Give out tasks: first what is needed before we can go on."""
        if isinstance(need, Failing) and need.seed not in self._asked and crew.free:
            self._asked.add(need.seed)
            crew.give(ShrinkOne(need))
        while crew.free and self._answers.waiting < ahead:
            found = self._answers.next_seeds()
            if found is None:
                break
            first, last = found
            self._given[first] = last
            crew.give(TryChunk(first, last))

    def _hear(self, crew: Crew) -> None:
        for result in crew.results(WAIT_S):
            if isinstance(result, Small):
                self._small[result.record.seed] = result
            else:
                if self._journal is not None:
                    self._journal.add(result)
                self._answers.add(result, self._given.pop(result.first))
        if self._journal is not None:
            self._journal.sync_in_time()

    def _take_in_order(self, stop_after: int | None) -> Iterator[Failing | int]:
        """Take what came of seed after seed; yield what is not known yet: how a failure is when it
        is small, or what comes of the seeds from one on.
        """
        while self.at < self._seeds.stop:
            chunk = self._answers.take(self.at)
            if chunk is None:
                yield self.at
                continue
            for failing in chunk.violated:
                if failing.seed >= self._seeds.stop:
                    break
                self._violated += 1
                if self.finds.is_next(failing):
                    while not self._take_small(failing):
                        yield failing
                    if stop_after is not None and len(self.finds.by_shape) >= stop_after:
                        self._take_seeds(chunk, failing.seed + 1)
                        return
            self._take_seeds(chunk, min(chunk.last, self._seeds.stop))

    def _take_small(self, failing: Failing) -> bool:
        """Take what shrinking said of a failure, if it is known."""
        first = failing.seed - self._seeds.start + 1
        record = self._answers.shrunk.pop(failing.seed, None)
        if record is not None and record.check == failing.check:
            failure = self._kept(record) if self.finds.is_new(record) else None
            if failure is not None or not self.finds.is_new(record):
                self.finds.take(record, failure, first)
                return True
        small = self._small.pop(failing.seed, None)
        if small is None:
            return False
        self._asked.discard(failing.seed)
        record, is_new = small.record, self.finds.is_new(small.record)
        if is_new and self.keep is not None:
            assert small.failure is not None, record
            file = self.keep(small.failure, name_of(record))
            record = msgspec.structs.replace(record, file=file)
        if self._journal is not None:
            self._journal.add(record)
            self._journal.sync()
        find = self.finds.take(record, small.failure, first)
        if is_new and self.on_find is not None:
            assert find is not None, record
            self.on_find(find)
        return True

    def _kept(self, record: Shrunk) -> Failure | None:
        """Return a failure that was kept; None if it is there no more."""
        if self._folder is None or record.file is None or record.file != Path(record.file).name:
            return None
        try:
            return Failure.load(self._folder / record.file)
        except InputError:
            return None  # it is shrunk again

    def _take_seeds(self, chunk: Chunk, end: int) -> None:
        """Count what came of a chunk's seeds below `end`."""
        digests = np.frombuffer(chunk.behaviours, "<u8")[: end - chunk.first]
        self._species.add(digests.astype(np.uint64))
        self._unknown += sum(seed < end for seed in chunk.unknown)
        self._broken += [one for one in chunk.broken if one[0] < end]
        self._steps = max(self._steps, chunk.steps)
        self.at = end

    def _tell(self, need: Failing | int | None) -> None:
        if self.on_progress is not None:
            schedules, finds = self.at - self._seeds.start, len(self.finds.by_shape)
            is_shrinking = isinstance(need, Failing)
            self.on_progress(Progress(schedules, self._species.about, finds, is_shrinking))

    def _report(self, jobs: int, seconds: float) -> Report:
        return Report(
            scenario=self._plan.scenario,
            strategy=self._plan.strategy,
            checks=self._plan.checks,
            seeds=self._seeds,
            schedules=self.at - self._seeds.start,
            unknown=self._unknown,
            broken=tuple(self._broken),
            violated=self._violated,
            behaviours=self._species.distinct,
            once=self._species.once,
            steps=self._steps,
            finds=tuple(self.finds.by_shape.values()),
            not_shrunk=self.finds.not_shrunk,
            not_again=tuple(self.finds.not_again),
            before=self._before,
            seconds=seconds,
            jobs=jobs,
            learns=self._worker.learns,
            note=self._worker.note,
        )
