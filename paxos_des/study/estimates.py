"""What the runs of each point are worth: an estimate, with its interval."""

from typing import NamedTuple

from paxos_des.study.columns import Column
from paxos_des.study.plan import Stop
from paxos_des.study.results import Results

LEVEL = 0.95


class Estimate(NamedTuple):
    """What a column is at a point, between `low` and `high` at 95 %.

    Attributes
    ----------
    value, low, high
        None where no run says anything.
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


def estimates(results: Results, column: str) -> dict[int, Estimate]:
    """Return, by point, the estimate of a column, as its statistic says."""
    what = results.plan.column(column)
    return {
        number: estimate_of(what, [float(one) for one in cells if isinstance(one, int | float)])
        for number, cells in results.by_point(column).items()
    }


def estimate_of(column: Column, cells: list[float]) -> Estimate:
    """Return the estimate that cells of one point are."""
    raise NotImplementedError


def is_narrow(stop: Stop, column: Column, cells: list[float]) -> bool:
    """Whether a point has runs enough."""
    raise NotImplementedError
