"""What a sweep found, point by point: estimates, what theory says of them, and what to doubt."""

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from paxos_des.cluster.parse import as_duration
from paxos_des.study.columns import Cell
from paxos_des.study.estimates import Estimate, estimates, quantiles
from paxos_des.study.exact import EXACT, Exact
from paxos_des.study.extras import scipy_stats
from paxos_des.study.intervals import LEVEL
from paxos_des.study.measure import Measure
from paxos_des.study.plan import Plan, Point
from paxos_des.study.results import Results
from paxos_des.study.warm_up import differs_at_first, mean_series, warm_up_of

JUDGED = "completed_share"
VERDICTS = ("ok", "unknown", "violated", "broken")
POOLED = {"p50": 0.5, "p90": 0.9, "p99": 0.99, "p999": 0.999}
_NEAR = 1e-9
"""A closed form that rounds otherwise than a mean is not outside of an interval of no width."""

_COLD = (
    "the first tenth of the replies differs from the others: for a steady state, measure.warm_up "
    "should be longer"
)


class Finding(NamedTuple):
    """What is known of a point.

    Attributes
    ----------
    verdicts
        By verdict, and `broken`: how many runs.
    estimates
        By measured column.
    exact
        By closed form: what it says.
    warnings
        Sentences, by column; "" is the point itself.
    """

    point: Point
    verdicts: dict[str, int]
    estimates: dict[str, Estimate]
    exact: dict[str, float]
    warnings: dict[str, str]

    @property
    def runs(self) -> int:
        return sum(self.verdicts.values())


class Agreement(NamedTuple):
    """How a closed form and what was measured agree.

    Attributes
    ----------
    points
        At so many points there are both.
    missed
        The numbers of those at which the exact value is outside of the interval.
    chance
        That as many or more of so many intervals miss, though the simulator is right: each misses
        with 5 %.
    is_independent
        Whether points are, as that supposes: each has weather of its own. Where it is common,
        misses come together, and the chance is larger.
    """

    exact: str
    column: str
    points: int
    missed: tuple[int, ...]
    chance: float
    is_independent: bool


def exacts_of(plan: Plan) -> tuple[Exact, ...]:
    """Return the closed forms of what a plan measures."""
    measured = {column.name for column in plan.metric_columns}
    return tuple(exact for exact in EXACT.values() if exact.column in measured)


def findings(results: Results) -> list[Finding]:
    """Return what is known of each point, in their order."""
    plan = results.plan
    by_column = dict(_estimates(results))
    verdicts = _verdicts(results)
    exacts = exacts_of(plan)
    colds = dict(_cold_starts(results))
    found = []
    for point in plan.points:
        said = {name: by_point[point.number] for name, by_point in by_column.items()}
        values = {exact.name: exact.value(point.scenario, plan.measure) for exact in exacts}
        warnings = {name: one.warning for name, one in said.items() if one.warning}
        if "completed" in plan.metrics and (early := _too_early(point, plan.measure)):
            warnings[JUDGED] = "; ".join(filter(None, (warnings.get(JUDGED), early)))
        if point.number in colds:
            warnings[""] = colds[point.number]
        exact = {name: value for name, value in values.items() if value is not None}
        found.append(Finding(point, verdicts[point.number], said, exact, warnings))
    return found


def _too_early(point: Point, measure: Measure) -> str:
    """Warn of a horizon before which no request's deadline is over: only runs that answer all
    requests count then, and flatter.
    """
    horizon_us, over_us = point.scenario.horizon_us, measure.warm_up_us + measure.deadline_us
    if horizon_us > over_us:
        return ""
    return (
        f"only runs that answer everything count, for the horizon, {as_duration(horizon_us)}, is "
        f"not beyond measure.warm_up and measure.deadline, together {as_duration(over_us)}"
    )


def is_inside(value: float, estimate: Estimate) -> bool | None:
    """Whether a value is in an interval; None where there is none."""
    if estimate.low is None or estimate.high is None:
        return None
    near = _NEAR * max(abs(estimate.low), abs(estimate.high))
    return estimate.low - near <= value <= estimate.high + near


def agreement(results: Results, exact_name: str) -> Agreement:
    """Return at how many points a closed form's value lies within the interval, and what that
    would be worth if the simulator were right.
    """
    return agreement_of(findings(results), EXACT[exact_name])


def agreement_of(points: Sequence[Finding], exact: Exact) -> Agreement:
    points = [one for one in points if exact.name in one.exact and exact.column in one.estimates]
    inside = {
        one.point.number: is_inside(one.exact[exact.name], one.estimates[exact.column])
        for one in points
    }
    missed = tuple(number for number, is_in in inside.items() if is_in is False)
    count = sum(is_in is not None for is_in in inside.values())
    chance = scipy_stats("an agreement").binom.sf(len(missed) - 1, count, 1 - LEVEL)
    is_independent = all(one.point.case.weather == "own" for one in points)
    return Agreement(exact.name, exact.column, count, missed, float(chance), is_independent)


def names_of(plan: Plan) -> Iterator[str]:
    """Give the names of what is estimated, in order: measured numbers, and quantiles of lists."""
    for column in plan.metric_columns:
        if column.type == "ints":
            yield from (f"{column.name}_{name}" for name in POOLED)
        elif column.type != "text":
            yield column.name


def _estimates(results: Results) -> Iterator[tuple[str, dict[int, Estimate]]]:
    for column in results.plan.metric_columns:
        if column.type == "ints":
            for name, share in POOLED.items():
                yield f"{column.name}_{name}", quantiles(results, column.name, share)
        elif column.type != "text":
            yield column.name, estimates(results, column.name)


def _verdicts(results: Results) -> dict[int, dict[str, int]]:
    counts: Counter[tuple[Cell, Cell]] = Counter()
    columns = results.columns
    for at, point in enumerate(columns["point"]):
        is_broken = columns["broken"][at] is not None
        counts[point, "broken" if is_broken else columns["verdict"][at]] += 1
    return {
        point.number: {verdict: counts[point.number, verdict] for verdict in VERDICTS}
        for point in results.plan.points
    }


def _cold_starts(results: Results) -> Iterator[tuple[int, str]]:
    """Give the points whose first requests are answered otherwise than their others, where each
    reply is in the table. Where all is asked at once, there is no steady state to begin.
    """
    if "reply_us" not in results.columns:
        return
    points = results.plan.points
    for number, cells in results.by_point("reply_us").items():
        scenario = points[number].scenario
        times = [one for one in cells if isinstance(one, tuple | list) and one]
        is_at_once = scenario.arrivals == "closed" and scenario.in_flight == "all"
        if is_at_once or not differs_at_first(times):
            continue
        cut = warm_up_of(mean_series(times))
        advice = f", to leave out some {cut} replies (MSER-5)" if cut else ""
        yield number, f"{_COLD}{advice}"
