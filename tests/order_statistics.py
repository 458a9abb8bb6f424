"""Order statistics of exponential delays, by integrals: what tests hold phases of Paxos against."""

from collections.abc import Callable
from math import comb, exp, expm1, inf
from typing import NamedTuple

from scipy.integrate import quad

Chance = Callable[[float], float]
"""How likely something takes no longer than a time, in mean delays."""


class Moments(NamedTuple):
    mean: float
    variance: float


def sum_of_two(time: float) -> float:
    """Return the chance that two exponential delays of mean 1 take no longer, one after the
    other.
    """
    return -expm1(-time) - time * exp(-time)


def one_alone(time: float) -> float:
    return -expm1(-time)


def moments(n: int, k: int, chance: Chance) -> Moments:
    """Return those of the k-th smallest of n, by integrating the chance that it takes longer:
    that at most k - 1 of n do not.
    """

    def longer(time: float) -> float:
        done = chance(time)
        return sum(comb(n, count) * done**count * (1 - done) ** (n - count) for count in range(k))

    mean, _ = quad(longer, 0, inf)
    square, _ = quad(lambda time: 2 * time * longer(time), 0, inf)
    return Moments(mean, square - mean**2)
