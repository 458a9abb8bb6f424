"""States of the protocol, in the abstract: what coverage-guided hunting counts.

Of each slot: what acceptors have promised and voted, which ballots leaders have adopted, whether
anything is learned. Ballots are ranks, values are numbered as they come, and nodes have no names:
so runs that differ only in how high ballots were, or in who was who, reach the same states.
"""

from collections.abc import Callable
from hashlib import blake2b
from typing import Any

import msgspec

from paxos_des.cluster.cluster import Cluster
from paxos_des.engine.entries import AdoptEntry, LearnEntry, RecordEntry
from paxos_des.names import NodeId
from paxos_des.protocol.ballot import NULL_BALLOT
from paxos_des.protocol.effects import Promised, Voted

Row = list[Any]
"""Of an acceptor: what it promised, where it voted, and for what. Of a leader: what it adopted,
nothing, and what it learned."""
Triple = tuple[int, int, int]
"""Two ranks of ballots and the number of a value; 0: none."""
_ALL = None
"""The slot of a promise that covers all of them."""


class States:
    """Observes one run, and tells of each state that a slot reaches.

    Parameters
    ----------
    on_state
        Is given the state as 64 bits, the same in every process, and how contended it is, from 1:
        the third power of how many values acceptors hold, or of twice as many where one leader
        alone has learned a value. Ballots do not count: long after all hold one value, there are
        ever more of them.
    """

    def __init__(self, on_state: Callable[[int, int], object]) -> None:
        self._on_state = on_state
        self._acceptors: dict[int | None, dict[NodeId, Row]] = {_ALL: {}}
        self._leaders: dict[int | None, dict[NodeId, Row]] = {_ALL: {}}

    def observe(self, cluster: Cluster) -> None:
        """Watch a cluster that has not started."""
        trace = cluster.trace
        trace.watching[Promised].append(self._on_promised)
        trace.watching[Voted].append(self._on_voted)
        trace.observers.setdefault("adopt", []).append(self._on_adopt)
        trace.observers.setdefault("learn", []).append(self._on_learn)

    def _on_promised(self, entry: RecordEntry) -> None:
        promised: Any = entry.record
        self._row(self._acceptors, promised.slot, entry.node)[0] = promised.ballot
        self._tell(promised.slot)

    def _on_voted(self, entry: RecordEntry) -> None:
        voted: Any = entry.record
        self._row(self._acceptors, voted.slot, entry.node)[1:] = voted.ballot, voted.value
        self._tell(voted.slot)

    def _on_adopt(self, entry: AdoptEntry) -> None:
        self._row(self._leaders, entry.slot, entry.node)[0] = entry.ballot
        self._tell(entry.slot)

    def _on_learn(self, entry: LearnEntry) -> None:
        self._row(self._leaders, entry.slot, entry.node)[2] = entry.value
        self._tell(entry.slot)

    def _row(
        self, rows: dict[int | None, dict[NodeId, Row]], slot: int | None, node: NodeId
    ) -> Row:
        by_node = rows.setdefault(slot, {})
        row = by_node.get(node)
        if row is None:
            row = by_node[node] = [NULL_BALLOT, NULL_BALLOT, None]
        return row

    def _tell(self, slot: int | None) -> None:
        acceptors, leaders = self._rows(slot)
        used = {row[place] for row in (*acceptors, *leaders) for place in (0, 1)}
        ranks = {ballot: rank for rank, ballot in enumerate(sorted({NULL_BALLOT, *used}))}
        numbers: dict[Any, int] = {None: 0}
        of_acceptors = [
            (ranks[promised], ranks[voted], numbers.setdefault(value, len(numbers)))
            for promised, voted, value in acceptors
        ]
        adopted = sorted(ranks[row[0]] for row in leaders)
        learned = sum(1 for row in leaders if row[2] is not None)
        state = (of_acceptors, adopted, learned > 0)
        digest = blake2b(msgspec.msgpack.encode(state), digest_size=8).digest()
        self._on_state(int.from_bytes(digest, "little"), _contention(of_acceptors, learned))

    def _rows(self, slot: int | None) -> tuple[list[Row], list[Row]]:
        """Return the rows of a slot, of acceptors in rising order, and of leaders."""
        acceptors, leaders = self._acceptors.get(slot, {}), self._leaders.get(slot, {})
        if slot is not _ALL:
            acceptors = _with_all(acceptors, self._acceptors[_ALL])
            leaders = _with_all(leaders, self._leaders[_ALL])
        rising = sorted(acceptors.values(), key=lambda row: (row[0], row[1]))
        return rising, list(leaders.values())


def _with_all(rows: dict[NodeId, Row], to_all: dict[NodeId, Row]) -> dict[NodeId, Row]:
    """Return rows in which promises for all slots, and ballots adopted for all, count too."""
    if not to_all:
        return rows
    empty: Row = [NULL_BALLOT, NULL_BALLOT, None]
    found = {}
    for name in dict.fromkeys((*to_all, *rows)):
        row = rows.get(name, empty)
        found[name] = [max(row[0], to_all.get(name, empty)[0]), *row[1:]]
    return found


def _contention(acceptors: list[Triple], learned: int) -> int:
    values = {value for _, _, value in acceptors if value}
    weighed: int = (max(1, len(values)) * (2 if learned == 1 else 1)) ** 3
    return weighed
