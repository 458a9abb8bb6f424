"""The command line, run by tests: what it says to bad input, and how inputs go bad."""

import io
import signal
import subprocess
import sys
from collections.abc import Callable
from contextlib import redirect_stderr, redirect_stdout

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st

from paxos_des.cli.main import main

CODES = {0, 1, 2, 3}
Said = tuple[int, str, str]


def in_process(*arguments: str) -> Said:
    """Run the command line; return its code and what it printed to both outputs."""
    out, complaints = io.StringIO(), io.StringIO()
    with redirect_stdout(out), redirect_stderr(complaints):
        code = main(arguments)
    return code, out.getvalue(), complaints.getvalue()


def as_process(*arguments: str) -> Said:
    command = [sys.executable, "-m", "paxos_des", *arguments]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
    return done.returncode, done.stdout, done.stderr


def assert_refuses(says: str, said: Said) -> None:
    code, printed, complaint = said
    assert (code, printed) == (2, "")
    assert complaint.startswith("paxos-des: ")
    assert complaint.endswith("\n")
    assert complaint.count("\n") == 1
    assert complaint[:-1].isprintable()
    assert "Traceback" not in complaint
    assert len(complaint) < 600
    assert says in complaint


def mutations(content: bytes) -> st.SearchStrategy[bytes]:
    """Return strategies of what a slip, a bad disk or an editor makes of a file."""
    lines = content.splitlines(keepends=True)
    places = st.integers(0, len(content))
    tokens = st.sampled_from(
        [b"", b"0", b"-1", b"1e9", b"99999999999999999999", b"null", b"true", b'"x"', b"[", b"]",
         b"{", b"}", b",", b":", b"\n", b"\0", b"\xff", b"[]", b"[0,0]", b"[1,1]", b'"noop"',
         b'"leader-0"', b'"acceptor-9"', b'"all"', b'"1s"', b"nan"]
    )  # fmt: skip

    def spliced(place: int, removed: int, token: bytes) -> bytes:
        return content[:place] + token + content[place + removed :]

    def reordered(order: list[int]) -> bytes:
        return lines[0] + b"".join(lines[index] for index in order)

    def revalued(index: int, place: int, token: bytes) -> bytes:
        """Put a token in place of one value: of what stands between two marks."""
        line = lines[index]
        marks = [at for at, byte in enumerate(line) if byte in b':,[]{}="\n']
        start, *rest = marks[place % len(marks) :]
        end = rest[0] if rest else len(line)
        return b"".join((*lines[:index], line[: start + 1], token, line[end:], *lines[index + 1 :]))

    indices = st.integers(0, len(lines) - 1)
    return st.one_of(
        st.builds(spliced, places, st.integers(0, 30), st.binary(max_size=5) | tokens),
        st.builds(reordered, st.lists(indices, max_size=2 * len(lines))),
        st.builds(revalued, indices, st.integers(0, 10**4), tokens),
        st.builds(revalued, st.just(0), st.integers(0, 10**4), tokens),
    )


def assert_judged_or_refused(said: Said) -> None:
    code, printed, complaint = said
    assert code in CODES
    assert complaint.count("\n") == (code == 2)
    assert (printed == "") == (code == 2)


fuzzed: Callable[..., Callable[..., Callable[..., None]]] = settings(
    deadline=None, max_examples=300, suppress_health_check=list(HealthCheck), derandomize=True
)

fuzzed_a_little: Callable[..., Callable[..., Callable[..., None]]] = settings(
    deadline=None, max_examples=60, suppress_health_check=list(HealthCheck), derandomize=True
)
"""For what takes its time."""


def heed_interrupts() -> None:
    """Undo what a shell does to what it runs in the background: it has it ignore interrupts."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)
