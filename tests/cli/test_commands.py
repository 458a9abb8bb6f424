"""The command line as its users type it: what it prints, and the code that it exits with."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from shell import heed_interrupts

from paxos_des import __version__
from paxos_des.cli.main import main
from paxos_des.cluster.registry import MULTI_PAXOS, registered
from paxos_des.protocol.acceptor import Acceptor
from paxos_des.protocol.ballot import NULL_BALLOT, Ballot, Slot

KEYS = {
    "scenario", "seed", "digest", "verdict", "violations", "chosen", "leader_histories",
    "messages", "events", "simulated_us", "reply_us", "wall_s", "version",
}  # fmt: skip


class Unbound(Acceptor):
    """An acceptor that ignores its promise."""

    def _binding(self, slot: Slot) -> Ballot:
        assert slot >= 0
        return NULL_BALLOT


def test_prints_one_json_document_with_all_that_the_interface_names(
    capsys: pytest.CaptureFixture[str],
) -> None:
    code = main(["run", "duel", "--seed", "7", "--json"])

    document = json.loads(capsys.readouterr().out)
    assert code == 0
    assert set(document) >= KEYS
    assert document["scenario"] == "duel"
    assert document["version"] == __version__
    assert set(document["reply_us"]) == {"p50", "p99", "max"}
    assert set(document["leader_histories"]["leader-0"]) == {"length", "chain"}


def test_runs_the_demonstration_when_nothing_is_named(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["run", "--json"]) == 0

    document = json.loads(capsys.readouterr().out)
    assert document["scenario"] == "2009"
    assert document["seed"] == 0
    assert document["chosen"] == 1000


def test_the_demonstration_reads_as_the_issue_wants(capsys: pytest.CaptureFixture[str]) -> None:
    main(["run", "2009"])

    printed = capsys.readouterr().out
    assert "1,000 of 1,000 values" in printed
    assert "19,000 = 19 per value" in printed
    assert printed.count("as all leaders") == 2


def test_a_violation_exits_with_1_and_shows_what_proves_it(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    trace = tmp_path / "bad.jsonl"
    unbound = MULTI_PAXOS.but("unbound", acceptor=lambda _, to: Unbound(to.leaders))
    with registered(unbound):
        arguments = ["run", "duel", "--set", "protocol=unbound", "--trace", str(trace)]
        codes = {seed: main([*arguments, "--seed", str(seed)]) for seed in range(3)}
        printed = capsys.readouterr().out

        assert set(codes.values()) == {1}
        assert "is violated at" in printed
        assert '"event":"durable"' in printed
    # The trace is judged without the protocol that made it.
    assert main(["check", str(trace), "--json"]) == 1
    assert json.loads(capsys.readouterr().out)["verdict"] == "violated"


def test_nothing_chosen_is_unknown_and_exits_with_3(capsys: pytest.CaptureFixture[str]) -> None:
    code = main(["run", "2009", "--set", "failed_acceptors=3", "--set", "values=3", "--json"])

    document = json.loads(capsys.readouterr().out)
    assert code == 3
    assert document["verdict"] == "unknown"
    assert document["checks"]["progress"] == "unknown"


def test_a_saved_trace_is_judged_like_its_run(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    trace = tmp_path / "run.jsonl"
    main(["run", "duel", "--seed", "3", "--trace", str(trace), "--json"])
    ran = json.loads(capsys.readouterr().out)

    assert main(["check", str(trace), "--json"]) == 0

    judged = json.loads(capsys.readouterr().out)
    for key in ("scenario", "seed", "digest", "verdict", "checks", "chosen"):
        assert judged[key] == ran[key], key
    assert [path.name for path in tmp_path.iterdir()] == ["run.jsonl"]


def test_lists_scenarios(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["scenarios"]) == 0
    assert {line.split()[0] for line in capsys.readouterr().out.splitlines()} == {
        "2009", "2009-adversarial", "crashes", "disk-faults", "duel", "everything", "lossy",
        "partitions", "reconfigure", "skewed-clocks", "wan",
    }  # fmt: skip
    assert main(["scenarios", "--json"]) == 0
    assert "duel" in json.loads(capsys.readouterr().out)


@pytest.mark.parametrize(("fast", "says"), [(object(), "compiled"), (None, "plain Python")])
def test_says_its_version_and_whether_it_is_compiled(
    fast: object,
    says: str,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("paxos_des.engine.fast.FAST", fast)

    assert main(["version"]) == 0
    assert capsys.readouterr().out == f"paxos-des {__version__}, {says}\n"
    assert main(["version", "--json"]) == 0
    said = {"version": __version__, "compiled": fast is not None}
    assert json.loads(capsys.readouterr().out) == said


@pytest.mark.parametrize("command", ["run", "check", "scenarios", "version"])
def test_every_command_has_help_with_an_example(
    command: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as stop:
        main([command, "--help"])

    assert stop.value.code == 0
    assert f"example: paxos-des {command}" in capsys.readouterr().out


def test_an_interrupt_exits_with_130_and_leaves_no_half_of_a_trace(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "paxos_des", "run", "2009-adversarial"]
    command += ["--set", "values=1000000", "--trace", str(tmp_path / "long.jsonl")]
    with subprocess.Popen(
        command,
        stderr=subprocess.PIPE,
        text=True,
        preexec_fn=heed_interrupts,  # noqa: PLW1509 - nothing else runs between fork and exec
    ) as running:
        try:
            wait_for_file(tmp_path)
            os.kill(running.pid, signal.SIGINT)
            _, said = running.communicate(timeout=60)
        finally:
            running.kill()  # or leaving the block would wait for it

    assert running.returncode == 130
    assert said == "paxos-des: interrupted\n"
    assert list(tmp_path.iterdir()) == []


def test_a_reader_that_goes_away_causes_no_traceback() -> None:
    shell = f"{sys.executable} -m paxos_des run duel --json | head -c 1"

    done = subprocess.run(  # noqa: S602 - a pipe is what it is about
        shell, shell=True, capture_output=True, text=True, check=False
    )

    assert done.stderr == ""


def test_an_old_trace_stays_when_the_new_run_is_refused(tmp_path: Path) -> None:
    trace = tmp_path / "run.jsonl"
    trace.write_text("precious")

    code = main(["run", "duel", "--set", "drop=7", "--trace", str(trace)])

    assert code == 2
    assert trace.read_text() == "precious"


def wait_for_file(folder: Path) -> None:
    """Wait until the run has begun: it makes sure of its trace's file first."""
    watching: Any = os.scandir
    for _ in range(10**7):
        with watching(folder) as found:
            if any(found):
                return
    message = "the run did not begin"
    raise AssertionError(message)


@pytest.mark.parametrize(
    ("command", "code"),
    [("run duel --json >&-", 0), ("run nope 2>&-", 2), ("run nope >&- 2>&-", 2)],
)
def test_closed_outputs_change_no_exit_code_and_cause_no_traceback(command: str, code: int) -> None:
    shell = f"{sys.executable} -m paxos_des {command}"

    done = subprocess.run(  # noqa: S602 - the shell closes them
        shell, shell=True, capture_output=True, text=True, check=False
    )

    assert done.returncode == code
    assert done.stderr == ""
