"""Catching up: a leader that is behind asks its peers for what is chosen.

It learns that it is behind in five ways: it begins another life, or hears again after it was deaf
(`begin`); the primary had learned more, at its last heartbeat but one, than this leader has by now,
or a slot that is in use stays unlearned from one heartbeat to the next (`on_heartbeat`); a slot
stays unlearned below others, for as long as from one look to the next (`watch`); an acceptor has
forgotten slots that it does not know (`on_gone`).

A primary hears no heartbeats: whoever finds in its beat that it lacks what was learned here one
beat ago tells it, one piece for each beat. And who asks says which slots are in use: a primary that
knows nothing of them fills them.

Then it asks one peer, piece by piece: each answer tells of up to `catch_up_batch` slots, or, where
those are forgotten, carries a snapshot and up to so many slots after it; and the next piece is
asked for as soon as one has come. What it hears of votes meanwhile it learns as ever. So a leader
that missed n slots sends at most ceil(n / batch) requests, and gets as many answers; under loss,
one more of both for each look at which nothing has moved since the last, and those go to the peers
in turn. One that missed nothing sends one request, when it begins, and gets one answer.

Looks cost nothing where nothing is missing: a heartbeat is a look; a timer is set only while an
answer is awaited, or, where no heartbeats are heard, while there is a gap.
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from paxos_des.names import NodeId
from paxos_des.protocol.ballot import Slot
from paxos_des.protocol.effects import CancelTimer, Effect, Send, SetTimer, Timer
from paxos_des.protocol.learner import Learner
from paxos_des.protocol.messages import CatchUp, CatchUpRequest, Snapshot

if TYPE_CHECKING:
    from paxos_des.protocol.proposing import Campaign

CATCH_UP = Timer("catch-up")


@dataclass(slots=True, kw_only=True)
class CatchingUp:
    """Whom one leader asks for what it missed, and what it tells those that ask.

    Attributes
    ----------
    peers
        The other leaders.
    ahead
        The last heartbeat's sender had learned all slots below this one.
    wanted
        All slots below this one are chosen: some acceptor has forgotten them.
    asked, asked_from
        Whose answer is awaited, and to which question; None: nobody's.
    has_looked_at
        The first unlearned slot at the last look.
    waited_at
        The first unlearned slot when something last asked whether to wait for more.
    is_ticking
        The timer is set.
    first_at_beat
        The first unlearned slot at the last heartbeat.
    campaign
        Knows which slots are in use.
    """

    peers: tuple[NodeId, ...]
    learner: Learner
    every_us: int
    batch: int
    ahead: Slot = 0
    wanted: Slot = 0
    asked: NodeId | None = None
    asked_from: Slot = 0
    has_looked_at: Slot = -1
    waited_at: Slot = -1
    is_ticking: bool = False
    first_at_beat: Slot = 0
    campaign: "Campaign | None" = None

    def moves(self) -> bool:
        """Whether pieces have come in since this was asked last: what waits for them waits on.

        An answer may be lost, and nobody may look: so it is never true twice without news.
        """
        first, waited_at = self.learner.first_unlearned, self.waited_at
        self.waited_at = first
        return self.asked is not None and first > waited_at

    @property
    def seen(self) -> Slot:
        """All slots in which a vote is known of here are below this one."""
        return 0 if self.campaign is None else self.campaign.next_slot

    def begin(self, primary: NodeId | None) -> list[Effect]:
        """Ask, first of all him who is taken for the primary, what was missed."""
        if not self.peers:
            return []
        peer = primary if primary is not None and primary in self.peers else self._after(self.asked)
        self.has_looked_at = self.learner.first_unlearned
        return [self._ask(peer), *self._tick()]

    def on_heartbeat(
        self, source: NodeId, learned: Slot, snapshot: Snapshot | None = None
    ) -> list[Effect]:
        """Look whether the slots are learned by now that were so elsewhere one beat ago.

        While the timer is set, it looks. The listener, which hears heartbeats, cannot set it: if
        an answer is lost, the next beat asks again.
        """
        ahead, self.ahead = self.ahead, learned
        first = self.learner.first_unlearned
        before, self.first_at_beat = self.first_at_beat, first
        if learned < before:
            # The primary hears no heartbeats: it is told without asking.
            return self.answer(source, learned, snapshot)
        is_stuck = first == before and self.seen > first
        if self.is_ticking or (first >= ahead and not is_stuck):
            return []
        moved, self.has_looked_at = first > self.has_looked_at, first
        if self.asked is None:
            return [self._ask(source)]
        return [] if moved else [self._ask(self._after(self.asked))]

    def lead(self) -> list[Effect]:
        """Look by the timer from now on, if an answer is awaited: a primary hears no heartbeats."""
        return [] if self.asked is None else self._tick()

    def watch(self) -> list[Effect]:
        """Keep an eye on a gap, where no heartbeat will tell of it."""
        if self.is_ticking or not self.peers:
            return []
        self.has_looked_at = self.learner.first_unlearned
        return self._tick()

    def on_gone(self, below: Slot) -> list[Effect]:
        self.wanted = max(self.wanted, below)
        if self.learner.first_unlearned >= below:
            return []
        return self.begin(None) if self.asked is None else self._tick()

    def on_timer(self) -> list[Effect]:
        """Ask another peer, if nothing has moved since the last look."""
        self.is_ticking = False
        first = self.learner.first_unlearned
        if self.asked is None and not self.learner.has_gap:
            return []
        moved, self.has_looked_at = first > self.has_looked_at, first
        effects = [] if moved else [self._ask(self._after(self.asked))]
        return [*effects, *self._tick()]

    def on_piece(self, source: NodeId, piece: CatchUp, *, is_news: bool) -> list[Effect]:
        """Ask for the next piece, when this one told something; be content, when there is no more.

        A piece without news is a late copy, or it comes from a peer that knows no more: of those,
        only the answer to the last question ends the asking.
        """
        first = self.learner.first_unlearned
        if is_news and piece.learned > first:
            return [self._ask(source)]
        is_answer = source == self.asked and piece.from_slot >= self.asked_from
        if not is_answer or piece.learned > first or self.wanted > first:
            return []
        self.asked = None
        if not self.is_ticking:
            return []
        self.is_ticking = False
        return [CancelTimer(CATCH_UP)]

    def answer(self, source: NodeId, from_slot: Slot, snapshot: Snapshot | None) -> list[Effect]:
        """Tell a peer one piece of what is learned here, from the first slot on that it lacks."""
        learner = self.learner
        if from_slot >= learner.forgotten[0]:
            snapshot = None
        else:
            assert snapshot is not None, f"{learner.forgotten} is in no snapshot"
            from_slot = snapshot.slot
        below = min(from_slot + self.batch, learner.first_unlearned)
        values = tuple(learner.learned[slot] for slot in range(from_slot, below))
        return [Send(source, CatchUp(from_slot, values, learner.first_unlearned, snapshot))]

    def _ask(self, peer: NodeId) -> Effect:
        first = self.asked_from = self.learner.first_unlearned
        self.asked = peer
        return Send(peer, CatchUpRequest(first, self.seen if self.seen > first else 0))

    def _after(self, peer: NodeId | None) -> NodeId:
        place = -1 if peer is None else self.peers.index(peer)
        return self.peers[(place + 1) % len(self.peers)]

    def _tick(self) -> list[Effect]:
        if self.is_ticking:
            return []
        self.is_ticking = True
        return [SetTimer(timer=CATCH_UP, delay_us_min=self.every_us, delay_us_max=self.every_us)]
