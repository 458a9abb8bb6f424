"""Applying: what a leader with a replica does with what it has learned.

Values are applied in slot order, up to the first gap; a client is answered when its command is
applied, with what the state machine said. Every so many slots a snapshot of the replica takes the
place of the leader's whole log; another leader's takes the place of what was missed.
"""

from dataclasses import dataclass, field

from paxos_des.names import NodeId
from paxos_des.protocol.ballot import Command
from paxos_des.protocol.effects import Compact, Effect, Installed, Kept, Reserved, Send, Snapshotted
from paxos_des.protocol.heartbeat import Leadership
from paxos_des.protocol.messages import Reply, Snapshot
from paxos_des.protocol.proposing import Campaign
from paxos_des.protocol.replica import Replica


@dataclass(slots=True)
class Applying:
    """Applies to `replica`, and answers those whose commands are in `asked`."""

    leadership: Leadership
    campaign: Campaign
    replica: Replica
    asked: set[tuple[NodeId, int]] = field(default_factory=set)

    def apply_all(self) -> list[Effect]:
        """Apply what is learned up to the first gap, and take snapshots on the way."""
        learner, replica, asked = self.campaign.learner, self.replica, self.asked
        forgetting, configurations = self.leadership.forgetting, self.campaign.configurations
        effects: list[Effect] = []
        while replica.applied < learner.first_unlearned:
            value = learner.learned[replica.applied]
            applied = replica.apply(replica.applied, value)
            effects.append(applied)
            if configurations is not None:
                configurations.on_chosen(applied.slot, value, repeated=applied.repeated)
            if asked and isinstance(value, Command):
                effects += self._answer((value.client, value.sequence))
            if forgetting is not None and replica.applied - forgetting.held >= forgetting.every:
                effects += self._take_snapshot()
        return effects

    def reply(self, name: tuple[NodeId, int]) -> list[Effect]:
        """Answer with what is remembered; what the session has forgotten, nobody waits for."""
        found = self.replica.result_of(*name)
        return [] if found is None else [Send(name[0], Reply(name[1], *found))]

    def install(self, source: NodeId, snapshot: Snapshot) -> list[Effect]:
        """Let another leader's snapshot stand for all slots below it, and keep it."""
        forgetting = self.leadership.forgetting
        assert forgetting is not None, f"nothing to keep {snapshot} in"
        self.put_in_place(snapshot)
        effects: list[Effect] = [
            self._make_durable(snapshot),
            Installed(snapshot.slot, snapshot.chain, source),
            Snapshotted(snapshot.slot, snapshot.chain),
            *forgetting.keep(snapshot),
        ]
        for name in sorted(self.asked):
            if self.replica.has_applied(*name):
                effects += self._answer(name)
        return effects

    def put_in_place(self, snapshot: Snapshot) -> None:
        self.replica.install(snapshot)
        if self.campaign.configurations is not None:
            self.campaign.configurations.install(snapshot)
        self.campaign.learner.install(snapshot.slot, snapshot.chain)
        self.campaign.saw_slot(self.campaign.learner.first_unlearned - 1)

    def _answer(self, name: tuple[NodeId, int]) -> list[Effect]:
        if name not in self.asked:
            return []
        self.asked.remove(name)
        return self.reply(name)

    def _take_snapshot(self) -> list[Effect]:
        forgetting, slot = self.leadership.forgetting, self.replica.applied
        assert forgetting is not None, f"no snapshots, then one at {slot}"
        chain = self.campaign.learner.chain_at(slot)
        configurations = self.campaign.configurations
        acceptors = () if configurations is None else configurations.parts(slot)
        snapshot = Snapshot(slot, chain, *self.replica.snapshot_parts(), acceptors)
        effects = [
            self._make_durable(snapshot),
            Snapshotted(slot, chain),
            *forgetting.keep(snapshot),
        ]
        return [*effects, *forgetting.tell()] if self.leadership.is_primary else effects

    def _make_durable(self, snapshot: Snapshot) -> Effect:
        """Put the snapshot in the place of the former one: the log of a leader holds no more."""
        return Compact((Reserved(self.campaign.ballots.reserved), Kept(snapshot)))
