"""A participant, on an `acceptor-N`: votes, and then does as it is told."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import assert_never

from experiments.two_phase_commit.words import (
    Decided,
    Decides,
    Decision,
    Inquiry,
    Outcome,
    Transaction,
    Vote,
    VotedYes,
    VoteRequest,
    Votes,
)
from paxos_des.names import NodeId
from paxos_des.protocol.effects import (
    CancelTimer,
    Effect,
    Noted,
    Persist,
    Record,
    Send,
    SetTimer,
    Timer,
)
from paxos_des.protocol.role import Settings


@dataclass(slots=True)
class Participant:
    """Votes yes, if it can: what it votes on is locked until that is decided, and it votes no on
    everything else. Once it has voted yes, it asks the coordinator again and again, and waits.

    Attributes
    ----------
    in_doubt
        What it has voted yes on, and not heard the outcome of.
    """

    coordinator: NodeId
    ask_after_us: int
    in_doubt: Transaction | None = None
    decided: dict[Transaction, Decision] = field(default_factory=dict)

    @classmethod
    def make(cls, _: NodeId, settings: Settings) -> "Participant":
        return cls(settings.leaders[0], settings.resend_after_us)

    def on_start(self) -> list[Effect]:
        return []

    def recover(self, records: Sequence[Record]) -> list[Effect]:
        """Be bound by a vote of a former life."""
        effects: list[Effect] = []
        for record in records:
            if isinstance(record, VotedYes):
                self.in_doubt = record.transaction
                effects.append(Noted(Votes(record.transaction, "yes")))
            elif isinstance(record, Decided):
                effects += self._decided(record.transaction, record.decision)
        return effects if self.in_doubt is None else [*effects, *self._ask(self.in_doubt)]

    def on_message(self, _: NodeId, message: VoteRequest | Outcome) -> list[Effect]:
        match message:
            case VoteRequest():
                return self._on_vote_request(message.transaction)
            case Outcome():
                return self._on_outcome(message)
            case _:
                assert_never(message)

    def on_timer(self, _: Timer) -> list[Effect]:
        return [] if self.in_doubt is None else self._ask(self.in_doubt)

    def _on_vote_request(self, transaction: Transaction) -> list[Effect]:
        if transaction in self.decided or transaction == self.in_doubt:
            return []  # it was doubled
        if self.in_doubt is not None:
            # Whoever votes no has decided: nobody can commit any more.
            return [
                Persist(Decided(transaction, "abort")),
                Noted(Votes(transaction, "no")),
                *self._decided(transaction, "abort"),
                Send(self.coordinator, Vote(transaction, "no")),
            ]
        self.in_doubt = transaction
        return [
            Persist(VotedYes(transaction)),
            Noted(Votes(transaction, "yes")),
            Send(self.coordinator, Vote(transaction, "yes")),
            self._wait(),
        ]

    def _on_outcome(self, outcome: Outcome) -> list[Effect]:
        if outcome.transaction in self.decided:
            return []
        return [
            Persist(Decided(outcome.transaction, outcome.decision)),
            *self._decided(outcome.transaction, outcome.decision),
        ]

    def _decided(self, transaction: Transaction, decision: Decision) -> list[Effect]:
        self.decided[transaction] = decision
        noted: list[Effect] = [Noted(Decides(transaction, decision))]
        if transaction != self.in_doubt:
            return noted
        self.in_doubt = None
        return [*noted, CancelTimer(_ASK)]

    def _ask(self, transaction: Transaction) -> list[Effect]:
        return [Send(self.coordinator, Inquiry(transaction)), self._wait()]

    def _wait(self) -> Effect:
        return SetTimer(timer=_ASK, delay_us_min=self.ask_after_us, delay_us_max=self.ask_after_us)


_ASK = Timer("ask")
