"""The gate: nothing leaves a node before what it has persisted until then is durable.

By construction, and not by discipline of the roles: whatever a node sends waits behind every record
that was begun before, whichever message caused it. Effects of a node without a disk pass no gate.
"""

from collections import deque
from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Union

import msgspec

from paxos_des.cluster.faults import When
from paxos_des.cluster.once import Once
from paxos_des.engine.disk import Batch, DiskModel, Refused
from paxos_des.names import NodeId
from paxos_des.protocol.ballot import NULL_BALLOT, Ballot, Slot
from paxos_des.protocol.effects import Effect, OwnRecord, Promised, Record, Voted

if TYPE_CHECKING:
    from paxos_des.cluster.deeds import Deed
    from paxos_des.cluster.node import Node
    from paxos_des.cluster.seat import Seat

ALL_SLOTS = 2**62
"""Stands for a slot in the account of what is durable, where a promise is for all of them."""


class Gate:
    """A node's disk, and what waits for it.

    Attributes
    ----------
    invoked, completed
        Which requests of a client the trace knows to be asked for, and to be answered: a client
        that comes back does both again for what it cannot be sure of.
    _begun, _durable
        How many operations on the disk were begun in this life, and how many are durable.
    _held
        What waits, in order: for how many operations, and then what is to be done.
    _finished
        What became durable while the node was paused.
    _noted
        What the trace says is durable: by kind of record and slot, the highest ballot.
    _crashes_when, _is_doomed
        The node crashes at its next record; it is about to crash, and nothing leaves any more.
    """

    __slots__ = (
        "_begun", "_crashes_when", "_durable", "_finished", "_held", "_is_doomed",
        "_is_releasing", "_node", "_noted", "_send", "completed", "disk", "invoked",
    )  # fmt: skip

    def __init__(
        self,
        node: "Node",
        model: DiskModel,
        send: Callable[[tuple[NodeId, ...], object], None],
        own: tuple[type[OwnRecord], ...] = (),
    ) -> None:
        self._node = node
        self._send = send
        self.disk = node.disk_type(
            node.world, node.chooser, node.name, model, _to_bytes, _reader(own), self._on_durable
        )
        self.disk.on_failed = node.crash
        self.invoked, self.completed = Once(), Once()
        self._begun = 0
        self._durable = 0
        self._held: deque[tuple[int, Deed | None, Any, Any]] = deque()
        self._finished: list[Batch] = []
        self._is_releasing = False
        self._noted: dict[tuple[str, int], Ballot] = {}
        self._crashes_when: When = "now"
        self._is_doomed = False

    def dissolve(self) -> None:
        """Let go of the disk, which knows this gate: see `Cluster.dissolve`."""
        del self.disk
        self._held.clear()

    # What the node's roles ask.

    def persist(self, _: int, __: NodeId, record: Record) -> None:
        """Make a record durable; takes what `Trace.add_record` takes, in whose place it stands."""
        if self._begins(1):
            self.disk.append(record)

    def compact(self, records: Sequence[Record]) -> None:
        """Put records in the place of all that is on the disk."""
        if self._begins(len(records)):
            self.disk.rewrite(records)

    def send(self, targets: tuple[NodeId, ...], message: object) -> None:
        """Send a message as soon as it may leave."""
        if self._begun == self._durable and not self._is_doomed:
            self._send(targets, message)
        else:
            self._held.append((self._begun, None, targets, message))

    def holds_back(self, deed: "Deed", effect: Effect, seat: "Seat") -> bool:
        """Whether an effect has to wait for a record that is not durable yet; it is done then."""
        if self._is_releasing or (self._begun == self._durable and not self._is_doomed):
            return False
        self._held.append((self._begun, deed, effect, seat))
        return True

    def forget(self, below: Slot) -> None:
        """Keep no account of what was durable in slots that a role has forgotten."""
        self._noted = {what: ballot for what, ballot in self._noted.items() if what[1] >= below}

    # What befalls the node.

    def crash_at(self, when: When) -> None:
        """Crash at the next record, before or after it is durable; `now` calls that off."""
        self._crashes_when = when

    def crash(self) -> None:
        """Lose what waits, and what the disk does not keep."""
        self._is_doomed, self._crashes_when = False, "now"
        self._held.clear()
        self._finished.clear()
        self._begun = self._durable = 0
        self.disk.crash()

    def recover(self) -> Sequence[Record] | Refused:
        """Return what the disk has kept; and say of it what nobody was told before."""
        records = self.disk.recover()
        if not isinstance(records, Refused):
            self._note(records)
        return records

    def resume(self) -> None:
        """Go on with what became durable while the node was paused."""
        finished, self._finished = self._finished, []
        for batch in finished:
            self._on_durable(batch)

    def _on_durable(self, batch: Batch) -> None:
        """Note what is durable now, and do what waited for it: after each record what came between
        it and the next, for a promise tells of the votes before it, and not of those after it.
        """
        if self._node.is_paused:
            self._finished.append(batch)
            return
        steps = [batch.records] if batch.is_rewrite else [[record] for record in batch.records]
        for records in steps:
            self._durable += 1
            self._note(records)
            if self._crashes_when == "after-durable":
                self._doom()
            self._release()

    def _begins(self, records: int) -> bool:
        """Count one more operation on the disk; return whether it is to be done at all."""
        assert records, f"{self._node.name} writes nothing"
        if self._is_doomed:
            return False
        self._begun += 1
        if self._crashes_when == "before-durable":
            self._doom()
        return True

    def _release(self) -> None:
        """Do what waited for what is durable now, and does not wait for what was begun since."""
        held, self._is_releasing = self._held, True
        while held and held[0][0] <= self._durable and not self._is_doomed:
            _, deed, what, rest = held.popleft()
            if deed is None:
                self._send(what, rest)
            else:
                deed(self._node, what, rest)
        self._is_releasing = False

    def _note(self, records: Sequence[Record]) -> None:
        """Say what is durable, once: what a crash has left whole, a recovery finds, although
        nobody was told before.
        """
        node = self._node
        for record in records:
            if isinstance(record, Promised | Voted):
                what = (type(record).__name__, ALL_SLOTS if record.slot is None else record.slot)
                if record.ballot > self._noted.get(what, NULL_BALLOT):
                    self._noted[what] = record.ballot
                    node.trace.add_record(node.world._now, node.name, record)

    def _doom(self) -> None:
        """Let nothing leave any more, and have the node crash before anything else happens to it:
        it may be in the middle of something now.
        """
        if not self._is_doomed:
            self._is_doomed = True
            self._crashes_when = "now"
            world = self._node.world
            world.call_at(world.now, self._crash_if_doomed, None)

    def _crash_if_doomed(self, _: None) -> None:
        if self._is_doomed:
            self._node.crash()


@lru_cache(maxsize=64)
def _reader(own: tuple[type[OwnRecord], ...]) -> Callable[[bytes], Record]:
    """Return what reads a record: one of Paxos, or one of these."""
    kinds: Any = Union[(Record, *own)]
    return msgspec.json.Decoder(kinds).decode


_to_bytes = msgspec.json.Encoder().encode
