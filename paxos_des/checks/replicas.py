"""Checks of replicas: each command takes effect once, and all in the order of slots."""

from typing import Any, ClassVar, NamedTuple

import msgspec

from paxos_des.checks.histories import Learned
from paxos_des.checks.low_water import LowWater
from paxos_des.checks.numbers import drop_below
from paxos_des.checks.values import are_same, said
from paxos_des.checks.verdict import Check, Observers
from paxos_des.engine.entries import (
    ApplyEntry,
    CompleteEntry,
    FaultEntry,
    SnapshotEntry,
)
from paxos_des.names import NodeId
from paxos_des.protocol.ballot import Command, Slot
from paxos_des.protocol.sequences import Sequences

Name = tuple[NodeId, int]
"""Whose command, and which one."""

_encode = msgspec.json.Encoder().encode


class Integrity(Check):
    """A command takes effect once: in one slot, the same for all leaders, with one result.

    Leaders apply the same slots in several lives and places: what one did in a slot, all do.
    """

    name: ClassVar[str] = "integrity"

    def __init__(self, low_water: LowWater) -> None:
        low_water.on_rise.append(self._drop)
        self._low_water = low_water
        self._applied: dict[Slot, ApplyEntry] = {}
        self._effects: dict[Name, ApplyEntry] = {}
        # Of commands that took effect in forgotten slots, or were answered without one.
        self._forgotten = Sequences()
        self._slotless = Sequences()

    def observers(self) -> Observers:
        return {"apply": self._on_apply, "complete": self._on_complete}

    def _on_apply(self, entry: ApplyEntry) -> None:
        if entry.slot < self._low_water.at:
            return  # the replica of somebody who is behind all others: `order` judges it
        first = self._applied.get(entry.slot)
        if first is not None:
            self._compare(first, entry)
            return
        self._applied[entry.slot] = entry
        value = entry.value
        if not isinstance(value, Command):
            return
        name = (value.client, value.sequence)
        effect = self._effects.get(name)
        if entry.repeated:
            self._see_repeated(entry, value, effect)
        elif effect is not None and effect.slot != entry.slot:
            what = f"{said(value)} took effect twice, in slots {effect.slot} and {entry.slot}"
            self.violate(entry.at_us, what, effect.n, entry.n)
        elif self._forgotten.has(*name):
            what = f"{said(value)} took effect again, in slot {entry.slot}"
            self.violate(entry.at_us, what, entry.n)
        else:
            self._effects[name] = entry

    def _compare(self, first: ApplyEntry, entry: ApplyEntry) -> None:
        """Judge what is done in a slot again, by another leader or in another life."""
        if (
            first.repeated == entry.repeated
            and are_same(first.value, entry.value)
            and _are_equal(first.result, entry.result)
        ):
            return
        what = f"slot {entry.slot}: {_deed(first)}, and {_deed(entry)}"
        self.violate(entry.at_us, what, first.n, entry.n)

    def _see_repeated(self, entry: ApplyEntry, value: Command, effect: ApplyEntry | None) -> None:
        if effect is None:
            if self._forgotten.has(value.client, value.sequence):
                return
            if self._slotless.has(value.client, value.sequence):
                return  # answered under a lease, while an earlier request was still on its way
            what = f"slot {entry.slot}: {_deed(entry)}, which never took effect before"
            self.violate(entry.at_us, what, entry.n)
        elif entry.result is not None and not _are_equal(effect.result, entry.result):
            # None: its result is forgotten too, for nobody waits for it.
            what = f"{said(value)}: {_deed(effect)}, and {_deed(entry)}"
            self.violate(entry.at_us, what, effect.n, entry.n)

    def _on_complete(self, entry: CompleteEntry) -> None:
        slot, command = entry.slot, entry.command
        if slot is None:
            self._slotless.add(command.client, command.sequence)
            return
        if not self._applied or slot < self._low_water.at:
            return  # no replicas, or forgotten
        applied = self._applied.get(slot)
        if applied is None:
            what = f"{said(command)} was answered, and nobody had applied its slot {slot}"
            self.violate(entry.at_us, what, entry.n)
        elif not (are_same(applied.value, command) and _are_equal(applied.result, entry.result)):
            what = (
                f"{said(command)} was answered with {_json(entry.result)}, "
                f"and in its slot {slot}, {_deed(applied)}"
            )
            self.violate(entry.at_us, what, applied.n, entry.n)

    def _drop(self, old: Slot, new: Slot) -> None:
        gone = [entry for slot, entry in self._applied.items() if slot < new]
        for entry in gone:
            value = entry.value
            if isinstance(value, Command) and not entry.repeated:
                self._effects.pop((value.client, value.sequence), None)
                self._forgotten.add(value.client, value.sequence)
        drop_below(self._applied, old, new)


class _Place(NamedTuple):
    """Which slots a replica may apply next, from one to another, and why."""

    least: Slot
    most: Slot
    number: int


class Order(Check):
    """Each replica applies slots in order and without gaps, and what was learned there.

    It starts at slot 0; after a restart, at its last snapshot; after an install, where that ends.
    A snapshot may have reached the disk although nobody was told so before the crash: then the
    new life starts higher, but not above what any leader had applied.
    """

    name: ClassVar[str] = "order"

    def __init__(self, learned: Learned, low_water: LowWater) -> None:
        self._learned = learned
        self._low_water = low_water
        self._next: dict[NodeId, _Place] = {}
        self._snapshots: dict[NodeId, Slot] = {}
        self._most: Slot = 0

    def observers(self) -> Observers:
        return {
            "apply": self._on_apply,
            "install": self._on_install,
            "snapshot": self._on_snapshot,
            "restart": self._on_restart,
        }

    def _on_apply(self, entry: ApplyEntry) -> None:
        node, slot = entry.node, entry.slot
        place = self._next.get(node)
        least, most, number = place or (0, 0, entry.n)
        if not least <= slot <= most:
            where = f"slot {least}" if least == most else f"one of the slots {least} to {most}"
            what = f"{node} applied slot {slot}; next was {where}"
            self.violate(entry.at_us, what, number, entry.n)
        self._next[node] = _Place(slot + 1, slot + 1, entry.n)
        self._most = max(self._most, slot + 1)
        learned = self._learned.at(node, slot)
        if learned is entry.value or slot < self._low_water.at:
            return
        if not are_same(learned, entry.value):
            had = "nothing" if learned is None else said(learned)
            what = f"slot {slot}: {node} applied {said(entry.value)}, and had learned {had}"
            self.violate(entry.at_us, what, entry.n)

    def _on_install(self, entry: SnapshotEntry) -> None:
        place = self._next.get(entry.node)
        if place is not None and entry.slot < place.least:
            what = (
                f"{entry.node} installed a snapshot of the slots below {entry.slot}, "
                f"and had applied all below {place.least}"
            )
            self.violate(entry.at_us, what, place.number, entry.n)
        self._next[entry.node] = _Place(entry.slot, entry.slot, entry.n)
        self._most = max(self._most, entry.slot)

    def _on_snapshot(self, entry: SnapshotEntry) -> None:
        self._most = max(self._most, entry.slot)
        self._snapshots[entry.node] = max(entry.slot, self._snapshots.get(entry.node, 0))

    def _on_restart(self, entry: FaultEntry) -> None:
        least = self._snapshots.get(entry.node, 0)
        self._next[entry.node] = _Place(least, max(least, self._most), entry.n)


def _are_equal(one: Any, other: Any) -> bool:  # noqa: ANN401 - results: any JSON
    return one is other or _encode(one) == _encode(other)


def _json(result: object) -> str:
    return _encode(result).decode()


def _deed(entry: ApplyEntry) -> str:
    again = " as a repetition" if entry.repeated else ""
    return f"{entry.node} applied {said(entry.value)}{again} with result {_json(entry.result)}"
