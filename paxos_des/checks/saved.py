"""Reading a saved trace back into the entries that checks observe.

A trace is read line by line: it may be larger than memory. Nothing in it is executed.
"""

from collections.abc import Callable, Iterable, Iterator
from hashlib import sha256
from pathlib import Path
from typing import Any, BinaryIO, Required, TypedDict, get_args

import msgspec

from paxos_des.checks.judges import Judges
from paxos_des.engine import entries
from paxos_des.engine.entries import Entry, MessageEntry, RecordEntry
from paxos_des.engine.trace import TRACE_FORMAT, TRACE_VERSION, Header
from paxos_des.errors import TraceError, shorten
from paxos_des.protocol.ballot import Ballot, Command, Slot, Value, Vote
from paxos_des.protocol.effects import Record, Timer
from paxos_des.protocol.messages import KINDS, AnyMessage

LINE_MAX = 2**24
"""Bytes in a line; a longer one is no entry."""

_ENTRIES: dict[str, type[Entry]] = {
    **dict.fromkeys(("send", "deliver", "drop", "cut", "miss", "ignore"), entries.MessageEntry),
    **dict.fromkeys(("fail", "heal", "nemesis"), entries.FaultEntry),
    "timer": entries.TimerEntry,
    "durable": entries.RecordEntry,
    "adopt": entries.AdoptEntry,
    "learn": entries.LearnEntry,
    "primary": entries.PrimaryEntry,
    "invoke": entries.InvokeEntry,
    "complete": entries.CompleteEntry,
    **dict.fromkeys(("crash", "restart", "pause", "resume"), entries.FaultEntry),
    "recover": entries.RecoverEntry,
    "apply": entries.ApplyEntry,
    **dict.fromkeys(("snapshot", "install"), entries.SnapshotEntry),
    "forget": entries.ForgetEntry,
}


class _Promise(TypedDict, total=False):
    """A promise as `recover` says it."""

    ballot: Required[Ballot]
    slot: Slot
    from_slot: Slot


_TYPES: dict[str, Any] = {
    "message": AnyMessage,
    "record": Record,
    "ballot": Ballot,
    "value": Value,
    "command": Command,
    "timer": Timer,
}
"""By field: what an entry's field holds, where the engine does not know it."""

_KNOWN = {
    "message": frozenset(kind.__name__ for kind in KINDS),
    "record": frozenset(kind.__name__ for kind in get_args(Record)),
}
"""By field: the types that the checks of Paxos know; entries with others are passed over."""


class _Event(msgspec.Struct):
    event: str


_event_of = msgspec.json.Decoder(_Event).decode
_decoders = {event: msgspec.json.Decoder(kind) for event, kind in _ENTRIES.items()}
_fields = {
    kind: {name: _TYPES[name] for name in kind.__struct_fields__ if name in _TYPES}
    for kind in set(_ENTRIES.values())
}
_fields[entries.RecoverEntry] = {"promised": tuple[_Promise, ...], "votes": tuple[Vote, ...]}


Lines = Iterator[tuple[bytes, Entry | None]]


def read_trace(path: Path) -> tuple[Header, Lines]:
    """Open a saved trace.

    Returns
    -------
    tuple of Header and iterator
        The header, read at once, and the lines with their entries, read as they are asked for;
        None for entries that no check observes, and for messages, records and notes of other
        protocols.

    Raises
    ------
    TraceError
        When the file cannot be read, is no trace, or (while iterating) is damaged: one sentence
        with the line's number.
    """
    shown = shorten(str(path))
    try:
        is_regular = path.is_file() or not path.exists()
        file = path.open("rb") if is_regular else None
    except (OSError, ValueError) as error:  # a ValueError for a null byte in the path
        why = error.strerror if isinstance(error, OSError) else error
        message = f"{shown}: found no readable file ({why}); allowed is a saved trace"
        raise TraceError(message) from None
    if file is None:
        message = f"{shown}: found no regular file; allowed is a saved trace"
        raise TraceError(message)
    try:
        header = _read_header(file, path)
    except BaseException:
        file.close()
        raise
    return header, _entries(file, path)


def _read_header(file: BinaryIO, path: Path) -> Header:
    line = _read_line(file, path, 1)
    allowed = f'allowed is a first line {{"format": "{TRACE_FORMAT}", "version": 1, …}}'
    try:
        header = msgspec.json.decode(line, type=Header)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        found = "an empty file" if not line else "something else"
        message = f"{path}, line 1: found {found}; {allowed}"
        raise TraceError(message) from None
    if header.format != TRACE_FORMAT or header.version != TRACE_VERSION:
        found = f"format {header.format[:40]!r}, version {header.version}"
        message = f"{path}, line 1: found {found}; {allowed}"
        raise TraceError(message)
    return header


def _entries(file: BinaryIO, path: Path) -> Lines:
    with file:
        number = 2
        while line := _read_line(file, path, number):
            try:
                if not line.endswith(b"\n"):
                    message = "a line without its end"
                    raise msgspec.DecodeError(message)  # noqa: TRY301 - one place says where
                entry = _entry(line)
            except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
                # What refuses an operation says already what it found, and what is allowed.
                found = str(error).removeprefix("found ").replace("\n", " ")[:120]
                allowed = "" if "; allowed" in found else "; allowed is a trace's entry"
                message = f"{path}, line {number}: found {found}{allowed}"
                raise TraceError(message) from None
            yield line, entry
            number += 1


def _read_line(file: BinaryIO, path: Path, number: int) -> bytes:
    try:
        return file.readline(LINE_MAX)
    except OSError as error:
        found = f"found no readable file ({error.strerror})"
        message = f"{shorten(str(path))}, line {number}: {found}; allowed is a saved trace"
        raise TraceError(message) from None


def _entry(line: bytes) -> Entry | None:
    event = _event_of(line).event
    if event not in _decoders:
        return None
    entry = _decoders[event].decode(line)
    typed = {}
    for field, kind in _fields[type(entry)].items():
        found = getattr(entry, field)
        if field in _KNOWN and _is_foreign(found, _KNOWN[field]):
            return None
        if found is None and field == "ballot":
            continue  # learned from another leader: no ballot was seen
        typed[field] = msgspec.convert(found, kind)
    return msgspec.structs.replace(entry, **typed)


def _is_foreign(found: object, known: frozenset[str]) -> bool:
    """Return whether a message, or a record, is another protocol's; one whose type is no text is
    damaged.
    """
    if not isinstance(found, dict):
        return False
    kind = found.get("type", "")
    return isinstance(kind, str) and kind not in known


def judge_lines(judges: Judges, lines: Lines, *, horizon_us: int) -> tuple[int, str]:
    """Let the checks observe a saved trace; return how many entries it has, and its digest.

    A trace does not say when its run ended: at its last entry, or at the horizon, if there was
    still something to wait for. What waits in vain waits up to the horizon.
    """
    events: dict[str, list[Callable[[Any], None]]] = {}
    types: dict[type, list[Callable[[Any], None]]] = {}
    judges.observe(events, types)
    count = 0
    digest = sha256()
    for line, entry in lines:
        count += 1
        digest.update(line)
        observers: Iterable[Callable[[Any], None]] = ()
        if isinstance(entry, MessageEntry):
            if entry.event == "send":
                observers = types.get(type(entry.message), ())
        elif isinstance(entry, RecordEntry):
            observers = types.get(type(entry.record), ())
        elif entry is not None:
            observers = events.get(entry.event, ())
        for observer in observers:
            observer(entry)
    judges.finish(horizon_us)
    return count, digest.hexdigest()


def find_entries(path: Path, numbers: set[int]) -> dict[int, dict[str, Any]]:
    """Return the entries of these numbers, as they stand in the file."""
    found: dict[int, dict[str, Any]] = {}
    if numbers:
        with path.open("rb") as file:
            file.readline(LINE_MAX)
            for line in file:
                entry = msgspec.json.decode(line, type=dict[str, Any])
                number = entry.get("n")
                if type(number) is int and number in numbers:
                    found.setdefault(number, entry)
    return found
