"""What a trace does for each message: it numbers, lets observe, and keeps what waits.

The same, compiled, is `_fast.Ledger`: see `fast`.
"""

from collections.abc import Callable
from typing import Any

import msgspec

from paxos_des.engine.entries import Entry, MessageEntry, MessageEvent, RecordEntry
from paxos_des.engine.fast import FAST
from paxos_des.names import NodeId

BLOCK = 512
"""Entries that are encoded at a time."""

Observer = Callable[[Any], None]


if FAST is not None:
    FAST.know_block(BLOCK)


class Ledger:
    """The part of `Trace` that is on the path of messages: see there."""

    __slots__ = (
        "block", "encoder", "is_direct", "is_recording", "numbers", "observers", "watching",
    )  # fmt: skip

    numbers: int
    block: list[Entry]
    observers: dict[str, list[Observer]]
    watching: dict[type, list[Observer]]
    encoder: msgspec.json.Encoder
    is_recording: bool
    is_direct: bool

    def encoded(self) -> bytes | bytearray:
        """Return the lines of all entries that wait; from then on, none does."""
        lines = self.encoder.encode_lines(self.block)
        self.block.clear()
        return lines

    def flush(self) -> None:
        """Encode the entries of the block."""
        raise NotImplementedError  # abstract: what becomes of a full block is for a trace to say

    def add_message(
        self,
        at_us: int,
        event: MessageEvent,
        node: NodeId,
        peer: NodeId,
        envelope: int,
        message: Any,  # noqa: ANN401 - any protocol's
    ) -> None:
        """Add what happened to an envelope after it was sent."""
        number = self.numbers
        self.numbers = number + 1
        if self.is_recording:
            self.block.append(MessageEntry(number, at_us, event, node, peer, envelope, message))
            if len(self.block) >= BLOCK:
                self.flush()

    def add_record(self, at_us: int, node: NodeId, record: Any) -> None:  # noqa: ANN401 - any
        """Add that a record has become durable."""
        number = self.numbers
        self.numbers = number + 1
        entry = RecordEntry(number, at_us, "durable", node, record)
        for observer in self.watching[type(record)]:
            observer(entry)
        if "durable" in self.observers:
            for observer in self.observers["durable"]:
                observer(entry)
        if self.is_recording:
            self.block.append(entry)

    def take_number(self) -> int:
        """Return the number of an entry that is going to be `put`."""
        number = self.numbers
        self.numbers = number + 1
        return number

    def put(self, entry: Entry) -> None:
        """Let those observe an entry who observe its event, and keep it."""
        observers = self.observers.get(entry.event)
        if observers is not None:
            for observer in observers:
                observer(entry)
        if self.is_recording:
            self.block.append(entry)
            if len(self.block) >= BLOCK:
                self.flush()
