"""What is left of a run: its trace, leader histories, client history and figures."""

from array import array
from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property
from pathlib import Path
from sys import maxsize
from typing import Any, Literal, overload

import msgspec

from paxos_des.checks.votes import Votes
from paxos_des.cluster.cluster import Cluster
from paxos_des.cluster.scenario import Scenario
from paxos_des.engine.entries import CompleteEntry, InvokeEntry, PrimaryEntry
from paxos_des.engine.trace import TRACE_FORMAT, TRACE_VERSION, Header, Trace
from paxos_des.names import NodeId
from paxos_des.protocol.ballot import Command, Operation, Slot, Value
from paxos_des.protocol.chain import CHAIN_START, chained
from paxos_des.protocol.leader import Leader
from paxos_des.protocol.messages import KINDS
from paxos_des.protocol.role import Learns, Role

_entry_of = msgspec.json.Decoder(dict[str, Any]).decode

CLIENT_RECORDS_KEPT = 100_000
"""A client history longer than this is made on demand, by running again."""


class ClientRecord(msgspec.Struct, frozen=True, gc=False):
    """What a client saw: it asked (`invoke`), was answered (`ok`), or does not know (`info`).

    Attributes
    ----------
    slot
        Where the command was chosen, with `ok`; a read under a lease takes none.
    result
        What the state machine answered, with `ok`.
    """

    at_us: int
    type: Literal["invoke", "ok", "fail", "info"]
    client: NodeId
    sequence: int
    operation: Any
    slot: Slot | None = None
    result: Any = None


FORGOTTEN: Literal["forgotten"] = "forgotten"
"""Stands for a value that was learned, and let go of when a snapshot held what it did."""

Content = Value | Literal["forgotten"] | None


class LeaderHistory(Sequence[Content]):
    """The values that one leader has learned, by slot; None where it has learned none.

    Parameters
    ----------
    learned
        By slot, what is learned and not forgotten.
    forgotten
        The forgotten prefix: its length, and the chain hash over it. Each of its slots holds
        `FORGOTTEN`. Histories are equal that hold the same values, forgotten or not.
    """

    def __init__(
        self, learned: Mapping[Slot, Value], forgotten: tuple[int, str] = (0, CHAIN_START)
    ) -> None:
        self.forgotten = forgotten
        size = max(learned, default=forgotten[0] - 1) + 1
        self._values = tuple(map(learned.get, range(forgotten[0], size)))

    @overload
    def __getitem__(self, slot: int) -> Content: ...
    @overload
    def __getitem__(self, slot: slice) -> Sequence[Content]: ...
    def __getitem__(self, slot: int | slice) -> Content | Sequence[Content]:
        if isinstance(slot, slice):
            return tuple(map(self._at, range(*slot.indices(len(self)))))
        place = slot + len(self) if slot < 0 else slot
        if not 0 <= place < len(self):
            message = f"found slot {slot}; allowed are those of a history of {len(self)}"
            raise IndexError(message)
        return self._at(place)

    def __len__(self) -> int:
        return self.forgotten[0] + len(self._values)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, LeaderHistory) or len(self) != len(other):
            return False
        if self.forgotten == other.forgotten:
            return self._values == other._values
        return self._content == other._content

    def __hash__(self) -> int:
        return hash(self._content)

    def __repr__(self) -> str:
        return f"LeaderHistory(length={self.length}, chain={self.chain[:12]}…)"

    @cached_property
    def length(self) -> int:
        """How many slots are learned from slot 0 on without a gap."""
        values = self._values
        gap = next((place for place, value in enumerate(values) if value is None), len(values))
        return self.forgotten[0] + gap

    @cached_property
    def chain(self) -> str:
        """A hash over those slots: see `protocol.chain`."""
        length, chain = self.forgotten
        for value in self._values[: self.length - length]:
            assert value is not None, f"{self.length} slots are learned"
            chain = chained(chain, value)
        return chain

    def to_dict(self) -> dict[str, Any]:
        return {"length": self.length, "chain": self.chain}

    @property
    def _content(self) -> tuple[int, str, tuple[Value | None, ...]]:
        """What makes histories equal, whatever each has forgotten."""
        return self.length, self.chain, self._values[self.length - self.forgotten[0] :]

    def _at(self, slot: Slot) -> Content:
        length = self.forgotten[0]
        return FORGOTTEN if slot < length else self._values[slot - length]


def history_of(leader: Role) -> LeaderHistory:
    """Return what a leader has learned: nothing, where another protocol's role offers nothing."""
    if isinstance(leader, Leader):
        return LeaderHistory(leader.learner.learned, leader.learner.forgotten)
    return LeaderHistory(leader.learned if isinstance(leader, Learns) else {})


class RunTrace:
    """A kept trace: iterate over its entries, as dicts, or take the n-th; save it."""

    def __init__(self, header: Header, trace: Trace) -> None:
        self.header = header
        self._trace = trace

    @cached_property
    def _lines(self) -> tuple[bytes, ...]:
        return tuple(self._trace.lines())

    def __len__(self) -> int:
        return len(self._lines)

    def __getitem__(self, number: int) -> dict[str, Any]:
        return _entry_of(self._lines[number])

    def __iter__(self) -> Iterator[dict[str, Any]]:
        return map(_entry_of, self._trace.lines())

    def save(self, path: str | Path) -> None:
        """Write the header and the entries as JSON Lines.

        Raises
        ------
        OSError
            When the file cannot be written.
        """
        self._trace.save(Path(path), self.header)


class Stats(msgspec.Struct, frozen=True, kw_only=True):
    """A run in figures; times are in µs of simulated time.

    Attributes
    ----------
    messages
        By kind: how many were sent; duplicates that the network made are not counted.
    events
        Calls that the world made.
    chosen
        Commands chosen; one that was chosen twice, because of a retry, counts once.
    chosen_slots
        Slots in which a value, no-ops included, was chosen.
    leased_reads
        Reads that were answered under a lease, and took no slot.
    choose_us, reply_us
        By command, in the order in which they were chosen or answered: from the client's first
        request to the vote that chose it, and to the answer.
    elections
        How often a leader came to believe that it is the primary.
    """

    messages: dict[str, int]
    events: int
    simulated_us: int
    chosen: int
    chosen_slots: int
    answered: int
    leased_reads: int
    choose_us: Sequence[int]
    reply_us: Sequence[int]
    elections: int


_NO_MESSAGES = {kind.__name__: 0 for kind in KINDS}


class NemesisRecord(msgspec.Struct, frozen=True, kw_only=True):
    """What a nemesis did in a run.

    Attributes
    ----------
    bounded
        Whether it did no more than what the protocol must survive live.
    kinds
        The kinds of fault that were on.
    happened
        How many of each kind happened; partitions are counted by shape.
    refused
        By node that did not come back: what its disk had lost.
    """

    bounded: bool
    kinds: tuple[str, ...]
    happened: dict[str, int]
    refused: dict[NodeId, str]


def nemesis_record(cluster: Cluster) -> NemesisRecord | None:
    nemesis = cluster.nemesis
    if nemesis is None:
        return None
    return NemesisRecord(
        bounded=nemesis.bounded,
        kinds=nemesis.kinds,
        happened=dict(sorted(nemesis.happened.items())),
        refused={
            name: node.refused for name, node in cluster.nodes.items() if node.refused is not None
        },
    )


class Watcher:
    """Observes what a run's figures and client history are made of.

    Parameters
    ----------
    trace, votes
        What it observes.
    kept_records
        A client history that is longer is not kept at all; None: any length is.
    """

    def __init__(self, trace: Trace, votes: Votes, kept_records: int | None) -> None:
        self._votes = votes
        self._kept_records = maxsize if kept_records is None else kept_records
        self._records: list[ClientRecord] | None = []
        # By open command, when it was invoked.
        self._invoked_at_us: dict[Any, int] = {}
        self._choose_us = array("q")
        self._reply_us = array("q")
        self._elections = 0
        self._leased_reads = 0
        votes.on_chosen.append(self._on_chosen)
        for event, observer in (
            ("invoke", self._on_invoke),
            ("complete", self._on_complete),
            ("primary", self._on_primary),
        ):
            trace.observers.setdefault(event, []).append(observer)

    def history(self, end_us: int) -> tuple[ClientRecord, ...] | None:
        """Return what clients saw; what is unanswered in the end is `info`, outcome unknown. None
        where it is too long to be kept.
        """
        if self._records is None:
            return None
        unknown = (
            ClientRecord(end_us, "info", one.client, one.sequence, one.operation)
            for one in self._invoked_at_us
        )
        return (*self._records, *unknown)

    def stats(self, cluster: Cluster) -> Stats:
        sent = cluster.network.sent
        messages = _NO_MESSAGES | {kind.__name__: count for kind, count in sent.items()}
        return Stats(
            messages=messages,
            events=cluster.events,
            simulated_us=cluster.world.now,
            chosen=self._votes.commands.count,
            chosen_slots=self._votes.slots,
            answered=len(self._reply_us),
            leased_reads=self._leased_reads,
            choose_us=self._choose_us,
            reply_us=self._reply_us,
            elections=self._elections,
        )

    def _on_chosen(self, command: Command, at_us: int) -> None:
        invoked_at_us = self._invoked_at_us.get(command)
        if invoked_at_us is not None:
            self._choose_us.append(at_us - invoked_at_us)

    def _on_invoke(self, entry: InvokeEntry) -> None:
        command = entry.command
        self._invoked_at_us[command] = entry.at_us
        records = self._records
        if records is not None:
            operation: Operation = command.operation
            records.append(
                ClientRecord(entry.at_us, "invoke", entry.node, command.sequence, operation)
            )
            if len(records) > self._kept_records:
                self._records = None

    def _on_complete(self, entry: CompleteEntry) -> None:
        command = entry.command
        self._reply_us.append(entry.at_us - self._invoked_at_us.pop(command))
        if entry.slot is None:
            self._leased_reads += 1
        records = self._records
        if records is not None:
            operation: Operation = command.operation
            records.append(
                ClientRecord(
                    entry.at_us,
                    "ok",
                    entry.node,
                    command.sequence,
                    operation,
                    entry.slot,
                    entry.result,
                )
            )
            if len(records) > self._kept_records:
                self._records = None

    def _on_primary(self, entry: PrimaryEntry) -> None:
        if entry.primary == entry.node:
            self._elections += 1


def header_of(scenario: Scenario, seed: int | None) -> Header:
    return Header(TRACE_FORMAT, TRACE_VERSION, scenario.to_dict(), seed, scenario.protocol)


def quantiles(times_us: Sequence[int]) -> dict[str, int]:
    """Return the median, the 99th percentile and the largest, by nearest rank; 0 of none."""
    if not times_us:
        return {"p50": 0, "p99": 0, "max": 0}
    ordered = sorted(times_us)
    return {
        "p50": nearest_rank(ordered, 500),
        "p99": nearest_rank(ordered, 990),
        "max": ordered[-1],
    }


def nearest_rank(ordered: Sequence[int], per_mille: int) -> int:
    """Return the least of some times, in order of size, that so many per mille of them do not
    exceed: the k-th of n, with k the least integer not below q n. It is a time that was measured.
    """
    return ordered[-(-per_mille * len(ordered) // 1000) - 1]
