"""`paxos-des replay`: a failure file, run again."""

import argparse
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from threading import current_thread, main_thread
from typing import Any

from paxos_des import __version__
from paxos_des.cli.files import file_of
from paxos_des.cli.run import as_json
from paxos_des.cli.text import in_words
from paxos_des.engine.durations import exactly
from paxos_des.engine.words import says
from paxos_des.errors import FailureError, InputError, printable, shorten
from paxos_des.failure import Failure
from paxos_des.report.words import numbered, variation
from paxos_des.run import Run

SECONDS_MAX = 60
NO_LONGER, AGAIN, OTHERWISE = 0, 1, 3
"""Exit codes: it no longer fails; the same check is violated; another is, or it cannot be told."""


@dataclass(frozen=True, slots=True)
class Replayed:
    """What came of a replay.

    Attributes
    ----------
    run
        The last one: judged by the failure's check, and, where that holds now, by all.
    broke
        How a run broke off that neither ended nor was judged; else nothing.
    """

    failure: Failure
    run: Run | None
    broke: str = ""

    @property
    def code(self) -> int:
        if self.run is None:
            return OTHERWISE
        if self.run.verdicts.get(self.failure.check) == "violated":
            return AGAIN
        return NO_LONGER if self.run.verdict == "ok" else OTHERWISE

    @property
    def has_same_digest(self) -> bool:
        return self.run is not None and self.run.digest == self.failure.digest


def replay(parsed: argparse.Namespace) -> int:
    """Replay a failure file, print what came of it, and return the exit code."""
    with limited_time():
        replayed = replayed_from(parsed.file)
    if parsed.json:
        sys.stdout.write(as_json(_document(parsed.file, replayed)))
    else:
        sys.stdout.write(_text(parsed.file, replayed))
    return replayed.code


@contextmanager
def limited_time() -> Iterator[None]:
    """Refuse what computes for longer than a minute, where the system can tell us: files may ask
    for faults that cost far more than they leave in a trace.

    Raises
    ------
    FailureError
        When the time is over.
    """
    if current_thread() is not main_thread() or not hasattr(signal, "setitimer"):
        yield
        return

    def refuse(_: int, __: object) -> None:
        message = f"replay: found no end in {SECONDS_MAX} s of computing; allowed is a shorter run"
        raise FailureError(message)

    before = signal.signal(signal.SIGVTALRM, refuse)
    signal.setitimer(signal.ITIMER_VIRTUAL, SECONDS_MAX)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)
        signal.signal(signal.SIGVTALRM, before)


def replayed_from(path: Path) -> Replayed:
    """Replay a failure file, or an exhibit's: by its own check, and, where that one holds now, by
    all checks.

    Raises
    ------
    InputError
        When the file cannot be read, or asks for too much.
    """
    failure = Failure.load(file_of(path))
    try:
        run = failure.replay()
        if run.verdict == "ok":
            run = failure.judged_by_all()
    except InputError:
        raise
    except Exception as error:  # noqa: BLE001 - a protocol's own: whatever it is, it is no verdict
        return Replayed(failure, None, f"{type(error).__name__}: {shorten(str(error))}")
    return Replayed(failure, run)


def _document(path: Path, replayed: Replayed) -> dict[str, Any]:
    failure, run = replayed.failure, replayed.run
    return {
        "file": printable(str(path)),
        "scenario": failure.scenario.name,
        "protocol": failure.scenario.protocol,
        "check": failure.check,
        "verdict": "unknown" if run is None else run.verdict,
        "again": replayed.code == AGAIN,
        "checks": {} if run is None else run.verdicts,
        "violations": () if run is None else run.violations,
        "broke": replayed.broke or None,
        "digest": None if run is None else run.digest,
        "same_digest": replayed.has_same_digest,
        "skipped": [] if run is None else [{**one.to_dict(), "says": says(one)}
                                           for one in run.skipped],
        "version": __version__,
    }  # fmt: skip


def _text(path: Path, replayed: Replayed) -> str:
    failure, run = replayed.failure, replayed.run
    lines = [f"{path} · {variation(failure.scenario)}", "", *in_words("check", _verdict(replayed))]
    if run is not None:
        if replayed.code == AGAIN:
            same = "the same as before" if replayed.has_same_digest else "another than before"
            lines += in_words("digest", f"{run.digest}, {same}")
        elif replayed.code == OTHERWISE:
            for verdict in ("violated", "unknown"):
                named = [name for name, found in run.verdicts.items() if found == verdict]
                lines += in_words(verdict, ", ".join(named)) if named else []
        if run.skipped:
            asked = "what they are about never came"
            lines += in_words("skipped", f"{len(run.skipped)} of {len(failure.schedule)}: {asked}")
            lines += [line for block in numbered([says(one) for one in run.skipped])
                      for line in block]  # fmt: skip
    return "".join(f"{printable(line)}\n" for line in lines)


def _verdict(replayed: Replayed) -> str:
    """Return what the failure's check says now, and, where it holds, what the others say."""
    name, run = replayed.failure.check, replayed.run
    if run is None:
        return f"nothing can be told: the run broke off with {replayed.broke}"
    violation = run.first_violation
    if violation is None:
        if run.verdict == "ok":
            return f"{name} is no longer violated, and all other checks hold"
        return f"{name} is no longer violated, but a check could not decide"
    if violation.check == name:
        return f"{name} is violated again, at {exactly(violation.at_us)}: {violation.what}"
    now = f"{violation.check} is now, at {exactly(violation.at_us)}: {violation.what}"
    return f"{name} is no longer violated, but {now}"
