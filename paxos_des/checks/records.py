"""What acceptors said and kept, as far as they have not forgotten it: ground for several checks."""

from collections.abc import Callable
from typing import Any, NamedTuple

from paxos_des.checks.numbers import Numbers, drop_below
from paxos_des.checks.verdict import Observers
from paxos_des.engine.entries import Entry, ForgetEntry, RecordEntry, RecoverEntry
from paxos_des.engine.fast import FAST
from paxos_des.names import NodeId
from paxos_des.protocol.ballot import NULL_BALLOT, Ballot, Slot
from paxos_des.protocol.effects import Forgotten, Voted

REFUSED: Slot = 2**62
"""Below it are all slots: an acceptor that refused to come back may speak of none."""


class Recovery(NamedTuple):
    """What an acceptor found on its disk, by slot."""

    promised_to_all: Ballot
    promised: dict[Slot, Ballot]
    votes: dict[Slot, Voted]

    def binding(self, slot: Slot) -> Ballot:
        vote = self.votes.get(slot)
        voted = NULL_BALLOT if vote is None else vote.ballot
        return max(self.promised_to_all, self.promised.get(slot, NULL_BALLOT), voted)

    @classmethod
    def of(cls, entry: RecoverEntry) -> "Recovery":
        to_all, promised, votes = NULL_BALLOT, dict[Slot, Ballot](), dict[Slot, Voted]()
        for said in entry.promised:
            ballot, slot = plain(said["ballot"]), said.get("slot")
            if slot is None:
                to_all = max(to_all, ballot)
            else:
                promised[slot] = max(ballot, promised.get(slot, NULL_BALLOT))
        for vote in entry.votes:
            votes[vote.slot] = Voted(vote.slot, plain(vote.ballot), vote.value)
        return cls(to_all, promised, votes)


class Records:
    """What one acceptor promised, and its last votes, each with the number of its entry.

    Attributes
    ----------
    forgot
        It knows nothing any more of single slots below this one.
    floor
        It may speak of no slot below this one: `forgot`, or more when it refused to come back.
    told
        Votes that it told of and that were not durable by then, with the entry: none, if it
        persists before it answers.
    """

    __slots__ = (
        "floor", "forgot", "promised", "promised_by", "promised_to_all", "told", "voted_by",
        "votes",
    )  # fmt: skip

    def __init__(self) -> None:
        self.promised_to_all: tuple[Ballot, int] = (NULL_BALLOT, -1)
        self.promised: dict[Slot, Ballot] = {}
        self.promised_by = Numbers()
        self.votes: dict[Slot, Voted] = {}
        self.voted_by = Numbers()
        self.told: dict[Slot, tuple[Voted, int]] = {}
        self.forgot: Slot = 0
        self.floor: Slot = 0

    def promise(self, slot: Slot, ballot: Ballot, number: int) -> None:
        """Note a promise; of two equal ones, the earlier binds."""
        known = self.promised.get(slot)
        if known is None or ballot > known:
            self.promised[slot] = ballot
            self.promised_by.note(slot, number)

    def vote(self, record: Voted, number: int) -> None:
        """Note a vote, in a slot that is not below `floor`, in place of any before it."""
        slot, voted_by = record.slot, self.voted_by
        self.votes[slot] = record
        try:
            voted_by.dense[slot - voted_by.base] = number
        except IndexError:
            voted_by.note(slot, number)

    def allows(self, slot: Slot, ballot: Ballot) -> bool:
        """Whether nothing binds a slot above `ballot`: what is asked at every vote and promise."""
        promised = self.promised.get(slot)
        if promised is not None and ballot < promised:
            return False
        if ballot < self.promised_to_all[0]:
            return False
        vote = self.votes.get(slot)
        return vote is None or ballot >= plain(vote.ballot)

    def binding(self, slot: Slot) -> tuple[Ballot, int]:
        """Return what binds a slot: the highest ballot promised or voted in, and its entry."""
        binding = self.promised_to_all
        if slot in self.promised and self.promised[slot] > binding[0]:
            binding = (self.promised[slot], self.promised_by[slot])
        vote = self.votes.get(slot)
        if vote is not None and plain(vote.ballot) > binding[0]:
            binding = (plain(vote.ballot), self.voted_by[slot])
        return binding

    def binding_from(self, from_slot: Slot) -> tuple[Ballot, int]:
        """Return the highest of what binds any slot from `from_slot` on."""
        slots = [slot for slot in (*self.promised, *self.votes) if slot >= from_slot]
        return max((self.binding(slot) for slot in slots), default=self.promised_to_all)

    def forget(self, below: Slot) -> None:
        """Drop what the acceptor has forgotten."""
        old = self.forgot
        if below <= old:
            return
        for kept in (self.promised, self.votes, self.told):
            drop_below(kept, old, below)
        self.promised_by.drop_below(below)
        self.voted_by.drop_below(below)
        self.forgot = below
        self.floor = max(self.floor, below)

    def recover(self, found: Recovery, number: int) -> None:
        """Add what reached the disk although nobody was told so before the crash."""
        self.floor = self.forgot
        if found.promised_to_all > self.promised_to_all[0]:
            self.promised_to_all = (found.promised_to_all, number)
        for slot, ballot in found.promised.items():
            if slot >= self.floor:
                self.promise(slot, ballot, number)
        for slot, voted in found.votes.items():
            known = self.votes.get(slot)
            if slot >= self.floor and (known is None or plain(known.ballot) < voted.ballot):
                self.vote(voted, number)


if FAST is not None:
    FAST.know_votes(Voted, Ballot, Records, Numbers)


class Acceptors:
    """The records of all acceptors.

    Attributes
    ----------
    on_recovered
        Called with what an acceptor found on its disk, before it is added to its records.
    on_gone
        Called when an acceptor votes or promises in a slot below its floor, with the entry, the
        slot, and what it did.
    """

    def __init__(self) -> None:
        self.records: dict[NodeId, Records] = {}
        self.on_recovered: Callable[[RecoverEntry, Records, Recovery], object] = _ignore
        self.on_gone: Callable[[Entry, Slot, str, Records], object] = _ignore

    def dissolve(self) -> None:
        """Let those go who hear of records: see `Judges.dissolve`."""
        self.on_recovered = self.on_gone = _ignore

    def observers(self) -> Observers:
        return {
            "forget": self._on_forget,
            "recover": self._on_recover,
            Forgotten: self._on_forgotten,
        }

    def of(self, node: NodeId) -> Records:
        records = self.records.get(node)
        if records is None:
            records = self.records[node] = Records()
        return records

    def _on_forget(self, entry: ForgetEntry) -> None:
        records = self.records.get(entry.node)
        if records is not None:
            records.forget(entry.below)

    def _on_forgotten(self, entry: RecordEntry) -> None:
        self.of(entry.node).forget(entry.record.below)

    def _on_recover(self, entry: RecoverEntry) -> None:
        records = self.of(entry.node)
        if entry.refused is not None:
            records.floor = REFUSED
            return
        found = Recovery.of(entry)
        self.on_recovered(entry, records, found)
        records.recover(found, entry.n)


def plain(ballot: Any) -> Ballot:  # noqa: ANN401 - whatever a wrong protocol has for a ballot
    """Return a ballot that compares as ballots do, whatever order a wrong protocol has."""
    return ballot if type(ballot) is Ballot else Ballot(*ballot)


def _ignore(*_: object) -> None:
    """Do nothing: the check that would is not asked for."""
