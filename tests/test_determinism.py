"""A run is a pure function of scenario and seed: in any process, alone or in a loop."""

import json
import os
import subprocess
import sys
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

from paxos_des import Scenario, simulate
from paxos_des.engine.trace import Recording
from paxos_des.protocol.messages import Message

GOLDEN = {
    "2009": "4b749f6debad4bc440911ba6819fa009945c565d4cfb1b46dfb1ea45936b4da0",
    "2009-adversarial": "0448cb3d9e3f636fcdbc6bcb0d3fac2bae13d9ac1191e39d47daede7650dec67",
    "crashes": "a274dc21a0273b68891a9d44281b985ec21c33d8394c4b907f40f89655f163da",
    "disk-faults": "9b0c00bf8276f714d83576a5d642856446c7519135c16cf31aea7bf1ff76f864",
    "duel": "de46c3a6ee6d5ca9af5b1028eb0c63530cd40e3db7a34c5c8722e4cbfc976a64",
    "everything": "7abd0bce090c2aa4ef01fdc368febcb3f9cbbf05bdbfce75f7c40174d1b795f6",
    "lossy": "ed0ad82e6a18fdb9996b2c13880d84b5563956bdd4fd2425bfe1162d07d278b3",
    "partitions": "e13ebb484bdcd258db8a97750541c2a39a1b384ca6e41601fcb28123d0ff8860",
    "reconfigure": "ad663a6fe8c78e480872fe69bec8a351898c78479a4b955fddc04235a40beffa",
    "skewed-clocks": "c6385b7dc2adf7db0877ac962e535ae7f24c9fb754d6bdf2273faf9910772c64",
    "wan": "ed4b84868b6828b66caa7a63d9da327f30df05928779e9016b8ad36b27e6918f",
}
"""A change of these is a decision, noted in CHANGELOG.md: old schedules and traces depend on it."""


@pytest.mark.parametrize("name", GOLDEN)
def test_digests_stay_what_they_are(name: str) -> None:
    run = simulate(Scenario.named(name), seed=7)

    assert run.digest == GOLDEN[name]


def test_every_shipped_scenario_is_pinned() -> None:
    assert set(GOLDEN) == set(Scenario.names())


@pytest.mark.parametrize("hash_seed", ["0", "1", "4711"])
def test_another_process_with_another_hash_seed_makes_the_same_runs(hash_seed: str) -> None:
    document = run_in_a_process("duel", 7, hash_seed)

    assert document["digest"] == GOLDEN["duel"]
    assert (
        run_in_a_process("2009-adversarial", 7, hash_seed)["digest"] == GOLDEN["2009-adversarial"]
    )


def test_a_run_in_a_loop_is_the_run_alone() -> None:
    scenario = Scenario.named("duel")
    looped = [simulate(scenario, seed=seed).digest for seed in range(20)]

    assert looped[7] == GOLDEN["duel"]
    assert len(set(looped)) == len(looped)


@pytest.mark.parametrize("record", ["digest", "trace"])
def test_the_digest_does_not_depend_on_what_is_kept(record: Recording) -> None:
    run = simulate(Scenario.named("duel"), seed=7, record=record)

    assert run.digest == GOLDEN["duel"]


def test_nothing_recorded_has_no_digest_and_the_same_outcome() -> None:
    scenario = Scenario.named("duel")

    bare, full = simulate(scenario, seed=7, record="nothing"), simulate(scenario, seed=7)

    assert bare.digest is None
    assert bare.leader_histories == full.leader_histories
    assert bare.stats == full.stats
    assert bare.verdicts == full.verdicts


def test_the_digest_is_the_hash_of_the_saved_lines_after_the_header(tmp_path: Path) -> None:
    run = simulate(Scenario.named("duel"), seed=7)
    run.trace.save(tmp_path / "run.jsonl")

    _, _, lines = (tmp_path / "run.jsonl").read_bytes().partition(b"\n")

    assert sha256(lines).hexdigest() == run.digest


def test_remembering_decisions_changes_no_decision() -> None:
    """Keys are made on a slower path, which has to draw the same weather as the fast one."""
    for name, changes in (
        ("duel", {}),
        ("duel", {"delay": "exponential 5ms"}),
        ("2009-adversarial", {"values": 20}),
        ("2009", {"values": 50, "drop": 0.05, "duplicate": 0.05}),
        ("duel", {"ties": "shuffled", "delay": "1ms"}),
    ):
        scenario = Scenario.named(name).replace(**changes)
        run = simulate(scenario, seed=3)

        again = simulate(scenario, seed=3, schedule=run.schedule)

        assert again.digest == run.digest
        assert again.skipped == ()


def test_a_schedule_replays_its_run_over_the_dull_one() -> None:
    for name, values in (("duel", 2), ("2009-adversarial", 20)):
        scenario = Scenario.named(name).replace(values=values)
        run = simulate(scenario, seed=5)

        replayed = simulate(scenario, schedule=[decision.to_dict() for decision in run.schedule])

        assert replayed.digest == run.digest
        assert replayed.skipped == ()


def test_shuffled_ties_change_who_goes_first() -> None:
    scenario = Scenario.named("duel").replace(delay="1ms", drop=0.0, duplicate=0.0)

    digests = {simulate(scenario.replace(ties="shuffled"), seed=seed).digest for seed in range(9)}

    assert len(digests) > 1
    assert len({simulate(scenario, seed=seed).digest for seed in range(9)}) == 1


def test_python_without_assertions_is_refused() -> None:
    command = [sys.executable, "-O", "-m", "paxos_des", "run", "duel"]

    done = subprocess.run(command, capture_output=True, text=True, check=False)

    assert done.returncode == 2
    assert "assertions are part of it" in done.stderr
    assert len(done.stderr.splitlines()) == 1


def run_in_a_process(name: str, seed: int, hash_seed: str) -> dict[str, Any]:
    command = [sys.executable, "-m", "paxos_des", "run", name, "--seed", str(seed), "--json"]
    environment = {**os.environ, "PYTHONHASHSEED": hash_seed}
    done = subprocess.run(command, capture_output=True, text=True, check=True, env=environment)
    document: dict[str, Any] = json.loads(done.stdout)
    return document


def test_a_trace_is_a_sequence_of_entries() -> None:
    trace = simulate(Scenario.named("duel"), seed=7, record="trace").trace

    assert [entry["n"] for entry in trace] == list(range(len(trace)))
    assert trace[3] == list(trace)[3]
    assert trace[-1]["n"] == len(trace) - 1


def test_a_users_own_message_changes_no_figure_of_a_run() -> None:
    """Two runs in one process are strangers, also to what else was defined there."""

    class Ping(Message, frozen=True, gc=False):
        """Somebody's own."""

    run = simulate(Scenario.named("duel"), seed=7)

    assert Ping.__name__ not in run.stats.messages
