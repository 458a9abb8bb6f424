"""A run's behaviour: what happened, in the abstract; what hunting counts the species of."""

from hashlib import blake2b
from typing import Any

import msgspec

from paxos_des.cluster.cluster import Cluster
from paxos_des.engine.entries import (
    AdoptEntry,
    FaultEntry,
    LearnEntry,
    NoteEntry,
    RecordEntry,
)
from paxos_des.protocol.effects import Promised, Voted


class Behaviour:
    """Observes one run: what each node promised, voted, was adopted by, learned, and when it
    crashed, in its own order.

    Times, values and messages are left out, and so is the order between nodes, and that in which a
    leader heard promises and votes: runs that differ in nothing else are of one species. (Of 6,000
    duels, 1,853 differ so; in their order of everything, 5,941 do: next to all are new then.)
    """

    def __init__(self) -> None:
        self._seen: dict[str, list[Any]] = {}

    def observe(self, cluster: Cluster) -> None:
        """Watch a cluster that has not started: to be given to `simulate` as `extend`."""
        trace = cluster.trace
        for record in (Promised, Voted):
            trace.watching[record].append(self._on_durable)
        for event, observer in (
            ("adopt", self._on_adopt), ("learn", self._on_learn), ("crash", self._on_fault),
            ("note", self._on_note),
        ):  # fmt: skip
            trace.observers.setdefault(event, []).append(observer)

    def digest(self) -> int:
        """Return it as 64 bits, the same in every process."""
        text = msgspec.json.encode(sorted(self._seen.items()))
        return int.from_bytes(blake2b(text, digest_size=8).digest(), "little")

    def _on_durable(self, entry: RecordEntry) -> None:
        record: Any = entry.record
        self._note(entry.node, (type(record) is Voted, record.slot, record.ballot))

    def _on_adopt(self, entry: AdoptEntry) -> None:
        self._note(entry.node, (entry.ballot, sorted(entry.promises)))

    def _on_learn(self, entry: LearnEntry) -> None:
        self._note(entry.node, (entry.slot, sorted(entry.votes)))

    def _on_note(self, entry: NoteEntry) -> None:
        self._note(entry.node, entry.what)

    def _on_fault(self, entry: FaultEntry) -> None:
        self._note(entry.node, None)

    def _note(self, node: str, what: object) -> None:
        if node in self._seen:
            self._seen[node].append(what)
        else:
            self._seen[node] = [what]
