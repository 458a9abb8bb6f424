"""All votes ever cast, and what they chose: the ground that several checks stand on."""

from collections.abc import Callable
from typing import Any, ClassVar

import msgspec

from paxos_des.checks.numbers import Numbers
from paxos_des.checks.values import are_same, said
from paxos_des.checks.verdict import Check, Observers, Verdict
from paxos_des.engine.trace import RecordEntry
from paxos_des.names import NodeId, acceptor_name
from paxos_des.protocol.ballot import NOOP, Ballot, Slot
from paxos_des.protocol.effects import Voted
from paxos_des.protocol.quorum import Quorums

OnConflict = Callable[[RecordEntry, object, tuple[int, ...]], object]


class _Candidate(msgspec.Struct, gc=False):
    """A value, and who voted for it in one ballot, by the entries of the votes: a ballot of a
    wrong protocol has several.
    """

    ballot: Ballot
    value: Any
    voters: dict[NodeId, int]


class FirstVote:
    """What a check may observe: votes for a slot, ballot and value for which none was seen.

    What others vote for too need not be judged again: most votes are no news.
    """


class Votes:
    """Counts votes as acceptors made them durable, also those that a crash erased later.

    Attributes
    ----------
    on_first
        Called with each `FirstVote`.
    chosen
        By slot, the vote by which a first value was chosen in it.
    chosen_by
        The numbers of the entries of those votes.
    chosen_at_us
        By chosen value, when it was first chosen; no-ops are left out.
    on_conflict
        Called when a second value is chosen in a slot, with the entry of the vote that did it,
        the first value, and the numbers of the entries that prove it.
    """

    def __init__(self, quorums: Quorums) -> None:
        self._quorums = quorums
        self._least = quorums.least_phase2
        # A damaged trace may let anybody vote; only acceptors make a quorum.
        self._acceptors = frozenset(map(acceptor_name, range(quorums.acceptors)))
        self._candidates: dict[Slot, list[_Candidate]] = {}
        self._chosen_later: dict[Slot, list[Any]] = {}
        self.chosen: dict[Slot, Voted] = {}
        self.chosen_by = Numbers()
        self.chosen_at_us: dict[Any, int] = {}
        self.on_conflict: OnConflict = _ignore
        self.on_first: list[Callable[[RecordEntry], object]] = []

    def on_voted(self, entry: RecordEntry) -> None:
        record = entry.record
        slot, value = record.slot, record.value
        chosen = self.chosen.get(slot)
        if chosen is not None:
            if chosen.value is value and chosen.ballot == record.ballot:
                return
            if self.is_chosen(slot, value):
                self._tell(entry)
                return
        if entry.node not in self._acceptors:
            self._tell(entry)
            return

        candidates = self._candidates.get(slot)
        # Mostly there is one candidate, and its value the very same object.
        candidate = None if candidates is None else candidates[0]
        if candidate is None or candidate.value is not value or candidate.ballot != record.ballot:
            self._tell(entry)
            candidate = self._candidate(slot, record.ballot, value)
        voters = candidate.voters
        voters.setdefault(entry.node, entry.n)
        if len(voters) < self._least or not self._quorums.is_phase2(voters):
            return
        self._forget(slot, candidate)
        if value != NOOP:
            self.chosen_at_us.setdefault(value, entry.at_us)
        if chosen is None:
            self.chosen[slot] = record
            self.chosen_by.note(slot, entry.n)
        else:
            self._chosen_later.setdefault(slot, []).append(value)
            self.on_conflict(entry, chosen.value, (self.chosen_by[slot], *voters.values()))

    def _tell(self, entry: RecordEntry) -> None:
        for observer in self.on_first:
            observer(entry)

    def is_chosen(self, slot: Slot, value: object) -> bool:
        """Whether `value` is chosen in `slot`, as far as the record goes."""
        chosen = self.chosen.get(slot)
        if chosen is None:
            return False
        if are_same(chosen.value, value):
            return True
        return any(are_same(later, value) for later in self._chosen_later.get(slot, ()))

    def _candidate(self, slot: Slot, ballot: Ballot, value: object) -> _Candidate:
        """Return the votes for `value` in one ballot: to be added to."""
        candidates = self._candidates.get(slot)
        if candidates is None:
            candidates = self._candidates[slot] = []
        for candidate in candidates:
            if candidate.ballot == ballot and are_same(candidate.value, value):
                return candidate
        candidates.append(_Candidate(ballot, value, {}))
        return candidates[-1]

    def _forget(self, slot: Slot, candidate: _Candidate) -> None:
        """Count no more votes for what is chosen: they would change nothing."""
        candidates = self._candidates[slot]
        candidates.remove(candidate)
        if not candidates:
            del self._candidates[slot]


def _ignore(_: RecordEntry, __: object, ___: tuple[int, ...]) -> None:
    """Do nothing: not every record of votes is judged."""


class ChosenOnce(Check):
    """At most one value per slot gets a quorum of votes in one ballot.

    PMS 2.2: "If a proposal with value v is chosen, then every higher-numbered proposal that is
    chosen has value v" (P2), and so does every lower one that is chosen later.
    """

    name: ClassVar[str] = "chosen-once"

    def __init__(self, votes: Votes) -> None:
        votes.on_conflict = self._on_conflict

    def observers(self) -> Observers:
        return {}  # who counts the votes says when there is a conflict

    def _on_conflict(self, entry: RecordEntry, first: object, numbers: tuple[int, ...]) -> None:
        record = entry.record
        what = (
            f"slot {record.slot}: {said(first)} was chosen, "
            f"and then {said(record.value)} in ballot {tuple(record.ballot)}"
        )
        self.violate(entry.at_us, what, *numbers)


class Progress(Check):
    """Something is chosen: a run in which nothing is proves nothing, so it is not ok."""

    name: ClassVar[str] = "progress"

    def __init__(self, votes: Votes) -> None:
        self._votes = votes

    def observers(self) -> Observers:
        return {}

    @property
    def verdict(self) -> Verdict:
        return "ok" if self._votes.chosen_at_us else "unknown"
