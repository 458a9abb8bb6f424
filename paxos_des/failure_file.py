"""Failure files: JSON, read as data and written whole, or refused in one sentence."""

import json
import os
import stat
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, NoReturn

import msgspec

from paxos_des.errors import FailureError, InputError, shorten
from paxos_des.folders import sync_folder

FAILURE_FORMAT = "paxos-des-failure"
FAILURE_VERSION = 1

BYTES_MAX = 32_000_000
"""Some 100,000 interventions; most failures have ten."""
_SHOWN_PATH_MAX = 80


def read_document(path: Path) -> dict[str, Any]:
    """Return the JSON object that a failure file holds; its format and version are right.

    Raises
    ------
    FailureError
        When the file cannot be read, or holds something else.
    """
    where = shown(path)
    content = _read_bytes(path, where)
    allowed = f'allowed is one JSON object {{"format": "{FAILURE_FORMAT}", "version": 1, …}}'
    try:
        document = msgspec.json.decode(content)
        json.loads(content, object_pairs_hook=_without_twins)
    except (msgspec.DecodeError, UnicodeDecodeError, ValueError) as error:
        found = (
            "an empty file"
            if not content.strip()
            else f"no JSON ({' '.join(str(error).split())[:100]})"
        )
        refuse(where, found, allowed)
    except RecursionError:
        refuse(where, "objects or arrays nested too deep", allowed)
    if not isinstance(document, dict):
        refuse(where, f"a {type(document).__name__}", allowed)
    if document.get("format") != FAILURE_FORMAT:
        refuse(
            f"{where}, format", shorten(document.get("format")), f"allowed is {FAILURE_FORMAT!r}"
        )
    _check_version(document.get("version"), f"{where}, version")
    return document


def shown(path: Path) -> str:
    """Return a path as a sentence shows it: of a long one, its end."""
    text = str(path) if str(path).isprintable() else repr(str(path))
    return text if len(text) <= _SHOWN_PATH_MAX else "..." + text[-_SHOWN_PATH_MAX:]


def document_text(document: Mapping[str, Any]) -> str:
    """Return a document as JSON to read and to compare: a line for each key, and for each item of
    what is a list of objects or an object of some size.
    """
    lines = [f"{_line(key)}: {_block(value)}" for key, value in document.items()]
    return "{\n" + ",\n".join(lines) + "\n}\n"


def write_text(path: Path, text: str) -> None:
    """Write a file of text whole, or not at all: see `write_bytes`."""
    try:
        content = text.encode()
    except ValueError as error:  # half a character
        refuse(shown(path), f"no way to write it ({error})", "allowed is text")
    write_bytes(path, content)


def write_bytes(path: Path, content: bytes) -> None:
    """Write a file whole, or not at all: what was there before is lost only to something better.

    Raises
    ------
    FailureError
        When it cannot be written.
    """
    part = path.with_name(f".{path.name[:100]}.{os.getpid()}.part") if path.name else path
    try:
        if path.exists() and not path.is_file():
            if path.is_dir():
                refuse(shown(path), "a directory", "allowed is a file in a writable folder")
            path.write_bytes(content)  # a pipe or a device: nothing to lose
            return
        try:
            with part.open("wb") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
            part.replace(path)
        finally:
            part.unlink(missing_ok=True)
        sync_folder(path.parent)
    except (OSError, ValueError) as error:  # a ValueError for a null byte in the path
        why = error.strerror if isinstance(error, OSError) else error
        if isinstance(error, InputError):
            raise
        refuse(shown(path), f"no way to write it ({why})", "allowed is a file in a writable folder")


def _read_bytes(path: Path, where: str) -> bytes:
    allowed = f"allowed is a failure file of up to {BYTES_MAX // 1_000_000} MB"
    try:
        # Not to wait for whoever writes into a pipe: what is opened is looked at before it is read.
        descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
        with open(descriptor, "rb") as file:  # noqa: PTH123 - a descriptor, not a path
            status = os.fstat(descriptor)
            if stat.S_ISDIR(status.st_mode):
                refuse(where, "a directory", allowed)
            if not stat.S_ISREG(status.st_mode):
                refuse(where, "no regular file", allowed)
            content = file.read(BYTES_MAX + 1)
    except IsADirectoryError:
        refuse(where, "a directory", allowed)
    except OSError as error:
        refuse(where, f"no readable file ({error.strerror})", allowed)
    except ValueError as error:  # a null byte in the path
        if isinstance(error, InputError):
            raise
        refuse(where, f"no path ({error})", allowed)
    if len(content) > BYTES_MAX:
        refuse(where, f"{max(status.st_size, len(content)):,} bytes", allowed)
    return content


def _check_version(found: object, where: str) -> None:
    if type(found) is int and found == FAILURE_VERSION:
        return
    later = type(found) is int and found > FAILURE_VERSION
    words = f"{shorten(found)}, which a later paxos-des wrote" if later else shorten(found)
    refuse(where, words, f"allowed is {FAILURE_VERSION}")


def _without_twins(pairs: list[tuple[str, Any]]) -> None:
    """Refuse an object that has a key twice: which one counts is nobody's to guess."""
    seen = set()
    for key, _ in pairs:
        if key in seen:
            message = f"the key {shorten(key)} twice in one object"
            raise ValueError(message)
        seen.add(key)


def _block(value: object) -> str:
    """Return a value over several lines, where it has several parts."""
    if isinstance(value, Sequence) and not isinstance(value, str) and value:
        return _joined("[", map(_line, value), "]")
    if isinstance(value, Mapping) and len(value) > _SMALL:
        return _joined("{", (f"{_line(key)}: {_line(part)}" for key, part in value.items()), "}")
    return _line(value)


_SMALL = 8
"""Keys of an object that stand on one line."""


def _joined(start: str, lines: Iterable[str], end: str) -> str:
    return f"{start}\n  " + ",\n  ".join(lines) + f"\n{end}"


def _line(value: object) -> str:
    return msgspec.json.format(msgspec.json.encode(value), indent=0).decode()


def refuse(where: str, found: str, allowed: str) -> NoReturn:
    """Say where what was found, and what is allowed."""
    message = f"{where}: found {found}; {allowed}"
    raise FailureError(message) from None
