"""`museum measure`: that a plan has one outcome, who saw what, and that it goes on."""

import argparse
import json
from math import inf
from pathlib import Path

import msgspec
import pytest
from shell import assert_refuses, in_process

from paxos_des import simulate
from paxos_des.checks.judges import CHECKS
from paxos_des.cli.measure import asked_by
from paxos_des.explore.measure.campaign import Asked, measure, settled
from paxos_des.explore.measure.cells import cells_of
from paxos_des.explore.measure.hunting import Plan, Row, row_of
from paxos_des.explore.measure.rows import rows_in
from paxos_des.explore.measure.score import Score
from paxos_des.explore.measure.sightings import Look, Seen, first_seen, seen_by, seen_of
from paxos_des.museum import EXHIBITS
from paxos_des.report.measured import Measured, report, share
from paxos_des.report.measured_page import BEGIN, END, PAGE, write_page
from paxos_des.report.survival import comparable, curve_of

ROW = Row("own-value", "pct", 0, 100, 60.0, 7, is_found=True, cpu_s=0.5, saw=("agreement",))
VAIN = msgspec.structs.replace(ROW, is_found=False, tried=100, saw=())
PLAN = Plan("own-value", "pct", 0, 100, 60.0, 0)
QUICK = ("--quick", "--hunts", "1", "--seeds", "3", "--strategies", "weather,pct,portfolio")


def test_the_same_plan_has_the_same_outcome() -> None:
    plan = Plan("accept-below-promise", "weather", 1, 200, 60.0, 0)

    first, second = row_of(plan), row_of(plan)

    assert first.is_found
    assert msgspec.structs.replace(first, cpu_s=second.cpu_s) == second
    assert first.saw[0] == "promises"
    assert first.small is None


def test_what_a_hunt_finds_is_replayed_and_made_small() -> None:
    row = row_of(Plan("accept-below-promise", "weather", 0, 10, 60.0, 1))

    assert row.schedules == 1
    assert row.small is not None
    assert row.small.replays
    assert row.small.is_minimal
    assert row.small.after < row.small.before


@pytest.mark.parametrize(("schedules_max", "seconds_max"), [(1, 60.0), (None, 1e-9)])
def test_a_hunt_is_given_up_at_either_cap(schedules_max: int | None, seconds_max: float) -> None:
    row = row_of(Plan("accept-keeps-promise", "weather", 0, schedules_max, seconds_max, 1))

    assert (row.is_found, row.tried, row.schedules) == (False, 1, None)
    assert (row.schedules_max, row.seconds_max) == (schedules_max, seconds_max)


@pytest.mark.parametrize("exhibit", ["ballot-reuse", "volatile-vote", "retry-applied-twice"])
def test_all_checks_together_see_what_each_sees_alone(exhibit: str) -> None:
    scenario = EXHIBITS[exhibit].scenario
    for seed in range(2):
        alone = {
            check: simulate(scenario, seed=seed, record="nothing", checks=(check,)).verdict
            for check in CHECKS
        }
        together = first_seen(seen_by(scenario, seed=seed))

        assert set(together) == {check for check, found in alone.items() if found == "violated"}


def test_the_check_that_ends_a_run_where_all_judge_is_the_first_to_see_it() -> None:
    scenario = EXHIBITS["volatile-vote"].scenario
    for seed in range(6):
        ended = simulate(scenario, seed=seed, record="nothing").first_violation

        assert ended is not None
        assert first_seen(seen_by(scenario, seed=seed))[0] == ended.check


def test_a_look_counts_who_saw_it_and_who_was_first() -> None:
    seen = seen_of(Look("accept-below-promise", 5))

    assert seen.saw["promises"] == 5
    assert seen.first == {"promises": 5}
    assert seen.saw["chosen-once"] <= 5


def test_a_score_names_what_one_check_alone_sees_and_what_none_does() -> None:
    hunted = [msgspec.structs.replace(ROW, saw=("chosen-once", "agreement"))]
    looked = [Seen("retry-applied-twice", 9, 9, 0.1, {"integrity": 4}, {"integrity": 4})]

    score = Score(("own-value", "retry-applied-twice", "unlearns"), hunted, looked)

    assert score.witness("integrity").alone == ("retry-applied-twice",)
    assert score.witness("agreement") == ("agreement", ("own-value",), (), ())
    assert score.witness("chosen-once").first == ("own-value",)
    assert "integrity" not in score.unneeded
    assert "agreement" in score.unneeded
    assert score.unseen == ("unlearns",)


@pytest.mark.parametrize(
    ("row", "is_settled"),
    [
        (ROW, True),
        (msgspec.structs.replace(ROW, schedules_max=10, seconds_max=1.0), True),
        (VAIN, True),
        (msgspec.structs.replace(VAIN, schedules_max=None), True),
        (msgspec.structs.replace(VAIN, schedules_max=99), False),
        (msgspec.structs.replace(VAIN, seconds_max=59.0), False),
        (msgspec.structs.replace(ROW, number=1), False),
        (None, False),
    ],
)
def test_a_row_settles_a_hunt_that_would_say_no_more(row: Row | None, *, is_settled: bool) -> None:
    assert settled(row, PLAN) == is_settled
    assert not settled(row, PLAN._replace(shrinks=1)) or not row.is_found  # type: ignore[union-attr]


def test_measuring_goes_on_where_it_was_stopped(tmp_path: Path) -> None:
    asked = Asked(
        exhibits=("own-value",), strategies=("weather", "pct"), hunts=7, schedules=2, seeds=1
    )
    path = tmp_path / "rows.jsonl"

    with rows_in(path, Row) as rows, rows_in(None, Seen) as seen:
        measure(asked, rows, seen)
    whole = path.read_bytes()
    lines = whole.splitlines(keepends=True)
    path.write_bytes(b"".join(lines[:-2]) + lines[-2][:20])  # killed in the middle of a line
    done: list[tuple[int, int]] = []
    with rows_in(path, Row) as rows, rows_in(None, Seen) as seen:
        measure(asked, rows, seen, on_progress=lambda *one: done.append(one))

    again = [json.loads(line) for line in path.read_bytes().splitlines()]
    assert [{**row, "cpu_s": 0} for row in again] == [
        {**json.loads(line), "cpu_s": 0} for line in lines
    ]
    assert len(done) == 2 + 1  # the two hunts that were lost; looks were kept nowhere


def test_a_torn_line_is_gone_however_long_it_was(tmp_path: Path) -> None:
    path = tmp_path / "rows.jsonl"
    path.write_bytes(msgspec.json.encode(ROW) + b"\n" + b"{" * 1_000)

    with rows_in(path, Row) as rows:
        rows.add(VAIN)

    assert path.read_bytes() == msgspec.json.encode(ROW) + b"\n" + msgspec.json.encode(VAIN) + b"\n"


def test_after_six_hunts_in_vain_the_others_are_not_begun() -> None:
    asked = Asked(
        exhibits=("first-report",), strategies=("weather",), hunts=9, schedules=1, seeds=1
    )
    with rows_in(None, Row) as rows, rows_in(None, Seen) as seen:
        measure(asked, rows, seen)

        assert [row.number for row in rows] == [0, 1, 2, 3, 4, 5]


def test_the_default_strategy_is_bounded_by_time_alone() -> None:
    plans = Asked(exhibits=("own-value",), schedules=7).plans(range(1))

    caps = {plan.strategy: plan.schedules_max for plan in plans}
    assert caps.pop("portfolio") is None
    assert set(caps.values()) == {7}


def test_a_median_counts_as_censored_what_lies_beyond_the_first_hunt_given_up() -> None:
    rows = [
        msgspec.structs.replace(ROW, number=number, tried=tried, is_found=is_found)
        for number, (tried, is_found) in enumerate([(5, True), (9, False), (20, True)])
    ]
    (cell,) = cells_of(rows).values()

    assert cell.schedules.value == inf
    assert cell.schedules_max == 9
    assert cell.found == 2


def test_a_share_says_which_side_was_given_up() -> None:
    (found,) = cells_of([msgspec.structs.replace(ROW, tried=10)]).values()
    (vain,) = cells_of([VAIN]).values()

    assert share(found, found) == "1"
    assert share(found, vain) == "< 0.1"
    assert share(vain, found) == "not known"


def test_the_page_is_a_function_of_the_rows_in_any_order(tmp_path: Path) -> None:
    page = tmp_path / PAGE
    page.write_text(f"before\n{BEGIN}\nold\n{END}\nafter\n", encoding="utf-8")
    rows = [msgspec.structs.replace(ROW, number=number, tried=number) for number in range(20)]

    write_page(tmp_path, report(Measured(rows, [])))
    first = page.read_text(encoding="utf-8")
    write_page(tmp_path, report(Measured(rows[::-1], [])))

    assert page.read_text(encoding="utf-8") == first
    assert "old" not in first
    assert first.startswith("before\n")
    assert first.endswith("after\n")
    assert "| own-value | 10 [5, 14] |" in first


def test_a_curve_falls_at_failures_only_and_a_hunt_given_up_weighs_less_from_then_on() -> None:
    """Kaplan and Meier by hand: 3/4 after 1, then one is given up at 2, then 3/4 x 1/2."""
    found = [1, 3, 4]
    rows = [
        *(msgspec.structs.replace(ROW, number=n, tried=tried) for n, tried in enumerate(found)),
        msgspec.structs.replace(VAIN, number=9, tried=2),
    ]

    curve = curve_of(rows, lambda row: row.tried)

    assert curve.work == (1, 2, 3, 4)
    assert curve.share == pytest.approx((3 / 4, 3 / 4, 3 / 8, 0))


def test_a_curve_in_vain_stays_up() -> None:
    assert curve_of([VAIN], lambda row: row.tried).share == (1,)


def test_strategies_are_compared_over_what_all_of_them_hunt() -> None:
    other = msgspec.structs.replace(ROW, exhibit="unlearns")
    both = msgspec.structs.replace(ROW, strategy="pos")

    assert comparable([ROW, other, both]) == [ROW, both]
    assert comparable([msgspec.structs.replace(ROW, number=6)]) == []


def test_in_the_curves_no_hunt_of_a_strategy_looks_longer_than_its_others() -> None:
    longer = msgspec.structs.replace(ROW, number=1, schedules_max=1_000, tried=500, cpu_s=5.0)

    first, second = comparable([ROW, longer])

    assert first == ROW
    assert (second.tried, second.is_found, second.cpu_s) == (100, False, 1.0)


def test_the_command_measures_prints_and_keeps(tmp_path: Path) -> None:
    names = ("accept-below-promise", "own-value")
    arguments = ("museum", "measure", *names, *QUICK, "--out", str(tmp_path))
    code, printed, _ = in_process(*arguments)
    kept = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    again = in_process(*arguments, "--json")

    assert code == 0
    assert "Within 60 s of one core, by the median: 2 of 2 exhibits." in printed
    assert printed in (tmp_path / PAGE).read_text(encoding="utf-8")
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == kept
    assert sorted(kept) == [PAGE, "checks.jsonl", "rows.jsonl", "survival.png", "survival.svg"]
    assert b"<dc:date>" not in kept["survival.svg"]
    document = json.loads(again[1])
    assert list(document["exhibits"]) == list(names)
    assert document["exhibits"]["accept-below-promise"]["saw"]["promises"] > 0


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b'{"exhibit": "own-value"}\n', "line 1"),
        (msgspec.json.encode(ROW) + b"\n\xff\n", "line 2"),
        (b"[]\n", "line 1"),
    ],
)
def test_a_damaged_row_is_refused_in_one_line(content: bytes, says: str, tmp_path: Path) -> None:
    (tmp_path / "rows.jsonl").write_bytes(content)

    assert_refuses(says, in_process("museum", "measure", "own-value", "--out", str(tmp_path)))
    assert (tmp_path / "rows.jsonl").read_bytes() == content


def test_what_cannot_be_kept_or_found_is_refused_before_anything_is_measured(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "file"
    file.write_text("no folder", encoding="utf-8")
    (tmp_path / PAGE).write_text("a page without a place", encoding="utf-8")
    measuring = ("museum", "measure", "own-value", "--out")

    assert_refuses("Not a directory", in_process(*measuring, str(file / "there")))
    assert_refuses("found no place for a report", in_process(*measuring, str(tmp_path)))
    assert_refuses("did you mean 'own-value'?", in_process("museum", "measure", "own-vale"))
    assert_refuses("'pct'", in_process("museum", "measure", "--strategies", "pcd"))
    assert_refuses("above 0", in_process("museum", "measure", "--seconds", "nan"))
    assert_refuses(
        "one of both", in_process("museum", "measure", "--checks", "--strategies", "pct")
    )
    monkeypatch.setattr("paxos_des.report.drawing.find_spec", lambda _: None)
    assert_refuses("paxos_des[figures]", in_process(*measuring, str(tmp_path / "new")))


def test_two_do_not_measure_into_one_folder_at_once(tmp_path: Path) -> None:
    with rows_in(tmp_path / "rows.jsonl", Row):
        said = in_process("museum", "measure", "own-value", *QUICK, "--out", str(tmp_path))

    assert_refuses("one at a time", said)


def test_the_checks_alone_need_the_default_strategy_alone() -> None:
    parsed = argparse.Namespace(
        names=["own-value"], quick=False, checks=True, strategies=None,
        hunts=None, schedules=None, seconds=None, seeds=7,
    )  # fmt: skip

    asked = asked_by(parsed)

    assert asked.strategies == ("portfolio",)
    assert (asked.shrinks, asked.seeds) == (0, 7)
