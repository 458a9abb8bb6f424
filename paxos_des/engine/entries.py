"""Entries: what a trace says that happened, one kind of struct for each kind of event."""

from typing import Annotated, Any, Literal

import msgspec

from paxos_des.engine.fast import FAST
from paxos_des.names import NodeId

MessageEvent = Literal["send", "deliver", "drop", "cut", "miss", "ignore"]


class Entry(msgspec.Struct, frozen=True, gc=False, omit_defaults=True):
    """What happened: the `n`-th thing, at `at_us`. The bounds are for entries that are read."""

    n: Annotated[int, msgspec.Meta(ge=0, le=2**53)]
    at_us: int
    event: str
    node: NodeId


class MessageEntry(Entry, frozen=True, gc=False, omit_defaults=True):
    """An envelope between `node` and `peer`: `node` is the sender in `send`, `drop` and `cut`,
    and the receiver in `deliver`, `ignore` and `miss`.

    The entry of its sending is the envelope itself: it is what the network delivers.
    """

    peer: NodeId
    envelope: int
    message: Any


class TimerEntry(Entry, frozen=True, gc=False, omit_defaults=True):
    """A timer fired."""

    timer: Any


class RecordEntry(Entry, frozen=True, gc=False, omit_defaults=True):
    """`durable`: a record has reached the disk."""

    record: Any


class AdoptEntry(Entry, frozen=True, gc=False, omit_defaults=True):
    """A leader has a phase-1 quorum: these promises were really used."""

    ballot: Any
    promises: tuple[NodeId, ...]
    slot: int | None = None
    from_slot: int | None = None


class LearnEntry(Entry, frozen=True, gc=False, omit_defaults=True):
    """A leader learned a value: by counting these votes, or from another, who told it."""

    slot: int
    value: Any
    ballot: Any = None
    votes: tuple[NodeId, ...] = ()
    told_by: NodeId | None = msgspec.field(default=None, name="from")


class PrimaryEntry(Entry, frozen=True, gc=False, omit_defaults=True):
    """A leader believes from now on that `primary` is the primary."""

    primary: NodeId


class InvokeEntry(Entry, frozen=True, gc=False, omit_defaults=True):
    """A client asks for a command for the first time."""

    command: Any


class CompleteEntry(Entry, frozen=True, gc=False, omit_defaults=True):
    """A client knows the outcome of a command, and in which slot it was chosen; a read under a
    lease takes none. `result` is what the state machine answered.
    """

    command: Any
    outcome: str
    slot: int | None = None
    result: Any = None


class FaultEntry(Entry, frozen=True, gc=False, omit_defaults=True):
    """What befell a node: `fail`, `heal`, `crash`, `restart`, `pause`, `resume`; or, as
    `nemesis`, any other `deed`: to the node, or, with a `peer`, to the link to it. `detail` says
    how much, where there is more to say.
    """

    peer: NodeId | None = None
    deed: str | None = None
    detail: Any = None


class RecoverEntry(Entry, frozen=True, gc=False, omit_defaults=True):
    """`recover`: what a restarted node found on its disk, if it is an acceptor; with `refused`,
    why it will not come back.
    """

    promised: tuple[Any, ...] = ()
    votes: tuple[Any, ...] = ()
    refused: str | None = None


class ApplyEntry(Entry, frozen=True, gc=False, omit_defaults=True):
    """A replica applied a value in slot order. One that `repeated` an earlier command had no
    effect; its result is that of the first time.
    """

    slot: int
    value: Any
    result: Any = None
    repeated: bool = False


class SnapshotEntry(Entry, frozen=True, gc=False, omit_defaults=True):
    """`snapshot`: all slots below `slot` are in a durable snapshot; `install`: the same, from
    another leader's. `chain` is the chain hash of the history up to there.
    """

    slot: int
    chain: str
    told_by: NodeId | None = msgspec.field(default=None, name="from")


class ForgetEntry(Entry, frozen=True, gc=False, omit_defaults=True):
    """A node forgot what it knew of all slots below one."""

    below: int


class NoteEntry(Entry, frozen=True, gc=False, omit_defaults=True):
    """`note`: what a role of another protocol had to say."""

    what: Any


Envelope = MessageEntry
"""Content in flight: the entry `send`. It knows its sender as `node` and its receiver as `peer`."""

ENVELOPES: tuple[type[Envelope], ...] = (MessageEntry,)
"""What an envelope may be: where sending is compiled, it has no more than what is read of it."""
if FAST is not None:
    ENVELOPES += (FAST.Parcel,)
    FAST.know_entries(MessageEntry, RecordEntry)
