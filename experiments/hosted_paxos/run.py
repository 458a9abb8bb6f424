"""How many schedules it takes until PyPI's `paxos` 0.1 breaks agreement, by strategy.

python -m experiments.hosted_paxos.run 20 uniform portfolio
"""

import sys
from collections.abc import Sequence
from functools import partial
from math import comb
from typing import NamedTuple

from experiments.arguments import parser_of, positive, run_until_interrupted
from experiments.hosted_paxos.protocol import three_proposers
from paxos_des.errors import InputError
from paxos_des.explore.core import causal_core
from paxos_des.explore.strategies import strategy_named
from paxos_des.failure import Failure
from paxos_des.processes import pool_of

CHECK = "agreement"
SEEDS_APART = 1_000_000
CONFIDENCE = 0.95


class Hunted(NamedTuple):
    """One hunt: how many schedules up to the first failure, and how many events are its core; or
    None, where so many were in vain.
    """

    schedules: int
    core: int | None


def hunted(strategy: str, most: int, hunt: int) -> Hunted:
    """Hunt with seeds of its own until agreement is broken; make the core of the failure."""
    exploring = strategy_named(strategy).make(three_proposers(), (CHECK,))
    for count in range(most):
        attempt = exploring.attempt(hunt * SEEDS_APART + count)
        if attempt.verdict == "violated":
            failure = Failure.of(attempt.scenario, attempt.schedule(), CHECK)
            assert failure is not None, "it replays"
            return Hunted(count + 1, len(causal_core(failure).events))
    return Hunted(most, None)


def median_of(numbers: Sequence[int]) -> tuple[int, int, int]:
    """Return the median (the lower of two), and the order statistics between which the true one
    lies with `CONFIDENCE`, whatever the distribution: David and Nagaraja, *Order Statistics* 7.1.
    """
    ordered, size = sorted(numbers), len(numbers)
    outside, rank = 0.0, 0
    while 2 * (outside + comb(size, rank) / 2**size) <= 1 - CONFIDENCE:
        outside += comb(size, rank) / 2**size
        rank += 1
    low = max(0, rank - 1)
    return ordered[(size - 1) // 2], ordered[low], ordered[size - 1 - low]


def line_of(strategy: str, hunts: Sequence[Hunted]) -> str:
    """Return what hunts with one strategy came to."""
    median, low, high = median_of([one.schedules for one in hunts])
    cores = [one.core for one in hunts if one.core is not None]
    found = f"{len(cores)} of {len(hunts)} hunts"
    sizes = f"cores of {min(cores)} to {max(cores)} events" if cores else "no core"
    return f"{strategy:14} {median:>7,} schedules ({low:,} to {high:,}); {found}; {sizes}"


def main() -> int:
    """Read the arguments, hunt, print a line for each strategy."""
    parser = parser_of(__doc__)
    parser.add_argument("hunts", type=positive)
    parser.add_argument("strategies", nargs="+", metavar="STRATEGY")
    parser.add_argument("--most", type=positive, default=20_000, help="schedules in one hunt")
    parser.add_argument("--jobs", type=positive, default=2)
    parsed = parser.parse_args()
    try:
        for strategy in parsed.strategies:
            strategy_named(strategy)
    except InputError as error:
        parser.error(str(error))
    with pool_of(parsed.jobs) as pool:
        for strategy in parsed.strategies:
            hunts = list(pool.map(partial(hunted, strategy, parsed.most), range(parsed.hunts)))
            sys.stdout.write(line_of(strategy, hunts) + "\n")
            sys.stdout.flush()
    return 0


if __name__ == "__main__":
    sys.exit(run_until_interrupted(main))
