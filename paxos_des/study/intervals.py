"""Intervals that estimates and differences share, at 95 %."""

import statistics
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from paxos_des.study.extras import scipy_special, scipy_stats

LEVEL = 0.95
RESAMPLES = 999


def student(cells: Sequence[float]) -> tuple[float, float]:
    """Return Student's interval of the mean of two cells or more that differ."""
    # `statistics` computes exactly: the same on every machine, in whatever order runs come.
    value = statistics.fmean(cells)
    error = statistics.stdev(cells) / len(cells) ** 0.5
    reach = scipy_special("an interval").stdtrit(len(cells) - 1, (1 + LEVEL) / 2) * error
    return float(value - reach), float(value + reach)


def bootstrapped(
    statistic: Callable[..., Any],
    *runs: Sequence[float] | NDArray[Any],
    is_paired: bool = False,
    what: str,
) -> tuple[float, float]:
    """Return the interval of a statistic of runs that are drawn anew (percentiles).

    Where it takes an `axis`, it is given many draws at once, as SciPy's `bootstrap` does.
    The generator has one fixed seed and is made here, so that the same table gives the same
    figures. It is no second door for chance: no simulated run draws from it, and what it draws
    changes no measured cell, only how well an interval is computed.
    """
    found = scipy_stats(what).bootstrap(
        runs, statistic, n_resamples=RESAMPLES, paired=is_paired, method="percentile",
        confidence_level=LEVEL, rng=np.random.default_rng(0),
    ).confidence_interval  # fmt: skip
    return float(found.low), float(found.high)
