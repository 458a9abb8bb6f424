"""`experiments/adversarial-pump`: what its quick form tells, that its delays have the mean that is
said of them, and that the program of 2009 leaves failures that replay.
"""

from collections.abc import Iterator
from operator import gt
from pathlib import Path
from statistics import fmean

import pytest
from shell import in_process
from study_runs import EXPERIMENTS, quick_results, rows_of, shipped_plan

from paxos_des.run import Run, simulate
from paxos_des.study.exact.lives import mean_us
from paxos_des.study.results import Results

NAIVE = EXPERIMENTS / "adversarial-pump" / "naive.toml"


@pytest.fixture(scope="module")
def results() -> Results:
    return quick_results("adversarial-pump")


def test_all_leader_histories_agree_in_every_weather(results: Results) -> None:
    assert set(results.columns["verdict"]) == {"ok"}
    assert set(results.columns["weather"]) == {"adversarial", "uniform", "exponential"}


def test_what_takes_longer_to_hand_over_takes_longer_to_answer(results: Results) -> None:
    for case in ("three-of-three", "three-of-five"):
        for weather in ("adversarial", "uniform", "exponential"):
            rows = rows_of(results, case=case, weather=weather)
            times_us = sorted({row["handling_us"] for row in rows})
            medians_us = [
                fmean(row["reply_p50_us"] for row in rows if row["handling_us"] == time_us)
                for time_us in times_us
            ]

            assert medians_us == sorted(medians_us)
            assert all(map(gt, medians_us, times_us))


def test_the_plain_delays_have_the_mean_that_is_said_of_them() -> None:
    plain = [one for one in shipped_plan("adversarial-pump").points if one.scenario.pump == "plain"]

    assert len(plain) == 20
    for point in plain:
        told = point.cells["handling_us"]
        assert mean_us(point.scenario.delay) == pytest.approx(told, rel=0.001)


@pytest.mark.deep
def test_the_adversary_hands_over_after_the_mean_that_is_said_of_it() -> None:
    points = shipped_plan("adversarial-pump").points

    for point in points:
        if point.scenario.pump == "adversarial":
            runs = (simulate(point.scenario, seed=seed, record="trace") for seed in range(100, 160))
            found = fmean(time_us for run in runs for time_us in handling_us(run))
            assert found == pytest.approx(point.cells["handling_us"], rel=0.1), point.cells


def test_the_program_of_2009_disagrees_in_every_weather(tmp_path: Path) -> None:
    code, printed, complaint = in_process(
        "sweep", str(NAIVE), "--quick", "--out", str(tmp_path / "naive")
    )
    found = sorted((tmp_path / "naive" / "failures").iterdir())

    assert (code, complaint) == (1, "")
    assert "3 violated" in printed
    assert len(found) == 3
    assert in_process("replay", str(found[0]))[0] == 1


def handling_us(run: Run) -> Iterator[int]:
    """Yield how long each message took from its sending until its receiver, but for the clients,
    was handed it.
    """
    sent_at_us = {}
    for entry in run.trace:
        if entry["event"] == "send":
            sent_at_us[entry["envelope"]] = entry["at_us"]
        elif entry["event"] == "deliver" and not entry["node"].startswith("client"):
            yield entry["at_us"] - sent_at_us[entry["envelope"]]
