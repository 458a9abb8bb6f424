"""Checks of acceptors and of ballots: what was promised, voted for and reported."""

from collections.abc import Callable
from typing import Any, ClassVar

from paxos_des.checks.low_water import LowWater
from paxos_des.checks.numbers import Numbers, drop_below
from paxos_des.checks.records import Acceptors, Records, plain
from paxos_des.checks.values import are_same, said
from paxos_des.checks.verdict import Check, Observers
from paxos_des.checks.votes import FirstVote
from paxos_des.engine.entries import MessageEntry, RecordEntry
from paxos_des.engine.fast import FAST
from paxos_des.names import NodeId, leader_name
from paxos_des.protocol.ballot import Ballot, Slot, Vote
from paxos_des.protocol.effects import Promised, Voted
from paxos_des.protocol.messages import Accept, Prepare, Promise


class Promises(Check):
    """Promises never fall, and no vote is cast below one.

    PMS 2.2, P1a: "An acceptor can accept a proposal numbered n iff it has not responded to a
    prepare request having a number greater than n". A vote binds like a promise, and so does a
    Promise that was sent and never made durable: what is said is said.
    """

    name: ClassVar[str] = "promises"

    def __init__(self, acceptors: Acceptors) -> None:
        self._acceptors = acceptors
        self._records = acceptors.records

    def observers(self) -> Observers:
        on_voted: Callable[[RecordEntry], None] = self._on_voted
        if FAST is not None:  # what breaks no promise is seen to do so at once
            on_voted = FAST.PromisesKept(self._records, on_voted)
        return {Voted: on_voted, Promised: self._on_promised, Promise: self._on_promise}

    def _on_promise(self, entry: MessageEntry) -> None:
        promise = entry.message
        records = self._records.get(entry.node) or self._acceptors.of(entry.node)
        slot, ballot = promise.slot, promise.ballot
        if type(ballot) is not Ballot:
            ballot = plain(ballot)
        covered = slot if slot is not None else promise.from_slot or 0
        if covered < records.floor:
            self._acceptors.on_gone(entry, covered, "promised", records)
            return
        if slot is None:
            if ballot > records.promised_to_all[0]:
                records.promised_to_all = (ballot, entry.n)
        elif records.promised.get(slot) != ballot:  # mostly it was made durable just before
            records.promise(slot, ballot, entry.n)

    def _on_voted(self, entry: RecordEntry) -> None:
        record = entry.record
        records = self._records.get(entry.node) or self._acceptors.of(entry.node)
        slot, ballot = record.slot, record.ballot
        if slot < records.floor:
            self._acceptors.on_gone(entry, slot, "voted", records)
            return
        if type(ballot) is not Ballot:
            ballot = plain(ballot)
        votes, promised = records.votes, records.promised
        # As `records.allows` asks, where nobody has voted here yet: mostly.
        if (
            slot in votes
            or ballot < records.promised_to_all[0]
            or (slot in promised and ballot < promised[slot])
        ) and not records.allows(slot, ballot):
            self._violate(entry, f"slot {slot}", "voted", ballot, records.binding(slot))
        votes[slot] = record
        voted_by = records.voted_by
        try:
            voted_by.dense[slot - voted_by.base] = entry.n
        except IndexError:
            voted_by.note(slot, entry.n)

    def _on_promised(self, entry: RecordEntry) -> None:
        record = entry.record
        records = self._records.get(entry.node) or self._acceptors.of(entry.node)
        slot, ballot = record.slot, record.ballot
        if type(ballot) is not Ballot:
            ballot = plain(ballot)
        if slot is not None:
            if slot < records.floor:
                self._acceptors.on_gone(entry, slot, "promised", records)
                return
            if not records.allows(slot, ballot):
                self._violate(entry, f"slot {slot}", "promised", ballot, records.binding(slot))
            records.promise(slot, ballot, entry.n)
            return
        slot = record.from_slot or 0
        bound = max(records.promised_to_all, records.binding_from(slot))
        if ballot < bound[0]:
            self._violate(entry, f"slot {slot}", "promised for all slots", ballot, bound)
        records.promised_to_all = max(records.promised_to_all, (ballot, entry.n))

    def _violate(
        self, entry: RecordEntry, where: str, deed: str, ballot: Ballot, bound: tuple[Ballot, int]
    ) -> None:
        what = (
            f"{where}: {entry.node} {deed} in ballot {tuple(ballot)}, "
            f"although ballot {tuple(bound[0])} bound it"
        )
        self.violate(entry.at_us, what, bound[1], entry.n)


class ReportedVotes(Check):
    """The votes that a Promise reports are the votes that its sender cast last.

    PMS 2.2, phase 1b: the promise goes "with the highest-numbered proposal (if any) that it has
    accepted"; of all slots from `from_slot` on, where it covers them all.
    """

    name: ClassVar[str] = "reported-votes"

    def __init__(self, acceptors: Acceptors) -> None:
        # `promises` keeps these records; it observes before this one: see `judges`.
        self._records: dict[NodeId, Records] = acceptors.records

    def observers(self) -> Observers:
        return {Promise: self._on_promise}

    def _on_promise(self, entry: MessageEntry) -> None:
        promise = entry.message
        records = self._records.get(entry.node)
        if records is not None and records.floor > (promise.slot or promise.from_slot or 0):
            return  # it may not promise there at all: `durability` says so
        votes = {} if records is None else records.votes
        if promise.slot is not None:
            if not promise.votes and promise.slot not in votes:
                return  # as mostly, where a slot is new
            slots = [promise.slot] if promise.slot in votes else []
        else:
            slots = sorted(slot for slot in votes if slot >= (promise.from_slot or 0))
        cast = [votes[slot] for slot in slots]
        if not promise.votes and not cast:
            return
        expected = tuple(Vote(vote.slot, vote.ballot, vote.value) for vote in cast)
        if not _are_same_votes(promise.votes, expected):
            what = (
                f"{entry.node} promised ballot {tuple(promise.ballot)} and reported "
                f"{_listed(promise.votes)}; it had cast {_listed(expected)}"
            )
            numbers = [] if records is None else [records.voted_by[slot] for slot in slots]
            self.violate(entry.at_us, what, *numbers, entry.n)


class BallotRules(Check):
    """A ballot belongs to one leader, and has one value per slot.

    *The Part-Time Parliament* 2.2, B1: "Each ballot in B has a unique ballot number".
    """

    name: ClassVar[str] = "ballots"

    def __init__(self, low_water: LowWater) -> None:
        self._low_water = low_water
        low_water.on_rise.append(self._drop)
        self._owners: dict[int, NodeId] = {}
        self._first: dict[Slot, Accept | Voted] = {}
        self._first_by = Numbers()
        self._others: dict[tuple[Slot, Ballot], tuple[Any, int]] = {}

    def observers(self) -> Observers:
        return {Prepare: self._on_prepare, Accept: self._on_accept, FirstVote: self._on_voted}

    def _on_prepare(self, entry: MessageEntry) -> None:
        if self._owners.get(entry.message.ballot.leader) != entry.node:
            self._see_owner(entry)

    def _on_accept(self, entry: MessageEntry) -> None:
        if self._owners.get(entry.message.ballot.leader) != entry.node:
            self._see_owner(entry)
        self._see_value(entry, entry.message)

    def _on_voted(self, entry: RecordEntry) -> None:
        self._see_value(entry, entry.record)

    def _see_owner(self, entry: MessageEntry) -> None:
        ballot = entry.message.ballot
        owner = self._owners.get(ballot.leader)
        if owner is None:
            owner = self._owners[ballot.leader] = leader_name(ballot.leader)
        if entry.node != owner:
            what = f"{entry.node} used ballot {tuple(ballot)}, which is {owner}'s"
            self.violate(entry.at_us, what, entry.n)

    def _see_value(self, entry: MessageEntry | RecordEntry, asked: Accept | Voted) -> None:
        """Compare with who was first to name a value for this ballot and slot. Mostly one ballot
        is all that a slot sees: it needs no key of its own.
        """
        slot, ballot, value = asked.slot, asked.ballot, asked.value
        first = self._first.get(slot)
        if first is None:
            if slot < self._low_water.at:
                return
            self._first[slot] = asked
            self._first_by.note(slot, entry.n)
            return
        known, number = first.value, self._first_by[slot]
        if first.ballot != ballot:
            known, number = self._others.setdefault((slot, ballot), (value, entry.n))
        if not are_same(known, value):
            two = f"{said(known)} and {said(value)}"
            what = f"slot {slot}: ballot {tuple(ballot)} has two values, {two}"
            self.violate(entry.at_us, what, number, entry.n)

    def _drop(self, old: Slot, new: Slot) -> None:
        drop_below(self._first, old, new)
        self._first_by.drop_below(new)
        if self._others:
            self._others = {key: one for key, one in self._others.items() if key[0] >= new}


def _are_same_votes(reported: tuple[Vote, ...], cast: tuple[Vote, ...]) -> bool:
    """Whether votes are the same; `cast` is ordered by slot, `reported` need not be."""
    if len(reported) != len(cast):
        return False
    ordered = sorted(reported, key=_slot_of)
    return all(
        one.slot == other.slot and one.ballot == other.ballot and are_same(one.value, other.value)
        for one, other in zip(ordered, cast, strict=True)
    )


def _slot_of(vote: Vote) -> Slot:
    return vote.slot


def _listed(votes: tuple[Vote, ...]) -> str:
    words = (
        f"{said(vote.value)} in ballot {tuple(vote.ballot)} (slot {vote.slot})" for vote in votes
    )
    return ", ".join(words) or "no vote"
