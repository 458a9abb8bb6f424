"""`paxos-des sweep`: what it prints, how it ends, and what it refuses."""

import json
import os
import pty
import re
import signal
import socket
import subprocess
import sys
import termios
import threading
from pathlib import Path

import pytest
from shell import assert_refuses, heed_interrupts, in_process
from sweeps import command, digest_in, ended, made_up, toml_of, use

from paxos_des.cluster.registry import unregister
from paxos_des.study import read_results
from paxos_des.study.folder import TABLE

KEYS = {
    "plan", "digest", "verdict", "points", "runs", "violated", "unknown", "broken", "failures",
    "before", "table", "wall_s", "version",
}  # fmt: skip
FAILING = """
replications = 1
metrics = ["completed"]
scenario = { from = "duel", protocol = "accept-below-promise" }
"""
OWN = """
from paxos_des.cluster.registry import MULTI_PAXOS, register

register(MULTI_PAXOS.but("my-own"))
"""
RAISING = """
from paxos_des.cluster.registry import MULTI_PAXOS, register
from paxos_des.protocol.acceptor import Acceptor


class Raising(Acceptor):
    def on_message(self, source, message):
        raise TypeError("of no type")


register(MULTI_PAXOS.but("raising", acceptor=lambda _, settings: Raising(settings.leaders)))
"""


@pytest.fixture
def plan(tmp_path: Path) -> str:
    return toml_of(tmp_path / "small.toml", replications=2)


def test_says_what_was_done_and_what_to_do_next(plan: str, tmp_path: Path) -> None:
    out = str(tmp_path / "out")
    code, printed, complaint = in_process("sweep", plan, "--out", out)

    assert (code, complaint) == (0, "")
    assert printed.startswith("small · ")
    assert "6: 6 ok, 0 violated, 0 unknown" in printed
    assert re.search(
        r"^table .*table\.parquet$", "".join(printed.split("\n            ")), re.MULTILINE
    )
    assert printed.endswith(f"paxos-des plot {out}\n")


def test_prints_one_document(plan: str, tmp_path: Path) -> None:
    out = str(tmp_path / "out")
    code, printed, complaint = in_process("sweep", plan, "--out", out, "--json")

    document = json.loads(printed)
    assert (code, complaint) == (0, "")
    assert set(document) >= KEYS
    assert (document["verdict"], document["points"], document["runs"]) == ("ok", 3, 6)
    assert Path(document["table"]).is_file()


def test_the_same_command_again_says_the_same(plan: str, tmp_path: Path) -> None:
    arguments = ("sweep", plan, "--out", str(tmp_path / "out"))
    first, second = (in_process(*arguments)[1] for _ in range(2))

    def without_time(printed: str) -> list[str]:
        return [line for line in printed.splitlines() if not line.startswith("took")]

    assert without_time(first) == without_time(second)
    assert "all runs were there before" in second


def test_a_violated_check_is_kept_and_replayed(tmp_path: Path) -> None:
    (tmp_path / "failing.toml").write_text(FAILING, encoding="utf-8")
    code, printed, complaint = in_process(
        "sweep", str(tmp_path / "failing.toml"), "--out", str(tmp_path / "out")
    )

    assert (code, complaint) == (1, "")
    assert "1: 0 ok, 1 violated, 0 unknown" in printed
    (again,) = re.findall(r"^again +paxos-des replay (.*)$", printed, re.MULTILINE)
    code, printed, complaint = in_process("replay", again)
    assert (code, complaint) == (1, "")
    assert "the same" in printed


def test_draws_what_it_measured_in_one_go(plan: str, tmp_path: Path) -> None:
    code, printed, complaint = in_process(
        "sweep", plan, "--out", str(tmp_path / "out"), "--plot", "--json"
    )

    document = json.loads(printed)
    assert (code, complaint) == (0, "")
    assert document.keys() == {*KEYS, "plot"}
    assert document["plot"]["digest"] == document["digest"]
    files = [file for one in document["plot"]["figures"] for file in one["files"]]
    assert files
    assert all(Path(file).is_file() for file in (*files, document["plot"]["summary"]))


def test_what_cannot_be_drawn_is_refused_before_the_first_run(
    plan: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("paxos_des.report.drawing.find_spec", lambda _: None)

    said = in_process("sweep", plan, "--out", str(tmp_path / "out"), "--plot")

    assert_refuses("found no matplotlib and no scipy", said)
    assert not (tmp_path / "out").exists()


def test_broken_assertions_are_counted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    use(made_up, monkeypatch)
    arguments = ("sweep", toml_of(tmp_path / "six.toml", replications=6), "--out")
    code, printed, _ = in_process(*arguments, str(tmp_path / "out"))

    assert code == 1
    assert "18: 12 ok, 3 violated, 0 unknown, and 3 that broke" in " ".join(printed.split())


def test_a_role_of_ones_own_that_raises_anything_ends_its_runs_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "raising.py").write_text(RAISING, encoding="utf-8")
    own_plan(tmp_path / "own.toml", "raising")
    monkeypatch.chdir(tmp_path)
    try:
        done = in_process("sweep", "own.toml", "--import", "raising", "--out", "out")
    finally:
        unregister("raising")

    assert (done[0], done[2]) == (0, "")
    assert "6 that broke" in done[1]
    assert set(read_results("out").columns["broken"]) == {"TypeError: of no type"}


def test_an_experiment_is_meant_by_its_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "experiments" / "mine"
    folder.mkdir(parents=True)
    toml_of(folder / "plan.toml", replications=2)
    monkeypatch.chdir(tmp_path)

    assert in_process("sweep", "mine", "--quick", "--out", "out")[0] == 0
    assert_refuses("found 'mime' (did you mean 'mine'?)", in_process("sweep", "mime", "--out", "x"))


def own_plan(path: Path, protocol: str) -> None:
    """Write a small plan of another protocol."""
    text = Path(toml_of(path, replications=2)).read_text(encoding="utf-8")
    path.write_text(
        text.replace("[scenario]", f"[scenario]\nprotocol = '{protocol}'"), encoding="utf-8"
    )


def test_other_processes_know_ones_own_protocol(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "swept_protocol.py").write_text(OWN, encoding="utf-8")
    own_plan(tmp_path / "own.toml", "my-own")
    monkeypatch.chdir(tmp_path)
    arguments = ("sweep", "own.toml", "--import", "swept_protocol", "--jobs", "2", "--out", "out")

    said = ended(command(*arguments), tmp_path / "said")

    assert (said[0], said[2]) == (0, "")
    assert_refuses("protocol: found 'my-own'", in_process("sweep", "own.toml", "--out", "other"))
    assert not (tmp_path / "other").exists()


@pytest.mark.parametrize(
    ("says", "arguments"),
    [
        ("--out", ()),
        ("argument --jobs: found '0'", ("--out", "out", "--jobs", "0")),
        ("--dask 'here': found no address", ("--out", "out", "--dask", "here")),
        ("one of both", ("--out", "out", "--dask", "tcp://127.0.0.1:1", "--jobs", "2")),
        ("found nobody who listens there", ("--out", "out", "--dask", "tcp://127.0.0.1:1")),
        ("/dev/null: found a file", ("--out", "/dev/null")),
        ("/dev/null/out: found no way", ("--out", "/dev/null/out")),
    ],
)
def test_bad_arguments_are_refused_in_a_sentence(
    plan: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    says: str,
    arguments: tuple[str, ...],
) -> None:
    monkeypatch.chdir(tmp_path)

    assert_refuses(says, in_process("sweep", plan, *arguments))
    assert not (tmp_path / "out").exists()


def test_a_wrong_point_is_refused_before_the_first_run(tmp_path: Path) -> None:
    file = tmp_path / "wrong.toml"
    file.write_text("axes = [{ key = 'drop', list = [0, 0.1, 1.5] }]", encoding="utf-8")

    assert_refuses("drop 1.5", in_process("sweep", str(file), "--out", str(tmp_path / "out")))
    assert not (tmp_path / "out").exists()


def test_without_dask_it_says_what_to_install(
    plan: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "distributed", None)

    said = in_process("sweep", plan, "--out", str(tmp_path / "out"), "--dask", "local")

    assert_refuses("pip install 'paxos_des[dask]'", said)


def test_what_greets_otherwise_is_no_scheduler(plan: str, tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        greeting = threading.Thread(target=lambda: server.accept()[0].send(b"SSH-2.0-x"))
        greeting.start()
        address = f"tcp://127.0.0.1:{server.getsockname()[1]}"
        said = in_process("sweep", plan, "--out", str(tmp_path / "out"), "--dask", address)
        greeting.join()

    assert_refuses("something there that is no Dask scheduler", said)


@pytest.mark.parametrize("jobs", ["1", "2"])
def test_an_interrupt_at_a_terminal_ends_it_in_one_line(tmp_path: Path, jobs: str) -> None:
    """All that are at work hear it; and there is a line that tells how far it is."""
    file = toml_of(tmp_path / "long.toml", replications=200_000)
    arguments = ("sweep", file, "--jobs", jobs, "--out", str(tmp_path / "out"))
    ours, theirs = pty.openpty()
    termios.tcsetwinsize(theirs, (24, 80))  # of no columns, nothing would be seen
    process = subprocess.Popen(
        [sys.executable, "-m", "paxos_des", *arguments],
        stdout=subprocess.PIPE, stderr=theirs, start_new_session=True,
        preexec_fn=heed_interrupts,  # noqa: PLW1509 - no threads of ours are there
    )  # fmt: skip
    os.close(theirs)
    seen = b""
    while b"failures" not in seen:
        seen += os.read(ours, 4096)
    os.killpg(process.pid, signal.SIGINT)
    printed, _ = process.communicate(timeout=60)
    complaint = b""
    try:
        while chunk := os.read(ours, 4096):
            complaint += chunk
    except OSError:  # its end
        pass
    os.close(ours)

    assert process.returncode == 130
    assert printed == b""
    assert complaint.decode().rpartition("\r")[0].endswith("paxos-des: interrupted")
    assert b"Traceback" not in seen + complaint
    assert list((tmp_path / "out" / "parts").iterdir())


@pytest.mark.deep
def test_ten_kills_of_ten_thousand_runs_leave_the_same_table(tmp_path: Path) -> None:
    file = toml_of(tmp_path / "many.toml", replications=3_334)
    arguments = [sys.executable, "-m", "paxos_des", "sweep", file, "--out"]
    subprocess.run([*arguments, str(tmp_path / "whole")], check=True, capture_output=True)
    folder = tmp_path / "killed"
    for kill in range(10):
        process = subprocess.Popen(
            [*arguments, str(folder), "--jobs", str(1 + kill % 2)], stdout=subprocess.DEVNULL
        )
        try:
            process.wait(1.0 + 0.37 * kill % 1.1)  # no moment is any better than another
        except subprocess.TimeoutExpired:
            process.kill()
        process.wait()
    subprocess.run([*arguments, str(folder)], check=True, capture_output=True)

    assert (folder / TABLE).stat().st_size > 10_000
    assert digest_in(folder) == digest_in(tmp_path / "whole")
