"""What the command line writes, judged from outside: see `outside`."""

import json
import subprocess
from functools import partial
from pathlib import Path

import pytest
from outside import Saved, command_line, complaints_about, run_and_save
from shell import in_process

LOSSY = ("drop=0.2", "duplicate=0.2")
LONG = ("horizon=600s", "stop_when=answered")
SMALL = ("values=30", *LONG)

VARIATIONS = (
    ("2009", ("values=100",)),
    ("2009", ("phase1=stable", *SMALL)),
    ("2009", ("phase1=stable", "window=2", "in_flight=3", *SMALL, *LOSSY)),
    ("2009", ("ties=shuffled", "delay=1ms", *SMALL)),
    ("2009", ("in_flight=3", "send_to=spread", "clients=3", *SMALL, *LOSSY)),
    ("2009", ("acceptors=4", "failed_acceptors=1", "leaders=3", *SMALL, *LOSSY)),
    ("2009", ("failed_acceptors=0", "quorums=flexible 4 2", *SMALL, *LOSSY)),
    ("2009", ("acceptors=6", "failed_acceptors=0", "quorums=grid 2 3", *SMALL, *LOSSY)),
    ("2009", ("failed_leaders=1", "leaders=3", "send_to=own", *SMALL)),
    ("2009", ("primaries=none", "phase1=stable", *SMALL)),
    ("2009-adversarial", ("phase1=stable", *SMALL)),
    ("2009-adversarial", ("ties=shuffled", "leaders=3", *SMALL, *LOSSY)),
    ("duel", ("acceptors=4", "leaders=3", "values=3", "clients=3", "drop=0.3")),
    ("duel", ("phase1=stable", "slots=unbounded", "heartbeats=on", *LONG)),
)

SURVIVED = ("crashes", "disk-faults", "partitions", "skewed-clocks")

FAILING = """
acceptors = 5
leaders = 3
phase1 = "{phase1}"
pump = "{pump}"
values = 20
clients = 2
in_flight = 3
window = 2
send_to = "spread"
drop = 0.1
duplicate = 0.1
horizon = "600s"
faults = [
    {{ at = "0ms", fail = "acceptor-0" }},
    {{ at = "3ms", fail = "leader-2" }},
    {{ at = "2s", fail = "acceptor-1" }},
    {{ at = "1ms", cut = ["acceptor-2", "leader-1"] }},
    {{ at = "3s", fail = "acceptor-2" }},
    {{ at = "8s", heal = "leader-2" }},
    {{ at = "9s", heal = "acceptor-0" }},
    {{ at = "9s", fail = "leader-1" }},
    {{ at = "12s", heal = "acceptor-1" }},
    {{ at = "14s", heal = "leader-1" }},
    {{ at = "14s", heal = ["acceptor-2", "leader-1"] }},
    {{ at = "15s", heal = "acceptor-2" }},
]
"""


def here(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    """Run the command line in this process: the same code, without the half second of a start."""
    return subprocess.CompletedProcess(arguments, *in_process(*map(str, arguments)))


@pytest.mark.parametrize("seed", [0, 1])
def test_2009_sends_19_messages_per_value(tmp_path: Path, seed: int) -> None:
    saved = run_and_save(tmp_path, "2009", seed=seed)

    assert complaints_about(saved) == []
    messages = saved.document["messages"]
    kinds = ("Prepare", "Promise", "Accept", "Accepted", "Nack")
    assert [messages[kind] for kind in kinds] == [5000, 3000, 5000, 6000, 0]
    histories = saved.document["leader_histories"]
    assert histories["leader-0"] == histories["leader-1"]
    assert histories["leader-0"]["length"] == saved.document["chosen"] == 1000


@pytest.mark.parametrize("seed", range(3))
def test_2009_adversarial_chooses_all_values(tmp_path: Path, seed: int) -> None:
    saved = run_and_save(tmp_path, "2009-adversarial", seed=seed, command=here)

    assert complaints_about(saved) == []
    assert saved.document["chosen"] == saved.document["answered"] == 200


@pytest.mark.parametrize("seed", range(4))
def test_a_duel_keeps_the_rules(tmp_path: Path, seed: int) -> None:
    assert complaints_about(run_and_save(tmp_path, "duel", seed=seed, command=here)) == []


@pytest.mark.parametrize(("scenario", "settings"), VARIATIONS, ids=str)
def test_variations_keep_the_rules_and_answer_every_command(
    tmp_path: Path, scenario: str, settings: tuple[str, ...]
) -> None:
    saved = run_and_save(tmp_path, scenario, *settings, seed=5, command=here)

    assert complaints_about(saved) == []
    asked = saved.header["scenario"]["values"]
    if saved.header["scenario"]["slots"] == "unbounded":
        assert saved.document["chosen"] == saved.document["answered"] == asked


@pytest.mark.parametrize("scenario", SURVIVED)
def test_what_befalls_a_cluster_breaks_no_rule(tmp_path: Path, scenario: str) -> None:
    assert complaints_about(run_and_save(tmp_path, scenario, seed=1, command=here)) == []


@pytest.mark.parametrize("phase1", ["per-slot", "stable"])
@pytest.mark.parametrize("pump", ["plain", "adversarial"])
def test_nodes_that_fail_and_heal_delay_and_harm_nothing(
    tmp_path: Path, phase1: str, pump: str
) -> None:
    """A quorum is lost for seconds, every leader but one at a time; then all is well again."""
    path = tmp_path / "failing.toml"
    path.write_text(FAILING.format(phase1=phase1, pump=pump))
    saved = run_and_save(tmp_path, path, seed=1, command=here)

    assert complaints_about(saved) == []
    assert saved.document["chosen"] == saved.document["answered"] == 20
    events = {json.loads(line)["event"] for line in saved.lines[1:]}
    assert {"fail", "heal", "ignore", "nemesis", "cut", "drop", "primary"} <= events


def test_the_digest_is_the_hash_of_the_lines_after_the_header(tmp_path: Path) -> None:
    saved = run_and_save(tmp_path, "duel", seed=3)
    alone = json.loads(command_line("run", "duel", "--seed", "3", "--json").stdout)

    assert saved.digest == saved.document["digest"] == alone["digest"]


@pytest.mark.parametrize("scenario", ["duel", "2009-adversarial"])
def test_another_process_writes_the_same_bytes(tmp_path: Path, scenario: str) -> None:
    saved = [
        run_and_save(tmp_path, scenario, seed=2, command=partial(command_line, hash_seed=one)).lines
        for one in "012"
    ]

    assert saved[0] == saved[1] == saved[2]


def test_check_says_of_a_saved_trace_what_run_said(tmp_path: Path) -> None:
    saved = run_and_save(tmp_path, "duel", seed=3)
    done = command_line("check", tmp_path / "duel-3.jsonl", "--json")
    judged = json.loads(done.stdout)

    assert done.returncode == saved.code == 0
    for key in ("scenario", "seed", "digest", "verdict", "violations", "checks", "chosen"):
        assert judged[key] == saved.document[key]


def test_a_run_in_which_nothing_is_chosen_is_unknown(tmp_path: Path) -> None:
    saved = run_and_save(tmp_path, "duel", "drop=1")

    assert complaints_about(saved) == []
    assert saved.code == 3
    assert saved.document["verdict"] == "unknown"


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ('"event":"deliver"', '"event":"arrive"'),
        ('"n":20,', '"n":21,'),
        ('"votes":[]', '"votes":[[0,[1,0],"noop"]]'),
        ('"promises":["acceptor-', '"promises":["acceptor-0","acceptor-'),
        ('"votes":["acceptor-', '"votes":["acceptor-0","acceptor-'),
        (',"event":', ', "event":'),
    ],
)
def test_the_outside_checker_is_not_blind(tmp_path: Path, old: str, new: str) -> None:
    saved = run_and_save(tmp_path, "duel", seed=3, command=here)
    whole = b"".join(saved.lines)
    tampered = whole.replace(old.encode(), new.encode())

    assert tampered != whole
    lines = tampered.splitlines(keepends=True)
    assert complaints_about(Saved(lines, saved.document, saved.code))
