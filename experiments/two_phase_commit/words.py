"""What the two phases say, keep and note: messages, records and notes of a protocol of one's own.

A struct each. `IDENTITY` names what tells a message, or a record, from its like; so decisions about
it have a name, and a schedule's sentence reads "lose the Vote of transaction (client-0, 3) …".
"""

from typing import ClassVar, Literal

from paxos_des.names import NodeId
from paxos_des.protocol.effects import Note, OwnRecord
from paxos_des.protocol.messages import Message

Transaction = tuple[NodeId, int]
"""Which one: the client that asks for it, and its sequence number there."""
Decision = Literal["commit", "abort"]


class VoteRequest(Message, frozen=True, gc=False):
    """Phase 1, from the coordinator: asks for a vote."""

    transaction: Transaction


class Vote(Message, frozen=True, gc=False):
    """Phase 1, from a participant: whoever votes yes can do either, and must not choose."""

    IDENTITY: ClassVar[tuple[str, ...]] = ("transaction",)

    transaction: Transaction
    vote: Literal["yes", "no"]


class Outcome(Message, frozen=True, gc=False):
    """Phase 2, from the coordinator: do this."""

    IDENTITY: ClassVar[tuple[str, ...]] = ("transaction",)

    transaction: Transaction
    decision: Decision


class Inquiry(Message, frozen=True, gc=False):
    """From a participant that has voted yes and heard no more: asks for the outcome."""

    transaction: Transaction


class Began(OwnRecord, frozen=True, gc=False):
    """The coordinator began a transaction: if it knows no more after a crash, it aborts it."""

    transaction: Transaction


class VotedYes(OwnRecord, frozen=True, gc=False):
    """A participant gave up its freedom to abort."""

    transaction: Transaction


class Decided(OwnRecord, frozen=True, gc=False):
    """Whoever keeps it has decided."""

    transaction: Transaction
    decision: Decision


class Votes(Note, frozen=True, gc=False):
    """A participant votes."""

    transaction: Transaction
    vote: Literal["yes", "no"]


class Decides(Note, frozen=True, gc=False):
    """The coordinator, or a participant, decides."""

    transaction: Transaction
    decision: Decision
