"""Rows on disk, as they come: one JSON document a line, so that measuring goes on where it stopped.

Lines are only ever added. A kill leaves at most the last one torn, and it is cut off.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Generic, NoReturn, Protocol, TypeVar

import msgspec

from paxos_des.errors import InputError
from paxos_des.failure_file import shown
from paxos_des.folders import take_lock


class Kept(Protocol):
    """What is kept in rows."""

    @property
    def name(self) -> object:
        """What it is of."""

    @property
    def says(self) -> object:
        """How much it says: of two rows of one name, the larger counts."""


R = TypeVar("R", bound=Kept)


class Rows(Generic[R]):
    """The rows of one type, by their names: those of a file, and those that come."""

    def __init__(self, rows: dict[object, R], file: IO[bytes] | None, path: Path | None) -> None:
        self._rows = rows
        self._file = file
        self._path = path

    def get(self, name: object) -> R | None:
        return self._rows.get(name)

    def __iter__(self) -> Iterator[R]:
        return iter(self._rows.values())

    def add(self, row: R) -> None:
        """Keep a row, so that nothing but the machine's end can take it away.

        Raises
        ------
        InputError
            When there is no room.
        """
        if self._file is not None:
            try:
                self._file.write(msgspec.json.encode(row) + b"\n")
                self._file.flush()
            except OSError as error:
                assert self._path is not None
                _refuse(self._path, f"no way to write it ({error.strerror})", "a disk with room")
        _take(self._rows, row)


@contextmanager
def rows_in(path: Path | None, kind: type[R]) -> Iterator[Rows[R]]:
    """Open a file of rows, or make one; None: they are kept nowhere.

    Raises
    ------
    InputError
        When it cannot be read and written, holds a line that is no row, or another measures into
        it now.
    """
    if path is None:
        yield Rows({}, None, None)
        return
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
        file = path.open("r+b")
    except (OSError, ValueError) as error:  # a ValueError for a null byte in the path
        why = error.strerror if isinstance(error, OSError) else str(error)
        _refuse(path, f"no way to read and write it ({why})", "a file in a writable folder")
    with file:
        if not take_lock(file.fileno()):
            _refuse(path, "another that measures into it", "one at a time")
        yield Rows(_read(file, path, kind), file, path)


def _read(file: IO[bytes], path: Path, kind: type[R]) -> dict[object, R]:
    """Return the rows that are there, and stand behind the last whole line."""
    content = file.read()
    whole = content.rfind(b"\n") + 1
    rows: dict[object, R] = {}
    decoder = msgspec.json.Decoder(kind)
    for number, line in enumerate(content[:whole].splitlines(), start=1):
        try:
            _take(rows, decoder.decode(line))
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            allowed = "what `museum measure` wrote (without the file, it begins anew)"
            _refuse(path, f"no row in line {number} ({error})", allowed)
    file.seek(whole)
    file.truncate()
    return rows


def _take(rows: dict[object, R], row: R) -> None:
    before = rows.get(row.name)
    if before is None or before.says < row.says:  # type: ignore[operator] # those of one type are
        rows[row.name] = row


def _refuse(path: Path, found: str, allowed: str) -> NoReturn:
    message = f"{shown(path)}: found {found}; allowed is {allowed}"
    raise InputError(message) from None
