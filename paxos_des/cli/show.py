"""`paxos-des show`: a failure file or a saved trace, in words and as a picture."""

import argparse
import sys
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

import msgspec

from paxos_des.checks.judges import Judges
from paxos_des.checks.saved import LINE_MAX, judge_lines, read_trace
from paxos_des.checks.verdict import Violation
from paxos_des.cli.files import file_of
from paxos_des.cli.replay import limited_time
from paxos_des.cli.run import as_json
from paxos_des.cluster.scenario import Scenario
from paxos_des.engine.trace import TRACE_FORMAT
from paxos_des.errors import printable
from paxos_des.failure import Failure
from paxos_des.failure_file import shown
from paxos_des.report.diagram import diagram_of
from paxos_des.report.sequence import mermaid_of
from paxos_des.report.shiviz import shiviz_of
from paxos_des.report.words import page_of, variation
from paxos_des.run import facts_of

Entries = Callable[[], Iterable[dict[str, Any]]]


class Shown:
    """What is shown: a heading, what is violated, and the entries, as often as they are asked for.

    Attributes
    ----------
    document
        What `--json` prints of it, but for the pictures.
    """

    def __init__(self, heading: str, document: dict[str, Any], entries: Entries) -> None:
        self.heading = heading
        self.document = document
        self.entries = entries
        violation = document["violation"]
        self.check = "" if violation is None else violation["check"]
        self.numbers = () if violation is None else tuple(violation["numbers"])


def show(parsed: argparse.Namespace) -> int:
    """Print a failure file or a saved trace as it was asked for; return the exit code."""
    found = _of_trace(parsed.file) if _is_trace(parsed.file) else _of_failure(parsed.file)
    if parsed.mermaid:
        name, lines = "mermaid", iter((mermaid_of(found.entries(), found.numbers, found.check),))
    elif parsed.shiviz:
        name, lines = "shiviz", shiviz_of(found.entries())
    else:
        name, lines = "text", _text(found)
    if parsed.json:
        sys.stdout.write(as_json({**found.document, name: "".join(lines)}))
    else:
        sys.stdout.writelines(lines)
    return 0


def _text(found: Shown) -> Iterator[str]:
    yield f"{found.heading}\n"
    yield diagram_of(found.entries(), found.numbers, found.check)


def _is_trace(path: Path) -> bool:
    """Whether a file begins as a trace does; what cannot be read is for others to refuse."""
    try:
        if not path.is_file():
            return False
        with path.open("rb") as file:
            header = msgspec.json.decode(file.readline(LINE_MAX))
    except (OSError, ValueError, RecursionError):
        return False
    return isinstance(header, dict) and header.get("format") == TRACE_FORMAT


def _of_failure(path: Path) -> Shown:
    failure = Failure.load(file_of(path))
    with limited_time():
        run = failure.replay("trace")
    violation = run.first_violation
    heading = page_of(failure, str(path))
    if violation is None:
        heading += f"\n{failure.check} is no longer violated: this is how it goes now.\n"
    return Shown(heading, _document(path, violation), lambda: run.trace)


def _of_trace(path: Path) -> Shown:
    header, lines = read_trace(path)
    scenario = Scenario.from_dict(header.scenario, where=f"{shown(path)}, line 1, scenario")
    judges = Judges(scenario.quorum_system, facts=facts_of(scenario))
    judge_lines(judges, lines, horizon_us=scenario.horizon_us)
    violation = judges.violations[0] if judges.violations else None
    what = "" if violation is None else f"\n\n{violation.check} is violated: {violation.what}"
    heading = f"{path} · {variation(scenario)}, seed {header.seed}{what}\n"
    heading = "\n".join(map(printable, heading.split("\n")))
    return Shown(heading, _document(path, violation), lambda: _entries(path))


def _document(path: Path, violation: Violation | None) -> dict[str, Any]:
    plain = None if violation is None else msgspec.to_builtins(violation)
    return {"file": printable(str(path)), "violation": plain}


def _entries(path: Path) -> Iterator[dict[str, Any]]:
    """Yield the entries of a trace that has been read through, and was found to be one."""
    with path.open("rb") as file:
        file.readline(LINE_MAX)
        for line in file:
            yield msgspec.json.decode(line, type=dict[str, Any])
