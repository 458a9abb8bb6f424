"""A node: runs its roles as SimPy processes, and does what their effects ask.

A role sits on a *seat*: a mailbox, the process that empties it, and timers that fire into it. An
acceptor has one seat, and so has a client. A leader has three, as in 2009: the leader itself,
the heartbeat sender, and the heartbeat listener, to whose mailbox the leader's pump hands
heartbeats.

A *failed* node, as in 2009, is deaf until it heals: what arrives is ignored, timers that come
due wait until it heals, and it forgets nothing. One that failed before it started, starts then.
"""

from collections.abc import Callable, Generator
from typing import Any, assert_never

from paxos_des.engine.choices import Chooser
from paxos_des.engine.mailbox import Mailbox
from paxos_des.engine.network import Network
from paxos_des.engine.timers import Timers
from paxos_des.engine.trace import (
    AdoptEntry,
    CompleteEntry,
    Envelope,
    FaultEntry,
    InvokeEntry,
    LearnEntry,
    MessageEntry,
    PrimaryEntry,
    TimerEntry,
    Trace,
)
from paxos_des.engine.world import World
from paxos_des.names import NodeId
from paxos_des.protocol.effects import (
    Adopted,
    Believe,
    Broadcast,
    CancelTimer,
    Completed,
    Effect,
    Invoked,
    Learned,
    Persist,
    Send,
    SetTimer,
    Timer,
)
from paxos_des.protocol.role import Role

Pump = Callable[[Mailbox, Callable[[Any], object]], Generator[Any, Any, None]]
BelieveHandler = Callable[[NodeId], list[Effect]]


class Seat:
    """A role's place on a node: its mailbox and its timers.

    Attributes
    ----------
    fired
        Timers that fired and were not yet handed over: what is cancelled meanwhile stays so.
    late
        Timers that came due while the node was failed.
    """

    __slots__ = ("_pump", "fired", "late", "mailbox", "node", "role", "timers")

    def __init__(self, node: "Node", role: Role, pump: Pump | None) -> None:
        self.node = node
        self.role = role
        self.mailbox = Mailbox(node.world)
        self.timers = Timers(node.world, self._ring)
        self.fired: set[Timer] = set()
        self.late: list[Timer] = []
        self._pump = pump

    @property
    def is_plain(self) -> bool:
        """Whether what arrives is handed over at once."""
        return self._pump is None

    def start(self) -> None:
        """Start the process; the role starts when its node does."""
        serving = self._serve()
        if self._pump is None:
            self.mailbox.start(serving)
        else:
            next(serving)
            self.mailbox.start(self._pump(self.mailbox, serving.send))

    def set_timer(self, timer: Timer, after_us: int) -> None:
        self.fired.discard(timer)
        self.timers.set(timer, after_us)

    def cancel_timer(self, timer: Timer) -> None:
        self.fired.discard(timer)
        self.timers.cancel(timer)

    def _ring(self, timer: Timer) -> None:
        self.fired.add(timer)
        if self.node.is_failed:
            self.late.append(timer)
        else:
            self.mailbox.put(timer)

    def _serve(self) -> Generator[Any, Any, None]:
        """Let the role have what is handed over, one thing after another: the process of a seat
        under a plain pump, and the end of any other pump.

        The path of every message, so it is one frame for all of them, and what it needs stands
        in its variables.
        """
        node, role, mailbox = self.node, self.role, self.mailbox
        world, trace, name, routes, do = node.world, node.trace, node.name, node.routes, node.do
        keep = trace.block.append if trace.is_recording else None
        receive, items, on_message = mailbox.receive, mailbox.items, role.on_message
        while True:
            item = items.popleft() if items else (yield receive)
            if type(item) is not MessageEntry:
                self._hand_over_timer(item)
                continue
            if node.is_failed:
                node.network.lose(item, "ignore")
                continue
            message, source = item.message, item.node
            number = trace.numbers
            trace.numbers = number + 1
            if keep is not None:
                now_us, envelope = world._now, item.envelope
                keep(MessageEntry(number, now_us, "deliver", name, source, envelope, message))
            if routes and type(message) in routes:
                routes[type(message)].mailbox.put((source, message))
                continue
            effects = on_message(source, message)
            if effects:
                do(effects, self)

    def _hand_over_timer(self, item: Any) -> None:  # noqa: ANN401 - a timer, or a message handed on
        node = self.node
        if isinstance(item, Timer):
            if item not in self.fired:
                return
            self.fired.remove(item)
            node.trace.add(TimerEntry, node.world.now, "timer", node.name, item)
            effects = self.role.on_timer(item)
        else:
            effects = self.role.on_message(*item)
        node.do(effects, self)


class Node:
    """One machine of the cluster.

    Attributes
    ----------
    routes
        By kind of message: the seat that it is handed on to, where that is not the first.
    on_believe
        Tells the node's leader who is the primary.
    """

    def __init__(
        self, name: NodeId, *, world: World, trace: Trace, chooser: Chooser, network: Network
    ) -> None:
        self.name = name
        self.world = world
        self.trace = trace
        self.chooser = chooser
        self.network = network
        self.is_failed = False
        self._has_started = False
        self.seats: list[Seat] = []
        self.routes: dict[type, Seat] = {}
        self.on_believe: BelieveHandler | None = None

    def sit(self, role: Role, pump: Pump | None = None) -> Seat:
        """Give a role a seat, under a plain pump or another; the first hears the network."""
        seat = Seat(self, role, pump)
        self.seats.append(seat)
        return seat

    def boot(self) -> Callable[[Envelope], object]:
        """Start the node's processes, in a fixed order; return what the network hands to."""
        for seat in self.seats:
            seat.start()
        seat = self.seats[0]
        return seat.mailbox.resume if seat.is_plain else self._arrive

    def _arrive(self, envelope: Envelope) -> None:
        """Take what the network delivers, where the pump may hold it back."""
        if self.is_failed:
            self.network.lose(envelope, "ignore")
        else:
            self.seats[0].mailbox.put(envelope)

    def start(self) -> None:
        """Let the node's roles begin, in a fixed order."""
        if self.is_failed or self._has_started:
            return
        self._has_started = True
        for seat in self.seats:
            self.do(seat.role.on_start(), seat)

    def fail(self) -> None:
        """Go deaf. Failing twice is failing once."""
        if not self.is_failed:
            self.is_failed = True
            self.trace.add(FaultEntry, self.world.now, "fail", self.name)

    def heal(self) -> None:
        """Hear again, and do what timers were late for."""
        if not self.is_failed:
            return
        self.is_failed = False
        self.trace.add(FaultEntry, self.world.now, "heal", self.name)
        if not self._has_started:
            self.start()
        for seat in self.seats:
            late, seat.late = seat.late, []
            for timer in late:
                seat.mailbox.put(timer)

    def do(self, effects: list[Effect], seat: Seat) -> None:  # noqa: C901 - one arm an effect
        """Do what a role asks, in order. Ordered by how often each is asked."""
        name = self.name
        for effect in effects:
            match effect:
                case Broadcast():
                    self.network.broadcast(name, effect.targets, effect.message)
                case Persist():
                    # There is no disk yet: what is persisted is durable at once.
                    self.trace.add_record(self.world._now, name, effect.record)
                case Send():
                    self.network.broadcast(name, (effect.target,), effect.message)
                case Learned():
                    trace, number = self.trace, self.trace.numbers
                    trace.numbers = number + 1
                    now_us, slot, value = self.world._now, effect.slot, effect.value
                    ballot, votes = effect.ballot, effect.votes
                    trace.put(LearnEntry(number, now_us, "learn", name, slot, value, ballot, votes))
                case Adopted(ballot, promises, slot, from_slot):
                    self._note(AdoptEntry, "adopt", ballot, promises, slot, from_slot)
                case SetTimer(timer=timer, delay_us_min=low_us, delay_us_max=high_us):
                    after_us = self.chooser.timer_us(name, timer, low_us, high_us)
                    seat.set_timer(timer, after_us)
                case CancelTimer(timer):
                    seat.cancel_timer(timer)
                case Invoked(command):
                    self._note(InvokeEntry, "invoke", command)
                case Completed(command, outcome, slot):
                    self._note(CompleteEntry, "complete", command, outcome, slot)
                case Believe(primary):
                    self._believe(primary)
                case _:
                    assert_never(effect)

    def _believe(self, primary: NodeId) -> None:
        assert self.on_believe is not None, f"{self.name} has no leader"
        self._note(PrimaryEntry, "primary", primary)
        self.do(self.on_believe(primary), self.seats[0])

    def _note(self, kind: type[Any], event: str, *fields: object) -> None:
        self.trace.add(kind, self.world._now, event, self.name, *fields)
