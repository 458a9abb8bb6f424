"""A sweep's summary: what stands in it, beside what theory says, and what to doubt in it."""

import csv
from typing import Any

import pytest
from scipy.stats import binom
from study_tables import table

from paxos_des.study import findings as module
from paxos_des.study.columns import Column
from paxos_des.study.estimates import Estimate
from paxos_des.study.exact import EXACT, Exact
from paxos_des.study.findings import agreement, findings
from paxos_des.study.plan import Plan
from paxos_des.study.results import Results
from paxos_des.study.summary import estimate_text, summary_csv, summary_text

DROPS = {"key": "drop", "list": [0, 0.1]}
DELAYS = {"key": "delay", "list": ["1ms", "1500us"]}


@pytest.fixture(autouse=True)
def exact(monkeypatch: pytest.MonkeyPatch) -> str:
    """There is one closed form, which knows nothing of nine acceptors."""
    for name in list(EXACT):
        monkeypatch.delitem(EXACT, name)
    form = Exact(
        name="test", says="a test", column="completed_share",
        value=lambda scenario, _: 0.9 if scenario.acceptors < 9 else None,
    )  # fmt: skip
    monkeypatch.setitem(EXACT, form.name, form)
    return form.name


def plan(**keys: Any) -> Plan:  # noqa: ANN401 - a plan's
    return Plan(**{"name": "x", "metrics": ["completed", "reply"], "axes": [DROPS], **keys})


def results(**keys: Any) -> Results:  # noqa: ANN401 - a plan's
    shares = [[0.8, 0.9, 1.0, 0.9] * 3, [0.1, 0.2, 0.3, -1] * 3]
    times = [[1000.0, 1500.0, 2000.0, 1500.0] * 3, [2e6, 3e6, 4e6, 0] * 3]
    return table(plan(**keys), {"completed_share": shares, "reply_mean_us": times}, bad=-1)


def rows(found: Results) -> list[dict[str, str]]:
    return list(csv.DictReader(summary_csv(found).splitlines()))


def test_the_file_has_a_row_for_each_point(exact: str) -> None:
    first, other = rows(results())

    assert list(first)[:8] == [
        "point", "case", "drop", "runs", "ok", "unknown", "violated", "broken",
    ]  # fmt: skip
    assert list(other.values())[:8] == ["1", "all", "0.1", "12", "9", "0", "3", "0"]
    assert first["completed_share"] == "0.9"
    assert float(first["completed_share_low"]) < 0.9 < float(first["completed_share_high"])
    assert (first[f"completed_share_{exact}"], first[f"completed_share_{exact}_inside"]) == (
        "0.9", "1",
    )  # fmt: skip
    assert other[f"completed_share_{exact}_inside"] == "0"
    assert first["requests"] == ""
    assert "reply_mean_us: 9 runs are few" in other["warnings"]


def test_the_same_table_gives_the_same_file() -> None:
    assert summary_csv(results()) == summary_csv(results())


def test_a_point_of_another_case_leaves_out_what_it_has_not() -> None:
    cases = [{"name": "a", "axes": [DELAYS]}, {"name": "b"}]
    empty = table(plan(axes=[], cases=cases), {"requests": [[1], [1], [1]]})

    assert [row["delay_us"] for row in rows(empty)] == ["1000", "1500", ""]


def test_broken_runs_are_counted_apart() -> None:
    found = results()
    broken: list[Any] = [None] * len(found)
    broken[0] = "an assertion"
    verdicts: list[Any] = ["unknown", "unknown", *["ok"] * (len(found) - 2)]
    columns = {**found.columns, "broken": broken, "verdict": verdicts}

    first = findings(Results(plan=found.plan, columns=columns))[0]

    assert first.verdicts == {"ok": 10, "unknown": 1, "violated": 0, "broken": 1}
    assert first.estimates["completed_share"].runs == 11


def test_lists_of_times_have_quantiles_of_all_of_them() -> None:
    slow: list[Any] = [tuple(range(100 * run, 100 * run + 100)) for run in range(12)]
    found = rows(table(plan(metrics=["replies"], axes=[]), {"reply_us": [slow]}))[0]

    assert found["reply_us_p50"] == "599"
    assert found["reply_us_p99"] == "1187"
    assert float(found["reply_us_p50_low"]) < 599 < float(found["reply_us_p50_high"])


def test_a_beginning_that_is_still_in_it_is_warned_of_but_not_where_all_is_asked_at_once() -> None:
    times: list[Any] = [tuple([9000] * 20 + [1000 + run] * 180) for run in range(12)]

    def warnings(**scenario: Any) -> str:  # noqa: ANN401 - a scenario's
        found = plan(metrics=["replies"], axes=[], scenario=scenario)
        return " ".join(summary_text(table(found, {"reply_us": [times]})).split())

    assert "warm_up should be longer, to leave out some 20 replies (MSER-5)" in warnings(
        in_flight=1
    )
    assert "warm_up" not in warnings(in_flight="all")


def test_the_terminal_has_what_the_figures_draw_with_units_and_intervals(exact: str) -> None:
    figure = {"name": "a", "x": "drop", "y": "reply_mean_us"}
    drawn = summary_text(results(figures=[figure])).splitlines()

    assert drawn[0].split() == ["drop", "runs", "violated", "reply_mean"]
    assert drawn[1] == "0.0   12    0         1.50 ms [1.27, 1.73]"
    assert drawn[2] == "0.1   12    3         3.0 s [2.3, 3.7]"
    assert "completed_share" not in drawn[0]
    shown = summary_text(results(), ["completed_share"]).splitlines()
    assert shown[0].split() == ["drop", "runs", "violated", "completed_share", f"({exact})"]
    assert shown[1].endswith("0.900 [0.853, 0.947]  0.9000")
    assert shown[2].endswith("0.200 [0.133, 0.267]  0.9000 outside")
    assert "of 2 points" in "\n".join(shown)


def test_without_figures_each_metric_has_a_column() -> None:
    head = summary_text(results()).splitlines()[0].split()

    assert head == ["drop", "runs", "violated", "completed_share", "(test)", "reply_mean"]


def test_a_wide_table_is_made_into_several() -> None:
    names = [column.name for column in plan().metric_columns]
    lines = summary_text(results(), names).splitlines()

    assert sum(line.startswith("drop") for line in lines) > 1
    assert max(map(len, lines)) <= 100


def test_many_points_are_cut_and_their_warnings_told_once() -> None:
    many = plan(axes=[{"key": "drop", "grid": {"from": 0, "to": 0.99, "by": 0.01}}])
    cells: list[Any] = [[1.0, 2.0]] * 100
    lines = summary_text(table(many, {"reply_mean_us": cells}), ["reply_mean_us"]).splitlines()

    assert "… and 40 points more: summary.csv has all" in lines
    assert [line for line in lines if "2 runs are few" in line] == [
        "warning: reply_mean_us: 2 runs are few, 10 are the least to trust (100 points)"
    ]


TIME = Column("reply_mean_us", "float", "a time", "µs")
SHARE = Column("completed_share", "float", "a share", "share")
COUNT = Column("messages", "float", "a count", "messages")


@pytest.mark.parametrize(
    ("column", "estimate", "says"),
    [
        (SHARE, Estimate(0.934, 0.921, 0.945, 20), "0.934 [0.921, 0.945]"),
        (SHARE, Estimate(0.99934, 0.99921, 0.99945, 20), "0.99934 [0.99921, 0.99945]"),
        (SHARE, Estimate(1.0, 1.0, 1.0, 20), "1.000 [1.000, 1.000]"),
        (TIME, Estimate(4150.4, 4020.0, 4310.0, 20), "4.15 ms [4.02, 4.31]"),
        (TIME, Estimate(812.0, None, None, 1), "812 µs"),
        (TIME, Estimate(2_500_000.0, 900_000.0, 4_100_000.0, 20), "2.5 s [0.9, 4.1]"),
        (COUNT, Estimate(19.0, 19.0, 19.0, 20), "19 [19, 19]"),
        (COUNT, Estimate(12345.6, 12000.0, 12700.0, 20), "12,346 [12,000, 12,700]"),
        (COUNT, Estimate(None, None, None, 0), "-"),
    ],
)
def test_an_estimate_has_as_many_digits_as_its_interval_is_worth(
    column: Column, estimate: Estimate, says: str
) -> None:
    assert estimate_text(estimate, column) == says


def test_agreement_counts_misses_and_says_how_seldom_there_are_so_many(exact: str) -> None:
    axes = [{"key": "acceptors", "list": [5, 7, 9]}, DROPS]
    inside, outside = [0.8, 0.9, 1.0, 0.9] * 3, [0.1, 0.2, 0.3, 0.2] * 3
    cells: list[Any] = [inside, outside, outside, inside, outside, outside]

    found = agreement(table(plan(axes=axes, weather="own"), {"completed_share": cells}), exact)
    common = agreement(table(plan(axes=axes), {"completed_share": cells}), exact)

    assert (found.points, found.missed) == (4, (1, 2))  # of nine acceptors nothing is known
    assert found.chance == pytest.approx(1 - binom.cdf(1, 4, 0.05))
    assert (found.is_independent, common.is_independent) == (True, False)


def test_an_exact_value_lies_in_an_interval_of_no_width_in_spite_of_rounding() -> None:
    third = Estimate(1 / 3, 1 / 3, 1 / 3, 12)

    assert module.is_inside(1 - 2 / 3, third)
    assert module.is_inside(0.3334, third) is False
    assert module.is_inside(0.3, Estimate(0.3, None, None, 1)) is None


def test_a_horizon_before_any_deadline_is_warned_of() -> None:
    early = results(scenario={"horizon": "10s"})
    late = results(scenario={"horizon": "10001ms"})

    assert "only runs that answer everything count, for the horizon, 10s, is" in summary_csv(early)
    assert "only runs that answer everything" not in summary_csv(late)
