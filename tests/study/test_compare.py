"""Two points, run by run: what common weather is worth."""

from typing import Any

import pytest
from scipy import stats
from study_runs import results_of
from study_tables import table

from paxos_des.errors import InputError
from paxos_des.study import compare as module
from paxos_des.study.columns import Column
from paxos_des.study.compare import Comparison, compare
from paxos_des.study.plan import Plan

DROPS = {"key": "drop", "list": [0.04, 0.05]}
FIRST: list[Any] = [5.0, 7.5, 6.0, 11.0, 8.0, 9.5, 4.0, 7.0, 8.5, 6.5]
SECOND: list[Any] = [4.0, 6.0, 5.5, 9.0, 7.0, 8.5, 3.0, 6.5, 7.0, 5.0]


def plan(**keys: Any) -> Plan:  # noqa: ANN401 - a plan's
    return Plan(**{"name": "x", "metrics": ["completed", "reply"], "axes": [DROPS], **keys})


def of(first: list[Any], second: list[Any], column: str = "reply_mean_us") -> Comparison:
    """Compare the cells of two points; -1 is a run in which a check was violated."""
    results = table(plan(), {column: [second, first]}, bad=-1)
    return compare(results, column, point=results.plan.points[1], base=results.plan.points[0])


def test_a_difference_is_as_a_paired_and_as_an_unpaired_test_have_it() -> None:
    found = of(FIRST, SECOND)

    assert found.value == pytest.approx(1.15)
    paired = stats.ttest_rel(FIRST, SECOND).confidence_interval(0.95)
    assert found.paired == pytest.approx((paired.low, paired.high))
    unpaired = stats.ttest_ind(FIRST, SECOND, equal_var=False).confidence_interval(0.95)
    assert found.unpaired == pytest.approx((unpaired.low, unpaired.high))
    assert found.correlation == pytest.approx(stats.pearsonr(FIRST, SECOND).statistic)
    assert found.ratio == pytest.approx((paired.high - paired.low) / (unpaired.high - unpaired.low))
    assert (found.runs, found.left_out, found.warning) == (10, 0, "")


def test_runs_are_matched_by_replication_and_what_one_point_lacks_both_leave_out() -> None:
    """Neither the run that one point lacks shifts those that come after it."""
    first = [*FIRST[:3], 50.0, None, *FIRST[3:], 60.0]
    second = [*SECOND[:3], -1, 40.0, *SECOND[3:]]

    found = of(first, second)

    assert found[:4] == of(FIRST, SECOND)[:4]
    assert (found.runs, found.left_out) == (10, 3)


def test_medians_are_compared_by_drawing_runs(monkeypatch: pytest.MonkeyPatch) -> None:
    median = Column("reply_p50_us", "int", "a time", "µs", "median")
    monkeypatch.setattr(module, "number_column", lambda *_: median)

    found = of(FIRST, SECOND, "reply_p50_us")

    assert found.value == pytest.approx(7.25 - 6.25)
    assert found.paired is not None
    assert found.paired.low <= 1 <= found.paired.high
    assert found.ratio is not None
    assert found.ratio < 0.6
    assert found == of(FIRST, SECOND, "reply_p50_us")


def test_what_cannot_be_compared_says_so() -> None:
    one, same = of([1.0], [2.0]), of([3.0] * 12, [2.0] * 12)

    assert (one.value, one.paired, one.unpaired, one.ratio, one.runs) == (None, None, None, None, 1)
    assert "two are the least" in one.warning
    assert (same.value, same.paired, same.correlation, same.ratio) == (1, (1, 1), None, None)
    assert "no difference differs" in same.warning
    assert "4 runs are few" in of(FIRST[:4], SECOND[:4]).warning
    with pytest.raises(InputError, match="found the column verdict, of text"):
        compare(
            table(plan(), {"requests": [[1], [1]]}), "verdict",
            point=plan().points[1], base=plan().points[0],
        )  # fmt: skip


@pytest.mark.parametrize(("weather", "least", "most"), [("common", 0, 0.6), ("own", 0.7, 1.4)])
def test_common_weather_narrows_what_a_little_more_loss_costs(
    weather: str, least: float, most: float
) -> None:
    results = results_of(plan(
        scenario={"values": 50, "in_flight": 1}, replications=24, metrics=["reply"],
        weather=weather,
    ))  # fmt: skip
    four, five = results.plan.points

    found = compare(results, "reply_mean_us", point=five, base=four)

    assert found.runs == 24
    assert found.ratio is not None
    assert least < found.ratio < most
