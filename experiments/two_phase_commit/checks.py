"""What atomic commitment is, as checks: Bernstein, Hadzilacos and Goodman, *Concurrency Control and
Recovery in Database Systems* (1987), 7.2, whose conditions are called AC1 to AC5 there.
"""

from typing import Any, ClassVar

from experiments.two_phase_commit.words import Decides, Decision, Outcome, Transaction, Votes
from paxos_des.checks.verdict import Check, Observers, Verdict
from paxos_des.engine.entries import FaultEntry, MessageEntry, NoteEntry
from paxos_des.names import NodeId
from paxos_des.protocol.role import Settings


class SameDecision(Check):
    """All that decide, decide the same (AC1), and nobody reverses a decision (AC2)."""

    name: ClassVar[str] = "same-decision"

    def __init__(self, _: Settings) -> None:
        self._first: dict[Transaction, NoteEntry] = {}

    def observers(self) -> Observers:
        return {Decides: self._on_decides}

    def _on_decides(self, entry: NoteEntry) -> None:
        found: Decides = entry.what
        first = self._first.setdefault(found.transaction, entry)
        if first.what.decision != found.decision:
            what = (
                f"transaction {named(found.transaction)}: {first.node} decided to "
                f"{first.what.decision}, and {entry.node} to {found.decision}"
            )
            self.violate(entry.at_us, what, first.n, entry.n)


class CommitNeedsVotes(Check):
    """Nobody commits unless all have voted yes (AC3)."""

    name: ClassVar[str] = "commit-needs-votes"

    def __init__(self, settings: Settings) -> None:
        self._participants = settings.acceptors
        self._voted: dict[Transaction, set[NodeId]] = {}

    def observers(self) -> Observers:
        return {Votes: self._on_votes, Decides: self._on_decides}

    def _on_votes(self, entry: NoteEntry) -> None:
        if entry.what.vote == "yes":
            self._voted.setdefault(entry.what.transaction, set()).add(entry.node)

    def _on_decides(self, entry: NoteEntry) -> None:
        found: Decides = entry.what
        voted = self._voted.get(found.transaction, set())
        missing = [name for name in self._participants if name not in voted]
        if found.decision == "commit" and missing:
            what = (
                f"transaction {named(found.transaction)}: {entry.node} decided to commit, "
                f"and {', '.join(missing)} had not voted yes"
            )
            self.violate(entry.at_us, what, entry.n)


class Blocks(Check):
    """Nobody who runs is kept in doubt for ever (AC5). Two-phase commit cannot keep that: a
    participant that has voted yes must wait for its coordinator, for as long as that is silent.

    It is judged in the end: the coordinator is down, deaf or paused, nobody has been sent the
    outcome (one that is under way ends the doubt), and a participant that runs has voted yes and
    has not decided. Nothing that may still happen without the coordinator would help it.
    """

    name: ClassVar[str] = "blocks"

    def __init__(self, settings: Settings) -> None:
        self._coordinator = settings.leaders[0]
        self._in_doubt: dict[tuple[NodeId, Transaction], NoteEntry] = {}
        self._told: set[Transaction] = set()
        self._away: dict[tuple[NodeId, str], FaultEntry] = {}

    def observers(self) -> Observers:
        begins: dict[str | type, Any] = dict.fromkeys(_UNDONE_BY, self._on_away)
        ends: dict[str | type, Any] = dict.fromkeys(_UNDOES, self._on_back)
        noted: dict[str | type, Any] = {
            Votes: self._on_votes,
            Decides: self._on_decides,
            Outcome: self._on_outcome,
        }
        return {**begins, **ends, **noted}

    def finish(self, end_us: int) -> None:
        silence = self._absence(self._coordinator)
        if silence is None:
            return
        for (node, transaction), vote in self._in_doubt.items():
            if transaction not in self._told and self._absence(node) is None:
                what = (
                    f"transaction {named(transaction)}: {node} has voted yes, and waits for ever: "
                    f"{self._coordinator} has told nobody what it decided, and is away "
                    f"({silence.event})"
                )
                self.violate(end_us, what, vote.n, silence.n)
                return

    def _absence(self, node: NodeId) -> FaultEntry | None:
        return next((entry for (name, _), entry in self._away.items() if name == node), None)

    def _on_away(self, entry: FaultEntry) -> None:
        self._away[entry.node, entry.event] = entry

    def _on_back(self, entry: FaultEntry) -> None:
        self._away.pop((entry.node, _UNDOES[entry.event]), None)

    def _on_votes(self, entry: NoteEntry) -> None:
        if entry.what.vote == "yes":
            self._in_doubt.setdefault((entry.node, entry.what.transaction), entry)

    def _on_decides(self, entry: NoteEntry) -> None:
        self._in_doubt.pop((entry.node, entry.what.transaction), None)

    def _on_outcome(self, entry: MessageEntry) -> None:
        self._told.add(entry.message.transaction)


class SomethingCommits(Check):
    """The "sometimes" twin: a run in which nothing is committed proves little, so it is not ok."""

    name: ClassVar[str] = "something-commits"

    def __init__(self, _: Settings) -> None:
        self._decisions: set[Decision] = set()

    def observers(self) -> Observers:
        return {Decides: self._on_decides}

    def _on_decides(self, entry: NoteEntry) -> None:
        self._decisions.add(entry.what.decision)

    @property
    def verdict(self) -> Verdict:
        return "ok" if "commit" in self._decisions else "unknown"


_UNDONE_BY = {"crash": "restart", "fail": "heal", "pause": "resume"}
_UNDOES = {end: begin for begin, end in _UNDONE_BY.items()}


def named(transaction: Transaction) -> str:
    """Return a transaction as people say it."""
    return f"{transaction[1]} of {transaction[0]}"
