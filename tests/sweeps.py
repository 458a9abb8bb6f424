"""Sweeps, run by tests: small plans, runs that no simulation makes, and processes to be killed."""

import os
import traceback
from collections.abc import Callable, Mapping
from contextlib import redirect_stderr, redirect_stdout
from hashlib import sha256
from multiprocessing import get_context
from multiprocessing.context import ForkProcess
from pathlib import Path
from typing import Any

import pytest
from shell import Said

from paxos_des.cli.main import main
from paxos_des.study import work
from paxos_des.study.columns import Cell
from paxos_des.study.folder import TABLE
from paxos_des.study.plan import Plan
from paxos_des.study.sweeps import Swept, sweep
from paxos_des.study.work import Job, Measured, Span

SMALL = {"values": 1, "acceptors": 3, "leaders": 1, "failed_acceptors": 0}
"""A run takes half a millisecond."""
LEVELS = [0, 0.05, 0.1]
FAILING = 5
"""Every so many-th made-up run violates a check."""

Measure = Callable[[Span, int, Job], Measured]


def plan_of(**keys: object) -> Plan:
    """Return a plan of three points."""
    given: dict[str, object] = {
        "name": "small", "replications": 4, "metrics": ["completed", "reply"], "scenario": SMALL,
        "axes": [{"key": "drop", "list": LEVELS}], **keys,
    }  # fmt: skip
    return Plan.from_dict(given, where="plan")


def toml_of(path: Path, **keys: object) -> str:
    """Write the same plan, and return its path as an argument."""
    lines = [
        "name = 'small'", "metrics = ['completed', 'reply']",
        *(f"{key} = {value}" for key, value in keys.items()),
        "[scenario]", *(f"{key} = {value}" for key, value in SMALL.items()),
        "[[axes]]", "key = 'drop'", f"list = {LEVELS}",
    ]  # fmt: skip
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return str(path)


def made_up(span: Span, replication: int, job: Job) -> Measured:
    """Return what a run might have measured; some violate a check, and some break."""
    number = 100 * span.point + replication
    cells: dict[str, Cell] = {"seed": job.seed + replication, "verdict": "ok"}
    if number % FAILING == 1:
        cells |= {"verdict": "violated", "violated": "agreement", "failure": f"{number}.json",
                  "completed": number}  # fmt: skip
        return Measured(span.point, replication, cells, (f"{number}.json", f"failure {number}"))
    if number % FAILING == 2:
        cells |= {"verdict": "unknown", "broken": "it is broken"}
        return Measured(span.point, replication, cells)
    cells |= {"requests": 10, "completed": number % 11, "completed_share": number % 11 / 10}
    return Measured(span.point, replication, cells)


def use(measure: Measure, monkeypatch: pytest.MonkeyPatch, *, rows: int | None = None) -> None:
    """Have runs made up, in this process and those that it forks; in parts of so many rows."""
    monkeypatch.setattr(work, "measured", measure)
    if rows is not None:
        monkeypatch.setattr("paxos_des.study.sweeping.GROUP", rows)


def digest_of(swept: Swept) -> str:
    return sha256(swept.table.read_bytes()).hexdigest()


def digest_in(folder: Path) -> str:
    return sha256((folder / TABLE).read_bytes()).hexdigest()


def digest_of_plan(plan: Plan, folder: Path) -> str:
    """Return the digest of the table of a plan, done at once."""
    return digest_of(sweep(plan, folder))


def contents(folder: Path) -> Mapping[str, str]:
    """Return the hash of each file in a folder."""
    return {
        str(one.relative_to(folder)): sha256(one.read_bytes()).hexdigest()
        for one in sorted(folder.rglob("*"))
        if one.is_file()
    }


def started(deed: Callable[[], object], out: Path) -> ForkProcess:
    """Do something in a process that is forked; what it prints goes to a file."""
    process = get_context("fork").Process(target=_do, args=(deed, out))
    process.start()
    return process


def ended(deed: Callable[[], object], out: Path) -> Said:
    """Do something in a process that is forked, and wait; return its exit code and its words."""
    process = started(deed, out)
    process.join(60)
    assert process.exitcode is not None, "it does not end"
    said, complaint = (
        one.read_text(encoding="utf-8") if one.exists() else "" for one in (out, _complaints(out))
    )
    return process.exitcode, said, complaint


def command(*arguments: str) -> Callable[[], object]:
    return lambda: main(arguments)


def _complaints(out: Path) -> Path:
    return out.with_suffix(".err")


def _do(deed: Callable[[], Any], out: Path) -> None:
    code = 70
    with (
        out.open("w", encoding="utf-8") as said,
        _complaints(out).open("w", encoding="utf-8") as complaint,
        redirect_stdout(said),
        redirect_stderr(complaint),
    ):
        try:
            found = deed()
            code = found if isinstance(found, int) else 0
        except BaseException:  # noqa: BLE001 - it is told
            traceback.print_exc()
    os._exit(code)
