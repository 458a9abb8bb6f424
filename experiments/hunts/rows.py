"""Rows on disk, as they come: one JSON document a line, so that a hunt goes on where it stopped."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

import msgspec

from experiments.hunts.hunting import Row


def read_rows(path: Path | None) -> list[Row]:
    """Return the rows that are there; a last line that was cut off is not one.

    Raises
    ------
    ValueError
        When another line is none.
    """
    if path is None or not path.exists():
        return []
    *lines, _ = path.read_bytes().split(b"\n")
    return [msgspec.json.decode(line, type=Row) for line in lines]


@contextmanager
def appending(path: Path | None) -> Iterator[IO[bytes] | None]:
    """Open a file of rows at its end, behind the last whole line."""
    if path is None:
        yield None
        return
    path.touch()
    with path.open("r+b") as file:
        whole = file.read().rfind(b"\n") + 1
        file.seek(whole)
        file.truncate()
        yield file


def append(file: IO[bytes] | None, row: Row) -> None:
    """Write a row, so that nothing but the machine's end can take it away."""
    if file is not None:
        file.write(msgspec.json.encode(row) + b"\n")
        file.flush()
