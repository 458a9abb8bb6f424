"""Medians of samples some of which are only known to be large, with an interval around each.

The interval is between two order statistics, whatever the distribution: of n independent values,
the number below the true median has the binomial distribution (n, 1/2), so that the median lies
between the r-th and the (n + 1 - r)-th with probability 1 - 2 P[Bin(n, 1/2) < r]. The largest r
that leaves 95 % is taken: of 20 values, the 6th and the 15th, with 95.9 %. Source: David and
Nagaraja, *Order Statistics*, 3rd edition (2003), section 7.1. (Where values are whole numbers, the
probability is at least that.)
"""

from collections.abc import Iterable
from math import comb, inf
from typing import NamedTuple

CONFIDENCE = 0.95


class Median(NamedTuple):
    """A median and an interval around it; `inf` stands for more than anyone looked.

    `low` and `high` are 0 and `inf` where there are too few values to say.
    """

    value: float
    low: float
    high: float


def rank(count: int, confidence: float = CONFIDENCE) -> int:
    """Return which order statistics, from either end, bound the median; 0: none of so few do."""
    found, outside = 0, 0
    for lower in range(count // 2):
        outside += comb(count, lower)
        if 1 - 2 * outside / 2**count < confidence:
            break
        found = lower + 1
    return found


def median_of(values: Iterable[float | None]) -> Median:
    """Return the median of values, of which None is larger than all others."""
    ranked = sorted(inf if value is None else value for value in values)
    count = len(ranked)
    middle = (ranked[(count - 1) // 2] + ranked[count // 2]) / 2
    bound = rank(count)
    if not bound:
        return Median(middle, 0, inf)
    return Median(middle, ranked[bound - 1], ranked[count - bound])
