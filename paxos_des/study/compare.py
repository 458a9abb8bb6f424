"""What a column is at one point, less what it is at another.

Replication r of both points has the same weather (see `plan`), so that much of what chance does is
in both, and goes out of their difference: the paired interval shows with few runs what the
unpaired one, of the same runs taken for strangers, shows with many (common random numbers: Law,
*Simulation Modeling and Analysis*, 11.2). How much that helps is for each pair of points to tell.
"""

import statistics
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from paxos_des.study.columns import Cell
from paxos_des.study.estimates import RUNS_FEW, number_column
from paxos_des.study.extras import scipy_stats
from paxos_des.study.intervals import LEVEL, bootstrapped, student
from paxos_des.study.plan import Point
from paxos_des.study.results import Results

PAIRS_LEAST = 2


class Interval(NamedTuple):
    """At 95 %."""

    low: float
    high: float

    @property
    def width(self) -> float:
        return self.high - self.low


class Comparison(NamedTuple):
    """A difference of two points; see `compare`.

    Attributes
    ----------
    value
        None where fewer than two runs can be compared, as are the intervals.
    paired
        The interval of the difference, run by run.
    unpaired
        What the same runs say if nothing is known of their common weather.
    correlation
        Of the two points' cells, over runs; None where one of them never differs.
    runs
        So many of each point are compared.
    left_out
        So many replications are not, because one of the points has nothing to say: a check was
        violated or an assertion broken, there was nothing to measure, or it was not run so often.
    """

    value: float | None
    paired: Interval | None
    unpaired: Interval | None
    correlation: float | None
    runs: int
    left_out: int
    warning: str = ""

    @property
    def ratio(self) -> float | None:
        """How wide the paired interval is, for each unit of the unpaired one."""
        if self.paired is None or self.unpaired is None or not self.unpaired.width:
            return None
        return self.paired.width / self.unpaired.width


def compare(results: Results, column: str, *, point: Point, base: Point) -> Comparison:
    """Return what a column is at `point`, less what it is at `base`.

    Means and shares are compared by Student's t on the differences and by Welch's interval,
    medians by bootstraps (percentiles) that draw runs, of both points at once and of each alone.

    Raises
    ------
    InputError
        When the column is unknown, or holds no numbers.
    """
    what = number_column(results, column)
    here, there = (_by_replication(results, column, one.number) for one in (point, base))
    both = [one for one, cell in here.items() if cell is not None and there.get(one) is not None]
    left_out = len(here.keys() | there.keys()) - len(both)
    # Floats, and in the order of replications, which are those of both.
    first, second = ([_number(cells[one]) for one in both] for cells in (here, there))
    if len(both) < PAIRS_LEAST:
        warning = f"{len(both)} runs can be compared, and two are the least"
        return Comparison(None, None, None, None, len(both), left_out, warning)
    if what.statistic == "median":
        value, paired, unpaired = _medians(first, second)
    else:
        value, paired, unpaired = _means(first, second)
    warnings = []
    if len(both) < RUNS_FEW:
        warnings.append(f"{len(both)} runs are few, {RUNS_FEW} are the least to trust")
    if not paired.width:
        warnings.append("no difference differs, so that its interval has no width: right only "
                        "where chance has no part in it")  # fmt: skip
    return Comparison(
        value, paired, unpaired, _correlation(first, second), len(both), left_out,
        "; ".join(warnings),
    )  # fmt: skip


def _by_replication(results: Results, column: str, point: int) -> dict[int, Cell]:
    """Return a point's cells; None for runs that were not measured to their end."""
    columns = results.columns
    found: dict[int, Cell] = {}
    for at, number in enumerate(columns["point"]):
        if number == point:
            replication = columns["replication"][at]
            assert isinstance(replication, int), replication
            is_whole = columns["violated"][at] is None and columns["broken"][at] is None
            found[replication] = columns[column][at] if is_whole else None
    return found


def _number(cell: Cell) -> float:
    assert isinstance(cell, int | float), cell
    return float(cell)


def _means(first: list[float], second: list[float]) -> tuple[float, Interval, Interval]:
    differences = [one - other for one, other in zip(first, second, strict=True)]
    value = statistics.fmean(differences)
    paired = Interval(value, value)
    if min(differences) != max(differences):
        paired = Interval(*student(differences))
    unpaired = Interval(value, value)
    if min(first) != max(first) or min(second) != max(second):
        test = scipy_stats("a difference").ttest_ind(first, second, equal_var=False)
        unpaired = Interval(*map(float, test.confidence_interval(LEVEL)))
    return value, paired, unpaired


def _medians(first: list[float], second: list[float]) -> tuple[float, Interval, Interval]:
    def difference(one: NDArray[Any], other: NDArray[Any], axis: int) -> Any:  # noqa: ANN401 - one for each draw
        return np.median(one, axis=axis) - np.median(other, axis=axis)

    paired, unpaired = (
        Interval(*bootstrapped(difference, first, second, is_paired=is_paired, what="a difference"))
        for is_paired in (True, False)
    )
    return float(np.median(first) - np.median(second)), paired, unpaired


def _correlation(first: list[float], second: list[float]) -> float | None:
    if min(first) == max(first) or min(second) == max(second):
        return None
    return statistics.correlation(first, second)
