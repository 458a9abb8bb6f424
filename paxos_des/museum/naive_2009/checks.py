"""What only the program of 2009 can break: a thread that ends where nobody looks."""

from typing import ClassVar

from paxos_des.checks.verdict import Check, Observers
from paxos_des.engine.trace import NoteEntry
from paxos_des.museum.naive_2009.words import WentDeaf
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
