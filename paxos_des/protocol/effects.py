"""What a role asks its node to do, in order.

The node releases effects in the order in which it got them: nothing that follows a pending
`Persist` leaves before it, whichever message caused it. So "persist before you answer" is a
matter of order in a list, which a unit test compares whole.
"""

from typing import ClassVar, Literal

import msgspec

from paxos_des.names import NodeId
from paxos_des.protocol.ballot import Ballot, Command, Operation, Slot, Value, Vote
from paxos_des.protocol.messages import Message, Snapshot


class _Record(
    msgspec.Struct, frozen=True, gc=False, tag_field="type", tag=True, omit_defaults=True
):
    """The unit of keeping: what a crash must not take away once it is durable.

    `IDENTITY`, as in messages, names the fields that tell a record from its like; None: all.
    """

    IDENTITY: ClassVar[tuple[str, ...] | None] = None


class Promised(_Record, frozen=True, gc=False):
    """An acceptor's promise, for one slot or (with `from_slot`) for all of them."""

    ballot: Ballot
    slot: Slot | None = None
    from_slot: Slot | None = None


class Voted(_Record, frozen=True, gc=False):
    """An acceptor's vote."""

    IDENTITY = ("slot", "ballot")

    slot: Slot
    ballot: Ballot
    value: Value


class Reserved(_Record, frozen=True, gc=False):
    """A leader may use ballots up to this round: after a restart, only higher ones."""

    round: int


class Forgotten(_Record, frozen=True, gc=False):
    """An acceptor knows nothing any more of slots below this one: they are chosen."""

    below: Slot


class Kept(_Record, frozen=True, gc=False):
    """A leader's snapshot of its replica: all that the slots below `snapshot.slot` did."""

    IDENTITY = ()

    snapshot: Snapshot


class Asked(_Record, frozen=True, gc=False):
    """A client began to ask for `command`."""

    command: Command


class Answered(_Record, frozen=True, gc=False):
    """A client knows the outcome of its command of this sequence number."""

    sequence: int


class OwnRecord(_Record, frozen=True, gc=False):
    """What roles of another protocol keep: subclass it, and name it to the `ProtocolSpec`."""


Record = Promised | Voted | Reserved | Forgotten | Kept | Asked | Answered | OwnRecord


class Timer(msgspec.Struct, frozen=True, gc=False, omit_defaults=True):
    """A timer's name; setting it again replaces it."""

    name: str
    slot: Slot | None = None


class Note(msgspec.Struct, frozen=True, gc=False, tag_field="type", tag=True, omit_defaults=True):
    """What a role of another protocol says for the record: subclass it. Checks of one's own observe
    notes by their class; the others do not know them.
    """


class _Effect(msgspec.Struct, frozen=True, gc=False):
    """A deed asked of the node: data, so that tests compare it."""


class Send(_Effect, frozen=True, gc=False):
    """Send `message` to one node."""

    target: NodeId
    message: Message


class Broadcast(_Effect, frozen=True, gc=False):
    """Send `message` to each target in turn: one effect where five Sends cost more."""

    targets: tuple[NodeId, ...]
    message: Message


class Persist(_Effect, frozen=True, gc=False):
    """Make `record` durable before any effect that follows."""

    record: Record


class Compact(_Effect, frozen=True, gc=False):
    """Put `records` in the place of all that is durable, at one stroke, before any effect that
    follows: what a crash finds is what was there before, or these.
    """

    records: tuple[Record, ...]


class SetTimer(_Effect, frozen=True, gc=False, kw_only=True):
    """Let `timer` fire once, after a time from this range (in µs) that the Chooser picks.

    A node's clock may be stepped, and the `own` timers with it; `steady` ones go by its rate alone,
    for what rests on how long something takes.
    """

    timer: Timer
    delay_us_min: int
    delay_us_max: int
    clock: Literal["own", "steady"] = "own"


class CancelTimer(_Effect, frozen=True, gc=False):
    """Let `timer` not fire, if it is set."""

    timer: Timer


class Adopted(_Effect, frozen=True, gc=False):
    """A phase-1 quorum promised: `promises` names those that the leader really used."""

    ballot: Ballot
    promises: tuple[NodeId, ...]
    slot: Slot | None = None
    from_slot: Slot | None = None


class Learned(_Effect, frozen=True, gc=False):
    """A phase-2 quorum voted in one ballot: `votes` names the voters that were counted."""

    slot: Slot
    value: Value
    ballot: Ballot
    votes: tuple[NodeId, ...]


class Told(_Effect, frozen=True, gc=False):
    """Another leader said what is chosen in a slot."""

    slot: Slot
    value: Value
    source: NodeId


class Applied(_Effect, frozen=True, gc=False):
    """The replica applied a value; see `ApplyEntry`."""

    slot: Slot
    value: Value
    result: Operation = None
    repeated: bool = False


class Snapshotted(_Effect, frozen=True, gc=False):
    """All slots below `slot` are in a snapshot, which is durable when this is done."""

    slot: Slot
    chain: str


class Installed(_Effect, frozen=True, gc=False):
    """A snapshot of another leader took the place of all slots below `slot`."""

    slot: Slot
    chain: str
    source: NodeId


class Forgot(_Effect, frozen=True, gc=False):
    """A role knows nothing any more of single slots below this one."""

    below: Slot


class Recovered(_Effect, frozen=True, gc=False):
    """What an acceptor found on its disk: promises, and last votes."""

    promised: tuple[Promised, ...]
    votes: tuple[Vote, ...]


class Believe(_Effect, frozen=True, gc=False):
    """Let this node's leader believe that `primary` is the primary."""

    primary: NodeId


class Invoked(_Effect, frozen=True, gc=False):
    """A client asks for `command` for the first time."""

    command: Command


class Completed(_Effect, frozen=True, gc=False):
    """A client knows the outcome of `command`; a read under a lease takes no slot."""

    command: Command
    outcome: Literal["ok"]
    slot: Slot | None = None
    result: Operation = None


class Noted(_Effect, frozen=True, gc=False):
    """Something happened that no message shows, and that checks want to know."""

    what: Note


Effect = (
    Send
    | Broadcast
    | Persist
    | Compact
    | SetTimer
    | CancelTimer
    | Adopted
    | Learned
    | Told
    | Applied
    | Snapshotted
    | Installed
    | Forgot
    | Recovered
    | Believe
    | Invoked
    | Completed
    | Noted
)
