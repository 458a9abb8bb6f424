"""What green means: how sure a hunt makes us, in figures, each with what it assumes.

A schedule is a draw, its behaviour a species, a failure a rare event. Then statistics of the last
century answer what a tester asks: how likely is it that the next schedule fails (the rule of
three, and Clopper and Pearson 1934 where some did), or shows what none has shown yet (Good 1953,
after Turing; for testing: Böhme, STADS, TOSEM 2018).
"""

from collections.abc import Callable
from math import exp, expm1, lgamma, log, log1p

CONFIDENCE = 0.95


def failure_bound(runs: int, failures: int = 0, *, confidence: float = CONFIDENCE) -> float:
    """Return the most that the chance of a failure may be: the upper confidence bound.

    Assumes independent schedules, all drawn in the same way. Without a failure it is
    1 - (1 - confidence)^(1 / runs), about 3 / runs at 95 % (the rule of three); with failures,
    the one-sided bound of Clopper and Pearson (Biometrika, 1934).
    """
    assert 0 <= failures <= runs, (failures, runs)
    if failures == runs:  # also: nothing was run
        return 1.0
    if failures == 0:
        return -expm1(log(1 - confidence) / runs)
    # At the bound, so few failures are just as unlikely as the confidence allows.
    return _root(lambda chance: _at_most(failures, runs, chance) - (1 - confidence))


def unseen_chance(once: int, runs: int) -> float:
    """Return the estimate of the chance that the next run shows a behaviour not seen before.

    Good and Turing's: the share of runs whose behaviour was seen that `once` (Good, Biometrika,
    1953). Assumes independent runs; it is an estimate, not a bound.
    """
    assert 0 <= once <= runs, (once, runs)
    return once / runs if runs else 1.0


def missed_chance(each: float, runs: int) -> float:
    """Return the chance that runs miss what each finds, independently, with chance `each`."""
    return 0.0 if each >= 1 else exp(runs * log1p(-each))


def _at_most(failures: int, runs: int, chance: float) -> float:
    """Return the chance of so few failures: the binomial distribution's, by the beta's."""
    return _beta(runs - failures, failures + 1, 1 - chance)


def _beta(a: float, b: float, x: float) -> float:
    """Return the regularised incomplete beta function I_x(a, b), for 0 < x < 1."""
    front = exp(lgamma(a + b) - lgamma(a) - lgamma(b) + a * log(x) + b * log1p(-x))
    if x > (a + 1) / (a + b + 2):  # there the fraction converges slowly, and its mirror image fast
        return 1 - front * _fraction(b, a, 1 - x) / b
    return front * _fraction(a, b, x) / a


def _fraction(a: float, b: float, x: float) -> float:
    """Return the continued fraction of the incomplete beta function (DLMF 8.17.22), by Lentz."""
    tiny, close = 1e-300, 1e-15
    upper, lower = 1.0, 1 / _not_zero(1 - (a + b) * x / (a + 1), tiny)
    found = lower
    for m in range(1, 100_000):
        for step in (
            m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m)),
            -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1)),
        ):
            lower = 1 / _not_zero(1 + step * lower, tiny)
            upper = _not_zero(1 + step / upper, tiny)
            change = upper * lower
            found *= change
        if abs(change - 1) < close:
            break
    return found


def _not_zero(number: float, tiny: float) -> float:
    return number if abs(number) > tiny else tiny


def _root(falling: Callable[[float], float]) -> float:
    """Return where a function that falls from above 0 to below it, on (0, 1), is 0."""
    low, high = 0.0, 1.0
    while True:
        middle = (low + high) / 2
        if not low < middle < high:
            return high
        if falling(middle) > 0:
            low = middle
        else:
            high = middle
