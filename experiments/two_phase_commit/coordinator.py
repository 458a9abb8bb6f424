"""The coordinator, on `leader-0`: asks all for their votes, and decides."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import assert_never

from experiments.two_phase_commit.words import (
    Began,
    Decided,
    Decides,
    Decision,
    Inquiry,
    Outcome,
    Transaction,
    Vote,
    VoteRequest,
)
from paxos_des.names import NodeId
from paxos_des.protocol.effects import (
    Broadcast,
    CancelTimer,
    Effect,
    Noted,
    Persist,
    Record,
    Send,
    SetTimer,
    Timer,
)
from paxos_des.protocol.heartbeat import Leadership
from paxos_des.protocol.messages import Reply, Request
from paxos_des.protocol.role import Settings


@dataclass(slots=True)
class Coordinator:
    """Commits what all vote for; aborts what anybody votes against, or does not vote on in time.

    Attributes
    ----------
    voted
        By transaction that is not decided: who has voted yes.
    decided
        What was decided, for ever: somebody may ask.
    """

    participants: tuple[NodeId, ...]
    wait_us: int
    voted: dict[Transaction, set[NodeId]] = field(default_factory=dict)
    decided: dict[Transaction, Decision] = field(default_factory=dict)

    @classmethod
    def make(cls, _: Leadership, settings: Settings, __: NodeId | None) -> "Coordinator":
        return cls(settings.acceptors, settings.resend_after_us)

    def on_start(self) -> list[Effect]:
        return []

    def recover(self, records: Sequence[Record]) -> list[Effect]:
        """Abort what was begun and not decided: nobody can have been told to commit."""
        begun: list[Transaction] = []
        effects: list[Effect] = []
        for record in records:
            if isinstance(record, Began):
                begun.append(record.transaction)
            elif isinstance(record, Decided):
                self.decided[record.transaction] = record.decision
                effects.append(Noted(Decides(record.transaction, record.decision)))
        for transaction in begun:
            if transaction not in self.decided:
                effects += self._decide(transaction, "abort")
        return effects

    def on_message(self, source: NodeId, message: Request | Vote | Inquiry) -> list[Effect]:
        match message:
            case Request():
                return self._on_request((message.command.client, message.command.sequence))
            case Vote():
                return self._on_vote(source, message)
            case Inquiry():
                return self._on_inquiry(source, message.transaction)
            case _:
                assert_never(message)

    def on_timer(self, timer: Timer) -> list[Effect]:
        late = next((one for one in self.voted if _timer(one) == timer), None)
        return [] if late is None else self._decide(late, "abort")

    def _on_request(self, transaction: Transaction) -> list[Effect]:
        """Begin; a client that asks again is told what was decided, if anything."""
        if transaction in self.decided:
            return [_reply(transaction, self.decided[transaction])]
        if transaction in self.voted:
            return []
        self.voted[transaction] = set()
        return [
            Persist(Began(transaction)),
            Broadcast(self.participants, VoteRequest(transaction)),
            SetTimer(
                timer=_timer(transaction), delay_us_min=self.wait_us, delay_us_max=self.wait_us
            ),
        ]

    def _on_vote(self, source: NodeId, vote: Vote) -> list[Effect]:
        voted = self.voted.get(vote.transaction)
        if voted is None:
            return []
        if vote.vote == "no":
            return self._decide(vote.transaction, "abort")
        voted.add(source)
        is_enough = self._is_enough(voted)
        return self._decide(vote.transaction, "commit") if is_enough else []

    def _on_inquiry(self, source: NodeId, transaction: Transaction) -> list[Effect]:
        decision = self.decided.get(transaction)
        return [] if decision is None else [Send(source, Outcome(transaction, decision))]

    def _is_enough(self, voted: set[NodeId]) -> bool:
        """Return whether a transaction may be committed: all have voted for it (AC3)."""
        return len(voted) == len(self.participants)

    def _decide(self, transaction: Transaction, decision: Decision) -> list[Effect]:
        assert transaction not in self.decided, f"{transaction}: {self.decided[transaction]}"
        self.voted.pop(transaction, None)
        self.decided[transaction] = decision
        return [
            CancelTimer(_timer(transaction)),
            Persist(Decided(transaction, decision)),
            Noted(Decides(transaction, decision)),
            Broadcast(self.participants, Outcome(transaction, decision)),
            _reply(transaction, decision),
        ]


def _timer(transaction: Transaction) -> Timer:
    client, sequence = transaction
    return Timer(f"votes of {client}", sequence)


def _reply(transaction: Transaction, decision: Decision) -> Send:
    client, sequence = transaction
    return Send(client, Reply(sequence, None, decision))
