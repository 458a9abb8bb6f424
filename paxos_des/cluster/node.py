"""A node: runs its roles as SimPy processes, and does what their effects ask.

A role sits on a *seat*: a mailbox, the process that empties it, and timers that fire into it. An
acceptor has one seat, and so has a client. A leader has three, as in 2009: the leader itself,
the heartbeat sender, and the heartbeat listener, to whose mailbox the leader's pump hands
heartbeats.

A *failed* node, as in 2009, is deaf until it heals: what arrives is ignored, timers that come
due wait until it heals, and it forgets nothing. One that failed before it started, starts then.
"""

from collections.abc import Callable, Generator
from typing import Any, get_args

from paxos_des.engine.choices import Chooser
from paxos_des.engine.mailbox import Mailbox
from paxos_des.engine.network import Network
from paxos_des.engine.timers import Timers
from paxos_des.engine.trace import (
    AdoptEntry,
    ApplyEntry,
    CompleteEntry,
    Envelope,
    FaultEntry,
    ForgetEntry,
    InvokeEntry,
    LearnEntry,
    MessageEntry,
    PrimaryEntry,
    RecoverEntry,
    SnapshotEntry,
    TimerEntry,
    Trace,
)
from paxos_des.engine.world import World
from paxos_des.names import NodeId
from paxos_des.protocol.effects import (
    Adopted,
    Applied,
    Believe,
    Broadcast,
    CancelTimer,
    Compact,
    Completed,
    Effect,
    Forgot,
    Installed,
    Invoked,
    Learned,
    Persist,
    Promised,
    Recovered,
    Reserved,
    Send,
    SetTimer,
    Snapshotted,
    Timer,
    Told,
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
        self.timers: Timers | None = None  # most roles set none
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
            self.mailbox.start_at_once(serving)
        else:
            next(serving)
            self.mailbox.start_at_once(self._pump(self.mailbox, serving.send))

    def set_timer(self, timer: Timer, after_us: int) -> None:
        if self.timers is None:
            self.timers = Timers(self.node.world, self._ring)
        self.fired.discard(timer)
        self.timers.set(timer, after_us)

    def cancel_timer(self, timer: Timer) -> None:
        self.fired.discard(timer)
        if self.timers is not None:
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
        world, trace, name, routes, deeds = node.world, node.trace, node.name, node.routes, _DEEDS
        send, add_record = node.send, trace.add_record
        keep = trace.block.append if trace.is_recording else None
        receive, items, on_message = mailbox.receive, mailbox.items, role.on_message
        while True:
            item = items.popleft() if items else (yield receive)
            if type(item) is not MessageEntry:
                self._hand_over_other(item)
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
            if type(message) in routes:
                routes[type(message)].mailbox.put((source, message))
                continue
            effect: Any
            for effect in on_message(source, message):
                kind: Any = type(effect)
                if kind is Broadcast:
                    send(effect.targets, effect.message)
                elif kind is Persist and type(effect.record) is not Reserved:
                    # There is no disk yet: what is persisted is durable at once.
                    add_record(world._now, name, effect.record)
                else:
                    deeds[kind](node, effect, self)

    def _hand_over_other(self, item: Any) -> None:  # noqa: ANN401 - one of two things
        """Let the role have a timer, or a message that another seat's pump has handed on."""
        node = self.node
        if isinstance(item, Timer):
            if item not in self.fired:
                return
            self.fired.remove(item)
            node.trace.add(TimerEntry, node.world.now, "timer", node.name, item)
            effects = self.role.on_timer(item)
        else:
            effects = self.role.on_message(*item)
        node.do_all(effects, self)


class Node:
    """One machine of the cluster.

    Attributes
    ----------
    routes
        By kind of message: the seat that it is handed on to, where that is not the first.
    on_believe
        Tells the node's leader who is the primary.
    on_wake
        Tells the node's leader that it hears again.
    """

    def __init__(
        self, name: NodeId, *, world: World, trace: Trace, chooser: Chooser, network: Network
    ) -> None:
        self.name = name
        self.world = world
        self.trace = trace
        self.chooser = chooser
        self.network = network
        self.send = network.sender(name)
        self.is_failed = False
        self._has_started = False
        self.seats: list[Seat] = []
        self.routes: dict[type, Seat] = {}
        self.on_believe: BelieveHandler | None = None
        self.on_wake: Callable[[], list[Effect]] | None = None

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
            self.do_all(seat.role.on_start(), seat)

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
        if self.on_wake is not None:
            self.do_all(self.on_wake(), self.seats[0])

    def dissolve(self) -> None:
        """Let go of all that knows this node: see `Cluster.dissolve`."""
        for seat in self.seats:
            seat.timers = None
            seat.mailbox.dissolve()
        self.seats.clear()
        self.routes.clear()

    def do_all(self, effects: list[Effect], seat: Seat) -> None:
        """Do what a role asks, in order."""
        for effect in effects:
            self.do(effect, seat)

    def do(self, effect: Effect, seat: Seat) -> None:
        """Do one thing. Dispatched by a table: a `case` of `match` costs as much as a call, and
        there are ten. `_serve` does the two that are asked most often.
        """
        _DEEDS[type(effect)](self, effect, seat)

    def _send_one(self, send: Send, _: Seat) -> None:
        self.send((send.target,), send.message)

    def _broadcast(self, broadcast: Broadcast, _: Seat) -> None:
        self.send(broadcast.targets, broadcast.message)

    def _persist(self, persist: Persist, _: Seat) -> None:
        if type(persist.record) is Reserved:  # a leader needs it in another life only
            return
        self.trace.add_record(self.world.now, self.name, persist.record)

    def _learn(self, it: Learned, _: Seat) -> None:
        number, now_us = self.trace.take_number(), self.world._now
        self.trace.put(
            LearnEntry(number, now_us, "learn", self.name, it.slot, it.value, it.ballot, it.votes)
        )

    def _adopt(self, it: Adopted, _: Seat) -> None:
        number, now_us, name = self.trace.take_number(), self.world._now, self.name
        self.trace.put(
            AdoptEntry(number, now_us, "adopt", name, it.ballot, it.promises, it.slot, it.from_slot)
        )

    def _set_timer(self, it: SetTimer, seat: Seat) -> None:
        after_us = self.chooser.timer_us(self.name, it.timer, it.delay_us_min, it.delay_us_max)
        seat.set_timer(it.timer, after_us)

    def _cancel_timer(self, it: CancelTimer, seat: Seat) -> None:
        seat.cancel_timer(it.timer)

    def _invoke(self, it: Invoked, _: Seat) -> None:
        number, now_us = self.trace.take_number(), self.world._now
        self.trace.put(InvokeEntry(number, now_us, "invoke", self.name, it.command))

    def _complete(self, it: Completed, _: Seat) -> None:
        number, now_us, name = self.trace.take_number(), self.world._now, self.name
        self.trace.put(
            CompleteEntry(
                number, now_us, "complete", name, it.command, it.outcome, it.slot, it.result
            )
        )

    def _note_told(self, it: Told, _: Seat) -> None:
        self.trace.add(
            LearnEntry, self.world._now, "learn", self.name, it.slot, it.value, None, (), it.source
        )

    def _note_applied(self, it: Applied, _: Seat) -> None:
        number, now_us, name = self.trace.take_number(), self.world._now, self.name
        self.trace.put(
            ApplyEntry(number, now_us, "apply", name, it.slot, it.value, it.result, it.repeated)
        )

    def _note_snapshot(self, it: Snapshotted, _: Seat) -> None:
        self.trace.add(SnapshotEntry, self.world._now, "snapshot", self.name, it.slot, it.chain)

    def _note_installed(self, it: Installed, _: Seat) -> None:
        now_us, name = self.world._now, self.name
        self.trace.add(SnapshotEntry, now_us, "install", name, it.slot, it.chain, it.source)

    def _note_forgot(self, it: Forgot, _: Seat) -> None:
        self.trace.add(ForgetEntry, self.world._now, "forget", self.name, it.below)

    def _note_recovered(self, it: Recovered, _: Seat) -> None:
        promised = tuple(map(_as_promise, it.promised))
        self.trace.add(RecoverEntry, self.world._now, "recover", self.name, promised, it.votes)

    def _compact(self, it: Compact, _: Seat) -> None:
        """Keep nothing: where there is no disk, nothing is read back."""

    def _believe(self, it: Believe, _: Seat) -> None:
        assert self.on_believe is not None, f"{self.name} has no leader"
        number, now_us = self.trace.take_number(), self.world._now
        self.trace.put(PrimaryEntry(number, now_us, "primary", self.name, it.primary))
        self.do_all(self.on_believe(it.primary), self.seats[0])


def _as_promise(promised: Promised) -> dict[str, Any]:
    covered = {"slot": promised.slot, "from_slot": promised.from_slot}
    return {
        "ballot": promised.ballot,
        **{name: slot for name, slot in covered.items() if slot is not None},
    }


_DEEDS: dict[type, Callable[[Node, Any, Seat], None]] = {
    Applied: Node._note_applied,
    Compact: Node._compact,
    Forgot: Node._note_forgot,
    Installed: Node._note_installed,
    Recovered: Node._note_recovered,
    Snapshotted: Node._note_snapshot,
    Told: Node._note_told,
    Adopted: Node._adopt,
    Believe: Node._believe,
    Broadcast: Node._broadcast,
    CancelTimer: Node._cancel_timer,
    Completed: Node._complete,
    Invoked: Node._invoke,
    Learned: Node._learn,
    Persist: Node._persist,
    Send: Node._send_one,
    SetTimer: Node._set_timer,
}
assert set(_DEEDS) == set(get_args(Effect)), "an effect that no node knows"
