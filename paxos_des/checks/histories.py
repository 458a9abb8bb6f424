"""Checks of leader histories: what leaders learned, over all time and all lives."""

from typing import Any, ClassVar

from paxos_des.checks.values import are_same, said
from paxos_des.checks.verdict import Check, Observers
from paxos_des.checks.votes import Votes
from paxos_des.engine.trace import InvokeEntry, LearnEntry, RecordEntry
from paxos_des.names import NodeId
from paxos_des.protocol.ballot import NOOP, Command, Slot
from paxos_des.protocol.effects import Voted


class Agreement(Check):
    """No two leaders ever learn different values for a slot.

    PMS 2.1: "Only a single value is chosen"; the leader histories are what shows it.
    """

    name: ClassVar[str] = "agreement"

    def __init__(self) -> None:
        super().__init__()
        self._first: dict[Slot, tuple[Any, NodeId, int]] = {}

    def observers(self) -> Observers:
        return {"learn": self._on_learn}

    def _on_learn(self, entry: LearnEntry) -> None:
        first = self._first.setdefault(entry.slot, (entry.value, entry.node, entry.n))
        value, node, number = first
        if not are_same(value, entry.value):
            what = (
                f"slot {entry.slot}: {node} learned {said(value)}, "
                f"and {entry.node} learned {said(entry.value)}"
            )
            self.violate(entry.at_us, what, number, entry.n)


class NeverUnlearned(Check):
    """What a leader has learned stays as it is."""

    name: ClassVar[str] = "never-unlearned"

    def __init__(self) -> None:
        super().__init__()
        self._learned: dict[NodeId, dict[Slot, tuple[Any, int]]] = {}

    def observers(self) -> Observers:
        return {"learn": self._on_learn}

    def _on_learn(self, entry: LearnEntry) -> None:
        learned = self._learned.setdefault(entry.node, {})
        value, number = learned.setdefault(entry.slot, (entry.value, entry.n))
        if not are_same(value, entry.value):
            what = (
                f"slot {entry.slot}: {entry.node} had learned {said(value)}, "
                f"and then {said(entry.value)}"
            )
            self.violate(entry.at_us, what, number, entry.n)


class LearnedChosen(Check):
    """What is learned is chosen: a quorum has voted for it in one ballot, by then.

    PMS 2.1: "A process never learns that a value has been chosen unless it actually has been".
    """

    name: ClassVar[str] = "learned-chosen"

    def __init__(self, votes: Votes) -> None:
        super().__init__()
        self._votes = votes

    def observers(self) -> Observers:
        return {"learn": self._on_learn}

    def _on_learn(self, entry: LearnEntry) -> None:
        if not self._votes.is_chosen(entry.slot, entry.value):
            what = (
                f"slot {entry.slot}: {entry.node} learned {said(entry.value)}, "
                f"for which no quorum has voted in one ballot"
            )
            self.violate(entry.at_us, what, entry.n)


class Validity(Check):
    """Only what a client asked for is voted for or learned, and no-ops.

    PMS 2.1: "Only a value that has been proposed may be chosen".
    """

    name: ClassVar[str] = "validity"

    def __init__(self) -> None:
        super().__init__()
        # Of commands that are equal, but not the same (`true` equals 1), each is kept.
        self._invoked: dict[Any, list[Command]] = {}

    def observers(self) -> Observers:
        return {"invoke": self._on_invoke, "durable": self._on_durable, "learn": self._on_learn}

    def _on_invoke(self, entry: InvokeEntry) -> None:
        self._invoked.setdefault(entry.command, []).append(entry.command)

    def _on_durable(self, entry: RecordEntry) -> None:
        record = entry.record
        if isinstance(record, Voted):
            self._see(entry, "voted for", record.slot, record.value)

    def _on_learn(self, entry: LearnEntry) -> None:
        self._see(entry, "learned", entry.slot, entry.value)

    def _see(self, entry: RecordEntry | LearnEntry, did: str, slot: Slot, value: object) -> None:
        if value == NOOP:
            return
        for one in self._invoked.get(value, ()):
            if are_same(one, value):
                return
        what = f"slot {slot}: {entry.node} {did} {said(value)}, which no client asked for"
        self.violate(entry.at_us, what, entry.n)
