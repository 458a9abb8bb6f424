"""Checks of leader histories: what leaders learned, over all time and all lives."""

from collections.abc import Callable
from typing import Any, ClassVar

from paxos_des.checks.low_water import LowWater
from paxos_des.checks.numbers import Numbers, drop_below
from paxos_des.checks.values import are_same, said
from paxos_des.checks.verdict import Check, Observers
from paxos_des.checks.votes import FirstVote, Votes
from paxos_des.engine.entries import (
    InvokeEntry,
    LearnEntry,
    RecordEntry,
    SnapshotEntry,
)
from paxos_des.names import NodeId
from paxos_des.protocol.ballot import NOOP, Command, Slot
from paxos_des.protocol.sequences import Sequences


class Learned:
    """What each leader learned first in each slot, and by which entry: two checks stand on it.

    Attributes
    ----------
    on_disagreement, on_change
        Called when a leader learns another value than somebody before, or than itself before:
        with the entry, and with who learned what first, by which entry.
    """

    def __init__(self, low_water: LowWater) -> None:
        low_water.on_rise.append(self._drop)
        self._low_water = low_water
        self._values: dict[NodeId, dict[Slot, Any]] = {}
        self._numbers: dict[NodeId, Numbers] = {}
        self.on_disagreement: OnOther = _ignore
        self.on_change: OnOther = _ignore

    def on_learn(self, entry: LearnEntry) -> None:
        node, slot, value = entry.node, entry.slot, entry.value
        if slot < self._low_water.at:
            return  # all leaders have forgotten it, this one too: `durability` says so
        values = self._values.get(node)
        if values is None:
            values = self._values[node] = {}
            self._numbers[node] = Numbers()
        if slot not in values:
            values[slot] = value
            numbers = self._numbers[node]
            try:
                numbers.dense[slot - numbers.base] = entry.n
            except IndexError:
                numbers.note(slot, entry.n)
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

    def at(self, node: NodeId, slot: Slot) -> Any:  # noqa: ANN401 - a value; None where unlearned
        """Return what a leader learned first in a slot, in any of its lives."""
        return self._values.get(node, {}).get(slot)

    def _drop(self, old: Slot, new: Slot) -> None:
        for values in self._values.values():
            drop_below(values, old, new)
        for numbers in self._numbers.values():
            numbers.drop_below(new)


OnOther = Callable[[LearnEntry, NodeId, Any, int], object]


def _ignore(_: LearnEntry, __: NodeId, ___: object, ____: int) -> None:
    """Do nothing: the check that would is not asked for."""


class Agreement(Check):
    """No two leaders ever learn different values for a slot, in any of their lives; and the chain
    hashes of their snapshots are equal wherever they end at the same slot.

    PMS 2.1: "Only a single value is chosen"; the leader histories are what shows it.
    """

    name: ClassVar[str] = "agreement"

    def __init__(self, learned: Learned, low_water: LowWater) -> None:
        learned.on_disagreement = self._on_disagreement
        low_water.on_rise.append(self._drop)
        self._chains: dict[Slot, SnapshotEntry] = {}

    def observers(self) -> Observers:
        # Of values, who keeps what is learned says when there is a disagreement.
        return {"snapshot": self._on_snapshot, "install": self._on_snapshot}

    def _on_snapshot(self, entry: SnapshotEntry) -> None:
        first = self._chains.setdefault(entry.slot, entry)
        if first.chain != entry.chain:
            what = (
                f"the first {entry.slot} slots: {first.node} holds a history of chain hash "
                f"{first.chain[:16]}…, and {entry.node} one of {entry.chain[:16]}…"
            )
            self.violate(entry.at_us, what, first.n, entry.n)

    def _on_disagreement(self, entry: LearnEntry, node: NodeId, value: object, number: int) -> None:
        what = (
            f"slot {entry.slot}: {node} learned {said(value)}, "
            f"and {entry.node} learned {said(entry.value)}"
        )
        self.violate(entry.at_us, what, number, entry.n)

    def _drop(self, _: Slot, new: Slot) -> None:
        self._chains = {slot: one for slot, one in self._chains.items() if slot >= new}


class NeverUnlearned(Check):
    """What a leader has learned stays as it is.

    What breaks it breaks `agreement` too, which compares a leader with its own past as with any
    other. It says more: one leader is at odds with itself, so look at what it does with what it
    learned, not at how values are chosen.
    """

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

    def __init__(self, votes: Votes, low_water: LowWater) -> None:
        self._votes = votes
        self._low_water = low_water

    def observers(self) -> Observers:
        return {"learn": self._on_learn}

    def _on_learn(self, entry: LearnEntry) -> None:
        chosen = self._votes.chosen.get(entry.slot)
        if chosen is not None and chosen.value is entry.value:
            return
        if entry.slot < self._low_water.at:
            return
        if not self._votes.is_chosen(entry.slot, entry.value):
            what = (
                f"slot {entry.slot}: {entry.node} learned {said(entry.value)}, "
                f"for which no quorum has voted in one ballot"
            )
            self.violate(entry.at_us, what, entry.n)


class Validity(Check):
    """Only what a client asked for is voted for or learned, and no-ops.

    PMS 2.1: "Only a value that has been proposed may be chosen". Of a command that is chosen, and
    whose slot is forgotten, only its name is remembered: should it come again, what it asks for
    is not compared any more.
    """

    name: ClassVar[str] = "validity"

    def __init__(self, votes: Votes) -> None:
        votes.on_drop.append(self._drop)
        self._forgotten = Sequences()
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
        if isinstance(value, Command) and self._forgotten.has(value.client, value.sequence):
            return
        what = f"slot {slot}: {entry.node} {did} {said(value)}, which no client asked for"
        self.violate(entry.at_us, what, entry.n)

    def _drop(self, value: object) -> None:
        """Forget a command that is chosen in a forgotten slot, but for its name."""
        if isinstance(value, Command) and self._invoked.pop(value, None) is not None:
            self._alike.pop(value, None)
            self._forgotten.add(value.client, value.sequence)
