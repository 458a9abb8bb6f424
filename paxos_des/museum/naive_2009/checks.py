"""What this program can break and no check of the package looks at.

Its pumps are threads, which end where nobody sees it; and it has no replicas, for which the package
asks whether a command takes effect twice.
"""

from typing import ClassVar

from paxos_des.checks.values import said
from paxos_des.checks.verdict import Check, Observers
from paxos_des.engine.trace import LearnEntry, NoteEntry
from paxos_des.museum.naive_2009.words import WentDeaf
from paxos_des.names import NodeId
from paxos_des.protocol.ballot import Command
from paxos_des.protocol.role import Settings


class PumpsRun(Check):
    """No message ends the thread of a message pump: a node that hears, goes on hearing."""

    name: ClassVar[str] = "pumps-run"

    def __init__(self, _: Settings) -> None: ...

    def observers(self) -> Observers:
        return {WentDeaf: self._on_deaf}

    def _on_deaf(self, entry: NoteEntry) -> None:
        found: WentDeaf = entry.what
        what = f"{entry.node} went deaf, for its pump's thread ended: {found.why}"
        self.violate(entry.at_us, what, entry.n)


class OneSlotEach(Check):
    """A command is learned in one slot: whoever carries the history out would do it twice."""

    name: ClassVar[str] = "one-slot-each"

    def __init__(self, _: Settings) -> None:
        self._first: dict[tuple[NodeId, int], LearnEntry] = {}

    def observers(self) -> Observers:
        return {"learn": self._on_learn}

    def _on_learn(self, entry: LearnEntry) -> None:
        value = entry.value
        if not isinstance(value, Command):
            return
        first = self._first.setdefault((value.client, value.sequence), entry)
        if first.slot != entry.slot:
            what = (
                f"{said(value)} is in slot {first.slot}, as {first.node} learned, "
                f"and in slot {entry.slot}, as {entry.node} did"
            )
            self.violate(entry.at_us, what, first.n, entry.n)
