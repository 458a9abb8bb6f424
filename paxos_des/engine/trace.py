"""The trace: everything that happened, in order, and its digest.

One entry is one line of compact JSON. The digest is the SHA-256 of all lines after the header;
it is kept up while a run goes on, also where the trace itself is not kept.

Entries are made positionally and encoded in blocks. Measured for an Accept, on one machine: 110 ns
to make an entry, 185 to encode it in a block (310 alone), 165 to hash it.
"""

from collections import defaultdict
from collections.abc import Callable, Iterator
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, NamedTuple, NoReturn

import msgspec

from paxos_des.engine.entries import Entry, NoteEntry
from paxos_des.engine.fast import FAST
from paxos_des.engine.ledger import Ledger, Observer
from paxos_des.names import NodeId

TRACE_FORMAT = "paxos-des-trace"
TRACE_VERSION = 1
Recording = Literal["trace", "digest", "nothing"]


class Limit(NamedTuple):
    """How long a run may be that nobody has seen end.

    Attributes
    ----------
    refuse
        Called when it is longer, to raise what says so.
    """

    entries: int
    encoded: int
    refuse: Callable[[], NoReturn]

    def check(self, entries: int, encoded: int) -> None:
        if entries > self.entries or encoded > self.encoded:
            self.refuse()


class Header(msgspec.Struct, frozen=True):
    """The first line of a saved trace."""

    format: str
    version: int
    scenario: dict[str, Any]
    seed: int | None
    protocol: str


if TYPE_CHECKING or FAST is None:  # noqa: SIM108 - to the eyes of mypy, there is one class
    _Ledger = Ledger
else:
    _Ledger = FAST.Ledger


class Trace(_Ledger):
    """Numbers and keeps entries, feeds observers, and digests.

    Parameters
    ----------
    recording
        `trace` keeps all lines, `digest` only their hash, `nothing` neither.

    Attributes
    ----------
    numbers
        How many entries there are up to now, kept or not.
    watching
        By type, of a message, a record or a note: who observes the entries in which such a message
        is sent (of a broadcast, the first one: the others carry the same message), in which such
        a record has become durable, or in which a role has noted this.
    observers
        By event: who observes the entries of all events but those of messages.
    limit
        Entries and encoded bytes at which a run is refused; looked at with every full block.
    block
        Entries that wait to be encoded. The hot paths of messages, in the network and on the
        node, number and append their entries themselves, and call `flush` when it is full.
    """

    __slots__ = ("_bytes", "_hash", "_lines", "limit", "recording")

    def __init__(self, recording: Recording) -> None:
        self.recording = recording
        self.is_recording = recording != "nothing"
        # Who keeps entries, and not their lines, wants them made.
        self.is_direct = self.is_recording and type(self) is Trace
        self.numbers = 0
        self.watching: dict[type, list[Observer]] = defaultdict(list)
        self.observers: dict[str, list[Observer]] = {}
        self.block: list[Entry] = []
        self.limit: Limit | None = None
        self._bytes = 0
        self.encoder = msgspec.json.Encoder()
        self._hash = sha256()
        self._lines: list[bytes] = []

    def add_note(self, at_us: int, node: NodeId, what: Any) -> None:  # noqa: ANN401 - any
        """Add what a role of another protocol has to say."""
        entry = NoteEntry(self.take_number(), at_us, "note", node, what)
        for observer in self.watching[type(what)]:
            observer(entry)
        self.put(entry)

    def add(self, kind: type[Entry], at_us: int, event: str, *fields: Any) -> None:  # noqa: ANN401
        """Add an entry of this kind; `fields` are what it has beyond number, time and event."""
        self.put(kind(self.take_number(), at_us, event, *fields))

    def digest(self) -> str | None:
        """Return the SHA-256 of all lines up to now; None where nothing is recorded."""
        if not self.is_recording:
            return None
        self.flush()
        return self._hash.hexdigest()

    def lines(self) -> Iterator[bytes]:
        """Yield the kept lines, each ended by a newline."""
        assert self.recording == "trace", self.recording
        self.flush()
        for block in self._lines:
            yield from block.splitlines(keepends=True)

    def save(self, path: Path, header: Header) -> None:
        assert self.recording == "trace", self.recording
        self.flush()
        with path.open("wb") as file:
            file.write(self.encoder.encode(header) + b"\n")
            file.writelines(self._lines)

    def flush(self) -> None:
        """Encode, hash and (where lines are kept) keep the entries of the block."""
        lines = self.encoded()
        if not lines:
            return
        self._hash.update(lines)
        if self.recording == "trace":
            self._lines.append(bytes(lines))
        if self.limit is not None:
            self._bytes += len(lines)
            self.limit.check(self.numbers, self._bytes)
