"""Reading a scenario's file: small, regular, UTF-8 and TOML, or one sentence that says why not."""

import os
import stat
import tomllib
from pathlib import Path
from typing import Any

from paxos_des.errors import ScenarioError

BYTES_MAX = 1_000_000
"""A scenario is some lines long; what is larger is something else, and is not read."""


def read_toml(path: Path) -> dict[str, Any]:
    """Return what a TOML file holds.

    Raises
    ------
    ScenarioError
        When the file cannot be read, or is no TOML; with the line, where there is one.
    """
    allowed = "allowed is a TOML file of up to 1 MB"
    shown = repr(str(path)[:200])
    try:
        status = path.stat()
        refused = _refused(status)
        content = b"" if refused else path.read_bytes()
    except OSError as error:
        message = f"{shown}: found no readable file ({error.strerror}); {allowed}"
        raise ScenarioError(message) from None
    except ValueError as error:  # a null byte in the path
        message = f"{shown}: found no path ({error}); {allowed}"
        raise ScenarioError(message) from None
    if refused:
        message = f"{shown}: found {refused}; {allowed}"
        raise ScenarioError(message)
    try:
        return tomllib.loads(content.decode("utf-8"))
    except UnicodeDecodeError as error:
        message = f"{shown}: found a byte that is not UTF-8 at {error.start}; {allowed}"
    except tomllib.TOMLDecodeError as error:
        message = f"{shown}: found broken TOML ({error}); {allowed}"
    except RecursionError:
        message = f"{shown}: found tables or lists nested too deep; {allowed}"
    except ValueError as error:  # an integer of thousands of digits
        message = f"{shown}: found a value that cannot be read ({error}); {allowed}"
    raise ScenarioError(message[:400])


def _refused(status: os.stat_result) -> str:
    """Return what speaks against reading a file, or nothing."""
    if stat.S_ISDIR(status.st_mode):
        return "a directory"
    if not stat.S_ISREG(status.st_mode):
        return "no regular file"  # a pipe would wait for ever, a device may never end
    return f"{status.st_size:,} bytes" if status.st_size > BYTES_MAX else ""
