"""Checks of leader histories: what leaders learned, over all time and all lives."""

from collections.abc import Callable
from typing import Any, ClassVar

from paxos_des.checks.numbers import Numbers
from paxos_des.checks.values import are_same, said
from paxos_des.checks.verdict import Check, Observers
from paxos_des.checks.votes import FirstVote, Votes
from paxos_des.engine.trace import InvokeEntry, LearnEntry, RecordEntry
from paxos_des.names import NodeId
from paxos_des.protocol.ballot import NOOP, Command, Slot


class Learned:
    """What each leader learned first in each slot, and by which entry: two checks stand on it.

    Attributes
    ----------
    on_disagreement, on_change
        Called when a leader learns another value than somebody before, or than itself before:
        with the entry, and with who learned what first, by which entry.
    """

    def __init__(self) -> None:
        self._values: dict[NodeId, dict[Slot, Any]] = {}
        self._numbers: dict[NodeId, Numbers] = {}
        self.on_disagreement: OnOther = _ignore
        self.on_change: OnOther = _ignore

    def on_learn(self, entry: LearnEntry) -> None:
        node, slot, value = entry.node, entry.slot, entry.value
        values = self._values.get(node)
        if values is None:
            values = self._values[node] = {}
            self._numbers[node] = Numbers()
        if slot not in values:
            values[slot] = value
            try:
                self._numbers[node].dense[slot] = entry.n
            except IndexError:
                self._numbers[node].note(slot, entry.n)
        elif not are_same(values[slot], value):
            self.on_change(entry, node, values[slot], self._numbers[node][slot])
        # Whoever has learned it will do: they have all learned the same, up to now.
        for learned in self._values.values():
            if slot in learned:
                if learned[slot] is not value and not are_same(learned[slot], value):
                    number, first = min(
                        (self._numbers[name][slot], name)
                        for name, values in self._values.items()
                        if slot in values
                    )
                    self.on_disagreement(entry, first, self._values[first][slot], number)
                break


OnOther = Callable[[LearnEntry, NodeId, Any, int], object]


def _ignore(_: LearnEntry, __: NodeId, ___: object, ____: int) -> None:
    """Do nothing: the check that would is not asked for."""


class Agreement(Check):
    """No two leaders ever learn different values for a slot.

    PMS 2.1: "Only a single value is chosen"; the leader histories are what shows it.
    """

    name: ClassVar[str] = "agreement"

    def __init__(self, learned: Learned) -> None:
        learned.on_disagreement = self._on_disagreement

    def observers(self) -> Observers:
        return {}  # who keeps what is learned says when there is a disagreement

    def _on_disagreement(self, entry: LearnEntry, node: NodeId, value: object, number: int) -> None:
        what = (
            f"slot {entry.slot}: {node} learned {said(value)}, "
            f"and {entry.node} learned {said(entry.value)}"
        )
        self.violate(entry.at_us, what, number, entry.n)


class NeverUnlearned(Check):
    """What a leader has learned stays as it is."""

    name: ClassVar[str] = "never-unlearned"

    def __init__(self, learned: Learned) -> None:
        learned.on_change = self._on_change

    def observers(self) -> Observers:
        return {}  # likewise

    def _on_change(self, entry: LearnEntry, node: NodeId, value: object, number: int) -> None:
        what = f"slot {entry.slot}: {node} had learned {said(value)}, and then {said(entry.value)}"
        self.violate(entry.at_us, what, number, entry.n)


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
        if chosen is not None and chosen.value is entry.value:
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
