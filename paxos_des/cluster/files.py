"""Reading the files of a scenario: small, regular and UTF-8, or one sentence that says why not."""

import os
import stat
import tomllib
from pathlib import Path
from typing import Any, NoReturn

from paxos_des.errors import ScenarioError

BYTES_MAX = 1_000_000
"""A scenario is some lines long, and so is what it names; what is larger is something else, and
is not read."""

_SENTENCE_MAX = 400
_PATH_MAX = 80
_MARK = "\ufeff"
"""The byte order mark that spreadsheets put in front of a file."""


def read_toml(path: Path) -> dict[str, Any]:
    """Return what a TOML file holds.

    Raises
    ------
    ScenarioError
        When the file cannot be read, or is no TOML; with the line, where there is one.
    """
    allowed = "a TOML file of up to 1 MB"
    where = repr(str(path)[:200])
    text = read_text(path, where, allowed)
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        found = f"broken TOML ({error})"
    except RecursionError:
        found = "tables or lists nested too deep"
    except ValueError as error:  # an integer of thousands of digits
        found = f"a value that cannot be read ({error})"
    return _refuse(where, found, allowed)


def read_lines(path: Path, where: str, allowed: str) -> list[tuple[int, str]]:
    """Return the lines of a file that say something, each with its number from 1 on: blank lines
    and comments, which begin with `#`, do not.

    Raises
    ------
    ScenarioError
        When the file cannot be read.
    """
    lines = read_text(path, where, allowed).removeprefix(_MARK).splitlines()
    stripped = ((number, line.strip()) for number, line in enumerate(lines, start=1))
    return [(number, line) for number, line in stripped if line and not line.startswith("#")]


def read_text(path: Path, where: str, allowed: str) -> str:
    """Return what a small regular file in UTF-8 holds; else say at `where` what is `allowed`.

    Raises
    ------
    ScenarioError
        When the file cannot be read.
    """
    try:
        status = path.stat()
        refused = _refused(status)
        content = b"" if refused else path.read_bytes()
    except OSError as error:
        _refuse(where, f"no readable file ({error.strerror})", allowed)
    except ValueError as error:  # a null byte in the path
        _refuse(where, f"no path ({error})", allowed)
    if refused:
        _refuse(where, refused, allowed)
    try:
        return content.decode("utf-8")
    except UnicodeDecodeError as error:
        return _refuse(where, f"a byte that is not UTF-8 at {error.start}", allowed)


def shown(path: Path) -> str:
    """Return a path as a sentence shows it, which has more to say: of a long one, its end."""
    text = repr(str(path))
    return text if len(text) <= _PATH_MAX else "..." + text[-_PATH_MAX:]


def _refused(status: os.stat_result) -> str:
    """Return what speaks against reading a file, or nothing."""
    if stat.S_ISDIR(status.st_mode):
        return "a directory"
    if not stat.S_ISREG(status.st_mode):
        return "no regular file"  # a pipe would wait for ever, a device may never end
    return f"{status.st_size:,} bytes" if status.st_size > BYTES_MAX else ""


def _refuse(where: str, found: str, allowed: str) -> NoReturn:
    message = f"{where}: found {found}; allowed is {allowed}"
    raise ScenarioError(message[:_SENTENCE_MAX]) from None
