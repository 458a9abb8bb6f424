"""All votes ever cast, and what they chose: the ground that several checks stand on."""

from typing import Any, ClassVar

from paxos_des.checks.verdict import Check, Observers, Verdict
from paxos_des.engine.trace import RecordEntry
from paxos_des.names import NodeId
from paxos_des.protocol.ballot import NOOP, Ballot, Slot
from paxos_des.protocol.effects import Voted
from paxos_des.protocol.quorum import Quorums


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
        self._voters: dict[tuple[Slot, Ballot, Any], dict[NodeId, int]] = {}
        self.chosen: dict[Slot, tuple[Any, int]] = {}
        self.chosen_at_us: dict[Any, int] = {}
        self.conflict: tuple[RecordEntry, tuple[int, ...]] | None = None

    def on_durable(self, entry: RecordEntry) -> None:
        record = entry.record
        if not isinstance(record, Voted):
            return
        slot, value = record.slot, record.value
        chosen = self.chosen.get(slot)
        if chosen is not None and chosen[0] == value:
            return

        vote = (slot, record.ballot, value)
        voters = self._voters.setdefault(vote, {})
        voters.setdefault(entry.node, entry.n)
        if not self._quorums.is_phase2(voters):
            return
        del self._voters[vote]
        if chosen is None:
            self.chosen[slot] = (value, entry.n)
            if value != NOOP:
                self.chosen_at_us.setdefault(value, entry.at_us)
        elif self.conflict is None:
            self.conflict = (entry, (chosen[1], *voters.values()))

    def is_chosen(self, slot: Slot, value: object) -> bool:
        """Whether `value` is chosen in `slot`, as far as the record goes."""
        chosen = self.chosen.get(slot)
        return chosen is not None and chosen[0] == value


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
            f"slot {record.slot}: {value!r} was chosen, "
            f"and then {record.value!r} in ballot {tuple(record.ballot)}"
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
