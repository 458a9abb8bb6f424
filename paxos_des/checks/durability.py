"""What was acknowledged to anyone survives."""

from collections.abc import Callable
from typing import Any, ClassVar, NamedTuple

from paxos_des.checks.facts import Facts
from paxos_des.checks.low_water import LowWater
from paxos_des.checks.numbers import Numbers, drop_below
from paxos_des.checks.records import REFUSED, Acceptors, Records, Recovery, plain
from paxos_des.checks.values import are_same, said
from paxos_des.checks.verdict import Check, Observers
from paxos_des.checks.votes import Votes
from paxos_des.engine.entries import (
    CompleteEntry,
    Entry,
    FaultEntry,
    ForgetEntry,
    LearnEntry,
    MessageEntry,
    RecoverEntry,
    SnapshotEntry,
)
from paxos_des.names import NodeId
from paxos_des.protocol.ballot import Command, Slot
from paxos_des.protocol.effects import Voted
from paxos_des.protocol.messages import Accepted


class _Held(NamedTuple):
    """A leader holds all slots below this one elsewhere than slot by slot, as an entry says."""

    below: Slot = 0
    number: int = -1


class Durability(Check):
    """What was acknowledged to anyone survives, but for what was forgotten on purpose.

    - An acceptor comes back with every promise and vote that it had made durable or told of; one
      that cannot, refuses, and is silent from then on.
    - Nobody votes, promises or learns in a slot that it has forgotten, as if it were new; and a
      leader's life starts no lower than its last durable snapshot.
    - A value whose slot a client was told is chosen there, and no leader learns another there.

    PMS 2.5 has acceptors keep in stable storage what they must remember across a failure.
    """

    name: ClassVar[str] = "durability"

    def __init__(
        self, acceptors: Acceptors, votes: Votes, low_water: LowWater, facts: Facts
    ) -> None:
        acceptors.on_recovered = self._on_recovered
        acceptors.on_gone = self._on_gone
        low_water.on_rise.append(self._drop)
        self._low_water = low_water
        self._facts = facts
        self._records = acceptors.records
        self._votes = votes
        self._answered: dict[Slot, Command] = {}
        self._answered_by = Numbers()
        # By leader: what its durable snapshot holds, and below which slot it may learn no more.
        self._snapshots: dict[NodeId, _Held] = {}
        self._floors: dict[NodeId, _Held] = {}

    def observers(self) -> Observers:
        observers: dict[str | type, Callable[[Any], None]] = {
            "learn": self._on_learn,
            "complete": self._on_complete,
        }
        if self._facts.may_forget:
            observers |= {
                "snapshot": self._on_snapshot,
                "install": self._on_install,
                "forget": self._on_forget,
                "restart": self._on_restart,
            }
        if self._facts.may_recover:
            # Only who comes back can have lost what it told of; and there are many votes.
            observers[Accepted] = self._on_accepted
        return observers

    def _on_accepted(self, entry: MessageEntry) -> None:
        """Remember a vote that was told of and is not durable: what is said is said."""
        accepted = entry.message
        slot, ballot, value = accepted.slot, accepted.ballot, accepted.value
        records = self._records.get(entry.node)
        if records is None:
            return
        vote = records.votes.get(slot)
        if vote is not None and (vote.ballot is ballot or plain(vote.ballot) >= plain(ballot)):
            return
        if slot >= records.floor:
            records.told[slot] = (Voted(slot, plain(ballot), value), entry.n)

    def _on_recovered(self, entry: RecoverEntry, records: Records, found: Recovery) -> None:
        ballot, number = records.promised_to_all
        if found.promised_to_all < ballot:
            self._lost(entry, f"its promise of ballot {tuple(ballot)} for all slots", number)
        for slot, ballot in records.promised.items():
            if found.binding(slot) < ballot:
                what = f"its promise of ballot {tuple(ballot)} in slot {slot}"
                self._lost(entry, what, records.promised_by[slot])
        for slot, vote in records.votes.items():
            if not _has_vote(found, vote):
                self._lost(entry, _vote_in_words(vote), records.voted_by[slot])
        for vote, number in records.told.values():
            if not _has_vote(found, vote):
                self._lost(entry, _vote_in_words(vote), number)

    def _lost(self, entry: RecoverEntry, what: str, number: int) -> None:
        self.violate(entry.at_us, f"{entry.node} came back without {what}", number, entry.n)

    def _on_gone(self, entry: Entry, slot: Slot, did: str, records: Records) -> None:
        if records.floor == REFUSED:
            what = f"{entry.node} {did} in slot {slot}, although it had refused to come back"
        elif 0 <= slot < records.forgot:
            what = (
                f"slot {slot}: {entry.node} {did} as if it were new, "
                f"although it had forgotten all slots below {records.forgot}"
            )
        else:
            return  # a damaged trace has slots below 0
        self.violate(entry.at_us, what, entry.n)

    def _on_snapshot(self, entry: SnapshotEntry) -> None:
        held = self._snapshots.get(entry.node, _Held())
        self._snapshots[entry.node] = max(held, _Held(entry.slot, entry.n))

    def _on_install(self, entry: SnapshotEntry) -> None:
        floor = self._floors.get(entry.node, _Held())
        if entry.slot < floor.below:
            what = (
                f"{entry.node} installed a snapshot of the slots below {entry.slot}, "
                f"although it held all below {floor.below}"
            )
            self.violate(entry.at_us, what, floor.number, entry.n)
        # It is durable only when a `snapshot` says so: a crash may come before.
        self._floors[entry.node] = max(floor, _Held(entry.slot, entry.n))

    def _on_forget(self, entry: ForgetEntry) -> None:
        floor = self._floors.get(entry.node, _Held())
        self._floors[entry.node] = max(floor, _Held(entry.below, entry.n))

    def _on_restart(self, entry: FaultEntry) -> None:
        self._floors[entry.node] = self._snapshots.get(entry.node, _Held())

    def _on_learn(self, entry: LearnEntry) -> None:
        slot = entry.slot
        floor = self._floors.get(entry.node) if self._floors else None
        if floor is not None and 0 <= slot < floor.below:
            what = (
                f"slot {slot}: {entry.node} learned it, "
                f"although it held or had forgotten all below {floor.below}"
            )
            self.violate(entry.at_us, what, floor.number, entry.n)
        answered = self._answered.get(slot)
        if answered is None or answered is entry.value:
            return
        if not are_same(answered, entry.value):
            what = (
                f"slot {slot}: {entry.node} learned {said(entry.value)}, "
                f"although {said(answered)} was answered there"
            )
            self.violate(entry.at_us, what, self._answered_by[slot], entry.n)

    def _on_complete(self, entry: CompleteEntry) -> None:
        slot, command = entry.slot, entry.command
        if slot is None or slot < self._low_water.at:
            return
        if slot not in self._answered:
            self._answered[slot] = command
            self._answered_by.note(slot, entry.n)
        chosen = self._votes.chosen.get(slot)
        if chosen is not None and chosen.value is command:
            return
        if not self._votes.is_chosen(slot, command):
            what = f"slot {slot}: {said(command)} was answered, and is not chosen there"
            self.violate(entry.at_us, what, entry.n)

    def _drop(self, old: Slot, new: Slot) -> None:
        drop_below(self._answered, old, new)
        self._answered_by.drop_below(new)


def _has_vote(found: Recovery, vote: Any) -> bool:  # noqa: ANN401 - a Voted, of any protocol
    """Whether a vote was found, or one in a higher ballot: it may have reached the disk although
    nobody was told so.
    """
    ballot, kept = plain(vote.ballot), found.votes.get(vote.slot)
    if kept is None or kept.ballot < ballot:
        return False
    return kept.ballot > ballot or are_same(kept.value, vote.value)


def _vote_in_words(vote: Voted) -> str:
    return f"its vote for {said(vote.value)} in slot {vote.slot}, ballot {tuple(vote.ballot)}"
