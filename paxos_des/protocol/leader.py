"""The leader: talks to clients, counts votes, and proposes while it believes that it should.

How it proposes is composed in: `PerSlot`, as in 2009, or `Stable`. Every leader, primary or
not, hears every vote and so learns the whole history by itself.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Self

from paxos_des.names import NodeId
from paxos_des.protocol.ballot import Command, Slot
from paxos_des.protocol.effects import (
    Believe,
    CancelTimer,
    Effect,
    Learned,
    Record,
    Reserved,
    Send,
    SetTimer,
    Timer,
)
from paxos_des.protocol.heartbeat import Leadership
from paxos_des.protocol.learner import Learner
from paxos_des.protocol.messages import (
    Accepted,
    LeaderMessage,
    Nack,
    Promise,
    Redirect,
    Reply,
    Request,
)
from paxos_des.protocol.per_slot import PerSlot
from paxos_des.protocol.proposing import Ballots, Campaign, Proposer
from paxos_des.protocol.quorum import Quorums
from paxos_des.protocol.role import Settings
from paxos_des.protocol.stable import Stable

RESEND = Timer("resend")
FILL = Timer("fill")


@dataclass(slots=True)
class Leader:
    """One leader: its learner, its campaign for new slots, and whom it owes an answer.

    Attributes
    ----------
    told
        Whom it takes for the primary at the start; None: nobody said.
    asked
        Commands whose clients wait for an answer from here.
    taken
        Commands that were handed to the proposer since this leader became primary, and are not
        learned.
    gaps
        Slots that were neither learned nor in flight at the last look.
    """

    leadership: Leadership
    told: NodeId | None
    campaign: Campaign
    proposer: Proposer
    asked: set[tuple[NodeId, int]] = field(default_factory=set)
    taken: set[tuple[NodeId, int]] = field(default_factory=set)
    gaps: set[Slot] = field(default_factory=set)

    @classmethod
    def make(
        cls,
        leadership: Leadership,
        settings: Settings,
        told: NodeId | None,
        *,
        learner: Callable[[Quorums], Learner] = Learner,
        per_slot: Callable[[Campaign], Proposer] = PerSlot,
        stable: Callable[[Campaign], Proposer] = Stable,
    ) -> Self:
        """Return a leader with the parts that its settings ask for; others may take their place."""
        name = leadership.name
        campaign = Campaign(name, settings, learner(settings.quorums), Ballots(name))
        propose = per_slot if settings.phase1 == "per-slot" else stable
        return cls(leadership, told, campaign, propose(campaign))

    @property
    def learner(self) -> Learner:
        return self.campaign.learner

    def on_start(self) -> list[Effect]:
        return [] if self.told is None else [Believe(self.told)]

    def recover(self, records: Sequence[Record]) -> list[Effect]:
        """Begin again above every ballot that a former life may have used."""
        for record in records:
            if isinstance(record, Reserved):
                self.campaign.ballots.round = record.round
        return self.on_start()

    def on_message(self, source: NodeId, message: LeaderMessage) -> list[Effect]:
        if isinstance(message, Accepted):
            # Every vote comes this way: flattened, it takes two calls where it took five.
            campaign, slot = self.campaign, message.slot
            if slot >= campaign.next_slot:
                campaign.saw_slot(slot)
            learner = campaign.learner
            learned = learner.on_vote(source, slot, message.ballot, message.value)
            return [] if learned is None else self._on_learned(learned)
        match message:
            case Promise():
                return self._on_promise(source, message)
            case Request():
                return self._on_request(message.command)
            case Nack():
                return self._on_nack(message)
            case _:
                raise AssertionError(message)

    def on_timer(self, timer: Timer) -> list[Effect]:
        assert self.leadership.is_primary, f"{timer} fired, {self.leadership} believed"
        match timer.name:
            case "resend":
                return [*self.proposer.resend(), self._set_resend()]
            case "fill":
                return [*self._fill_gaps(), self._set_fill()]
            case "back-off":
                return self.proposer.on_backoff(timer.slot)
            case _:
                raise AssertionError(timer)

    def on_believe(self, primary: NodeId) -> list[Effect]:
        """Change the belief of who is primary, and start or stop proposing with it."""
        was_primary = self.leadership.is_primary
        self.leadership.primary = primary
        if self.leadership.is_primary and not was_primary:
            return [*self.proposer.start(), self._set_resend(), self._set_fill()]
        if was_primary and not self.leadership.is_primary:
            # Their clients ask again, elsewhere; what is in flight may be chosen all the same,
            # and is answered from here too if it is.
            self.taken.clear()
            self.gaps.clear()
            return [*self.proposer.stop(), CancelTimer(RESEND), CancelTimer(FILL)]
        return []

    def _on_request(self, command: Command) -> list[Effect]:
        name = (command.client, command.sequence)
        if name in self.learner.slots_of:
            return [self._reply(name)]
        if not self.leadership.is_primary:
            primary = self.leadership.primary
            if primary is None:
                return []
            return [Send(command.client, Redirect(command.sequence, primary))]

        self.asked.add(name)
        if name in self.taken:
            return []
        self.taken.add(name)
        return self.proposer.propose(command)

    def _on_promise(self, source: NodeId, promise: Promise) -> list[Effect]:
        if not self.leadership.is_primary:
            return []
        return self.proposer.on_promise(source, promise)

    def _on_nack(self, nack: Nack) -> list[Effect]:
        self.campaign.ballots.rise_to(nack.promised)
        if not self.leadership.is_primary:
            return []
        return self.proposer.on_nack(nack)

    def _on_learned(self, learned: Learned) -> list[Effect]:
        effects: list[Effect] = [learned]
        if self.taken or self.asked:
            effects += self._answer(learned)
        if self.leadership.is_primary:
            effects += self.proposer.on_learned(learned.slot)
        return effects

    def _answer(self, learned: Learned) -> list[Effect]:
        value = learned.value
        if not isinstance(value, Command):
            return []
        name = (value.client, value.sequence)
        self.taken.discard(name)
        if name not in self.asked:
            return []
        self.asked.remove(name)
        return [self._reply(name)]

    def _reply(self, name: tuple[NodeId, int]) -> Effect:
        client, sequence = name
        return Send(client, Reply(sequence, self.learner.slots_of[name]))

    def _fill_gaps(self) -> list[Effect]:
        """Fill the gaps that were there at the last look too: younger ones may close alone."""
        slots = range(self.learner.first_unlearned, self.campaign.next_slot)
        gaps = {
            slot
            for slot in slots
            if slot not in self.learner.learned and not self.proposer.is_in_flight(slot)
        }
        old = sorted(gaps & self.gaps)
        self.gaps = gaps
        return self.proposer.fill(old) if old else []

    def _set_resend(self) -> Effect:
        after_us = self.campaign.settings.resend_after_us
        return SetTimer(timer=RESEND, delay_us_min=after_us, delay_us_max=after_us)

    def _set_fill(self) -> Effect:
        after_us = self.campaign.settings.fill_after_us
        return SetTimer(timer=FILL, delay_us_min=after_us, delay_us_max=after_us)
