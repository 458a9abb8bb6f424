"""What nodes say to each other.

A `Prepare` and what answers it speak either of one slot (`slot`, as in 2009) or of all
slots at once (`from_slot`: the promise binds every slot, and the votes from there on are
reported), never of both.

`IDENTITY` names the fields that tell a message from its like: what it says beyond them
follows from them, or is too long to be part of a name.
"""

from typing import Any, ClassVar, get_args

import msgspec

from paxos_des.names import NodeId
from paxos_des.protocol.ballot import Ballot, Command, Slot, Value, Vote


class Message(
    msgspec.Struct, frozen=True, gc=False, tag_field="type", tag=True, omit_defaults=True
):
    """One message's content: a frozen struct, unequal across types. What was sent is not changed
    any more, nor is anything that it holds: the trace may be written then, or later.
    """

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
    """Says that its sender believes that it is the primary, and has learned all slots below
    `learned`.
    """

    IDENTITY = ()

    learned: Slot = 0


class Request(Message, frozen=True, gc=False):
    """Asks a leader to have `command` chosen."""

    command: Command


class Reply(Message, frozen=True, gc=False):
    """Tells a client in which slot its command was chosen (the first, if in several), and what
    the state machine answered. A read under a lease takes no slot.
    """

    IDENTITY = ("sequence", "slot")

    sequence: int
    slot: Slot | None = None
    result: Any = None


class Redirect(Message, frozen=True, gc=False):
    """Tells a client which leader the sender believes to be the primary."""

    sequence: int
    primary: NodeId


class Session(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """What a replica remembers of one client: all sequence numbers below `below` took effect
    and were answered; of those that took effect since, `(sequence, slot, result)`, in order.
    """

    client: NodeId
    below: int
    results: tuple[tuple[int, Slot, Any], ...]


class Snapshot(msgspec.Struct, frozen=True, gc=False):
    """A replica after all slots below `slot`.

    Attributes
    ----------
    chain
        The chain hash of the history up to there.
    state
        What the state machine says that it is, as JSON values.
    sessions
        By client: so that a request that is repeated later takes effect once.
    acceptors
        The configurations that matter from here on: from which slot on, and who; oldest first.
    """

    slot: Slot
    chain: str
    state: Any
    sessions: tuple[Session, ...]
    acceptors: tuple[tuple[Slot, tuple[NodeId, ...]], ...] = ()


class CatchUpRequest(Message, frozen=True, gc=False):
    """Asks another leader for what is chosen from a slot on. Votes are known to the sender in slots
    below `seen`, if it says so: they are in use.
    """

    IDENTITY = ("from_slot",)

    from_slot: Slot
    seen: Slot = 0


class CatchUp(Message, frozen=True, gc=False):
    """Tells what is chosen from `from_slot` on, in one bounded piece; where those slots are
    forgotten, by a snapshot and what follows it. The sender has learned all below `learned`.
    """

    IDENTITY = ("from_slot",)

    from_slot: Slot
    values: tuple[Value, ...]
    learned: Slot
    snapshot: Snapshot | None = None


class Standing(Message, frozen=True, gc=False):
    """Tells the primary how far a leader is: all slots below `learned` are learned, all below
    `snapshot` are in its durable snapshot.
    """

    IDENTITY = ()

    learned: Slot
    snapshot: Slot


class Forget(Message, frozen=True, gc=False):
    """Says that nobody needs to know any more of single slots below this one."""

    below: Slot


class Gone(Message, frozen=True, gc=False):
    """Refuses a `Prepare` or an `Accept`, because slots below `below` are chosen and forgotten."""

    below: Slot


class Renew(Message, frozen=True, gc=False):
    """Asks an acceptor for a lease: to promise no other ballot for some time. `number` counts
    the requests of a leader: a grant counts for the request that it answers.
    """

    ballot: Ballot
    number: int


class Granted(Message, frozen=True, gc=False):
    """Grants a lease."""

    ballot: Ballot
    number: int


AcceptorMessage = Prepare | Accept | Forget | Renew
LeaderMessage = (
    Request
    | Promise
    | Accepted
    | Nack
    | CatchUpRequest
    | CatchUp
    | Standing
    | Forget
    | Gone
    | Granted
)
ClientMessage = Reply | Redirect
AnyMessage = (
    Prepare
    | Promise
    | Accept
    | Accepted
    | Nack
    | Heartbeat
    | Request
    | Reply
    | Redirect
    | CatchUpRequest
    | CatchUp
    | Standing
    | Forget
    | Gone
    | Renew
    | Granted
)

KINDS: tuple[type[Message], ...] = get_args(AnyMessage)
"""All kinds of message of this protocol: no user's own, whatever else is in the process."""
