"""All votes ever cast, and what they chose: the ground that several checks stand on."""

from collections.abc import Callable
from typing import Any, ClassVar

import msgspec

from paxos_des.checks.configurations import Configurations
from paxos_des.checks.low_water import LowWater
from paxos_des.checks.numbers import Numbers, drop_below
from paxos_des.checks.records import plain
from paxos_des.checks.values import are_same, said
from paxos_des.checks.verdict import Check, Observers, Verdict
from paxos_des.engine.entries import RecordEntry, RecoverEntry
from paxos_des.engine.fast import FAST
from paxos_des.names import NodeId
from paxos_des.protocol.ballot import Ballot, Command, Slot
from paxos_des.protocol.effects import Voted
from paxos_des.protocol.sequences import Sequences

OnConflict = Callable[[RecordEntry, object, tuple[int, ...]], object]


class _Candidate(msgspec.Struct, gc=False):
    """A value, and who voted for it in one ballot, by the entries of the votes: a ballot of a
    wrong protocol has several.
    """

    ballot: Ballot
    value: Any
    voters: dict[NodeId, int]


if FAST is not None:
    FAST.know_candidate(_Candidate)


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
    on_chosen
        Called with each command that is chosen for the first time, and when.
    on_drop
        Called with each value chosen in a slot that is dropped.
    chosen
        By slot, the vote by which a first value was chosen in it; forgotten slots are dropped.
    chosen_by
        The numbers of the entries of those votes.
    commands
        Which commands are chosen, forgotten ones too; no-ops are left out.
    slots
        How many slots have a value, forgotten ones too.
    on_conflict
        Called when a second value is chosen in a slot, with the entry of the vote that did it,
        the first value, and the numbers of the entries that prove it.
    """

    def __init__(self, configurations: Configurations, low_water: LowWater) -> None:
        low_water.on_rise.append(self._drop)
        self._low_water = low_water
        self._configurations = configurations
        self._can_change = configurations.can_change
        # A damaged trace may let anybody vote; only acceptors make a quorum.
        self._acceptors, self._quorums = configurations.first
        self._least = self._quorums.least_phase2
        self._candidates: dict[Slot, list[_Candidate]] = {}
        self._chosen_later: dict[Slot, list[Any]] = {}
        self.chosen: dict[Slot, Voted] = {}
        self.chosen_by = Numbers()
        self.commands = Sequences()
        self.slots = 0
        self.on_conflict: OnConflict = _ignore
        self.on_first: list[Callable[[RecordEntry], object]] = []
        self.on_chosen: list[Callable[[Command, int], object]] = []
        self.on_drop: list[Callable[[Any], object]] = []

    def dissolve(self) -> None:
        """Let those go who hear of votes: see `Judges.dissolve`."""
        self.on_conflict = _ignore
        for heard in (self.on_first, self.on_chosen, self.on_drop):
            heard.clear()

    def observer(self) -> Callable[[RecordEntry], None]:
        """Return what is to be called with each vote: where compiled, most are counted at once."""
        if FAST is None or self._can_change:
            return self.on_voted
        counted: Callable[[RecordEntry], None] = FAST.VotesCounted(
            self.chosen, self._candidates, tuple(self._acceptors), self._least, self.on_voted
        )
        return counted

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
        elif slot < self._low_water.at:
            return  # who votes there has forgotten it: `durability` says so
        if self._can_change:
            acceptors, quorums = self._configurations.at(slot)
            least = quorums.least_phase2
        else:
            acceptors, quorums, least = self._acceptors, self._quorums, self._least
        if entry.node not in acceptors:
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
        if len(voters) < least or not quorums.is_phase2(voters):
            return
        self._choose(entry, candidate, chosen)

    def _choose(self, entry: RecordEntry, candidate: _Candidate, chosen: Voted | None) -> None:
        """Note that a value is chosen in a slot, by this vote: the first one, or another."""
        record = entry.record
        slot, value = record.slot, record.value
        self._forget(slot, candidate)
        if isinstance(value, Command) and self.commands.add(value.client, value.sequence):
            for observer in self.on_chosen:
                observer(value, entry.at_us)
        if self._can_change:
            self._configurations.on_chosen(slot, value)
        if chosen is None:
            self.slots += 1
            self.chosen[slot] = record
            self.chosen_by.note(slot, entry.n)
        else:
            self._chosen_later.setdefault(slot, []).append(value)
            self.on_conflict(
                entry, chosen.value, (self.chosen_by[slot], *candidate.voters.values())
            )

    def on_recover(self, entry: RecoverEntry) -> None:
        """Count what an acceptor found on its disk: a vote may have reached it although nobody
        was told so before the crash.
        """
        for vote in entry.votes:
            record = Voted(vote.slot, plain(vote.ballot), vote.value)
            self.on_voted(RecordEntry(entry.n, entry.at_us, "durable", entry.node, record))

    def _drop(self, old: Slot, new: Slot) -> None:
        for slot in range(old, min(new, old + 2 * len(self.chosen) + 1)):
            dropped = self.chosen.get(slot)
            if dropped is not None:
                for observer in self.on_drop:
                    observer(dropped.value)
        for kept in (self.chosen, self._chosen_later, self._candidates):
            drop_below(kept, old, new)
        self.chosen_by.drop_below(new)

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
        return "ok" if self._votes.commands.count else "unknown"
