"""What a sweep's folder says it is: `plan.json`; and sentences about what it holds besides."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NoReturn

import msgspec

from paxos_des import __version__
from paxos_des.errors import InputError, shorten
from paxos_des.failure_file import shown, write_bytes
from paxos_des.study.plan import Plan

PLAN = "plan.json"
FORMAT, VERSION = "paxos-des-sweep", 1
GOES_ON = "what is done is kept, and the same command goes on from there"


class SweepError(InputError):
    """A folder that cannot be used."""


class Head(msgspec.Struct, frozen=True):
    """What `plan.json` holds."""

    format: str
    version: int
    paxos_des: str
    digest: str
    plan: dict[str, Any]

    @classmethod
    def of(cls, plan: Plan) -> "Head":
        """Return what a sweep of a plan writes."""
        return cls(FORMAT, VERSION, __version__, plan.digest, plan.to_dict())

    def save(self, folder: Path) -> None:
        text = msgspec.json.format(msgspec.json.encode(self), indent=1)
        write(folder / PLAN, text + b"\n")


def head_in(path: Path) -> Head:
    """Return what the `plan.json` of a folder holds.

    Raises
    ------
    SweepError
        When it holds nothing of the kind.
    """
    path = path / PLAN
    allowed = f'what a sweep has written there: {{"format": "{FORMAT}", "version": {VERSION}, …}}'
    try:
        head = msgspec.json.decode(path.read_bytes(), type=Head)
    except OSError as error:
        refuse(path, f"no way to read it ({error.strerror})", allowed)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        refuse(path, f"it damaged ({error})", allowed)
    if (head.format, head.version) != (FORMAT, VERSION):
        refuse(path, f"format {head.format!r}, version {head.version}", allowed)
    return head


def difference(found: dict[str, Any], wanted: dict[str, Any]) -> str:
    """Return the first key in which two plans differ, as part of a sentence."""
    where = ""
    while True:
        key = next((key for key in {**found, **wanted} if found.get(key) != wanted.get(key)), None)
        if key is None or key in ("question", "figures"):
            return ""
        here, there = found.get(key), wanted.get(key)
        where = f"{where}{key}"
        if not (isinstance(here, dict) and isinstance(there, dict)):
            return f", whose {where} is {shorten(here)} in place of {shorten(there)}"
        found, wanted, where = here, there, f"{where}, "


def write(path: Path, content: bytes) -> None:
    """Write a file whole, or not at all.

    Raises
    ------
    SweepError
        When it cannot be written: with what to do.
    """
    try:
        write_bytes(path, content)
    except InputError as error:
        message = f"{error}, on a disk with room; {GOES_ON}"
        raise SweepError(message) from None


@contextmanager
def sentences(path: Path) -> Iterator[None]:
    """Say in one sentence what the system refuses."""
    try:
        yield
    except InputError:
        raise
    except (OSError, ValueError) as error:  # a ValueError for a null byte in the path
        why = error.strerror if isinstance(error, OSError) else str(error)
        allowed = f"a writable folder on a disk with room; {GOES_ON}"
        refuse(path, f"no way to write it ({why})", allowed)


def refuse(path: Path, found: str, allowed: str) -> NoReturn:
    message = f"{shown(path)}: found {found}; allowed is {allowed}"
    raise SweepError(message) from None
