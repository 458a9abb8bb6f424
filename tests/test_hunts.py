"""The experiment on hunts: its statistics, its rows, and that a plan has one outcome."""

from math import comb, inf
from pathlib import Path

import msgspec
import pytest

from experiments.hunts.hunting import Plan, Row, row_of
from experiments.hunts.medians import median_of, rank
from experiments.hunts.rows import append, appending, read_rows
from experiments.hunts.table import BEGIN, END, report, write_page

ROW = Row("own-value", "pct", 0, 100, 7, 0.5)


def test_of_twenty_values_the_sixth_and_the_fifteenth_bound_the_median() -> None:
    median = median_of(range(1, 21))

    assert rank(20) == 6
    assert median == (10.5, 6, 15)


@pytest.mark.parametrize("count", range(6, 40))
def test_the_interval_holds_the_median_often_enough_and_a_smaller_one_would_not(count: int) -> None:
    """Summed up from the outcomes of so many coins, not by the formula."""
    found = rank(count)

    def held(lower: int) -> float:
        return float(
            sum(comb(count, heads) for heads in range(lower, count - lower + 1)) / 2**count
        )

    assert held(found) >= 0.95
    assert held(found + 1) < 0.95


def test_few_values_bound_no_median() -> None:
    assert rank(5) == 0
    assert median_of([3, 4, 5]) == (4, 0, inf)


def test_a_censored_hunt_is_longer_than_all_others() -> None:
    median = median_of([None] * 8 + list(range(12)))

    assert median == (9.5, 5, inf)


def test_the_same_plan_has_the_same_outcome() -> None:
    plan = Plan("accept-below-promise", "weather", 1, 200, 0)

    first, second = row_of(plan), row_of(plan)

    assert first.schedules is not None
    assert first.schedules == second.schedules
    assert first.small is None


def test_what_a_hunt_finds_is_replayed_and_made_small() -> None:
    row = row_of(Plan("accept-below-promise", "weather", 0, 10, 1))

    assert row.schedules == 1
    assert row.small is not None
    assert row.small.replays
    assert row.small.is_minimal
    assert row.small.after < row.small.before


def test_a_hunt_in_vain_is_censored() -> None:
    assert row_of(Plan("accept-keeps-promise", "weather", 0, 1, 1)).schedules is None


def test_rows_go_on_behind_the_last_whole_line(tmp_path: Path) -> None:
    path = tmp_path / "rows.jsonl"
    path.write_bytes(msgspec.json.encode(ROW) + b'\n{"exhibit": "own-')

    with appending(path) as file:
        append(file, msgspec.structs.replace(ROW, number=1))

    assert [row.number for row in read_rows(path)] == [0, 1]


def test_the_page_is_a_function_of_the_rows_in_any_order(tmp_path: Path) -> None:
    page = tmp_path / "README.md"
    page.write_text(f"before\n{BEGIN}\nold\n{END}\nafter\n", encoding="utf-8")
    rows = [msgspec.structs.replace(ROW, number=number, schedules=number) for number in range(20)]

    write_page(rows, page)
    first = page.read_text(encoding="utf-8")
    write_page(reversed(rows), page)

    assert page.read_text(encoding="utf-8") == first
    assert "old" not in first
    assert first.startswith("before\n")
    assert first.endswith("after\n")
    assert "| own-value | 10 [5, 14] |" in "\n".join(report(rows))
