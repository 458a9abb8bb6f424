"""What experiments share: arguments that are refused in one line, and child processes."""

import os
import signal
import subprocess
import sys
from functools import partial
from pathlib import Path

import pytest
from shell import heed_interrupts

from experiments import children
from experiments.arguments import positive

ROOT = Path(__file__).parent.parent


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("seeds.run", "duel", "0"), "found '0'; allowed is an integer from 1"),
        (("seeds.run", "dule", "1"), "did you mean 'duel'"),
        (("faults.run", "wan", "1"), "found wan, which has no nemesis; allowed is one that has"),
        (("growth.run", "many"), "found 'many'; allowed is an integer from 1"),
    ],
)
def test_a_wrong_argument_is_refused_in_one_line(arguments: tuple[str, ...], sentence: str) -> None:
    done = subprocess.run(
        command(*arguments), cwd=ROOT, capture_output=True, text=True, check=False
    )

    assert done.returncode == 2
    assert sentence in done.stderr.splitlines()[-1]
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(
    "arguments",
    [
        ("seeds.run", "lossy", "100000"),
        ("growth.run", "1000000"),
    ],
)
def test_an_interrupt_ends_an_experiment_and_its_children_in_one_line(
    arguments: tuple[str, ...],
) -> None:
    """In a group of its own, as a terminal would have it: all of it hears the interrupt."""
    with subprocess.Popen(
        command(*arguments),
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
        preexec_fn=heed_interrupts,  # noqa: PLW1509 - nothing else runs between fork and exec
    ) as process:
        try:
            wait_for_children(process)
            os.killpg(process.pid, signal.SIGINT)
            out, err = process.communicate(timeout=60)
        finally:
            process.kill()  # or leaving the block would wait for it

    assert process.returncode == 130
    assert out == ""
    assert err == "interrupted\n"


def test_a_child_that_dies_is_an_error_and_no_measurement() -> None:
    with pytest.raises(RuntimeError, match="without a measurement"):
        children.in_a_child(partial(sys.exit, 3))


def test_a_child_hands_back_what_it_measured() -> None:
    assert children.in_a_child(partial(positive, "7")) == 7
    assert children.in_a_child(children.peak_mib) > 1


def wait_for_children(process: "subprocess.Popen[str]") -> None:
    """Wait until one of the processes that do its work is there."""
    listed = Path(f"/proc/{process.pid}/task/{process.pid}/children")
    own = Path(f"/proc/{process.pid}/cmdline").read_bytes()
    while process.poll() is None:
        if any(is_worker(child, own) for child in listed.read_text(encoding="ascii").split()):
            return


def is_worker(child: str, parent: bytes) -> bool:
    """Whether a child is a copy of its parent, or was spawned as a worker: imports of others start
    processes too, and those are soon gone.
    """
    try:
        line = Path(f"/proc/{child}/cmdline").read_bytes()
    except (FileNotFoundError, ProcessLookupError):
        return False
    return line == parent or b"spawn_main" in line


def command(script: str, *arguments: str) -> list[str]:
    return [sys.executable, "-m", f"experiments.{script}", *arguments]
