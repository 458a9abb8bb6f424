"""Forgetting: what every live leader holds in a durable snapshot, nobody needs slot by slot.

The primary's heartbeats are answered, by each other leader, with its `Standing`. So the primary
knows which slots are in the durable snapshots of all leaders that are not lost, its own among them,
and tells leaders and acceptors when that rises: `Forget`.

A leader is lost that was not heard of for a whole period of `lost_after_us`: it does not keep the
others from forgetting. When it is back, it finds the single slots gone, and gets a snapshot.

What keeps this safe is not the count of leaders. A slot is in a snapshot only after it was applied,
and so chosen; an acceptor that has forgotten it answers nothing but `Gone`: no promise and no vote
in a forgotten slot can let another value win. The count is for liveness: someone can always tell.
"""

from dataclasses import dataclass, field
from functools import lru_cache

from paxos_des.names import NodeId
from paxos_des.protocol.ballot import Slot
from paxos_des.protocol.effects import (
    Broadcast,
    CancelTimer,
    Effect,
    Forgot,
    Send,
    SetTimer,
    Timer,
)
from paxos_des.protocol.learner import Learner
from paxos_des.protocol.messages import Forget, Snapshot, Standing

LOST = Timer("lost")


@dataclass(slots=True, kw_only=True)
class Forgetting:
    """One leader's snapshot, and what it knows of the others'.

    Attributes
    ----------
    every
        A snapshot is taken when so many slots were applied since the last.
    snapshot
        The last one that is durable, or is as soon as all effects up to now are done.
    told
        All slots below this one may be forgotten, as far as this leader knows.
    standings
        Where this leader is primary: by peer that is not lost, what its snapshot holds.
    heard
        The peers that were heard of since the last look.
    """

    peers: tuple[NodeId, ...]
    acceptors: tuple[NodeId, ...]
    learner: Learner
    every: int
    lost_after_us: int
    snapshot: Snapshot | None = None
    told: Slot = 0
    standings: dict[NodeId, Slot] = field(default_factory=dict)
    heard: set[NodeId] = field(default_factory=set)

    @property
    def held(self) -> Slot:
        """The first slot that is not in this leader's snapshot."""
        return 0 if self.snapshot is None else self.snapshot.slot

    def lead(self) -> list[Effect]:
        """Take all for living, that hold nothing, until they are heard of or prove to be lost."""
        self.standings = dict.fromkeys(self.peers, 0)
        self.heard.clear()
        return [self._set_lost()] if self.peers else []

    def follow(self) -> list[Effect]:
        self.standings.clear()
        return [CancelTimer(LOST)] if self.peers else []

    def answer(self, source: NodeId) -> Effect:
        """Tell the primary, which was heard, how far this leader is."""
        return Send(source, Standing(self.learner.first_unlearned, self.held))

    def on_standing(self, source: NodeId, standing: Standing) -> list[Effect]:
        """Note how far a peer is, and that it lives."""
        self.heard.add(source)
        self.standings[source] = standing.snapshot
        return self.tell()

    def on_lost(self) -> list[Effect]:
        """Take those for lost that were silent since the last look."""
        for peer in self.peers:
            if peer not in self.heard:
                self.standings.pop(peer, None)
        self.heard.clear()
        return [*self.tell(), self._set_lost()]

    def tell(self) -> list[Effect]:
        """Let all forget what is in all snapshots: to be called by a primary, when one is new."""
        below = min(self.held, min(self.standings.values(), default=self.held))
        if below <= self.told:
            return []
        forget = Forget(below)
        effects: list[Effect] = [Broadcast(self.acceptors, forget)]
        if self.peers:
            effects.append(Broadcast(self.peers, forget))
        return [*effects, *self.on_forget(below)]

    def on_forget(self, below: Slot) -> list[Effect]:
        """Forget what is in the own snapshot too; the rest, when the next one is taken."""
        self.told = max(self.told, below)
        return self.keep(self.snapshot)

    def keep(self, snapshot: Snapshot | None) -> list[Effect]:
        """Take a snapshot for the last durable one; forget what waited for that."""
        self.snapshot = snapshot
        below = min(self.told, self.held)
        if below <= self.learner.forgotten[0]:
            return []
        self.learner.forget(below)
        return [Forgot(below)]

    def _set_lost(self) -> Effect:
        after_us = self.lost_after_us
        return SetTimer(timer=LOST, delay_us_min=after_us, delay_us_max=after_us)


@lru_cache(maxsize=1024)
def peers_of(name: NodeId, leaders: tuple[NodeId, ...]) -> tuple[NodeId, ...]:
    """Return the other leaders: a short run is made of a few such answers, again and again."""
    return tuple(leader for leader in leaders if leader != name)
