"""Phase 1 slot by slot, as in 2009: every slot runs both phases of *Paxos Made Simple* 2.2."""

from collections import deque
from collections.abc import Collection
from dataclasses import dataclass, field

from paxos_des.names import NodeId
from paxos_des.protocol.ballot import NOOP, Ballot, Command, Slot, Value, Vote
from paxos_des.protocol.effects import (
    Adopted,
    Broadcast,
    CancelTimer,
    Effect,
    Send,
    Timer,
)
from paxos_des.protocol.messages import Accept, Message, Nack, Prepare, Promise
from paxos_des.protocol.proposing import Campaign, safe_value


@dataclass(slots=True)
class Preparing:
    """Waits for promises to `ballot`, kept by sender: promises are lost, late and repeated."""

    ballot: Ballot
    promises: dict[NodeId, tuple[Vote, ...]] = field(default_factory=dict)


@dataclass(slots=True)
class Leading:
    """Waits for votes for `value` in `ballot`; the learner counts them."""

    ballot: Ballot
    value: Value


@dataclass(slots=True)
class Preempted:
    """Was refused, and waits before it tries a higher ballot."""


@dataclass(slots=True)
class Proposal:
    """One slot in flight.

    Attributes
    ----------
    wish
        What the leader would like the slot to hold.
    attempts
        How many ballots were begun.
    was_idle
        Nothing was heard since the last look: what is unanswered is to be sent again.
    """

    slot: Slot
    wish: Value
    phase: Preparing | Leading | Preempted
    attempts: int = 1
    was_idle: bool = False


@dataclass(slots=True)
class Discovery:
    """Asks for the votes in all slots from one on, which nobody who is up may have heard of."""

    ballot: Ballot
    from_slot: Slot
    promises: set[NodeId] = field(default_factory=set)
    was_idle: bool = False


@dataclass(slots=True)
class PerSlot:
    """Proposes each command in the next slot at once, under a ballot of its own.

    Where nodes may crash, a leader that takes over first has all slots reported, as a stable one
    does: what was chosen in a slot that it never heard of would stay unknown to all, for want of a
    command that came to that slot. The slots that it hears of so are filled like other gaps.

    Attributes
    ----------
    discovery
        While it waits for that.
    has_led
        It was primary before, in this life or another.
    waiting
        Commands that have no slot yet: the acceptors of the next one are not known.
    """

    campaign: Campaign
    in_flight: dict[Slot, Proposal] = field(default_factory=dict)
    waiting: deque[Command] = field(default_factory=deque)
    discovery: Discovery | None = None
    has_led: bool = False

    def start(self) -> list[Effect]:
        if not self.campaign.settings.may_crash:
            return []
        is_first, self.has_led = not self.has_led, True
        if is_first and self.campaign.is_first_life and not self.campaign.next_slot:
            return []
        return self._discover()

    def stop(self) -> list[Effect]:
        """Give all slots in flight up: whoever is primary now proposes them again."""
        effects: list[Effect] = [
            CancelTimer(Timer("back-off", proposal.slot))
            for proposal in self.in_flight.values()
            if isinstance(proposal.phase, Preempted)
        ]
        self.in_flight.clear()
        self.waiting.clear()
        self.discovery = None
        return effects

    def propose(self, command: Command) -> list[Effect]:
        if not self.campaign.has_room():
            if self.campaign.configurations is not None:
                self.waiting.append(command)
            return []
        return self._begin(self.campaign.take_slot(), command)

    def on_promise(self, source: NodeId, promise: Promise) -> list[Effect]:
        slot = promise.slot
        if slot is None:
            self._on_discovered(source, promise)
            return []
        proposal = self.in_flight.get(slot)
        if proposal is None:
            return []
        phase = proposal.phase
        if not isinstance(phase, Preparing) or phase.ballot != promise.ballot:
            return []

        proposal.was_idle = False
        phase.promises[source] = promise.votes
        if not self.campaign.is_phase1(proposal.slot, phase.promises):
            return []
        return self._lead(proposal, phase)

    def on_nack(self, nack: Nack) -> list[Effect]:
        proposal = None if nack.slot is None else self.in_flight.get(nack.slot)
        if proposal is None:
            return []
        phase = proposal.phase
        if isinstance(phase, Preempted) or phase.ballot != nack.ballot:
            return []

        proposal.phase = Preempted()
        return [self.campaign.backoff(proposal.slot, attempts=proposal.attempts)]

    def on_backoff(self, slot: Slot | None) -> list[Effect]:
        assert slot is not None
        proposal = self.in_flight[slot]
        assert isinstance(proposal.phase, Preempted), proposal

        ballot, effects = self.campaign.ballots.new()
        proposal.phase = Preparing(ballot)
        proposal.attempts += 1
        proposal.was_idle = False
        return [*effects, self._to_acceptors(slot, Prepare(ballot, slot=slot))]

    def on_learned(self, slot: Slot) -> list[Effect]:
        proposal = self.in_flight.pop(slot, None)
        if proposal is None:
            return self._use_room() if self.waiting else []

        effects: list[Effect] = []
        if isinstance(proposal.phase, Preempted):
            effects.append(CancelTimer(Timer("back-off", slot)))
        wish = proposal.wish
        if isinstance(wish, Command) and not self.campaign.is_done(wish):
            # Another value won the slot: the command goes on in a slot of its own.
            effects += self.propose(wish)
        return [*effects, *self._use_room()] if self.waiting else effects

    def resend(self) -> list[Effect]:
        effects: list[Effect] = []
        if self.discovery is not None:
            # Refused, lost, or about slots that are forgotten: in any case, begin anew.
            effects += self._discover() if self.discovery.was_idle else []
            self.discovery.was_idle = True
        for proposal in self.in_flight.values():
            if proposal.was_idle:
                effects += self._again(proposal)
            proposal.was_idle = True
        return effects

    def fill(self, gaps: list[Slot]) -> list[Effect]:
        """Fill gaps by a fresh phase 1 each, so that what may be chosen there stays chosen."""
        return [effect for slot in gaps for effect in self._begin(slot, NOOP)]

    def is_in_flight(self, slot: Slot) -> bool:
        return slot in self.in_flight

    def in_flight_below(self, below: Slot) -> list[Slot]:
        return [slot for slot in self.in_flight if slot < below]

    def on_gone(self, below: Slot) -> list[Effect]:
        """Do nothing: a slot that is forgotten ends when another leader tells what it holds."""
        del below
        return []

    def leading_in(self) -> Ballot | None:
        return None

    def value_in(self, slot: Slot) -> Value | None:
        phase = self.in_flight[slot].phase if slot in self.in_flight else None
        return phase.value if isinstance(phase, Leading) else None

    def on_reconfigured(self) -> list[Effect]:
        """Do nothing: each slot asks its own acceptors anyway."""
        return []

    def on_caught_up(self) -> list[Effect]:
        """Do nothing: what was told has ended slot by slot."""
        return []

    def _lead(self, proposal: Proposal, preparing: Preparing) -> list[Effect]:
        """Ask for votes for what the promises bind the slot to, or else for its wish."""
        slot, ballot = proposal.slot, preparing.ballot
        voted = self._voted(preparing.promises)
        value = proposal.wish if voted is None else voted
        proposal.phase = Leading(ballot, value)
        return [
            Adopted(ballot, tuple(preparing.promises), slot=slot),
            self._to_acceptors(slot, Accept(slot, ballot, value)),
        ]

    def _voted(self, promises: dict[NodeId, tuple[Vote, ...]]) -> Value | None:
        """Return the value that these promises, in the order of their coming, bind the slot to."""
        return safe_value(vote for votes in promises.values() for vote in votes)

    def _discover(self) -> list[Effect]:
        from_slot = self.campaign.learner.first_unlearned
        ballot, effects = self.campaign.ballots.new()
        self.discovery = Discovery(ballot, from_slot)
        acceptors = self.campaign.acceptors_from(from_slot)
        return [*effects, Broadcast(acceptors, Prepare(ballot, from_slot=from_slot))]

    def _on_discovered(self, source: NodeId, promise: Promise) -> None:
        discovery = self.discovery
        if discovery is None or discovery.ballot != promise.ballot:
            return
        discovery.was_idle = False
        discovery.promises.add(source)
        for vote in promise.votes:
            self.campaign.saw_slot(vote.slot)
        if self.campaign.is_phase1_from(discovery.from_slot, discovery.promises):
            self.discovery = None

    def _use_room(self) -> list[Effect]:
        effects: list[Effect] = []
        while self.waiting and self.campaign.has_room():
            command = self.waiting.popleft()
            if not self.campaign.is_done(command):
                effects += self._begin(self.campaign.take_slot(), command)
        return effects

    def _begin(self, slot: Slot, wish: Value) -> list[Effect]:
        assert slot not in self.in_flight, f"{self.in_flight[slot]}, then {wish}"
        ballot, effects = self.campaign.ballots.new()
        self.in_flight[slot] = Proposal(slot, wish, Preparing(ballot))
        return [*effects, self._to_acceptors(slot, Prepare(ballot, slot=slot))]

    def _again(self, proposal: Proposal) -> list[Effect]:
        """Send the unanswered messages of a slot again, to those that did not answer."""
        answered: Collection[NodeId]
        message: Message
        match proposal.phase:
            case Preparing(ballot=ballot, promises=promises):
                answered = promises
                message = Prepare(ballot, slot=proposal.slot)
            case Leading(ballot=ballot, value=value):
                answered = self.campaign.learner.voters(proposal.slot, ballot)
                message = Accept(proposal.slot, ballot, value)
            case Preempted():
                return []
        acceptors = self.campaign.acceptors(proposal.slot)
        return [Send(name, message) for name in acceptors if name not in answered]

    def _to_acceptors(self, slot: Slot, message: Message) -> Effect:
        return Broadcast(self.campaign.acceptors(slot), message)
