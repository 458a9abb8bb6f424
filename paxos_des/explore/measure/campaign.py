"""All hunts and looks that are asked for, but those that rows settle."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, wait
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from itertools import islice

from paxos_des.cluster.registry import home_of, import_protocols
from paxos_des.errors import InputError
from paxos_des.explore.measure.hunting import Plan, Row, row_of
from paxos_des.explore.measure.rows import Rows
from paxos_des.explore.measure.sightings import Look, Seen, seen_of
from paxos_des.explore.strategies import DEFAULT, STRATEGIES, strategy_named
from paxos_des.museum import EXHIBITS, exhibit_named
from paxos_des.processes import pool_of

IN_VAIN = 6
"""After so many hunts of one strategy, all in vain, the others are not begun: were the median no
more than what a hunt may try, so much bad luck would have a chance of 1 in 64."""
HUNTS, SCHEDULES, SECONDS, SHRINKS, SEEDS = 10, 600, 60.0, 2, 300
QUICK_HUNTS, QUICK_SCHEDULES, QUICK_SECONDS, QUICK_SEEDS = 2, 40, 2.0, 20

Task = Plan | Look


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What is measured.

    Attributes
    ----------
    exhibits, strategies
        By name.
    hunts
        Of each strategy, for each exhibit.
    schedules
        So many a hunt may try; the default strategy is bounded by time alone.
    seconds
        So much CPU time a hunt may take.
    shrinks
        So many hunts of the default strategy have what they find shrunk.
    seeds
        Of each exhibit's own weather, so many are judged by every check.

    Raises
    ------
    InputError
        When there is no exhibit or strategy of a name.
    """

    exhibits: tuple[str, ...] = ()
    strategies: tuple[str, ...] = tuple(STRATEGIES)
    hunts: int = HUNTS
    schedules: int = SCHEDULES
    seconds: float = SECONDS
    shrinks: int = SHRINKS
    seeds: int = SEEDS

    def __post_init__(self) -> None:
        for name in self.exhibits:
            exhibit_named(name)
        for name in self.strategies:
            strategy_named(name)

    def looks(self) -> list[Look]:
        return [Look(name, self.seeds) for name in self.exhibits]

    def plans(self, numbers: range) -> list[Plan]:
        """Return the hunts of these numbers, every strategy's first one first."""
        return [
            Plan(
                exhibit,
                strategy,
                number,
                None if strategy == DEFAULT else self.schedules,
                self.seconds,
                self.shrinks if strategy == DEFAULT else 0,
            )
            for number in numbers
            for exhibit in self.exhibits
            for strategy in self.strategies
            if can_hunt(exhibit, strategy)
        ]


def can_hunt(exhibit: str, strategy: str) -> bool:
    """Whether a strategy may find an exhibit: none that is of the pool alone, if that cannot show
    it.
    """
    shown = EXHIBITS[exhibit]
    if shown.not_pooled is not None and strategy not in ("weather", DEFAULT):
        return False
    try:
        strategy_named(strategy).make(shown.scenario, (shown.check,))
    except InputError:
        return False
    return True


def measure(
    asked: Asked,
    rows: Rows[Row],
    seen: Rows[Seen],
    *,
    jobs: int = 1,
    on_progress: Callable[[int, int], object] | None = None,
) -> None:
    """Do what is not done yet, and add it to the rows; `on_progress` hears how much is done, of how
    much.
    """
    looks = [look for look in asked.looks() if not settled(seen.get(look.exhibit), look)]
    first = range(min(IN_VAIN, asked.hunts))
    begun = [plan for plan in asked.plans(first) if not settled(rows.get(plan[:3]), plan)]
    done, known = 0, len(looks) + len(begun)
    tasks: Sequence[Task] = [*begun, *looks]
    for _ in ("the first hunts", "the others"):
        for result in results_of(tasks, jobs):
            if isinstance(result, Row):
                rows.add(result)
            else:
                seen.add(result)
            done += 1
            if on_progress is not None:
                on_progress(done, known)
        found = {row.name[:2] for row in rows if row.is_found}
        others = asked.plans(range(IN_VAIN, asked.hunts))
        tasks = [
            plan for plan in others if plan[:2] in found and not settled(rows.get(plan[:3]), plan)
        ]
        known = done + len(tasks)


def settled(row: Row | Seen | None, task: Task) -> bool:
    """Whether a task would say nothing that a row does not."""
    return row is not None and row.settles(task)  # type: ignore[arg-type] # each has its own


def results_of(tasks: Sequence[Task], jobs: int) -> Iterator[Row | Seen]:
    """Yield what comes of tasks, as it comes; no more are under way than keep all busy.

    Raises
    ------
    InputError
        When a process is killed.
    """
    if jobs == 1 or len(tasks) <= 1:
        yield from map(do, tasks)
        return
    left: Iterator[Task] = iter(tasks)
    homes = tuple(sorted({home_of(task.exhibit) for task in tasks}))
    with pool_of(jobs) as pool:
        under_way = {pool.submit(do, task, homes) for task in islice(left, 2 * jobs)}
        while under_way:
            done, under_way = wait(under_way, return_when=FIRST_COMPLETED)
            for future in done:
                try:
                    yield future.result()
                except BrokenProcessPool:
                    message = (
                        "museum measure: found that a process ended in the middle of its work; "
                        "allowed is to leave it alone (was there too little memory?)"
                    )
                    raise InputError(message) from None
            under_way |= {pool.submit(do, task, homes) for task in islice(left, len(done))}


def do(task: Task, homes: Iterable[str] = ()) -> Row | Seen:
    """Do one task in this process; first import what registers its exhibit."""
    for home in homes:
        import_protocols(home, "museum measure")
    return row_of(task) if isinstance(task, Plan) else seen_of(task)
