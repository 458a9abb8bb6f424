"""The folder of a sweep: its plan, the parts that are done, and in the end the table.

    plan.json               what the sweep is; written first
    parts/                  rows as they come, each file written whole or not at all
    failures/               a failure file for each run that violated a check
    table.parquet           all rows in order; with its SHA-256 beside it, and then no parts
    sweep.log               when what was done, by the clock: JSON lines

Names of parts hold a hash of their content, so that a damaged one is found.
"""

import os
import re
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from hashlib import file_digest
from itertools import pairwise
from pathlib import Path

import msgspec

from paxos_des import __version__
from paxos_des.errors import shorten
from paxos_des.folders import sync_folder, take_lock
from paxos_des.study.head import (
    PLAN,
    Head,
    SweepError,
    difference,
    head_in,
    refuse,
    sentences,
    write,
)
from paxos_des.study.parts import Part, is_whole, part_named, part_of
from paxos_des.study.places import Places, Stretch
from paxos_des.study.plan import Plan
from paxos_des.study.tables import (
    PartRead,
    digest_of_table,
    metadata_of,
    read_part,
    schema_of,
    write_table,
)

TABLE, HASH = "table.parquet", "table.parquet.sha256"
PARTS, FAILURES, LOG = "parts", "failures", "sweep.log"

LOCK_WAIT_S = 3.0
"""So long the processes of one that was killed may take to end."""

_LEFT_OVER = re.compile(r"\.(plan\.json|table\.parquet|[^/]*\.(parquet|json|sha256))\.\d+\.part")


class Folder:
    """A sweep's folder, which nobody else writes into meanwhile: see `opened`."""

    def __init__(self, path: Path, plan: Plan, places: Places) -> None:
        self.path = path
        self._plan = plan
        self._places = places
        self._log_file: int | None = None

    @property
    def is_finished(self) -> bool:
        return (self.path / TABLE).exists()

    def parts(self) -> list[Part]:
        """Return the parts that are there, in order."""
        folder = self.path / PARTS
        try:
            names = sorted(one.name for one in folder.iterdir()) if folder.exists() else []
        except OSError as error:
            refuse(folder, f"no way to read it ({error.strerror})", "the parts of a sweep")
        found = []
        for name in names:
            if _LEFT_OVER.fullmatch(name):
                continue
            part = part_named(name, self._places, self._plan.points)
            if part is None:
                refuse(folder / name, "no part of this plan", "what a sweep has written there")
            found.append(part)
        found.sort(key=lambda part: part.stretch)
        for one, other in pairwise(found):
            if other.stretch.start < one.stretch.end:
                refuse(folder / other.name, f"rows that {one.name} has too", "each row once")
        return found

    def read(self, part: Part, stop_column: str | None) -> PartRead:
        """Read a part, and see that it is whole."""
        path = self.path / PARTS / part.name
        allowed = "what the name says (without the file, its runs are done again)"
        try:
            content = path.read_bytes()
        except OSError as error:
            refuse(path, f"no way to read it ({error.strerror})", allowed)
        if not is_whole(part, content):
            refuse(path, "it damaged: its content has another hash", allowed)
        try:
            read = read_part(content, stop_column)
        except ValueError as error:
            refuse(path, f"no table ({shorten(str(error))})", allowed)
        if read.digest != self._plan.digest:
            refuse(path, f"a part of the plan {read.digest[:16]}", allowed)
        if read.tally.runs != part.stretch.end - part.stretch.start:
            refuse(path, f"{read.tally.runs:,} rows", allowed)
        if read.first != self._places.at(part.stretch.start):
            refuse(path, "the rows of another place", allowed)
        return read

    def begin(self) -> None:
        """Make sure that what is to be written can be, and remove what a kill left half written."""
        parts = self.path / PARTS
        with sentences(self.path):
            parts.mkdir(exist_ok=True)
            for folder in (self.path, parts, self.path / FAILURES):
                for one in folder.iterdir() if folder.exists() else ():
                    if _LEFT_OVER.fullmatch(one.name):
                        one.unlink()
            flags = os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC
            self._log_file = os.open(self.path / LOG, flags, 0o666)

    def add(self, content: bytes, stretch: Stretch) -> Part:
        """Keep a part, so that nothing can take it away."""
        part = part_of(content, self._places, stretch)
        write(self.path / PARTS / part.name, content)
        return part

    def add_failure(self, name: str, text: str) -> None:
        """Keep a failure file; one that is there is the same, or somebody else's."""
        path = self.path / FAILURES / name
        content = text.encode()
        with sentences(path):
            path.parent.mkdir(exist_ok=True)
            if path.exists():
                if path.read_bytes() != content:
                    refuse(path, "another failure there", "none, or the one that is found")
                return
        write(path, content)

    def log(self, event: str, **keys: object) -> None:
        """Add a line to the log: what depends on the clock, and stands in no table."""
        assert self._log_file is not None, "it has not begun"
        at = datetime.fromtimestamp(time.time(), UTC).isoformat(timespec="milliseconds")
        line = msgspec.json.encode({"at": at, "event": event, **keys}) + b"\n"
        with sentences(self.path / LOG):
            os.write(self._log_file, line)

    def finish(self, parts: list[Part]) -> None:
        """Make the table of all parts; then there are none any more."""
        path = self.path / TABLE
        half = path.with_name(f".{TABLE}.{os.getpid()}.part")
        schema = schema_of(self._plan.columns, metadata_of(self._plan))
        with sentences(path):
            try:
                with half.open("wb") as file:
                    files = (self.path / PARTS / part.name for part in parts)
                    digest = write_table(files, schema, file)
                    file.flush()
                    os.fsync(file.fileno())
                # The hash first: so a table is never without it.
                write(self.path / HASH, f"{digest}  {TABLE}\n".encode())
                half.replace(path)
                sync_folder(self.path)
            finally:
                half.unlink(missing_ok=True)
        self.tidy()

    def tidy(self) -> None:
        """Remove the parts of a table that is there."""
        parts = self.path / PARTS
        # A folder that can only be read, or has something else there, has a table all the same.
        with suppress(OSError, SweepError):
            for part in self.parts() if parts.exists() else ():
                (parts / part.name).unlink()
            if parts.exists():
                parts.rmdir()

    def close(self) -> None:
        if self._log_file is not None:
            os.close(self._log_file)


@contextmanager
def opened(path: Path, plan: Plan, places: Places) -> Iterator[Folder]:
    """Have the folder of a plan's sweep, made where there is none, for oneself.

    Raises
    ------
    SweepError
        When it cannot be used; another sweep is at work in it; or it holds anything else.
    """
    with sentences(path):
        if path.exists() and not path.is_dir():
            refuse(path, "a file", "a folder, or nothing yet")
        path.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        with sentences(path):
            is_ours = take_lock(descriptor, LOCK_WAIT_S)
        if not is_ours:
            refuse(path, "another sweep at work there", "one at a time")
        folder = Folder(path, plan, places)
        try:
            _settle_plan(folder, plan)
            yield folder
        finally:
            folder.close()
    finally:
        os.close(descriptor)


def check_table(path: Path, digest: str) -> None:
    """See that a table is whole, and of the plan with this digest.

    Raises
    ------
    SweepError
        When it is not, or nobody can say.
    """
    table, beside = path / TABLE, path / HASH
    allowed = f"what {HASH} says (without the table, the sweep begins anew)"
    try:
        said = beside.read_text(encoding="utf-8").partition(" ")[0]
        with table.open("rb") as file:
            found = file_digest(file, "sha256").hexdigest()
    except (OSError, UnicodeDecodeError) as error:
        why = error.strerror if isinstance(error, OSError) else "no text"
        refuse(path, f"no way to read {TABLE} and {HASH} ({why})", "a table with its hash")
    if said != found:
        refuse(table, f"it damaged: its hash is {found[:16]}…, not {said[:16]}…", allowed)
    if digest_of_table(table) != digest:
        refuse(table, "the table of another plan", f"that of {PLAN}, beside it")


def _settle_plan(folder: Folder, plan: Plan) -> None:
    """See that a folder is of this plan, and let it say so."""
    path = folder.path
    head = Head.of(plan)
    if not (path / PLAN).exists():
        _refuse_foreign(path)
        head.save(path)
        return
    found = head_in(path)
    if found.digest != head.digest:
        refuse(
            path,
            f"the results of another plan, {found.plan.get('name', '')!r} (digest "
            f"{found.digest[:16]}…){difference(found.plan, head.plan)}",
            f"those of {plan.name!r} ({plan.digest[:16]}…): another plan takes another folder",
        )
    if folder.is_finished:
        check_table(path, plan.digest)
    elif found.paxos_des != __version__:
        refuse(
            path,
            f"an unfinished sweep of paxos_des {found.paxos_des}",
            f"one of {__version__}, which is at work now (or another folder)",
        )
    if found.plan != head.plan:
        msgspec.structs.replace(head, paxos_des=found.paxos_des).save(path)


def _refuse_foreign(path: Path) -> None:
    """See that a folder without a plan holds nothing that a sweep would touch."""
    with sentences(path):
        names = sorted(one.name for one in path.iterdir())
    ours = {TABLE, HASH, PARTS, FAILURES, LOG}
    for name in names:
        if name in ours or name.endswith(".parquet"):
            refuse(path, f"{name} there, and no {PLAN}", "a folder without such files")
