"""Checks of leader histories: what leaders learned, over all time and all lives."""

from typing import Any, ClassVar

from paxos_des.checks.values import are_same, said
from paxos_des.checks.verdict import Check, Observers
from paxos_des.checks.votes import FirstVote, Votes
from paxos_des.engine.trace import InvokeEntry, LearnEntry, RecordEntry
from paxos_des.names import NodeId
from paxos_des.protocol.ballot import NOOP, Command, Slot


class Agreement(Check):
    """No two leaders ever learn different values for a slot.

    PMS 2.1: "Only a single value is chosen"; the leader histories are what shows it.
    """

    name: ClassVar[str] = "agreement"

    def __init__(self) -> None:
        self._first: dict[Slot, LearnEntry] = {}

    def observers(self) -> Observers:
        return {"learn": self._on_learn}

    def _on_learn(self, entry: LearnEntry) -> None:
        first = self._first.setdefault(entry.slot, entry)
        if first.value is not entry.value and not are_same(first.value, entry.value):
            what = (
                f"slot {entry.slot}: {first.node} learned {said(first.value)}, "
                f"and {entry.node} learned {said(entry.value)}"
            )
            self.violate(entry.at_us, what, first.n, entry.n)


class NeverUnlearned(Check):
    """What a leader has learned stays as it is."""

    name: ClassVar[str] = "never-unlearned"

    def __init__(self) -> None:
        self._learned: dict[NodeId, dict[Slot, LearnEntry]] = {}

    def observers(self) -> Observers:
        return {"learn": self._on_learn}

    def _on_learn(self, entry: LearnEntry) -> None:
        learned = self._learned.get(entry.node)
        if learned is None:
            learned = self._learned[entry.node] = {}
        first = learned.setdefault(entry.slot, entry)
        if first is not entry and not are_same(first.value, entry.value):
            what = (
                f"slot {entry.slot}: {entry.node} had learned {said(first.value)}, "
                f"and then {said(entry.value)}"
            )
            self.violate(entry.at_us, what, first.n, entry.n)


class LearnedChosen(Check):
    """What is learned is chosen: a quorum has voted for it in one ballot, by then.

    PMS 2.1: "A process never learns that a value has been chosen unless it actually has been".
    """

    name: ClassVar[str] = "learned-chosen"

    def __init__(self, votes: Votes) -> None:
        self._votes = votes

    def observers(self) -> Observers:
        return {"learn": self._on_learn}

    def _on_learn(self, entry: LearnEntry) -> None:
        chosen = self._votes.chosen.get(entry.slot)
        if chosen is not None and chosen.record.value is entry.value:
            return
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
        self._invoked: dict[Any, Command] = {}
        # Commands that are equal to one of those, but not the same (`true` equals 1).
        self._alike: dict[Any, list[Command]] = {}

    def observers(self) -> Observers:
        return {"invoke": self._on_invoke, FirstVote: self._on_voted, "learn": self._on_learn}

    def _on_invoke(self, entry: InvokeEntry) -> None:
        command = entry.command
        if self._invoked.setdefault(command, command) is not command:
            self._alike.setdefault(command, []).append(command)

    def _on_voted(self, entry: RecordEntry) -> None:
        record = entry.record
        if self._invoked.get(record.value) is not record.value:
            self._see(entry, "voted for", record.slot, record.value)

    def _on_learn(self, entry: LearnEntry) -> None:
        if self._invoked.get(entry.value) is not entry.value:
            self._see(entry, "learned", entry.slot, entry.value)

    def _see(self, entry: RecordEntry | LearnEntry, did: str, slot: Slot, value: object) -> None:
        """Judge a value that is not the very object that a client asked for."""
        if value == NOOP:
            return
        first = self._invoked.get(value)
        if first is not None and are_same(first, value):
            return
        if any(are_same(one, value) for one in self._alike.get(value, ())):
            return
        what = f"slot {slot}: {entry.node} {did} {said(value)}, which no client asked for"
        self.violate(entry.at_us, what, entry.n)
