"""`experiments/drop-and-delay`: what its quick form tells, and that common random numbers help
where its page says so.
"""

from statistics import fmean

import pytest
from study_runs import quick_results, results_of, rows_of, shipped_plan

from paxos_des.study.compare import compare
from paxos_des.study.exact.lives import mean_us
from paxos_des.study.plan import Plan
from paxos_des.study.results import Results

REPORTED = (
    "reply_mean_us", "reply_p50_us", "reply_p90_us", "reply_p99_us", "completed_share",
    "messages_per_value",
)  # fmt: skip
PROMISED = 0.6
BEATS = 97
"""So many of a hundred are followed by three more before the horizon."""


@pytest.fixture(scope="module")
def results() -> Results:
    return quick_results("drop-and-delay")


def mean(results: Results, column: str, **cells: str | float) -> float:
    return fmean(row[column] for row in rows_of(results, **cells))


def test_every_run_is_safe_and_answers_everything(results: Results) -> None:
    assert set(results.columns["verdict"]) == {"ok"}
    assert all(row["reply_p999_us"] for row in rows_of(results))


def test_without_drops_a_value_takes_an_accept_for_each_acceptor_and_two_answers(
    results: Results,
) -> None:
    rows = rows_of(results, case="grid", drop=0, delay_us=1000)

    assert {row["messages_per_value"] for row in rows} == {7 * 3 + 7 * 2 / 14}
    assert {row["completed_share"] for row in rows} == {1}


def test_drops_cost_time_and_delay_does(results: Results) -> None:
    means = {
        (row["drop"], row["delay_us"]): mean(
            results, "reply_mean_us", case="grid", drop=row["drop"], delay_us=row["delay_us"]
        )
        for row in rows_of(results, case="grid")
    }

    assert min(means) == (0.0, 1000)
    assert max(means) == (0.2, 50_000)
    assert means[min(means)] == min(means.values())
    assert means[max(means)] == max(means.values())
    assert means[max(means)] > 50 * means[min(means)]


def test_the_shapes_have_one_mean() -> None:
    points = shipped_plan("drop-and-delay").points
    shapes = {one.cells["shape"]: one.scenario.delay for one in points if one.case.name == "shapes"}

    assert len(shapes) == 4
    assert {shape: mean_us(delay) for shape, delay in shapes.items()} == pytest.approx(
        dict.fromkeys(shapes, 10_000), rel=0.001
    )


def test_common_weather_makes_the_difference_narrow() -> None:
    """The whole promise, 0.6, of the mean reply, from a quarter of the runs."""
    results = results_of(part_of("grid", drop=[0.04, 0.05], delay=[5000]), runs_max=100)

    assert ratios(results, "reply_mean_us") == pytest.approx([0.35], abs=0.1)


@pytest.mark.deep
def test_common_weather_makes_every_reported_difference_narrow() -> None:
    results = results_of(part_of("grid", drop=[0.04, 0.05]))

    for column in REPORTED:
        assert max(ratios(results, column)) < PROMISED, column


@pytest.mark.deep
def test_runs_of_many_values_have_less_weather_in_common() -> None:
    """Where it stops to hold: every drop more shifts what follows on its link."""
    results = results_of(part_of("longer"))

    found = ratios(results, "messages_per_value")

    assert found[0] < PROMISED < found[-1]


@pytest.mark.deep
def test_false_elections_are_three_beats_lost_in_a_row() -> None:
    """With a delay of 1 ms, no beat is late: after one that was heard, three are lost."""
    results = results_of(part_of("heartbeats", delay=[1000]))

    for drop in (0.1, 0.15, 0.2):
        found = [row["false_elections"] for row in rows_of(results, drop=drop)]
        expected = drop**3 * (1 + (BEATS - 1) * (1 - drop))
        assert fmean(found) == pytest.approx(expected, abs=4 * (expected / len(found)) ** 0.5)


def part_of(name: str, **lists: list[float]) -> Plan:
    """Return the plan with one of its cases, whose axes have these levels alone."""
    keys = shipped_plan("drop-and-delay").to_dict()
    [case] = [case for case in keys["cases"] if case["name"] == name]
    axes = [{**axis, "list": lists.get(axis["key"], axis["list"])} for axis in case["axes"]]
    return Plan(**{**keys, "cases": [{**case, "axes": axes}], "figures": []})


def ratios(results: Results, column: str) -> list[float]:
    """Return how wide the paired interval is beside the unpaired one, from each point with the
    lower drop to the one with the higher.
    """
    low, high = sorted({row["drop"] for row in rows_of(results)})
    found = []
    for base in results.points({"drop": low}):
        [point] = results.points({**base.cells, "drop": high})
        ratio = compare(results, column, point=point, base=base).ratio
        assert ratio is not None
        found.append(ratio)
    return found
