"""How a sweep scales beside bare SimPy, and what memory it takes.

python -m experiments.bench.sweeping [--quick]

*Scaling*: runs a second of two processes to one, by the wall clock, from the first runs on to the
finished table; and the same of bare SimPy, two loops side by side to one. All by turns, and medians
of ratios. *Memory*: the most that the process ever had that gives the work out, keeps the parts and
makes the table, by the number of runs.
"""

import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

from experiments.arguments import parser_of, positive, run_until_interrupted
from experiments.bench.hunting import bare_per_s, scaling
from experiments.bench.measure import Spread
from experiments.bench.table import machine
from experiments.children import peak_mib
from paxos_des.processes import pool_of
from paxos_des.study import Plan, sweep
from paxos_des.study.sweeping import Progress

SCALING_MIN, GROWTH_MAX = 0.9, 1.2
DROPS = [0, 0.05, 0.1, 0.15]
SIZES, QUICK_SIZES = (1_000, 10_000, 40_000), (400, 1_200)


def plan_of(runs: int, values: int = 3) -> Plan:
    """Return a plan of so many runs, at four points."""
    return Plan(
        name="bench",
        scenario={"from": "duel", "values": values},
        replications=runs // len(DROPS),
        axes=[{"key": "drop", "list": DROPS}],
    )


def sweep_per_s(runs: int, jobs: int) -> float:
    """Return how many runs a sweep does a second, once its processes are there."""
    seen: list[tuple[float, int]] = []

    def note(progress: Progress) -> None:
        seen.append((time.perf_counter(), progress.runs))

    with TemporaryDirectory() as folder:
        done = sweep(plan_of(runs), Path(folder) / "out", jobs=jobs, on_progress=note)
        end_s = time.perf_counter()
    assert (done.runs, done.violated, done.broken) == (runs, 0, 0), done
    # The first report of each process is of its first run, which pays for what is done once.
    first_s, first = seen[jobs - 1]
    return (runs - first) / (end_s - first_s)


def scalings(runs: int, repeats: int) -> Iterator[tuple[float, float]]:
    """Yield how a sweep and bare SimPy scale, again and again."""
    sweep_per_s(len(DROPS) * 25, 1)  # or the first measurement would pay for what is done once
    with pool_of(2) as pool:
        for _ in range(repeats):
            seconds = runs / sweep_per_s(runs, 1) / 2
            bare = scaling(lambda jobs: bare_per_s(seconds, jobs, pool))  # noqa: B023 - called at once
            yield scaling(lambda jobs: sweep_per_s(runs, jobs)), bare


def peak_of(runs: int) -> float:
    """Return the most memory, in MiB, of a sweep of so many runs, in a process of its own."""
    command = [sys.executable, "-m", "experiments.bench.sweeping", "--memory", str(runs)]
    done = subprocess.run(command, check=True, capture_output=True, text=True)  # noqa: S603 - our own
    return float(done.stdout)


def print_peak(runs: int) -> None:
    with TemporaryDirectory() as folder:
        sweep(plan_of(runs, values=1), Path(folder) / "out", jobs=2)
    sys.stdout.write(f"{peak_mib()}\n")


def main() -> int:
    """Measure, and print two tables."""
    parser = parser_of(__doc__)
    parser.add_argument("--quick", action="store_true", help="small and rough, in seconds")
    parser.add_argument("--memory", type=positive, metavar="RUNS", help="only print a peak")
    parsed = parser.parse_args()
    if parsed.memory is not None:
        print_peak(parsed.memory)
        return 0
    runs, repeats, sizes = (1_200, 1, QUICK_SIZES) if parsed.quick else (10_000, 5, SIZES)
    rows = list(scalings(runs, repeats))
    sys.stdout.write(f"{machine()}\n\n| median of {repeats} | | min | max | aim |\n")
    sys.stdout.write("|---|--:|--:|--:|--:|\n")
    for words, figures, aim in (
        (f"two processes to one: a sweep of {runs:,} runs", [row[0] for row in rows], ""),
        ("two processes to one: bare SimPy", [row[1] for row in rows], ""),
        ("the former to the latter", [row[0] / row[1] for row in rows], f"≥ {SCALING_MIN}"),
    ):
        found = Spread.of(figures)
        sys.stdout.write(
            f"| {words} | {found.median:.2f} | {found.least:.2f} | {found.most:.2f} | {aim} |\n"
        )
    peaks = [peak_of(size) for size in sizes]
    sys.stdout.write("\n| runs | peak, MiB | to the first | aim |\n|--:|--:|--:|--:|\n")
    for size, peak in zip(sizes, peaks, strict=True):
        sys.stdout.write(f"| {size:,} | {peak:.1f} | {peak / peaks[0]:.2f} | ≤ {GROWTH_MAX} |\n")
    return 0


if __name__ == "__main__":
    sys.exit(run_until_interrupted(main))
