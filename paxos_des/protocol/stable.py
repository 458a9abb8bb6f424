"""Phase 1 once for all slots: a stable leader prepares, then only asks for votes.

PMS 3: "A newly chosen leader executes phase 1 for infinitely many instances of the consensus
algorithm"; PMMC 2.2 and 2.3 (scout and commander).
"""

from collections import deque
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
from paxos_des.protocol.messages import Accept, Nack, Prepare, Promise
from paxos_des.protocol.proposing import Campaign, safe_value

BACKOFF = Timer("back-off")


@dataclass(slots=True)
class Idle:
    """Is not the primary."""


@dataclass(slots=True)
class Preparing:
    """Waits for promises to `ballot`, whose votes are reported from `from_slot` on.

    `gone`: some acceptor has forgotten the slots below that one, and promises nothing for them.
    """

    ballot: Ballot
    from_slot: Slot
    promises: dict[NodeId, tuple[Vote, ...]] = field(default_factory=dict)
    was_idle: bool = False
    gone: Slot = 0


@dataclass(slots=True)
class Leading:
    """May ask for votes in `ballot`, in any slot. `was_idle` names the slots in flight that
    were so at the last look; `later` what is to be proposed in slots whose acceptors are not
    known yet.
    """

    ballot: Ballot
    in_flight: dict[Slot, Value] = field(default_factory=dict)
    later: dict[Slot, Value] = field(default_factory=dict)
    was_idle: set[Slot] = field(default_factory=set)


@dataclass(slots=True)
class Preempted:
    """Was refused, and waits before it prepares under a higher ballot."""


@dataclass(slots=True)
class Stable:
    """Keeps a window of slots in flight under one ballot; the rest of the commands wait.

    Attributes
    ----------
    waiting
        Commands that are in no slot in flight, oldest first.
    """

    campaign: Campaign
    phase: Idle | Preparing | Leading | Preempted = field(default_factory=Idle)
    waiting: deque[Command] = field(default_factory=deque)
    attempts: int = 0

    def start(self) -> list[Effect]:
        from_slot = self.campaign.learner.first_unlearned
        ballot, effects = self.campaign.ballots.new()
        self.phase = Preparing(ballot, from_slot)
        self.attempts += 1
        acceptors = self.campaign.acceptors_from(from_slot)
        return [*effects, Broadcast(acceptors, Prepare(ballot, from_slot=from_slot))]

    def stop(self) -> list[Effect]:
        """Give all up: whoever is primary now proposes it again, when its client asks there."""
        effects: list[Effect] = [CancelTimer(BACKOFF)] if isinstance(self.phase, Preempted) else []
        self.phase = Idle()
        self.waiting.clear()
        self.attempts = 0
        return effects

    def propose(self, command: Command) -> list[Effect]:
        self.waiting.append(command)
        return self._use_window()

    def on_promise(self, source: NodeId, promise: Promise) -> list[Effect]:
        phase = self.phase
        if not isinstance(phase, Preparing) or phase.ballot != promise.ballot:
            return []

        phase.was_idle = False
        phase.promises[source] = promise.votes
        if not self.campaign.is_phase1_from(phase.from_slot, phase.promises):
            return []
        return self._lead(phase)

    def on_nack(self, nack: Nack) -> list[Effect]:
        phase = self.phase
        if not isinstance(phase, (Preparing, Leading)) or phase.ballot != nack.ballot:
            return []

        if isinstance(phase, Leading):
            self._take_back(phase)
        self.phase = Preempted()
        return [self.campaign.backoff(None, attempts=self.attempts)]

    def on_backoff(self, slot: Slot | None) -> list[Effect]:
        assert slot is None
        assert isinstance(self.phase, Preempted), self.phase
        return self.start()

    def on_learned(self, slot: Slot) -> list[Effect]:
        phase = self.phase
        if not isinstance(phase, Leading):
            return []

        self.attempts = 0
        wish = phase.in_flight.pop(slot, None) or phase.later.pop(slot, None)
        phase.was_idle.discard(slot)
        if isinstance(wish, Command) and not self.campaign.is_done(wish):
            # Another leader's value won the slot: the command goes first in the next one.
            self.waiting.appendleft(wish)
        return self._use_window()

    def resend(self) -> list[Effect]:
        phase = self.phase
        effects: list[Effect] = []
        if isinstance(phase, Preparing):
            if phase.was_idle:
                prepare = Prepare(phase.ballot, from_slot=phase.from_slot)
                acceptors = self.campaign.acceptors_from(phase.from_slot)
                effects += [Send(to, prepare) for to in acceptors if to not in phase.promises]
            phase.was_idle = True
        elif isinstance(phase, Leading):
            for slot, value in phase.in_flight.items():
                if slot in phase.was_idle:
                    voters = self.campaign.learner.voters(slot, phase.ballot)
                    accept = Accept(slot, phase.ballot, value)
                    acceptors = self.campaign.acceptors(slot)
                    effects += [Send(to, accept) for to in acceptors if to not in voters]
            phase.was_idle = set(phase.in_flight)
        return effects

    def fill(self, gaps: list[Slot]) -> list[Effect]:
        """Prepare again: a slot that is neither learned nor in flight is another leader's, and
        only a fresh phase 1 tells what may be chosen in it.
        """
        assert gaps
        if not isinstance(self.phase, Leading):
            return []
        self._take_back(self.phase)
        return self.start()

    def is_in_flight(self, slot: Slot) -> bool:
        phase = self.phase
        return isinstance(phase, Leading) and (slot in phase.in_flight or slot in phase.later)

    def in_flight_below(self, below: Slot) -> list[Slot]:
        if not isinstance(self.phase, Leading):
            return []
        return [slot for slot in (*self.phase.in_flight, *self.phase.later) if slot < below]

    def on_gone(self, below: Slot) -> list[Effect]:
        if isinstance(self.phase, Preparing) and self.phase.gone < below:
            self.phase.gone = below
        return self.on_caught_up()

    def leading_in(self) -> Ballot | None:
        return self.phase.ballot if isinstance(self.phase, Leading) else None

    def value_in(self, slot: Slot) -> Value | None:
        phase = self.phase
        if not isinstance(phase, Leading):
            return None
        return phase.in_flight.get(slot) or phase.later.get(slot)

    def on_reconfigured(self) -> list[Effect]:
        """Prepare again, with a quorum of every configuration that is known now."""
        if isinstance(self.phase, Leading):
            self._take_back(self.phase)
        elif not isinstance(self.phase, Preparing):
            return []
        return self.start()

    def on_caught_up(self) -> list[Effect]:
        """Prepare again, from a later slot on, when all that is forgotten is known."""
        phase = self.phase
        if (
            isinstance(phase, Preparing)
            and phase.from_slot < phase.gone <= self.campaign.learner.first_unlearned
        ):
            return self.start()
        return []

    def _lead(self, preparing: Preparing) -> list[Effect]:
        """Propose again, in each slot, what the promises report, and a no-op in each gap.

        PMS 3: the new leader proposes a "special 'no-op' command that leaves the state
        unchanged" in the gaps. A vote is re-proposed only by the rule of `safe_value`.
        """
        learner = self.campaign.learner
        reported: dict[Slot, list[Vote]] = {}
        for votes in preparing.promises.values():
            for vote in votes:
                reported.setdefault(vote.slot, []).append(vote)
                self.campaign.saw_slot(vote.slot)

        leading = self.phase = Leading(preparing.ballot)
        effects: list[Effect] = [
            Adopted(preparing.ballot, tuple(preparing.promises), from_slot=preparing.from_slot)
        ]
        first = max(preparing.from_slot, learner.first_unlearned)
        for slot in range(first, self.campaign.next_slot):
            if slot not in learner.learned:
                voted = safe_value(reported.get(slot, ()))
                value = NOOP if voted is None else voted
                if self.campaign.may_propose(slot):
                    effects.append(self._ask(leading, slot, value))
                else:
                    leading.later[slot] = value
        placed = {*leading.in_flight.values(), *leading.later.values()}
        self.waiting = deque(command for command in self.waiting if command not in placed)
        return effects + self._use_window()

    def _use_window(self) -> list[Effect]:
        phase = self.phase
        if not isinstance(phase, Leading):
            return []
        effects: list[Effect] = []
        if phase.later:
            effects += self._ask_later(phase)
        while (
            self.waiting
            and len(phase.in_flight) < self.campaign.settings.window
            and self.campaign.has_room()
        ):
            command = self.waiting.popleft()
            if not self.campaign.is_done(command):
                effects.append(self._ask(phase, self.campaign.take_slot(), command))
        return effects

    def _ask(self, phase: Leading, slot: Slot, value: Value) -> Effect:
        phase.in_flight[slot] = value
        return Broadcast(self.campaign.acceptors(slot), Accept(slot, phase.ballot, value))

    def _ask_later(self, phase: Leading) -> list[Effect]:
        """Propose what had to wait until the acceptors of its slot are known."""
        known = [slot for slot in phase.later if self.campaign.may_propose(slot)]
        return [self._ask(phase, slot, phase.later.pop(slot)) for slot in known]

    def _take_back(self, phase: Leading) -> None:
        """Let the commands in flight wait again, oldest first; no-ops are not worth keeping."""
        values = (*phase.in_flight.values(), *phase.later.values())
        commands = [value for value in values if isinstance(value, Command)]
        self.waiting.extendleft(reversed(commands))
