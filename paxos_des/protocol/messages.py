"""What nodes say to each other.

A `Prepare` and what answers it speak either of one slot (`slot`, as in 2009) or of all
slots at once (`from_slot`: the promise binds every slot, and the votes from there on are
reported), never of both.

`IDENTITY` names the fields that tell a message from its like: what it says beyond them
follows from them, or is too long to be part of a name.
"""

from typing import ClassVar, get_args

import msgspec

from paxos_des.names import NodeId
from paxos_des.protocol.ballot import Ballot, Command, Slot, Value, Vote


class Message(
    msgspec.Struct, frozen=True, gc=False, tag_field="type", tag=True, omit_defaults=True
):
    """One message's content: a frozen struct, unequal across types."""

    IDENTITY: ClassVar[tuple[str, ...] | None] = None


class Prepare(Message, frozen=True, gc=False):
    """Phase 1a: asks for a promise not to vote below `ballot`, and for the votes cast."""

    ballot: Ballot
    slot: Slot | None = None
    from_slot: Slot | None = None


class Promise(Message, frozen=True, gc=False):
    """Phase 1b: the promise, and the sender's last vote in each slot that it covers."""

    IDENTITY = ("ballot", "slot", "from_slot")

    ballot: Ballot
    votes: tuple[Vote, ...]
    slot: Slot | None = None
    from_slot: Slot | None = None


class Accept(Message, frozen=True, gc=False):
    """Phase 2a: asks for a vote."""

    IDENTITY = ("slot", "ballot")

    slot: Slot
    ballot: Ballot
    value: Value


class Accepted(Message, frozen=True, gc=False):
    """Phase 2b: tells of a vote."""

    IDENTITY = ("slot", "ballot")

    slot: Slot
    ballot: Ballot
    value: Value


class Nack(Message, frozen=True, gc=False):
    """Refuses a `Prepare` or an `Accept` of `ballot`, because of a promise to `promised`."""

    ballot: Ballot
    promised: Ballot
    slot: Slot | None = None
    from_slot: Slot | None = None


class Heartbeat(Message, frozen=True, gc=False):
    """Says that its sender believes that it is the primary."""


class Request(Message, frozen=True, gc=False):
    """Asks a leader to have `command` chosen."""

    command: Command


class Reply(Message, frozen=True, gc=False):
    """Tells a client in which slot its command was chosen (the first, if in several)."""

    sequence: int
    slot: Slot


class Redirect(Message, frozen=True, gc=False):
    """Tells a client which leader the sender believes to be the primary."""

    sequence: int
    primary: NodeId


AcceptorMessage = Prepare | Accept
LeaderMessage = Request | Promise | Accepted | Nack
ClientMessage = Reply | Redirect
AnyMessage = Prepare | Promise | Accept | Accepted | Nack | Heartbeat | Request | Reply | Redirect

KINDS: tuple[type[Message], ...] = get_args(AnyMessage)
"""All kinds of message of this protocol: no user's own, whatever else is in the process."""
