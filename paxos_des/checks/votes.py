"""All votes ever cast, and what they chose: the ground that several checks stand on."""

from typing import Any, ClassVar, NamedTuple

from paxos_des.checks.values import are_same, said
from paxos_des.checks.verdict import Check, Observers, Verdict
from paxos_des.engine.trace import RecordEntry
from paxos_des.names import NodeId, acceptor_name
from paxos_des.protocol.ballot import NOOP, Ballot, Slot
from paxos_des.protocol.effects import Voted
from paxos_des.protocol.quorum import Quorums


class _Candidate(NamedTuple):
    """A value, and who voted for it in one ballot: a ballot of a wrong protocol has several."""

    value: Any
    voters: dict[NodeId, int]


class Votes:
    """Counts votes as acceptors made them durable, also those that a crash erased later.

    Attributes
    ----------
    chosen
        By slot, the first value that was chosen in it, and the entry of the vote that did it.
    chosen_at_us
        By chosen value, when it was first chosen; no-ops are left out.
    conflict
        A second value chosen in a slot, if there ever was one: the entry that did it.
    """

    def __init__(self, quorums: Quorums) -> None:
        self._quorums = quorums
        # A damaged trace may let anybody vote; only acceptors make a quorum.
        self._acceptors = frozenset(map(acceptor_name, range(quorums.acceptors)))
        self._candidates: dict[tuple[Slot, Ballot], list[_Candidate]] = {}
        self._chosen_later: dict[Slot, list[Any]] = {}
        self.chosen: dict[Slot, tuple[Any, int]] = {}
        self.chosen_at_us: dict[Any, int] = {}
        self.conflict: tuple[RecordEntry, tuple[int, ...]] | None = None

    def on_durable(self, entry: RecordEntry) -> None:
        record = entry.record
        if not isinstance(record, Voted) or entry.node not in self._acceptors:
            return
        slot, value = record.slot, record.value
        if slot in self.chosen and self.is_chosen(slot, value):
            return

        voters = self._voters(slot, record.ballot, value)
        voters.setdefault(entry.node, entry.n)
        if not self._quorums.is_phase2(voters):
            return
        chosen = self.chosen.setdefault(slot, (value, entry.n))
        if chosen[0] is not value:
            self._chosen_later.setdefault(slot, []).append(value)
            if self.conflict is None:
                self.conflict = (entry, (chosen[1], *voters.values()))
        if value != NOOP:
            self.chosen_at_us.setdefault(value, entry.at_us)

    def is_chosen(self, slot: Slot, value: object) -> bool:
        """Whether `value` is chosen in `slot`, as far as the record goes."""
        chosen = self.chosen.get(slot)
        if chosen is None:
            return False
        if are_same(chosen[0], value):
            return True
        return any(are_same(later, value) for later in self._chosen_later.get(slot, ()))

    def _voters(self, slot: Slot, ballot: Ballot, value: object) -> dict[NodeId, int]:
        """Return who voted for `value`, by the entries of the votes: to be added to."""
        candidates = self._candidates.setdefault((slot, ballot), [])
        for candidate in candidates:
            if are_same(candidate.value, value):
                return candidate.voters
        candidates.append(_Candidate(value, {}))
        return candidates[-1].voters


class ChosenOnce(Check):
    """At most one value per slot gets a quorum of votes in one ballot.

    PMS 2.2: "If a proposal with value v is chosen, then every higher-numbered proposal that is
    chosen has value v" (P2), and so does every lower one that is chosen later.
    """

    name: ClassVar[str] = "chosen-once"

    def __init__(self, votes: Votes) -> None:
        super().__init__()
        self._votes = votes

    def observers(self) -> Observers:
        # Votes are counted before this is called: see `judges`.
        return {"durable": self._on_durable}

    def _on_durable(self, entry: RecordEntry) -> None:
        conflict = self._votes.conflict
        if conflict is None or conflict[0] is not entry:
            return
        record = entry.record
        value = self._votes.chosen[record.slot][0]
        what = (
            f"slot {record.slot}: {said(value)} was chosen, "
            f"and then {said(record.value)} in ballot {tuple(record.ballot)}"
        )
        self.violate(entry.at_us, what, *conflict[1])


class Progress(Check):
    """Something is chosen: a run in which nothing is proves nothing, so it is not ok."""

    name: ClassVar[str] = "progress"

    def __init__(self, votes: Votes) -> None:
        super().__init__()
        self._votes = votes

    def observers(self) -> Observers:
        return {}

    @property
    def verdict(self) -> Verdict:
        return "ok" if self._votes.chosen_at_us else "unknown"
