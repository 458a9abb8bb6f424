"""The leader: talks to clients, counts votes, and proposes while it believes that it should.

How it proposes is composed in: `PerSlot`, as in 2009, or `Stable`. Every leader, primary or
not, hears every vote and so learns the whole history by itself; what it missed all the same it is
told by others (`CatchingUp`). What is learned is applied in slot order, where there is a replica:
then a client is answered when its command is applied, else when it is learned.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Self

from paxos_des.errors import ScenarioError
from paxos_des.names import NodeId
from paxos_des.protocol.applying import Applying
from paxos_des.protocol.ballot import Command, Slot, Value
from paxos_des.protocol.catching_up import CatchingUp
from paxos_des.protocol.configurations import (
    Configuration,
    Configurations,
    ReconfigurableLearner,
)
from paxos_des.protocol.effects import (
    Believe,
    CancelTimer,
    Effect,
    Kept,
    Learned,
    Record,
    Reserved,
    Send,
    SetTimer,
    Snapshotted,
    Timer,
)
from paxos_des.protocol.forgetting import Forgetting, peers_of
from paxos_des.protocol.heartbeat import Leadership
from paxos_des.protocol.learner import Learner
from paxos_des.protocol.lease import Lease, held_us
from paxos_des.protocol.messages import (
    Accepted,
    LeaderMessage,
    Nack,
    Promise,
    Redirect,
    Reply,
    Request,
)
from paxos_des.protocol.news import go_on, on_news
from paxos_des.protocol.per_slot import PerSlot
from paxos_des.protocol.proposing import Ballots, Campaign, Proposer
from paxos_des.protocol.quorum import Quorums
from paxos_des.protocol.replica import Replica
from paxos_des.protocol.role import Settings
from paxos_des.protocol.stable import Stable

RESEND = Timer("resend")
FILL = Timer("fill")

MakeConfigurations = Callable[[Configuration, frozenset[NodeId], int], Configurations]


@dataclass(slots=True)
class Leader:
    """One leader: its learner, its campaign for new slots, and whom it owes an answer.

    Attributes
    ----------
    told
        Whom it takes for the primary at the start; None: nobody said.
    applying
        None: there is no replica.
    forgetting
        None: there are no snapshots, and nothing is forgotten.
    lease
        None: reads go through the log.
    asked
        Commands whose clients wait for an answer from here.
    taken
        Commands that were handed to the proposer since this leader became primary, and are not
        learned.
    gaps
        Slots that were neither learned nor in flight at the last look.
    configuration
        The last one that its proposer knows of; None: there are no changes.
    """

    leadership: Leadership
    told: NodeId | None
    campaign: Campaign
    proposer: Proposer
    catching_up: CatchingUp
    applying: Applying | None = None
    forgetting: Forgetting | None = None
    lease: Lease | None = None
    asked: set[tuple[NodeId, int]] = field(default_factory=set)
    taken: set[tuple[NodeId, int]] = field(default_factory=set)
    gaps: set[Slot] = field(default_factory=set)
    configuration: Configuration | None = None

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
        lease: Callable[[Campaign, Proposer, Replica, int], Lease] = Lease,
        configurations: MakeConfigurations = Configurations,
    ) -> Self:
        """Return a leader with the parts that its settings ask for; others may take their place."""
        name, peers = leadership.name, peers_of(leadership.name, settings.leaders)
        campaign = _campaign(name, settings, learner, configurations)
        propose = per_slot if settings.phase1 == "per-slot" else stable
        leader = cls(
            leadership,
            told,
            campaign,
            propose(campaign),
            CatchingUp(
                peers=peers,
                learner=campaign.learner,
                every_us=settings.catch_up_every_us,
                batch=settings.catch_up_batch,
                campaign=campaign,
            ),
        )
        leadership.catching_up = leader.catching_up
        if campaign.configurations is not None:
            leader.configuration = campaign.configurations.now
        if settings.replica != "none":
            campaign.replica = Replica(settings.replica, settings.session_window)
            leader.applying = Applying(leadership, campaign, campaign.replica, leader.asked)
        if settings.replica != "none" and settings.snapshot_every is not None:
            leadership.forgetting = leader.forgetting = Forgetting(
                peers=peers,
                acceptors=(*settings.acceptors, *settings.spares),
                learner=campaign.learner,
                every=settings.snapshot_every,
                lost_after_us=settings.lost_after_us,
            )
        if (
            campaign.replica is not None
            and settings.reads == "lease"
            and settings.phase1 == "stable"
        ):
            lasts_us = held_us(settings.lease_us, settings.lease_drift)
            leader.lease = lease(campaign, leader.proposer, campaign.replica, lasts_us)
        return leader

    @property
    def learner(self) -> Learner:
        return self.campaign.learner

    def on_start(self) -> list[Effect]:
        return [] if self.told is None else [Believe(self.told)]

    def recover(self, records: Sequence[Record]) -> list[Effect]:
        """Begin again above every ballot that a former life may have used, and from its snapshot.

        Whoever was told to be primary at the start need not be so now: where heartbeats are heard,
        they, or silence, tell.
        """
        effects: list[Effect] = []
        self.campaign.is_first_life = False
        for record in records:
            if isinstance(record, Reserved):
                self.campaign.ballots.recover(record)
            else:
                assert isinstance(record, Kept), record
                assert self.applying is not None, record
                assert self.forgetting is not None, record
                self.applying.put_in_place(record.snapshot)
                self.forgetting.snapshot = record.snapshot
                effects.append(Snapshotted(record.snapshot.slot, record.snapshot.chain))
        if self.campaign.configurations is not None:
            self.configuration = self.campaign.configurations.now
        is_told = self.leadership.is_listening and bool(self.catching_up.peers)
        return [*effects, *([] if is_told else self.on_start()), *self.catching_up.begin(None)]

    def on_wake(self) -> list[Effect]:
        """Ask what was missed, after a time of hearing nothing."""
        self.leadership.has_woken = True
        return self.catching_up.begin(self.leadership.primary)

    def on_message(self, source: NodeId, message: LeaderMessage) -> list[Effect]:
        # Not `match`, nor `isinstance`: see `Acceptor.on_message`.
        if type(message) is Accepted:
            # Every vote comes this way: flattened, it takes two calls where it took five.
            campaign, slot = self.campaign, message.slot
            if slot >= campaign.next_slot:
                campaign.saw_slot(slot)
            learner = campaign.learner
            learned = learner.on_vote(source, slot, message.ballot, message.value)
            return [] if learned is None else self._on_learned(learned)
        if type(message) is Promise:
            return self._on_promise(source, message)
        if type(message) is Request:
            return self._on_request(message.command)
        if type(message) is Nack:
            return self._on_nack(message)
        return on_news(self, source, message)

    def on_timer(self, timer: Timer) -> list[Effect]:
        is_for_all = timer.name == "catch-up"
        assert is_for_all or self.leadership.is_primary, (
            f"{timer} fired, {self.leadership} believed"
        )
        match timer.name:
            case "catch-up":
                return self.catching_up.on_timer()
            case "resend":
                return [*self.proposer.resend(), self._set_resend()]
            case "fill":
                return [*self._fill_gaps(), self._set_fill()]
            case "back-off":
                return self._on_backoff(timer.slot)
            case "renew" | "lease":
                assert self.lease is not None, timer
                return self.lease.on_timer(timer)
            case "lost":
                assert self.forgetting is not None, timer
                return self.forgetting.on_lost()
            case _:
                raise AssertionError(timer)

    def _on_backoff(self, slot: Slot | None) -> list[Effect]:
        """Try again; but what others tell need not be asked of acceptors, vote by vote."""
        if self.catching_up.moves():
            return [self.campaign.backoff(slot, attempts=1)]
        return self.proposer.on_backoff(slot)

    def on_believe(self, primary: NodeId) -> list[Effect]:
        """Change the belief of who is primary, and start or stop proposing with it."""
        was_primary = self.leadership.is_primary
        self.leadership.primary = primary
        if self.leadership.is_primary and not was_primary:
            lead = [] if self.forgetting is None else self.forgetting.lead()
            lead += self.catching_up.lead()
            lead += [] if self.lease is None else self.lease.lead()
            return [*self.proposer.start(), self._set_resend(), self._set_fill(), *lead]
        if was_primary and not self.leadership.is_primary:
            # Their clients ask again, elsewhere; what is in flight may be chosen all the same,
            # and is answered from here too if it is.
            self.taken.clear()
            self.gaps.clear()
            follow = [] if self.forgetting is None else self.forgetting.follow()
            follow += [] if self.lease is None else self.lease.follow()
            return [*self.proposer.stop(), CancelTimer(RESEND), CancelTimer(FILL), *follow]
        return []

    def _on_request(self, command: Command) -> list[Effect]:
        name = (command.client, command.sequence)
        is_learned = name in self.campaign.learner.slots_of
        if self.applying is None:
            if is_learned:
                return [self._reply(name)]
        elif self.applying.replica.has_applied(*name):
            return self.applying.reply(name)
        if not self.leadership.is_primary:
            return self._redirect(command)

        answers = None if self.lease is None else self.lease.take(command)
        if answers is not None:
            return answers
        self.asked.add(name)
        if is_learned or name in self.taken:
            return []
        self.taken.add(name)
        return self.proposer.propose(command)

    def _redirect(self, command: Command) -> list[Effect]:
        primary = self.leadership.primary
        if primary is None:
            return []
        return [Send(command.client, Redirect(command.sequence, primary))]

    def _on_promise(self, source: NodeId, promise: Promise) -> list[Effect]:
        leadership = self.leadership
        if leadership.primary != leadership.name:
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
            effects += self._answer(learned.value)
        if self.applying is not None or self.campaign.configurations is not None:
            effects += go_on(self)
        if self.leadership.is_primary:
            effects += self.proposer.on_learned(learned.slot)
        elif (
            not self.leadership.is_listening
            and learned.slot >= self.campaign.learner.first_unlearned
        ):
            effects += self.catching_up.watch()
        return effects

    def _answer(self, value: Value) -> list[Effect]:
        """Answer whoever waits for what is now learned, unless it has to be applied first."""
        if not isinstance(value, Command):
            return []
        name = (value.client, value.sequence)
        self.taken.discard(name)
        if self.applying is not None or name not in self.asked:
            return []
        self.asked.remove(name)
        return [self._reply(name)]

    def _reply(self, name: tuple[NodeId, int]) -> Effect:
        client, sequence = name
        return Send(client, Reply(sequence, self.learner.slots_of[name]))

    def _fill_gaps(self) -> list[Effect]:
        """Fill the gaps that were there at the last look too: younger ones may close alone; and
        ask whether another leader knows what they hold.
        """
        slots = range(self.learner.first_unlearned, self.campaign.next_slot)
        gaps = {
            slot
            for slot in slots
            if slot not in self.learner.learned
            and not self.proposer.is_in_flight(slot)
            and self.campaign.may_propose(slot)
        }
        old = sorted(gaps & self.gaps)
        self.gaps = gaps
        if not old or self.catching_up.moves():
            return []
        asked = self.catching_up.begin(None) if self.catching_up.asked is None else []
        return [*asked, *self.proposer.fill(old)]

    def _set_resend(self) -> Effect:
        after_us = self.campaign.settings.resend_after_us
        return SetTimer(timer=RESEND, delay_us_min=after_us, delay_us_max=after_us)

    def _set_fill(self) -> Effect:
        after_us = self.campaign.settings.fill_after_us
        return SetTimer(timer=FILL, delay_us_min=after_us, delay_us_max=after_us)


def _campaign(
    name: NodeId,
    settings: Settings,
    learner: Callable[[Quorums], Learner],
    make: MakeConfigurations,
) -> Campaign:
    """Return a campaign; where acceptors change, its learner has to know whose votes count."""
    quorums, after = settings.quorums, settings.reconfigure_after
    if after is None:
        return Campaign(name, settings, learner(quorums), Ballots(name))
    if learner is not Learner:
        message = "protocol: found a learner of its own; allowed is none where acceptors change"
        raise ScenarioError(message)
    first = Configuration(0, settings.acceptors, quorums)
    known = frozenset((*settings.acceptors, *settings.spares))
    configurations = make(first, known, after)
    reconfigurable = ReconfigurableLearner(quorums, configurations=configurations)
    return Campaign(name, settings, reconfigurable, Ballots(name), configurations=configurations)
