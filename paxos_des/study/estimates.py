"""What the runs of each point are worth: an estimate, with its interval at 95 %.

The unit is the run. The requests within a run are not independent (one crash delays hundreds of
them), so a run counts once, however many requests it has; runs of different seeds are independent.

    share     of runs: Wilson's interval, which needs no warning: few runs make it wide
    mean      over runs: Student's t; of shares it is cut to what a share can be
    median    over runs: from one order statistic to another, which is exact for every distribution
              and draws nothing, where a bootstrap would only be nearly right (David and Nagaraja,
              *Order Statistics*, 7.1)
    quantile  of single times, pooled over runs: a bootstrap that draws whole runs

A mean of the runs' own 99 % quantiles is no 99 % quantile of all requests: the latter is what
`quantile_of` estimates, from the metric `replies`.
"""

import re
import statistics
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from paxos_des.errors import InputError
from paxos_des.study.columns import Column
from paxos_des.study.extras import scipy_stats
from paxos_des.study.intervals import LEVEL, bootstrapped, student
from paxos_des.study.plan import Stop
from paxos_des.study.pooled import Pooled
from paxos_des.study.results import Results

RUNS_FEW = 10
"""Below, an interval rests on the shape of a distribution that so few runs do not show."""
BEYOND_FEW = 5
"""So many times should lie beyond a quantile, on either side."""

_QUANTILE = re.compile(r".*_p(\d+)_us", re.ASCII)


class Estimate(NamedTuple):
    """What a column is at a point, between `low` and `high` at 95 %.

    Attributes
    ----------
    value
        None where no run says anything.
    low, high
        None there too, and where a single run says nothing of how much others would differ.
    runs
        How many runs it is made of.
    warning
        Why it is worth little, in a sentence; empty where it is not.
    """

    value: float | None
    low: float | None
    high: float | None
    runs: int
    warning: str = ""


NOTHING = Estimate(None, None, None, 0, "no run says anything of it")


def estimates(results: Results, column: str) -> dict[int, Estimate]:
    """Return, by point, the estimate of a column, as its statistic says.

    Raises
    ------
    InputError
        When the column is unknown, or holds no numbers.
    """
    what = number_column(results, column)
    tail = _QUANTILE.fullmatch(column)
    counts = results.by_point("completed") if tail and "completed" in results.columns else {}
    found = {}
    for number, cells in results.by_point(column).items():
        said = [float(one) for one in cells if isinstance(one, int | float)]
        one = estimate_of(what, said)
        warnings = [one.warning]
        if said and len(said) < len(cells):
            warnings.append(f"{len(cells) - len(said)} of {len(cells)} runs have none, so that "
                            "it is of the others alone")  # fmt: skip
        if tail:
            warnings.append(_tail_warning(float(f"0.{tail[1]}"), counts.get(number, [])))
        found[number] = one._replace(warning=_joined(*warnings))
    return found


def quantiles(results: Results, column: str, share: float) -> dict[int, Estimate]:
    """Return, by point, a quantile of a column that holds lists of times."""
    what = results.plan.column(column)
    if what.type != "ints":
        message = (
            f"{results.plan.where}: found the column {column}, of {what.type}; "
            "allowed is one that holds lists of times, as reply_us of the metric replies"
        )
        raise InputError(message)
    return {
        number: quantile_of([one for one in cells if isinstance(one, tuple | list)], share)
        for number, cells in results.by_point(column).items()
    }


def number_column(results: Results, name: str) -> Column:
    """Return a column of numbers; refuse others."""
    column = results.plan.column(name)
    if column.type not in ("int", "float"):
        numbers = [one.name for one in results.plan.metric_columns if one.type in ("int", "float")]
        message = (
            f"{results.plan.where}: found the column {name}, of {column.type}; "
            f"allowed is one of numbers: {', '.join(numbers)}"
        )
        raise InputError(message)
    return column


def estimate_of(column: Column, cells: Sequence[float]) -> Estimate:
    """Return the estimate that cells of one point are, one for each run."""
    if not cells:
        return NOTHING
    match column.statistic:
        case "share":
            return _share(cells)
        case "median":
            return _median(cells)
        case "mean":
            return _mean(cells, is_share=column.unit == "share")


def is_narrow(stop: Stop, column: Column, cells: Sequence[float]) -> bool:
    """Whether a point has runs enough: at least `stop.least` that say something, and an interval
    as narrow as it asks.

    To look again and again, and to stop where it is narrow, makes intervals that hold a little
    less often than they say (Law, *Simulation Modeling and Analysis*, 9.4.1): a larger `least`
    helps. How many runs are the most is for whoever makes them to know.
    """
    if len(cells) < stop.least:
        return False
    value, low, high, _, _ = estimate_of(column, cells)
    if value is None or low is None or high is None:
        return False
    half = max(high - value, value - low)
    allowed = stop.half_width if stop.half_width is not None else 0.0
    if stop.relative is not None:
        allowed = stop.relative * abs(value)
    return half <= allowed


def quantile_of(runs_of_times: Sequence[Sequence[int]], share: float) -> Estimate:
    """Return a quantile of times that are pooled over runs: the least time that this share of all
    does not exceed.

    Its interval is a bootstrap's (percentiles) that draws whole runs, not times: times of one run
    have the same weather, and would make it too narrow.
    """
    assert 0 < share < 1, share
    runs = [np.asarray(times, dtype=np.int64) for times in runs_of_times if len(times)]
    if not runs:
        return NOTHING
    pooled = Pooled(runs)
    value = float(pooled.quantile(share))
    beyond = len(pooled.times) * min(share, 1 - share)
    scarce = "" if beyond >= BEYOND_FEW else (
        f"some {beyond:.3g} of {len(pooled.times):,} times lie beyond it, and {BEYOND_FEW} should"
    )  # fmt: skip
    if len(runs) == 1:
        return Estimate(value, None, None, 1, _joined(_few(1), scarce))

    def of_drawn(drawn: NDArray[np.int64], axis: int) -> NDArray[np.float64]:
        assert axis in (-1, drawn.ndim - 1), axis
        return pooled.quantiles_of(np.atleast_2d(drawn), share).astype(np.float64)

    low, high = bootstrapped(of_drawn, np.arange(len(runs)), what=f"the {share} quantile")
    return Estimate(value, low, high, len(runs), _joined(_few(len(runs)), scarce))


def _share(cells: Sequence[float]) -> Estimate:
    assert set(cells) <= {0, 1}, sorted(set(cells))[:3]
    ones = int(sum(cells))
    test = scipy_stats("an interval").binomtest(ones, len(cells))
    found = test.proportion_ci(confidence_level=LEVEL, method="wilson")
    return Estimate(ones / len(cells), float(found.low), float(found.high), len(cells))


def _mean(cells: Sequence[float], *, is_share: bool) -> Estimate:
    runs = len(cells)
    value = statistics.fmean(cells)
    if is_share:
        assert min(cells) >= 0, min(cells)
        assert max(cells) <= 1, max(cells)
    if runs == 1:
        return Estimate(value, None, None, 1, _few(1))
    if min(cells) == max(cells):
        return _all_the_same(cells[0], runs, is_share=is_share)
    low, high = student(cells)
    if is_share:
        low, high = max(low, 0.0), min(high, 1.0)
    return Estimate(value, low, high, runs, _joined(_few(runs), _skew(cells)))


def _all_the_same(value: float, runs: int, *, is_share: bool) -> Estimate:
    """Return the estimate of cells that do not differ, of which Student's interval has no width.

    That is right of what no chance has a part in; of a share of which all runs say 1, it would
    deny the rare run that says less. At most a share d of all runs differs from what all these
    say (Clopper and Pearson's bound, some 3.7 / runs), and a share in such a run
    is from 0 to 1. So the mean is from v·(1 - d) to v·(1 - d) + d, whatever the distribution.
    """
    if not is_share:
        warning = "no run differs, so that it has no width: right only where chance has no part"
        return Estimate(value, value, value, runs, _joined(_few(runs), warning))
    test = scipy_stats("an interval").binomtest(0, runs)
    differs = float(test.proportion_ci(confidence_level=LEVEL, method="exact").high)
    low, high = value * (1 - differs), value * (1 - differs) + differs
    warning = "no run differs: the interval is the bound on what runs not made could say"
    return Estimate(value, low, min(high, 1.0), runs, warning)


def _median(cells: Sequence[float]) -> Estimate:
    runs = len(cells)
    value = float(statistics.median(cells))
    if runs == 1:
        return Estimate(value, None, None, 1, _few(1))
    test = scipy_stats("an interval").quantile_test(cells, p=0.5)
    found = test.confidence_interval(confidence_level=LEVEL)
    low, high, warning = float(found.low), float(found.high), _few(runs)
    if not (low <= high):  # of up to five runs, not even all of them are an interval at 95 %
        low, high = float(min(cells)), float(max(cells))
        sure = 1 - 2 * 0.5**runs
        warning = f"{runs} runs make an interval at {sure:.0%}, from their least to their most"
    return Estimate(value, low, high, runs, warning)


def _few(runs: int) -> str:
    if runs == 1:
        return "one run says nothing of how much others differ"
    return "" if runs >= RUNS_FEW else f"{runs} runs are few, {RUNS_FEW} are the least to trust"


def _skew(cells: Sequence[float]) -> str:
    """Warn where a mean needs more runs than there are until it is distributed as Student's t
    asks: 25 times the squared skewness (Cochran, *Sampling Techniques*, 2.15). What is not skew by
    more than 1 may be chance.
    """
    if len(cells) < RUNS_FEW:
        return ""  # too few to tell
    # The third moment over the second's power, as `scipy.stats.skew` has it in forty times as long.
    off = np.asarray(cells) - statistics.fmean(cells)
    skewness = abs(float(np.mean(off**3) / np.mean(off**2) ** 1.5))
    needed = 25 * skewness**2
    if skewness <= 1 or len(cells) >= needed:
        return ""
    return f"runs are so skew (few lie far off) that their mean needs {needed:.0f}"


def _tail_warning(share: float, counts: Sequence[object]) -> str:
    """Warn of a mean of quantiles, where a run has too few requests to have such a quantile."""
    numbers = [one for one in counts if isinstance(one, int)]
    if not numbers or statistics.fmean(numbers) * (1 - share) >= 1:
        return ""
    return (
        f"with {statistics.fmean(numbers):.3g} requests a run, its {share * 100:g} % quantile is "
        "just the longest: pool them, with the metric replies"
    )


def _joined(*warnings: str) -> str:
    return "; ".join(filter(None, warnings))
