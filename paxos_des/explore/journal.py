"""A hunt's journal: what it is, and what it has done, so that a killed one goes on.

JSON lines, which are only ever added. The first says what the hunt is; each of the others is what
came of some seeds, or of shrinking the failure of one. Both are pure functions of what the first
line says (but for a strategy that learns), so a journal is a memory of answers: whoever goes on
asks the same questions, and has some of the answers at once.

A process that is killed leaves at most its last line torn; it is cut off by the next one. Lines
are on the disk within a second, those about a failure before anyone hears of it.
"""

import os
import stat
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NoReturn

import msgspec

from paxos_des.errors import InputError, shorten
from paxos_des.explore.worker import Chunk, Plan, Shrunk
from paxos_des.failure_file import shown
from paxos_des.folders import sync_folder, take_lock

JOURNAL = "hunt.jsonl"
JOURNAL_FORMAT = "paxos-des-hunt"
JOURNAL_VERSION = 1
SYNC_EVERY_S = 0.5

Line = Chunk | Shrunk

_BLOCK = 65_536


class Head(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The first line: what the hunt is. How far it is to go is asked anew each time."""

    format: str
    version: int
    scenario: dict[str, Any]
    strategy: str
    checks: list[str]
    first_seed: int

    @classmethod
    def of(cls, plan: Plan, first_seed: int) -> "Head":
        return cls(
            JOURNAL_FORMAT,
            JOURNAL_VERSION,
            plan.scenario.to_dict(),
            plan.strategy,
            list(plan.checks),
            first_seed,
        )


class JournalError(InputError):
    """A journal that cannot be read, or written, or is of another hunt."""


class Journal:
    """The journal in a folder, which is made where there is none.

    Attributes
    ----------
    path
        Its file.

    Raises
    ------
    JournalError
        When the folder, or the file, cannot be used; another hunt runs in it now; or the file is
        of another hunt.
    """

    def __init__(self, folder: Path, head: Head) -> None:
        self.path = folder / JOURNAL
        self._head = head
        self._synced_s = time.monotonic()
        self._is_synced = True
        self._file = self._opened(folder)
        try:
            self._lock()
            self._end = self._cut_torn_line()
            if self._end == 0:
                self._append(head)
                self.sync()
                sync_folder(folder)
        except BaseException:
            os.close(self._file)
            raise

    def lines(self) -> Iterator[Line]:
        """Read what was done, in the order in which it was done."""
        decode = msgspec.json.Decoder(Line).decode
        with self.path.open("rb") as file:
            self._check_head(file.readline())
            for number, text in enumerate(file, 2):
                try:
                    yield decode(text)
                except (msgspec.DecodeError, UnicodeDecodeError) as error:
                    raise self.damaged(number, str(error)) from None

    def add(self, line: Line) -> None:
        """Write a line. It survives us at once, and the machine within a second."""
        self._append(line)
        self._is_synced = False
        self.sync_in_time()

    def sync_in_time(self) -> None:
        if not self._is_synced and time.monotonic() - self._synced_s > SYNC_EVERY_S:
            self.sync()

    def sync(self) -> None:
        """Have all lines on the disk now."""
        with self._sentences():
            os.fsync(self._file)
        self._is_synced = True
        self._synced_s = time.monotonic()

    def close(self) -> None:
        """Have all lines on the disk, and let others go on with the hunt."""
        try:
            self.sync()
        finally:
            os.close(self._file)

    def damaged(self, number: int, found: str) -> JournalError:
        """Return the error that says what is wrong with a line, and what to do."""
        allowed = "allowed is what a hunt wrote (without the file, it begins anew)"
        return JournalError(f"{shown(self.path)}, line {number}: found {found}; {allowed}")

    def _opened(self, folder: Path) -> int:
        with self._sentences():
            folder.mkdir(parents=True, exist_ok=True)
            flags = os.O_RDWR | os.O_CREAT | os.O_APPEND | os.O_NONBLOCK | os.O_CLOEXEC
            file = os.open(self.path, flags, 0o666)
        if not stat.S_ISREG(os.fstat(file).st_mode):
            os.close(file)
            message = f"{shown(self.path)}: found no file there; allowed is one, or nothing yet"
            raise JournalError(message)
        return file

    def _lock(self) -> None:
        if not take_lock(self._file):
            message = f"{shown(self.path)}: found another hunt at work; allowed is one at a time"
            raise JournalError(message)

    def _cut_torn_line(self) -> int:
        """Forget what stands after the last whole line; return where that ends."""
        with self._sentences():
            size = os.fstat(self._file).st_size
            end, found = size, b""
            while end > 0 and b"\n" not in found:
                start = max(0, end - _BLOCK)
                found = os.pread(self._file, end - start, start)
                end = start
            end += found.rfind(b"\n") + 1
            if end == 0 and size > 0:
                torn = os.pread(self._file, _BLOCK, 0)
                if not _line_of(self._head).startswith(torn):
                    raise self.damaged(1, "no journal of this hunt")
            if end < size:
                os.ftruncate(self._file, end)
        return end

    def _check_head(self, text: bytes) -> None:
        try:
            found = msgspec.json.decode(text, type=Head)
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            raise self.damaged(1, str(error)) from None
        for name in Head.__struct_fields__:
            is_there, wanted = getattr(found, name), getattr(self._head, name)
            if is_there != wanted:
                self._refuse(name, is_there, wanted)

    def _refuse(self, name: str, found: object, wanted: object) -> NoReturn:
        """Say in which way the journal's hunt is another."""
        if isinstance(found, dict) and isinstance(wanted, dict):
            key = next(key for key in {**found, **wanted} if found.get(key) != wanted.get(key))
            name, found, wanted = f"scenario's {key}", found.get(key), wanted.get(key)
        words = name.replace("_", " ")
        message = (
            f"{shown(self.path)}: found a hunt whose {words} is {shorten(found)}; allowed is "
            f"{shorten(wanted)}, as asked for now (another hunt takes another folder)"
        )
        raise JournalError(message)

    def _append(self, line: Head | Line) -> None:
        text = memoryview(_line_of(line))
        with self._sentences():
            while text:
                text = text[os.write(self._file, text) :]

    @contextmanager
    def _sentences(self) -> Iterator[None]:
        """Say in one sentence what the system refuses."""
        try:
            yield
        except (OSError, ValueError) as error:  # a ValueError for a null byte in the path
            why = error.strerror if isinstance(error, OSError) else str(error)
            message = (
                f"{shown(self.path)}: found no way to read and write it ({why}); allowed is a "
                "folder on a disk with room"
            )
            raise JournalError(message) from None


def _line_of(line: Head | Line) -> bytes:
    return msgspec.json.encode(line) + b"\n"
