"""What both ways of phase 1 share: ballots, the rule that Paxos rests on, and their face."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Protocol

from paxos_des.names import NodeId, index_of
from paxos_des.protocol.ballot import NULL_BALLOT, Ballot, Command, Slot, Value, Vote
from paxos_des.protocol.configurations import Configurations
from paxos_des.protocol.effects import Effect, Persist, Reserved, SetTimer, Timer
from paxos_des.protocol.learner import Learner
from paxos_des.protocol.messages import Nack, Promise
from paxos_des.protocol.replica import Replica
from paxos_des.protocol.role import Settings

BACKOFFS_DOUBLED = 5
"""How often a back-off doubles: duels must end, and waits must stay finite."""

RESERVED_AT_ONCE = 64
"""How many rounds a leader reserves by one durable record."""


def safe_value(votes: Iterable[Vote]) -> Value | None:
    """Return the one value that may be proposed after these votes were reported for a slot.

    PMS 2.2, phase 2a: "v is the value of the highest-numbered proposal among the responses, or
    is any value if the responses reported no proposals": None stands for "any".

    Why: suppose that w was chosen in a ballot below ours. A phase-2 quorum voted for it, and
    our phase-1 quorum meets it, so one of the promises comes from a voter; it voted before it
    promised, or it would have refused. So a vote is reported, and the highest one is w's: by
    induction every ballot from the one that chose w up to ours proposed w.
    """
    highest = NULL_BALLOT
    value: Value | None = None
    for vote in votes:
        if vote.ballot > highest:
            highest, value = vote.ballot, vote.value
    return value


@dataclass(slots=True)
class Ballots:
    """Makes one leader's ballots; none is ever made twice, in all lives of the leader.

    One counter serves all slots, as in 2009. It jumps past every ballot that refused one of
    ours, so that the next try is not refused by the same promise.

    Rounds are reserved in blocks: a life begins above all that the disk says is reserved, used
    or not, and so one write serves many ballots.
    """

    leader: NodeId
    round: int = 0
    reserved: int = 0

    def new(self) -> tuple[Ballot, list[Effect]]:
        """Return a ballot, and what has to be done before it is used."""
        self.round += 1
        ballot = Ballot(self.round, index_of(self.leader))
        if self.round <= self.reserved:
            return ballot, []
        self.reserved = self.round + RESERVED_AT_ONCE - 1
        return ballot, [Persist(Reserved(self.reserved))]

    def rise_to(self, ballot: Ballot) -> None:
        self.round = max(self.round, ballot.round)

    def recover(self, reserved: Reserved) -> None:
        self.round = self.reserved = max(self.reserved, reserved.round)


class Proposer(Protocol):
    """One way of phase 1: gets commands chosen while its leader is primary.

    The leader does the rest: it talks to clients, counts votes, and calls `on_learned` when a
    slot is learned.
    """

    def start(self) -> list[Effect]: ...

    def stop(self) -> list[Effect]: ...

    def propose(self, command: Command) -> list[Effect]: ...

    def on_promise(self, source: NodeId, promise: Promise) -> list[Effect]: ...

    def on_nack(self, nack: Nack) -> list[Effect]: ...

    def on_backoff(self, slot: Slot | None) -> list[Effect]: ...

    def on_learned(self, slot: Slot) -> list[Effect]: ...

    def resend(self) -> list[Effect]: ...

    def fill(self, gaps: list[Slot]) -> list[Effect]: ...

    def is_in_flight(self, slot: Slot) -> bool: ...

    def in_flight_below(self, below: Slot) -> list[Slot]: ...

    def on_gone(self, below: Slot) -> list[Effect]:
        """Note that no acceptor will promise or vote below this slot any more."""

    def leading_in(self) -> Ballot | None:
        """Return the ballot in which all slots may be proposed in; None: there is none."""

    def value_in(self, slot: Slot) -> Value | None:
        """Return what is proposed in a slot; None: nothing is, as far as this leader knows."""

    def on_reconfigured(self) -> list[Effect]:
        """Have others promise too, before anything is proposed to them."""

    def on_caught_up(self) -> list[Effect]:
        """Go on, where that waited for slots that another leader had to tell."""


@dataclass(slots=True)
class Campaign:
    """What a leader shares with its proposer.

    Attributes
    ----------
    replica
        What learned values are applied to; None: they are only learned.
    configurations
        Which acceptors decide which slot; None: always the same.
    next_slot
        The first slot above all that this leader has proposed in or heard of a vote for.
    is_first_life
        The leader has not crashed.
    """

    name: NodeId
    settings: Settings
    learner: Learner
    ballots: Ballots
    replica: Replica | None = None
    configurations: Configurations | None = None
    next_slot: Slot = 0
    is_first_life: bool = True

    def saw_slot(self, slot: Slot) -> None:
        if slot >= self.next_slot:
            self.next_slot = slot + 1

    def is_done(self, command: Command) -> bool:
        """Whether `command` is chosen: to propose it again would only waste a slot."""
        replica = self.replica
        return (command.client, command.sequence) in self.learner.slots_of or (
            replica is not None and replica.has_applied(command.client, command.sequence)
        )

    def has_room(self) -> bool:
        """Whether there is a slot left: a scenario may have leaders propose in few slots only, and
        nobody may in one whose acceptors are not known yet.
        """
        slot, slots, configurations = self.next_slot, self.settings.slots, self.configurations
        if slots is not None and slot >= slots:
            return False
        return configurations is None or slot < configurations.end

    def may_propose(self, slot: Slot) -> bool:
        """Whether the acceptors of a slot are known."""
        return self.configurations is None or slot < self.configurations.end

    def acceptors(self, slot: Slot) -> tuple[NodeId, ...]:
        if self.configurations is None:
            return self.settings.acceptors
        return self.configurations.at(slot).acceptors

    def acceptors_from(self, slot: Slot) -> tuple[NodeId, ...]:
        """Return whom to ask for the promise for all slots from this one on."""
        if self.configurations is None:
            return self.settings.acceptors
        return self.configurations.acceptors_from(slot)

    def is_phase1(self, slot: Slot, promises: Collection[NodeId]) -> bool:
        """Whether these promises are enough for one slot."""
        if self.configurations is None:
            return self.learner.quorums.is_phase1(promises)
        return self.configurations.at(slot).is_phase1(promises)

    def is_phase1_from(self, slot: Slot, promises: Collection[NodeId]) -> bool:
        """Whether these promises are enough for all slots from this one on."""
        if self.configurations is None:
            return self.learner.quorums.is_phase1(promises)
        return all(one.is_phase1(promises) for one in self.configurations.from_slot(slot))

    def take_slot(self) -> Slot:
        assert self.has_room(), f"slot {self.next_slot} of {self.settings.slots}"
        slot = self.next_slot
        self.next_slot += 1
        return slot

    def backoff(self, slot: Slot | None, *, attempts: int) -> Effect:
        """Wait before the next ballot, longer each time, so that a duel ends."""
        factor: int = 2 ** min(max(attempts - 1, 0), BACKOFFS_DOUBLED)
        return SetTimer(
            timer=Timer("back-off", slot),
            delay_us_min=self.settings.backoff_us_min * factor,
            delay_us_max=self.settings.backoff_us_max * factor,
        )
