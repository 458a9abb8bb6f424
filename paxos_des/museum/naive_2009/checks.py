"""What this program can break and no check of the package looks at.

Its pumps are threads, which end where nobody sees it; it has no replicas, for which the package
asks whether a command takes effect twice; and nobody answers its clients, so whether they are
answered in time is not the question.
"""

from typing import ClassVar

from paxos_des.checks.values import said
from paxos_des.checks.verdict import Check, Observers, Verdict
from paxos_des.engine.entries import InvokeEntry, LearnEntry, NoteEntry
from paxos_des.museum.naive_2009.words import WentDeaf
from paxos_des.names import NodeId
from paxos_des.protocol.ballot import Command
from paxos_des.protocol.role import Settings

LEARNED_WITHIN_US = 120_000_000


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


class LearnedInTime(Check):
    """What a client asks for is learned by some leader, within two minutes: eight housekeepings.

    It is judged in the end, and means nothing where messages get lost: nothing is sent again. So
    it judges the exhibits that name it, and no others.
    """

    name: ClassVar[str] = "learned-in-time"

    def __init__(self, _: Settings) -> None:
        self._open: dict[tuple[NodeId, int], InvokeEntry] = {}
        self._is_over = True

    def observers(self) -> Observers:
        return {"invoke": self._on_invoke, "learn": self._on_learn}

    @property
    def verdict(self) -> Verdict:
        return super().verdict if self._is_over or self.violation is not None else "unknown"

    def finish(self, end_us: int) -> None:
        for entry in self._open.values():
            due_us = entry.at_us + LEARNED_WITHIN_US
            if due_us <= end_us:
                what = f"{said(entry.command)} was learned by nobody within {LEARNED_WITHIN_US} µs"
                self.violate(due_us, what, entry.n)
        self._is_over = not self._open

    def _on_invoke(self, entry: InvokeEntry) -> None:
        self._open.setdefault((entry.command.client, entry.command.sequence), entry)

    def _on_learn(self, entry: LearnEntry) -> None:
        if isinstance(entry.value, Command):
            self._open.pop((entry.value.client, entry.value.sequence), None)
