"""Runs with faults are pure functions too: replayed, saved and judged again, they are the same."""

import json
import os
import subprocess
import sys
from functools import cache
from pathlib import Path
from typing import Any

import msgspec
import pytest

from paxos_des import Scenario, simulate
from paxos_des.cli.check import check
from paxos_des.run import Run

SURVIVAL = (
    "crashes", "partitions", "disk-faults", "skewed-clocks", "reconfigure", "everything",
)  # fmt: skip
CASES = [(name, seed) for name in SURVIVAL for seed in range(2)]
SHORT: dict[str, Any] = {"values": 24}
"""As the shipped ones, with less to ask for: the nemesis does all that it would."""


@cache
def ran(name: str, seed: int) -> Run:
    return simulate(Scenario.named(name).replace(**SHORT), seed=seed, record="trace")


@pytest.mark.parametrize(("name", "seed"), CASES)
def test_a_schedule_replays_a_run_with_faults_over_the_dull_one(name: str, seed: int) -> None:
    """Also as a file would keep it."""
    run = ran(name, seed)
    kept = msgspec.json.decode(msgspec.json.encode([one.to_dict() for one in run.schedule]))

    again = simulate(run.scenario, schedule=kept)

    assert again.digest == run.digest
    assert again.skipped == ()
    assert again.verdicts == run.verdicts
    assert again.leader_histories == run.leader_histories
    assert again.nemesis == run.nemesis


@pytest.mark.parametrize("name", SURVIVAL)
def test_a_schedule_over_its_own_weather_changes_nothing(name: str) -> None:
    run = ran(name, 1)

    again = simulate(run.scenario, seed=1, schedule=run.schedule)

    assert again.digest == run.digest
    assert again.skipped == ()


@pytest.mark.parametrize("name", SURVIVAL)
def test_what_is_recorded_changes_no_run(name: str) -> None:
    kept = ran(name, 1)

    digested = simulate(kept.scenario, seed=1)
    bare = simulate(kept.scenario, seed=1, record="nothing")

    assert digested.digest == kept.digest
    assert bare.digest is None
    for run in (digested, bare):
        assert run.stats == kept.stats
        assert run.verdicts == kept.verdicts
        assert run.leader_histories == kept.leader_histories
        assert run.client_history == kept.client_history
        assert run.nemesis == kept.nemesis


@pytest.mark.parametrize(("name", "seed"), CASES)
def test_a_saved_trace_is_judged_as_its_run_was(
    name: str, seed: int, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run = ran(name, seed)
    run.trace.save(tmp_path / "run.jsonl")

    check(tmp_path / "run.jsonl", form="json")

    document = json.loads(capsys.readouterr().out)
    assert document["digest"] == run.digest
    assert document["checks"] == run.verdicts
    assert document["chosen"] == run.stats.chosen


@pytest.mark.parametrize("hash_seed", ["0", "4711"])
def test_another_process_with_another_hash_seed_meets_the_same_faults(hash_seed: str) -> None:
    script = (
        "from paxos_des import Scenario, simulate\n"
        f"for name in {SURVIVAL}:\n"
        f"    scenario = Scenario.named(name).replace(**{SHORT})\n"
        "    print(simulate(scenario, seed=1).digest)\n"
    )
    environment = {**os.environ, "PYTHONHASHSEED": hash_seed}
    command = [sys.executable, "-c", script]

    done = subprocess.run(command, capture_output=True, text=True, check=True, env=environment)

    assert done.stdout.split() == [ran(name, 1).digest for name in SURVIVAL]
