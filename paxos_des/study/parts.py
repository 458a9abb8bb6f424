"""Parts of a table: what a process makes of some runs, and what it is called."""

import re
import time
from collections.abc import Mapping, Sequence
from hashlib import sha256
from typing import NamedTuple

from paxos_des import __version__
from paxos_des.errors import InputError
from paxos_des.study.columns import Cell, Column
from paxos_des.study.places import Places, Stretch
from paxos_des.study.results import row_with
from paxos_des.study.tables import Tally, numbers_of, part_content, schema_of, tally_of
from paxos_des.study.work import Job, each_of

_DIGITS = 16
_NAME = re.compile(rf"p(\d+)-r(\d+)-(\d+)-([0-9a-f]{{{_DIGITS}}})\.parquet", re.ASCII)


class Task(NamedTuple):
    """What a process is to do.

    Attributes
    ----------
    known
        For each span of the job, what the plan knows of its point.
    metadata
        Of the table.
    stop_column
        What a stop asks for, if one does.
    seconds
        After so long it ends early: what a kill costs, and how long one waits for the last, is
        bounded so.
    """

    job: Job
    columns: tuple[Column, ...]
    known: tuple[Mapping[str, Cell], ...]
    metadata: Mapping[str, str]
    stop_column: str | None
    seconds: float


class Made(NamedTuple):
    """What a process made of a task, or of the first runs of it.

    Attributes
    ----------
    content
        A Parquet file.
    failures
        Names of failure files, and what they hold.
    numbers
        What the stop's column says.
    """

    content: bytes
    tally: Tally
    failures: tuple[tuple[str, str], ...]
    numbers: list[float]
    seconds: float


def make(task: Task) -> Made:
    """Do the runs of a task, one at least, until its time is over.

    Raises
    ------
    InputError
        When this is another version than the one that asks: on another machine.
    """
    if task.metadata["paxos_des"] != __version__:
        message = (
            f"sweep: found a worker with paxos_des {__version__}; allowed is "
            f"{task.metadata['paxos_des']}, as here"
        )
        raise InputError(message)
    began = time.perf_counter()
    known = {span.point: its for span, its in zip(task.job.spans, task.known, strict=True)}
    rows: list[dict[str, Cell]] = []
    failures = []
    for run in each_of(task.job):
        rows.append(row_with(task.columns, known[run.point], run))
        if run.failure is not None:
            failures.append(run.failure)
        if time.perf_counter() - began > task.seconds:
            break
    content = part_content(rows, schema_of(task.columns, task.metadata))
    return Made(
        content,
        tally_of(rows),
        tuple(failures),
        numbers_of(rows, task.stop_column),
        time.perf_counter() - began,
    )


class Part(NamedTuple):
    """A part, as its file's name says it."""

    name: str
    stretch: Stretch


def part_of(content: bytes, places: Places, stretch: Stretch) -> Part:
    """Return what a part is called: after its first row, how many rows it has, and its hash."""
    point, replication = places.at(stretch.start)
    rows = stretch.end - stretch.start
    name = f"p{point:06}-r{replication:08}-{rows}-{_hash(content)}.parquet"
    return Part(name, stretch)


def part_named(name: str, places: Places, points: Sequence[object]) -> Part | None:
    """Return the part of a name; None if it is no part's."""
    found = _NAME.fullmatch(name)
    if found is None:
        return None
    point, replication, rows = map(int, found.groups()[:3])
    if point >= len(points):
        return None
    start = places.of(point, replication)
    stretch = Stretch(start, start + rows)
    is_one = rows > 0 and places.fits(stretch) and places.at(start) == (point, replication)
    return Part(name, stretch) if is_one else None


def is_whole(part: Part, content: bytes) -> bool:
    """Whether a part holds what its name says."""
    return part.name.endswith(f"-{_hash(content)}.parquet")


def _hash(content: bytes) -> str:
    return sha256(content).hexdigest()[:_DIGITS]
