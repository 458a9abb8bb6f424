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

from collections.abc import Callable, Sequence
from typing import Any, ClassVar, Literal

from paxos_des.cluster.deeds import DEEDS
from paxos_des.cluster.faults import When
from paxos_des.cluster.gate import Gate
from paxos_des.cluster.seat import Pump, Seat
from paxos_des.engine.choices import Chooser
from paxos_des.engine.clocks import LocalTimers, SteppedClock
from paxos_des.engine.disk import Disk, DiskModel, Refused
from paxos_des.engine.entries import Envelope, FaultEntry, LearnEntry, RecoverEntry
from paxos_des.engine.fast import FAST
from paxos_des.engine.network import Network
from paxos_des.engine.timers import Timers
from paxos_des.engine.trace import Trace
from paxos_des.engine.world import World
from paxos_des.names import NodeId
from paxos_des.protocol.ballot import Ballot, Command
from paxos_des.protocol.effects import (
    Broadcast,
    Effect,
    Learned,
    OwnRecord,
    Persist,
    Record,
    Send,
    SetTimer,
    Timer,
    Voted,
)
from paxos_des.protocol.messages import Accept, Accepted
from paxos_des.protocol.role import Role

BelieveHandler = Callable[[NodeId], list[Effect]]
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
    disk_type
        What its disk is made by, if it has one.
    send, persist
        Sends a message to each target in turn; makes a record durable. With a disk, what is sent
        waits for what was persisted before it.
    is_failed, is_paused, is_up
        What befell it. `is_idle` sums up: its roles do nothing.
    """

    # Slots: Python shares the keys of no more than 30 attributes among objects; with more of them
    # each node had a dictionary of its own, and what messages look at took longer to find.
    __slots__ = (
        "_arrived", "_busy_until_us", "_has_started", "_recovered", "_send", "_slow_us",
        "chooser", "clock", "furnish", "gate", "is_failed",
        "is_idle", "is_paused", "is_up", "name", "network", "on_believe", "on_change", "on_wake",
        "persist", "refused", "routes", "seats", "send", "trace", "world",
    )  # fmt: skip
    disk_type: ClassVar[type[Disk]] = Disk

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
        self.gate: Gate | None = None
        self.clock: SteppedClock | None = None
        self.refused: str | None = None
        self._has_started = False
        self._recovered: Sequence[Record] | None = None
        self._slow_us = 0
        self._busy_until_us = 0
        self._arrived: list[Envelope] = []

    @property
    def disk(self) -> Disk | None:
        """The node's disk; None where what it persists is durable at once, and no crash comes."""
        return None if self.gate is None else self.gate.disk

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
            if effects:
                self.do_all(effects, seat)

    def dissolve(self) -> None:
        """Let go of all that knows this node: see `Cluster.dissolve`."""
        for seat in self.seats:
            seat.dissolve()
        self.seats.clear()
        self.routes.clear()
        self.furnish = self.on_change = _nothing
        if self.gate is not None:
            self.gate.dissolve()
            self.send, self.persist, self.gate = self._send, _keep_nothing, None
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
        if seat.server is not None:
            seat.server.do_all(effects)
            return
        for effect in effects:
            DEEDS[type(effect)](self, effect, seat)

    def use_disk(self, model: DiskModel, own: tuple[type[OwnRecord], ...] = ()) -> Disk:
        """Have a disk from now on: what is persisted takes its time, and survives a crash. It may
        hold the records of Paxos, and `own` ones.
        """
        self.gate = Gate(self, model, self._send, own)
        self.persist, self.send = self.gate.persist, self.gate.send
        return self.gate.disk

    def keep_nothing(self) -> None:
        """Have no disk, and nothing on record: for nodes whose records only a crash would need."""
        self.persist = _keep_nothing

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
        if self.gate is not None:
            self.gate.resume()
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
            if self.gate is not None:
                self.gate.crash_at(when)
            return
        self._divert()
        self.world._queue.reroute(self._take, self._miss)
        self.is_up, self.is_paused = False, False
        self._note("crash")
        arrived, self._arrived = self._arrived, []
        for envelope in arrived:
            self._miss(envelope)
        for seat in self.seats:
            seat.end()
        self.seats.clear()
        self.routes.clear()
        if self.gate is not None:
            self.gate.crash()
        self.on_change(self.name)

    def restart(self) -> None:
        """Begin another life with what the disk kept; not if it kept what cannot be relied on."""
        if self.is_up:
            if self.gate is not None:
                self.gate.crash_at("now")
            return
        self._note("restart")
        records = () if self.gate is None else self.gate.recover()
        if isinstance(records, Refused):
            self.refused = records.reason
            self.trace.add(RecoverEntry, self.world.now, "recover", self.name, (), (), self.refused)
            return
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
            self.world._queue.reroute(self._direct(), self._arrive)
        self._lead_to(self._arrive)

    def _straighten(self) -> None:
        """Have what is sent from now on take the shortest way again."""
        self._lead_to(self._arrive if self._slow_us else self._direct())

    def _lead_to(self, receive: Callable[[Envelope], object]) -> None:
        for links in self.network.links.values():
            link = links.get(self.name)
            if link is not None:
                link.receive = receive


if FAST is not None:
    FAST.know_node(Node)
    FAST.know_proposals((Accept, Accepted, Voted), Ballot, Command)
    FAST.know_effects(Broadcast, Send, Persist, SetTimer, Learned, LearnEntry)


def _nothing(_: Any) -> None:  # noqa: ANN401 - whatever it is
    """Do nothing."""


def _keep_nothing(_: int, __: NodeId, ___: Record) -> None:
    """Keep no record: there is nothing that a crash could take."""
