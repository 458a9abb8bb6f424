"""What a hunt costs beside its schedules alone, and how it scales beside bare SimPy.

python -m experiments.bench.hunting [--quick]

*Cost*: CPU seconds of `hunt duel` with everything on (all checks, behaviours, the journal in a
folder, the report) to those of a loop that only simulates the same seeds, under the same checks.
*Scaling*: schedules a second of two processes to one, by the wall clock, from the first result on;
and the same of bare SimPy, two loops side by side to one. All by turns, and medians of ratios.
"""

import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

from experiments.arguments import parser_of, run_until_interrupted
from experiments.bench.measure import Spread, cpu_s_of
from experiments.bench.plain_simpy import bare
from experiments.bench.table import machine
from paxos_des import Scenario, simulate
from paxos_des.explore.hunt import hunt
from paxos_des.explore.hunted import Progress
from paxos_des.processes import pool_of

COST_MAX, SCALING_MIN = 1.3, 0.9
TIMEOUTS = 20_000
DUEL = Scenario.named("duel")


def schedules_alone(seeds: int) -> int:
    """Simulate so many seeds, and look at nothing but verdicts."""
    for seed in range(seeds):
        assert simulate(DUEL, seed=seed, record="nothing").verdict == "ok", seed
    return seeds


def whole_hunt(seeds: int) -> int:
    """Hunt through so many seeds, with everything on."""
    with TemporaryDirectory() as folder:
        report = hunt(DUEL, range(seeds), strategy="weather", folder=Path(folder))
    assert report.verdict == "ok", report.violated
    assert report.failure_bound > 0, report
    return report.schedules


def cost(seeds: int) -> float:
    """Return how many times as much CPU a hunt takes as its schedules alone do."""
    _, before_s = cpu_s_of(partial(schedules_alone, seeds))
    _, hunt_s = cpu_s_of(partial(whole_hunt, seeds))
    _, after_s = cpu_s_of(partial(schedules_alone, seeds))
    return 2 * hunt_s / (before_s + after_s)


def hunt_per_s(seeds: int, jobs: int) -> float:
    """Return how many schedules a hunt tries a second, once its processes are there."""
    seen: list[tuple[float, int]] = []

    def note(progress: Progress) -> None:
        if progress.schedules:
            seen.append((time.perf_counter(), progress.schedules))

    hunt(DUEL, range(seeds), strategy="weather", jobs=jobs, on_progress=note)
    (first_s, first), *_, (last_s, last) = seen
    return (last - first) / (last_s - first_s)


def bare_for(seconds: float) -> float:
    """Return how many timeouts a second bare SimPy does, in so many seconds."""
    began, count = time.perf_counter(), 0
    while time.perf_counter() - began < seconds:
        count += bare(TIMEOUTS)
    return count / (time.perf_counter() - began)


def bare_per_s(seconds: float, jobs: int, pool: ProcessPoolExecutor) -> float:
    """Return how many timeouts a second so many processes do together, side by side."""
    return sum(pool.map(bare_for, [seconds] * jobs))


def scaling(rate: Callable[[int], float]) -> float:
    """Return what two processes do, to what one does: measured before and after."""
    before, both, after = rate(1), rate(2), rate(1)
    return 2 * both / (before + after)


def measured(seeds: int, repeats: int) -> Iterator[tuple[float, float, float]]:
    """Yield cost, and how a hunt and bare SimPy scale, again and again."""
    schedules_alone(100)  # or the first measurement would pay for what is done once
    with pool_of(2) as pool:
        for _ in range(repeats):
            costs = cost(seeds)
            seconds = seeds / hunt_per_s(seeds, 1)
            bare_scaling = scaling(lambda jobs: bare_per_s(seconds, jobs, pool))  # noqa: B023 - called at once
            hunt_scaling = scaling(lambda jobs: hunt_per_s(jobs * seeds, jobs))
            yield costs, hunt_scaling, bare_scaling


def main() -> int:
    """Measure, and print a table."""
    parser = parser_of(__doc__)
    parser.add_argument("--quick", action="store_true", help="small and rough, in seconds")
    parsed = parser.parse_args()
    seeds, repeats = (600, 1) if parsed.quick else (4_000, 5)
    rows = list(measured(seeds, repeats))
    sys.stdout.write(f"{machine()}\n\n| median of {repeats} | | min | max | aim |\n")
    sys.stdout.write("|---|--:|--:|--:|--:|\n")
    for words, figures, aim in (
        ("CPU of a hunt to its schedules alone", [row[0] for row in rows], f"≤ {COST_MAX}"),
        ("two processes to one: a hunt", [row[1] for row in rows], ""),
        ("two processes to one: bare SimPy", [row[2] for row in rows], ""),
        ("the former to the latter", [row[1] / row[2] for row in rows], f"≥ {SCALING_MIN}"),
    ):
        found = Spread.of(figures)
        sys.stdout.write(
            f"| {words} | {found.median:.2f} | {found.least:.2f} | {found.most:.2f} | {aim} |\n"
        )
    return 0


if __name__ == "__main__":
    sys.exit(run_until_interrupted(main))
