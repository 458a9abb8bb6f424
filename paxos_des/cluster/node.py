"""A node: a machine that runs roles as SimPy processes, fails, pauses, crashes and comes back.

A role sits on a *seat*: a mailbox, the process that empties it, and timers that fire into it. An
acceptor has one seat, and so has a client. A leader has three, as in 2009: the leader itself,
the heartbeat sender, and the heartbeat listener, to whose mailbox the leader's pump hands
heartbeats.

A node that is *failed*, as in 2009, is deaf until it heals: what arrives is ignored. One that is
*paused* does nothing, and does it later. In both, timers that come due wait, and nothing is
forgotten. One that has *crashed* has lost its processes, its mailboxes and all that its roles
knew; it restarts with roles made anew, and with what its disk kept.
"""

from collections import deque
from collections.abc import Callable, Sequence
from typing import Any, Literal

import msgspec

from paxos_des.cluster.deeds import DEEDS, Deed
from paxos_des.cluster.faults import When
from paxos_des.cluster.once import Once
from paxos_des.cluster.seat import Pump, Seat
from paxos_des.engine.choices import Chooser
from paxos_des.engine.clocks import LocalTimers, SteppedClock
from paxos_des.engine.disk import Batch, Disk, DiskModel, Refused
from paxos_des.engine.network import Network
from paxos_des.engine.timers import Timers
from paxos_des.engine.trace import Envelope, FaultEntry, RecoverEntry, Trace
from paxos_des.engine.world import World
from paxos_des.names import NodeId
from paxos_des.protocol.ballot import NULL_BALLOT, Ballot, Slot
from paxos_des.protocol.effects import Effect, Promised, Record, Timer, Voted
from paxos_des.protocol.role import Role

BelieveHandler = Callable[[NodeId], list[Effect]]
ALL_SLOTS = 2**62
"""Stands for a slot in the account of what is durable, where a promise is for all of them."""
NodeState = Literal["up", "failed", "paused", "down", "refused"]


class Node:
    """One machine of the cluster.

    Attributes
    ----------
    furnish
        Makes the node's roles, anew for each life, and gives each a seat.
    routes
        By kind of message: the seat that it is handed on to, where that is not the first.
    on_believe
        Tells the node's leader who is the primary.
    on_wake
        Tells the node's leader that it hears again.
    on_change
        Called when the node goes down or comes up.
    send, persist
        Sends a message to each target in turn; makes a record durable. With a disk, what is sent
        waits for what was persisted before it.
    is_failed, is_paused, is_up
        What befell it. `is_idle` sums up: its roles do nothing.
    """

    # Slots: Python shares the keys of no more than 30 attributes among objects; with more of them
    # each node had a dictionary of its own, and what messages look at took longer to find.
    __slots__ = (
        "_arrived", "_begun", "_busy_until_us", "_crashes_when", "_durable", "_finished",
        "_has_started", "_held", "_is_doomed", "_is_releasing", "_noted", "_recovered", "_send",
        "_slow_us", "chooser", "clock", "completed", "disk", "furnish", "invoked", "is_failed",
        "is_idle", "is_paused", "is_up", "name", "network", "on_believe", "on_change", "on_wake",
        "persist", "refused", "routes", "seats", "send", "trace", "world",
    )  # fmt: skip

    def __init__(
        self, name: NodeId, *, world: World, trace: Trace, chooser: Chooser, network: Network
    ) -> None:
        self.name = name
        self.world = world
        self.trace = trace
        self.chooser = chooser
        self.network = network
        self._send = self.send = network.sender(name)
        self.persist: Callable[[int, NodeId, Record], object] = trace.add_record
        self.is_failed = False
        self.is_paused = False
        self.is_up = True
        self.is_idle = False
        self.seats: list[Seat] = []
        self.routes: dict[type, Seat] = {}
        self.on_believe: BelieveHandler | None = None
        self.on_wake: Callable[[], list[Effect]] | None = None
        self.on_change: Callable[[NodeId], object] = _nothing
        self.furnish: Callable[[Node], object] = _nothing
        self.disk: Disk | None = None
        self.clock: SteppedClock | None = None
        self.refused: str | None = None
        self.invoked: Once
        self.completed: Once
        self._has_started = False
        self._recovered: Sequence[Record] | None = None
        self._slow_us = 0
        self._busy_until_us = 0
        self._arrived: list[Envelope] = []
        # Of the operations on the disk, how many were begun and how many are durable; and what
        # waits for them: for how many, and then what is to be done.
        self._begun = 0
        self._durable = 0
        self._finished: list[Batch] = []  # while it was paused
        self._held: deque[tuple[int, Deed | None, Any, Any]] = deque()
        self._is_releasing = False
        # What the trace says is durable: by kind of record and slot, the highest ballot.
        self._noted: dict[tuple[str, int], Ballot] = {}
        self._crashes_when: When = "now"
        self._is_doomed = False

    @property
    def state(self) -> NodeState:
        if not self.is_up:
            return "down" if self.refused is None else "refused"
        if self.is_paused:
            return "paused"
        return "failed" if self.is_failed else "up"

    def sit(self, role: Role, pump: Pump | None = None) -> Seat:
        """Give a role a seat, under a plain pump or another; the first hears the network."""
        seat = Seat(self, role, pump)
        self.seats.append(seat)
        return seat

    def boot(self) -> Callable[[Envelope], object]:
        """Start the node's processes, in a fixed order; return what the network hands to."""
        for seat in self.seats:
            seat.start()
        return self._direct()

    def start(self) -> None:
        """Let the node's roles begin, in a fixed order."""
        if self.is_idle or self._has_started:
            return
        self._has_started = True
        records, self._recovered = self._recovered, None
        for seat in self.seats:
            if records is None:
                effects = seat.role.on_start()
            else:
                # What the disk kept is the first role's; the others begin with nothing.
                effects, records = seat.role.recover(records), ()
            self.do_all(effects, seat)

    def dissolve(self) -> None:
        """Let go of all that knows this node: see `Cluster.dissolve`."""
        for seat in self.seats:
            seat.dissolve()
        self.seats.clear()
        self.routes.clear()
        self.furnish = self.on_change = _nothing
        if self.disk is not None:
            self.send, self.persist = self._send, _keep_nothing
            self.disk = None
            self._held.clear()
        if self.clock is not None:
            self.clock.on_change.clear()
            self.clock = None

    def new_timers(self, fire: Callable[[Timer], object]) -> Timers | LocalTimers:
        """Return timers that run on the node's own clock, if it has one."""
        if self.clock is None:
            return Timers(self.world, fire)
        return LocalTimers(self.world, fire, self.clock)

    # What its roles ask.

    def do_all(self, effects: list[Effect], seat: Seat) -> None:
        """Do what a role asks, in order."""
        for effect in effects:
            DEEDS[type(effect)](self, effect, seat)

    def compact(self, records: Sequence[Record]) -> None:
        """Put records in the place of all that is on the disk; without one, nothing is kept."""
        if self.disk is not None and self._begins(len(records)):
            self.disk.rewrite(records)

    def holds_back(self, deed: Deed, effect: Effect, seat: Seat) -> bool:
        """Whether an effect has to wait for a record that is not durable yet; it is done then."""
        if self._is_releasing or (self._begun == self._durable and not self._is_doomed):
            return False
        self._held.append((self._begun, deed, effect, seat))
        return True

    # Its disk.

    def use_disk(self, model: DiskModel) -> None:
        """Have a disk from now on: what is persisted takes its time, and survives a crash."""
        self.disk = Disk(
            self.world, self.chooser, self.name, model, _to_bytes, _from_bytes, self._on_durable
        )
        self.disk.on_failed = self.crash
        self.invoked, self.completed = Once(), Once()
        self.persist = self._persist
        self.send = self._send_in_order

    def keep_nothing(self) -> None:
        """Have no disk, and nothing on record: for nodes whose records only a crash would need."""
        self.persist = _keep_nothing

    def _on_durable(self, batch: Batch) -> None:
        """Note what is durable now, and do what waited for it: after each record what came between
        it and the next, for a promise tells of the votes before it, and not of those after it.
        """
        if self.is_paused:
            self._finished.append(batch)
            return
        steps = [batch.records] if batch.is_rewrite else [[record] for record in batch.records]
        for records in steps:
            self._durable += 1
            self._note_durable(records)
            if self._crashes_when == "after-durable":
                self.doom()
            self._release()

    def forget(self, below: Slot) -> None:
        """Keep no account of what was durable in slots that its role has forgotten."""
        self._noted = {what: ballot for what, ballot in self._noted.items() if what[1] >= below}

    def doom(self) -> None:
        """Let nothing leave any more, and crash before anything else happens to this node: it may
        be in the middle of something now.
        """
        if self._is_doomed:
            return
        self._is_doomed = True
        self._crashes_when = "now"
        self.world.call_at(self.world.now, self._crash_if_doomed, None)

    def _note_durable(self, records: Sequence[Record]) -> None:
        """Say what is durable, once: what a crash has left whole, a recovery finds, although
        nobody was told before.
        """
        for record in records:
            if isinstance(record, Promised | Voted):
                what = (type(record).__name__, ALL_SLOTS if record.slot is None else record.slot)
                if record.ballot > self._noted.get(what, NULL_BALLOT):
                    self._noted[what] = record.ballot
                    self.trace.add_record(self.world._now, self.name, record)

    def _persist(self, _: int, __: NodeId, record: Record) -> None:
        assert self.disk is not None, f"{self.name} has no disk"
        if self._begins(1):
            self.disk.append(record)

    def _begins(self, records: int) -> bool:
        """Count one more operation on the disk; return whether it is to be done at all."""
        assert records, f"{self.name} writes nothing"
        if self._is_doomed:
            return False
        self._begun += 1
        if self._crashes_when == "before-durable":
            self.doom()
        return True

    def _send_in_order(self, targets: tuple[NodeId, ...], message: object) -> None:
        if self._begun == self._durable and not self._is_doomed:
            self._send(targets, message)
        else:
            self._held.append((self._begun, None, targets, message))

    def _release(self) -> None:
        """Do what waited for what is durable now, and does not wait for what was begun since."""
        held, self._is_releasing = self._held, True
        while held and held[0][0] <= self._durable and not self._is_doomed:
            _, deed, what, rest = held.popleft()
            if deed is None:
                self._send(what, rest)
            else:
                deed(self, what, rest)
        self._is_releasing = False

    # What befalls it.

    def fail(self) -> None:
        """Go deaf. Failing twice is failing once."""
        if not self.is_failed:
            self.is_failed = True
            self._note("fail")

    def heal(self) -> None:
        """Hear again, and do what timers were late for."""
        if self.is_failed:
            self.is_failed = False
            self._note("heal")
            self._wake()

    def pause(self) -> None:
        """Do nothing more, and later what there was to do."""
        if self.is_up and not self.is_paused:
            self.is_paused = True
            self._note("pause")
            self._divert()

    def resume(self) -> None:
        """Do what there was to do: first what timers were late for, as a clock would have it."""
        if not self.is_paused:
            return
        self.is_paused = False
        self._note("resume")
        self._straighten()
        finished, self._finished = self._finished, []
        for batch in finished:
            self._on_durable(batch)
        self._wake()
        arrived, self._arrived = self._arrived, []
        for envelope in arrived:
            self._arrive(envelope)

    def slow(self, by_us: int) -> None:
        """Take so long for each message from now on, one after another."""
        self._slow_us = by_us
        if self.is_up and not self.is_paused:
            self._divert() if by_us else self._straighten()

    def crash(self, when: When = "now") -> None:
        """Lose all that is not durable. Crashing while down is nothing."""
        if not self.is_up:
            return
        if when != "now":
            self._crashes_when = when
            return
        self._divert()
        self._reroute(self._take, self._miss)
        self.is_up, self.is_paused = False, False
        self._is_doomed, self._crashes_when = False, "now"
        self._held.clear()
        self._finished.clear()
        self._begun = self._durable = 0
        self._note("crash")
        arrived, self._arrived = self._arrived, []
        for envelope in arrived:
            self._miss(envelope)
        for seat in self.seats:
            seat.end()
        self.seats.clear()
        self.routes.clear()
        if self.disk is not None:
            self.disk.crash()
        self.on_change(self.name)

    def restart(self) -> None:
        """Begin another life with what the disk kept; not if it kept what cannot be relied on."""
        if self.is_up:
            self._crashes_when = "now"  # a crash that waits for the next record is called off
            return
        records = () if self.disk is None else self.disk.recover()
        self._note("restart")
        if isinstance(records, Refused):
            self.refused = records.reason
            self.trace.add(RecoverEntry, self.world.now, "recover", self.name, (), (), self.refused)
            return
        self._note_durable(records)
        self.is_up, self.refused = True, None
        self.is_idle = self.is_failed
        self._has_started = False
        self._recovered = records
        self.furnish(self)
        self.boot()
        self._straighten()
        self.start()
        self.on_change(self.name)

    def _wake(self) -> None:
        """Begin, if it was failed from the start; else go on with what timers were late for."""
        self.is_idle = self.is_failed or self.is_paused or not self.is_up
        if self.is_idle:
            return
        if self._has_started and self.on_wake is not None:
            self.do_all(self.on_wake(), self.seats[0])
        self.start()
        for seat in self.seats:
            seat.catch_up()

    def _note(self, event: str) -> None:
        self.trace.add(FaultEntry, self.world.now, event, self.name)
        self.is_idle = self.is_failed or self.is_paused or not self.is_up

    def _crash_if_doomed(self, _: None) -> None:
        if self._is_doomed:
            self.crash()

    # How messages reach it.

    def _direct(self) -> Callable[[Envelope], object]:
        """Return the shortest way in: to the process itself, where nothing stands between."""
        seat = self.seats[0]
        return seat.mailbox.resume if seat.is_plain else self._arrive

    def _arrive(self, envelope: Envelope) -> None:
        """Take what the network delivers, where something may keep it from its role."""
        if not self.is_up:
            self._miss(envelope)
        elif self.is_paused:
            self._arrived.append(envelope)
        elif self._slow_us:
            world = self.world
            self._busy_until_us = max(world.now, self._busy_until_us) + self._slow_us
            world.call_at(self._busy_until_us, self._take, envelope)
        else:
            self._take(envelope)

    def _take(self, envelope: Envelope) -> None:
        if self.is_paused:
            self._arrived.append(envelope)
            return
        seat = self.seats[0]
        if seat.is_plain:
            seat.mailbox.resume(envelope)
        elif self.is_failed:
            self.network.lose(envelope, "ignore")
        else:
            seat.mailbox.put(envelope)

    def _miss(self, envelope: Envelope) -> None:
        self.network.lose(envelope, "miss")

    def _divert(self) -> None:
        """Have what is sent from now on, and what is on its way, take the way on which it can be
        kept from the role.
        """
        if self.seats[0].is_plain:
            self._reroute(self._direct(), self._arrive)
        self._lead_to(self._arrive)

    def _straighten(self) -> None:
        """Have what is sent from now on take the shortest way again."""
        self._lead_to(self._arrive if self._slow_us else self._direct())

    def _lead_to(self, receive: Callable[[Envelope], object]) -> None:
        for links in self.network.links.values():
            link = links.get(self.name)
            if link is not None:
                link.receive = receive

    def _reroute(
        self, old: Callable[[Envelope], object], new: Callable[[Envelope], object]
    ) -> None:
        """Hand what is on its way to another: places in the queue stay as they are."""
        queue = self.world._queue
        for place, (at_us, priority, number, function, argument) in enumerate(queue):
            if function == old:
                queue[place] = (at_us, priority, number, new, argument)


_to_bytes = msgspec.json.Encoder().encode
_from_bytes = msgspec.json.Decoder(Record).decode


def _nothing(_: Any) -> None:  # noqa: ANN401 - whatever it is
    """Do nothing."""


def _keep_nothing(_: int, __: NodeId, ___: Record) -> None:
    """Keep no record: there is nothing that a crash could take."""
