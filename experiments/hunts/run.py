"""How many schedules each strategy tries before it finds each bug of the museum, and how small
what it finds becomes.

python -m experiments.hunts.run --jobs 2
python -m experiments.hunts.run half-of-four own-value --strategies uniform,pct --quick
"""

import argparse
import sys
from collections.abc import Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, ProcessPoolExecutor, wait
from itertools import islice
from pathlib import Path

from experiments.arguments import parser_of, positive, run_until_interrupted
from experiments.children import pool_of
from experiments.hunts.hunting import Plan, Row, row_of
from experiments.hunts.rows import append, appending, read_rows
from experiments.hunts.table import report, write_page
from paxos_des.errors import InputError
from paxos_des.explore.strategies import STRATEGIES, strategy_named
from paxos_des.museum import EXHIBITS, exhibit_named

ROWS = Path(__file__).parent / "rows.jsonl"
HUNTS = 20
IN_VAIN = 6
"""After so many hunts of one strategy, all in vain, the others are not begun: were the median no
more than the schedules that a hunt may try, so much bad luck would have a chance of 1 in 64.
"""
SCHEDULES = 1_000
QUICK_SCHEDULES = 100
DEFAULT = (
    "accept-below-promise", "promise-compares-leader-first", "own-value",
    "counts-promises-not-acceptors", "counts-votes-not-acceptors", "half-of-four",
    "flexible-sum-n",
    "volatile-promise", "volatile-vote", "answers-before-fsync", "truncates-at-corruption",
    "ballot-reuse", "retry-applied-twice", "stale-local-read", "lease-without-drift",
)  # fmt: skip


def plans_of(parsed: argparse.Namespace, numbers: range) -> list[Plan]:
    """Return the hunts of these numbers that there are to do."""
    names = parsed.exhibits or (EXHIBITS if parsed.all else DEFAULT)
    return [
        Plan(exhibit, strategy, number, parsed.schedules, parsed.shrinks)
        for number in numbers
        for exhibit in names
        for strategy in parsed.strategies
        if can_hunt(exhibit, strategy)
    ]


def can_hunt(exhibit: str, strategy: str) -> bool:
    """Whether a strategy may find an exhibit: none of the pool, if the pool cannot show it."""
    shown = EXHIBITS[exhibit]
    if shown.not_pooled is not None and strategy != "weather":
        return False
    try:
        strategy_named(strategy).make(shown.scenario, (shown.check,))
    except InputError:
        return False
    return True


def rows_of(pool: ProcessPoolExecutor, plans: Iterable[Plan], jobs: int) -> Iterator[Row]:
    """Yield rows as they come; no more hunts are under way than keep the processes busy."""
    left = iter(plans)
    under_way = {pool.submit(row_of, plan) for plan in islice(left, 2 * jobs)}
    while under_way:
        done, under_way = wait(under_way, return_when=FIRST_COMPLETED)
        for future in done:
            yield future.result()
        under_way |= {pool.submit(row_of, plan) for plan in islice(left, len(done))}


def hunt(parsed: argparse.Namespace) -> list[Row]:
    """Do what is not done yet; return the rows of all that was asked for."""
    rows = {row.name: row for row in read_rows(parsed.rows)}
    asked: list[Plan] = []
    with appending(parsed.rows) as file, pool_of(parsed.jobs) as pool:
        for numbers in (range(min(IN_VAIN, parsed.hunts)), range(IN_VAIN, parsed.hunts)):
            found = {name[:2] for name, row in rows.items() if row.schedules is not None}
            plans = [
                plan
                for plan in plans_of(parsed, numbers)
                if numbers.start == 0 or plan[:2] in found
            ]
            asked += plans
            to_do = [plan for plan in plans if plan[:4] not in rows]
            for row in rows_of(pool, to_do, parsed.jobs):
                append(file, row)
                rows[row.name] = row
    return [rows[plan[:4]] for plan in asked]


def arguments() -> argparse.Namespace:
    parser = parser_of(__doc__)
    parser.add_argument("exhibits", nargs="*", metavar="EXHIBIT", help="default: a choice of them")
    parser.add_argument("--all", action="store_true", help="all exhibits")
    parser.add_argument("--strategies", default=",".join(STRATEGIES), help="default: all")
    parser.add_argument("--hunts", type=positive, help=f"of each strategy; default: {HUNTS}")
    parser.add_argument("--schedules", type=positive, help=f"at most; default: {SCHEDULES:,}")
    parser.add_argument("--shrinks", type=int, default=1, help="in so many hunts; default: 1")
    parser.add_argument("--jobs", type=positive, default=2, help="processes; default: 2")
    parser.add_argument("--rows", type=Path, help="where rows go; default: beside the page")
    parser.add_argument(
        "--quick", action="store_true", help="few hunts, few schedules, and no rows kept"
    )
    parsed = parser.parse_args()
    parsed.strategies = parsed.strategies.split(",")
    try:
        for name in parsed.exhibits:
            exhibit_named(name)
        for name in parsed.strategies:
            strategy_named(name)
    except InputError as error:
        parser.error(str(error))
    parsed.hunts = parsed.hunts or (IN_VAIN if parsed.quick else HUNTS)
    parsed.schedules = parsed.schedules or (QUICK_SCHEDULES if parsed.quick else SCHEDULES)
    if parsed.rows is None and not parsed.quick:
        parsed.rows = ROWS
    return parsed


def main() -> int:
    """Read the arguments, hunt, and write the page, or print what would stand on it."""
    parsed = arguments()
    try:
        rows = hunt(parsed)
    except ValueError as error:
        sys.stderr.write(f"{parsed.rows}: found a line that is no row ({error})\n")
        return 2
    sys.stdout.writelines(f"{line}\n" for line in report(rows))
    if parsed.rows == ROWS:
        write_page(rows)
    return 0


if __name__ == "__main__":
    sys.exit(run_until_interrupted(main))
