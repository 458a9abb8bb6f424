"""`experiments/heartbeat-timeouts`: what its quick form tells."""

from statistics import fmean
from typing import Any

import pytest
from study_runs import quick_results, rows_of

from paxos_des.study.results import Results

BEAT_US = 100_000
TAKEOVER_US = 250_000
"""Two who suspect at once, until one hears the other, and requests asked again take less."""


@pytest.fixture(scope="module")
def results() -> Results:
    return quick_results("heartbeat-timeouts")


def quiet(results: Results) -> list[dict[str, Any]]:
    """Return the runs in which no message was lost, and who was suspected had crashed."""
    return [row for row in rows_of(results, drop=0.0) if not row["false_elections"]]


def test_every_run_is_safe_and_loses_its_primary_once(results: Results) -> None:
    assert set(results.columns["verdict"]) <= {"ok"}
    assert set(results.columns["primary_losses"]) == {1}


def test_the_silence_is_waited_for_and_little_more(results: Results) -> None:
    """The last beat was sent before the crash, and nobody is heard until the timeout after it."""
    rows = quiet(results)

    assert rows
    for row in rows:
        timeout_us = row["heartbeat_timeout_us"]
        assert timeout_us - BEAT_US < row["downtime_max_us"] < timeout_us + TAKEOVER_US


def test_a_fast_clock_is_less_patient(results: Results) -> None:
    """Half as fast again, a timer is over after two thirds of its time."""
    rows = [row for row in rows_of(results, case="clocks") if row["clock_rate"] > 1]

    assert rows
    for row in rows:
        silence_us = row["heartbeat_timeout_us"] / row["clock_rate"]
        assert row["downtime_max_us"] > silence_us - BEAT_US
        if not row["false_elections"]:
            assert row["downtime_max_us"] < silence_us + TAKEOVER_US


def test_lost_beats_make_false_elections_where_the_timeout_is_short(results: Results) -> None:
    rows = rows_of(results, case="drop")
    found = {
        drop: fmean(
            row["false_elections"] for row in rows_of(results, case="drop") if row["drop"] == drop
        )
        for drop in (0.0, 0.2)
    }

    assert min(row["heartbeat_timeout_us"] for row in rows) < 2 * BEAT_US
    assert found[0.0] == 0
    assert found[0.2] > 0
