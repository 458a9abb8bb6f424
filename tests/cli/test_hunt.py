"""`paxos-des hunt`: what it prints, what it leaves in its folder, and how it ends."""

import json
import os
import pty
import re
import signal
import subprocess
import sys
import termios
from pathlib import Path
from typing import Any

import pytest
from hunting import NAME, AsTold, use
from shell import assert_refuses, heed_interrupts, in_process

from paxos_des.failure import Failure

BROKEN = ("hunt", "duel", "--protocol", "accept-below-promise", "--strategy", "weather")
RIGHT = ("hunt", "duel", "--strategy", "weather")
KEYS = {
    "scenario", "protocol", "strategy", "checks", "seeds", "verdict", "schedules", "ok", "violated",
    "unknown", "behaviours", "behaviours_once", "failures", "green", "before", "wall_s", "version",
}  # fmt: skip


def test_of_the_right_protocol_it_says_what_green_means() -> None:
    code, printed, complaint = in_process(*RIGHT, "--seeds", "0:20")

    assert (code, complaint) == (0, "")
    assert printed.startswith("duel · multi-paxos · weather, seeds 0:20 · ok\n")
    assert "schedules   20: 20 ok, 0 violated, 0 unknown" in printed
    assert "at most 0.139 (at 95%; rule of three: 1 - 0.05^(1/20))" in " ".join(printed.split())
    assert "Good and Turing" in printed


def test_prints_one_document(tmp_path: Path) -> None:
    code, printed, complaint = in_process(
        *BROKEN, "--seeds", "0:20", "--check", "promises", "--json", "--out", str(tmp_path)
    )

    document: dict[str, Any] = json.loads(printed)
    assert (code, complaint) == (1, "")
    assert set(document) >= KEYS
    assert document["schedules"] == document["ok"] + document["violated"] + document["unknown"]
    assert document["green"]["failure_bound"] >= document["violated"] / 20
    (failure,) = document["failures"][:1]
    assert (failure["check"], failure["schedules_to_first"]) == ("promises", 1)
    assert failure["first_seed"] == 0
    assert failure["before"] > failure["after"]
    assert failure["failure"] is None
    assert Failure.load(failure["file"]).check == "promises"


def test_without_a_folder_the_failure_stands_in_the_document() -> None:
    _, printed, _ = in_process(*BROKEN, "--seeds", "0:3", "--check", "promises", "--json")

    (failure, *_) = json.loads(printed)["failures"]
    assert failure["file"] is None
    assert failure["failure"]["format"] == "paxos-des-failure"


def test_a_failure_is_found_and_replayed_by_one_command_each(tmp_path: Path) -> None:
    folder = tmp_path / "found here"
    code, printed, _ = in_process(
        *BROKEN, "--seeds", "0:200", "--check", "agreement", "--stop-after", "1",
        "--out", str(folder),
    )  # fmt: skip

    assert code == 1
    assert "1 distinct" in printed
    (again,) = re.findall(r"^again +(.*)$", printed, re.MULTILINE)
    command = again.replace("paxos-des", f"{sys.executable} -m paxos_des")
    replayed = subprocess.run(  # noqa: S602 - as a user would paste it
        command, shell=True, capture_output=True, text=True, check=False
    )
    assert (replayed.returncode, replayed.stderr) == (1, "")


def test_leaves_a_test_that_fails_until_the_bug_is_mended(tmp_path: Path) -> None:
    in_process(*BROKEN, "--seeds", "0:1", "--check", "promises", "--out", str(tmp_path))

    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", str(tmp_path)],
        capture_output=True,
        text=True,
        check=False,
        cwd=tmp_path,
    )
    assert done.returncode == 1
    assert "promises is violated" in done.stdout


def test_the_same_command_again_reports_at_once(tmp_path: Path) -> None:
    arguments = (*BROKEN, "--seeds", "0:30", "--check", "promises", "--out", str(tmp_path))
    first, second = (in_process(*arguments) for _ in range(2))

    def without_time(said: tuple[int, str, str]) -> list[str]:
        return [line for line in said[1].splitlines() if not line.startswith("took")]

    assert without_time(first) == without_time(second)
    assert "30 schedules were known from before" in second[1]


def test_exits_with_3_if_nothing_was_decided(monkeypatch: pytest.MonkeyPatch) -> None:
    use(AsTold(unknown=frozenset(range(9))), monkeypatch)

    codes = [
        in_process("hunt", "duel", "--strategy", NAME, "--seeds", seeds)[0]
        for seeds in ("0:9", "0:10")
    ]

    assert codes == [3, 0]


@pytest.mark.parametrize(
    ("says", "arguments"),
    [
        ("did you mean 'duel'", ("hunt", "dual", "--seeds", "0:9")),
        ("--seeds", ("hunt", "duel")),
        ("argument --seeds: found '9:9'", (*RIGHT, "--seeds", "9:9")),
        ("argument --seeds: found '9'", (*RIGHT, "--seeds", "9")),
        ("argument --jobs: found '0'", (*RIGHT, "--seeds", "0:9", "--jobs", "0")),
        ("argument --stop-after: found '0'", (*RIGHT, "--seeds", "0:9", "--stop-after", "0")),
        (
            "--strategy: found 'whether'",
            ("hunt", "duel", "--seeds", "0:9", "--strategy", "whether"),
        ),
        ("protocol: found 'nobodys'", (*RIGHT, "--seeds", "0:9", "--protocol", "nobodys")),
        ("did you mean 'agreement'", (*RIGHT, "--seeds", "0:9", "--check", "agrement")),
        ("--set drop: found 2", (*RIGHT, "--seeds", "0:9", "--set", "drop=2")),
        ("/dev/null/hunt.jsonl: found no way", (*RIGHT, "--seeds", "0:9", "--out", "/dev/null")),
    ],
)
def test_bad_input_is_refused_in_a_sentence(says: str, arguments: tuple[str, ...]) -> None:
    assert_refuses(says, in_process(*arguments))


def test_another_hunt_in_the_folder_is_refused(tmp_path: Path) -> None:
    in_process(*RIGHT, "--seeds", "0:3", "--out", str(tmp_path))

    said = in_process(*RIGHT, "--seeds", "0:3", "--out", str(tmp_path), "--set", "drop=0.3")

    assert_refuses("hunt.jsonl: found a hunt whose scenario's drop is 0.1", said)


@pytest.mark.parametrize("jobs", ["1", "2"])
def test_an_interrupt_ends_it_in_one_line_and_it_goes_on(tmp_path: Path, jobs: str) -> None:
    """In a group of its own, as a terminal would have it: all of it hears the interrupt."""
    arguments = [*RIGHT, "--seeds", "0:100000000", "--jobs", jobs, "--out", str(tmp_path)]
    with subprocess.Popen(
        [sys.executable, "-m", "paxos_des", *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
        preexec_fn=heed_interrupts,  # noqa: PLW1509 - nothing else runs between fork and exec
    ) as running:
        try:
            wait_for_line(tmp_path / "hunt.jsonl")
            os.killpg(running.pid, signal.SIGINT)
            out, err = running.communicate(timeout=60)
        finally:
            running.kill()  # or leaving the block would wait for it

    assert (running.returncode, out) == (130, "")
    assert err == "paxos-des: interrupted\n"
    code, printed, _ = in_process(*RIGHT, "--seeds", "0:16", "--out", str(tmp_path))
    assert code == 0
    assert "schedules were known from before" in " ".join(printed.split())


def test_at_a_terminal_a_line_tells_how_far_it_is() -> None:
    ours, theirs = pty.openpty()
    termios.tcsetwinsize(theirs, (24, 80))  # of no columns, nothing would be seen
    done = subprocess.run(
        [sys.executable, "-m", "paxos_des", *RIGHT, "--seeds", "0:600", "--json"],
        stdout=subprocess.PIPE,
        stderr=theirs,
        check=True,
    )
    os.set_blocking(ours, False)
    said = os.read(ours, 65_536).decode()
    os.close(theirs)
    os.close(ours)

    assert json.loads(done.stdout)["schedules"] == 600
    assert " schedules" in said
    assert "0 failures" in said


def test_elsewhere_no_line_is_drawn_and_none_is_imported() -> None:
    program = (
        "import sys; from paxos_des.cli.main import main; "
        f"main({[*RIGHT, '--seeds', '0:1']!r}); assert 'tqdm' not in sys.modules"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=False
    )

    assert (done.returncode, done.stderr) == (0, "")


def wait_for_line(path: Path) -> None:
    """Wait until a hunt has tried something: its second line is there."""
    while not path.exists() or path.read_bytes().count(b"\n") < 2:
        os.sched_yield()
