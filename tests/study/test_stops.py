"""Points that stop by themselves: when, on the grounds of which runs, and that nothing else
matters.
"""

import math
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sweeps import digest_of, made_up, plan_of, use

from paxos_des.study import Plan, estimates
from paxos_des.study.columns import Cell, Column
from paxos_des.study.places import Places, Stretch, Wanted, wanted_at_first, without
from paxos_des.study.plan import Stop
from paxos_des.study.stops import Stops
from paxos_des.study.sweeps import sweep
from paxos_des.study.work import Job, Measured, Span

STOP = {"column": "completed", "half_width": 0.1, "least": 4, "most": 13, "by": 3}
ENOUGH = {0: 4, 1: 7, 2: 99}
"""After so many runs a point's interval is narrow."""


def by_seed(span: Span, replication: int, job: Job) -> Measured:
    """Return what tells in which order runs are taken."""
    cells: dict[str, Cell] = {"seed": job.seed + replication, "verdict": "ok",
             "completed": 1_000 * span.point + replication}  # fmt: skip
    return Measured(span.point, replication, cells)


class Narrow:
    """Says when intervals are narrow, and notes on the grounds of what."""

    def __init__(self) -> None:
        self.asked: list[list[float]] = []

    def __call__(self, stop: Stop, column: Column, cells: Sequence[float]) -> bool:
        assert (stop.column, column.name) == ("completed", "completed")
        self.asked.append(list(cells))
        return len(cells) >= ENOUGH[int(cells[0]) // 1_000]


@pytest.fixture
def narrow(monkeypatch: pytest.MonkeyPatch) -> Narrow:
    found = Narrow()
    monkeypatch.setattr(estimates, "is_narrow", found)
    return found


@pytest.fixture
def plan() -> Plan:
    """Return a plan with points of a fixed number before and after those that stop."""
    return plan_of(
        axes=[],
        cases=[
            {"name": "stopping", "stop": STOP, "axes": [{"key": "drop", "list": [0, 0.1, 0.2]}]},
            {"name": "fixed", "replications": 5, "axes": [{"key": "drop", "list": [0, 0.1]}]},
        ],
    )


def runs_by_point(plan: Plan, folder: Path) -> list[int]:
    found = sweep(plan, folder).results().columns
    assert list(found["point"]) == sorted(found["point"])  # type: ignore[type-var] # integers
    return [list(found["point"]).count(point.number) for point in plan.points]


def test_a_point_stops_as_soon_as_its_interval_is_narrow(
    plan: Plan, narrow: Narrow, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    use(by_seed, monkeypatch)

    assert runs_by_point(plan, tmp_path) == [4, 7, 13, 5, 5]
    assert narrow.asked == [
        [point * 1_000 + replication for replication in range(runs)]
        for point, runs in ((0, 4), (1, 4), (1, 7), (2, 4), (2, 7), (2, 10))
    ]


def test_how_the_work_was_done_does_not_matter(
    plan: Plan, narrow: Narrow, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    use(by_seed, monkeypatch)
    digest = digest_of(sweep(plan, tmp_path / "whole"))
    use(by_seed, monkeypatch, rows=2)

    small = digest_of(sweep(plan, tmp_path / "small"))
    several = digest_of(sweep(plan, tmp_path / "threads", executor=lambda: ThreadPoolExecutor(3)))

    assert small == several == digest
    assert all(asked == sorted(asked) for asked in narrow.asked)


@pytest.mark.parametrize("kill", range(1, 33, 3))
def test_neither_does_a_stop_at_any_run(
    plan: Plan, narrow: Narrow, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kill: int
) -> None:
    assert narrow.asked == []
    done: list[int] = []

    def killed(span: Span, replication: int, job: Job) -> Measured:
        if len(done) == kill:
            raise KeyboardInterrupt
        done.append(replication)
        return by_seed(span, replication, job)

    use(killed, monkeypatch, rows=2)
    with pytest.raises(KeyboardInterrupt):
        sweep(plan, tmp_path)
    use(by_seed, monkeypatch)

    assert runs_by_point(plan, tmp_path) == [4, 7, 13, 5, 5]


def test_a_part_that_was_taken_away_is_done_again(
    plan: Plan, narrow: Narrow, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of a point that has gone on beyond it: it was decided, and is not decided anew."""

    def killed(span: Span, replication: int, job: Job) -> Measured:
        if span.point == 3:
            raise KeyboardInterrupt
        return by_seed(span, replication, job)

    use(killed, monkeypatch, rows=2)
    with pytest.raises(KeyboardInterrupt):
        sweep(plan, tmp_path)
    next((tmp_path / "parts").glob("p000002-r00000002-*")).unlink()
    use(by_seed, monkeypatch)
    narrow.asked.clear()

    assert runs_by_point(plan, tmp_path) == [4, 7, 13, 5, 5]
    assert [2_000.0, 2_001.0, 2_002.0, 2_003.0] not in narrow.asked


def test_runs_that_say_nothing_count_as_runs_and_not_as_numbers(plan: Plan, narrow: Narrow) -> None:
    stops = Stops(plan)
    stops.add(0, 0, [math.nan, 1.0])
    assert stops.settle(0) is None
    stops.add(0, 2, [2.0, math.nan])

    assert stops.settle(0) == (4, 7)
    assert narrow.asked == [[1.0, 2.0]]


def test_violated_and_broken_runs_say_nothing(
    plan: Plan, narrow: Narrow, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    use(made_up, monkeypatch)
    sweep(plan, tmp_path)

    assert narrow.asked[0] == [0, 3]  # of runs 0 to 3, where 1 violates a check and 2 breaks


stretches = st.lists(st.tuples(st.integers(0, 30), st.integers(0, 4)), max_size=6)


def _apart(pairs: list[tuple[int, int]]) -> list[Stretch]:
    """Return stretches in order that do not overlap."""
    found, start = [], 0
    for gap, rows in pairs:
        found.append(Stretch(start + gap, start + gap + rows + 1))
        start = found[-1].end
    return found


@given(stretches, stretches, st.integers(1, 7))
def test_what_is_wanted_and_not_done_is_given_once(
    wanted: list[tuple[int, int]], done: list[tuple[int, int]], rows: int
) -> None:
    asked, known = _apart(wanted), _apart(done)
    left = Wanted(without(asked, known))
    given_: list[int] = []
    while (stretch := left.take(rows)) is not None:
        assert 0 < stretch.end - stretch.start <= rows
        given_ += range(*stretch)

    places = {place for one in asked for place in range(*one)}
    places -= {place for one in known for place in range(*one)}
    assert given_ == sorted(places)
    assert left.rows == 0


def test_no_part_goes_from_a_point_that_stops_into_the_next(plan: Plan) -> None:
    places = Places(plan.points)
    first = list(wanted_at_first(plan, Stops(plan).wanted))

    assert first == [(0, 4), (13, 17), (26, 30), (39, 49)]
    assert [places.at(place) for place in (0, 12, 13, 39, 44, 48)] == [
        (0, 0), (0, 12), (1, 0), (3, 0), (4, 0), (4, 4),
    ]  # fmt: skip
    assert [span[:1] + span[2:4] for span in places.spans(Stretch(42, 46))] == [
        (3, 3, 2), (4, 0, 2),
    ]  # fmt: skip
    assert places.fits(Stretch(39, 49))
    assert not places.fits(Stretch(38, 40))
    assert not places.fits(Stretch(12, 14))
    assert not places.fits(Stretch(48, 50))
