"""A seat: a role's place on a node, its mailbox, its timers and the process that serves it."""

from collections.abc import Callable, Generator
from typing import TYPE_CHECKING, Any

from paxos_des.cluster.deeds import DEEDS
from paxos_des.engine.clocks import LocalTimers
from paxos_des.engine.entries import ENVELOPES, MessageEntry, TimerEntry
from paxos_des.engine.fast import FAST
from paxos_des.engine.mailbox import Mailbox
from paxos_des.engine.pump import NOTHING
from paxos_des.engine.timers import Timers
from paxos_des.protocol.effects import Broadcast, Persist, Timer
from paxos_des.protocol.role import Idles, Role

if TYPE_CHECKING:
    from paxos_des.cluster.node import Node

Pump = Callable[[Mailbox, Callable[[Any], object]], Generator[Any, Any, None]]


class Seat:
    """A role's place on a node, for one life of it.

    Attributes
    ----------
    fired
        Timers that fired and were not yet handed over: what is cancelled meanwhile stays so.
    server
        What is compiled of serving the role, if anything is: see `fast`.
    late
        Timers that came due while the node was failed or paused.
    """

    __slots__ = ("_pump", "_steady", "fired", "late", "mailbox", "node", "role", "server", "timers")

    def __init__(self, node: "Node", role: Role, pump: Pump | None) -> None:
        self.node = node
        self.role = role
        self.mailbox = Mailbox(node.world)
        self.timers: Timers | LocalTimers | None = None  # most roles set none
        self._steady: LocalTimers | None = None
        self.server: Any = None
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
            self.mailbox.stand_by(serving)
            if FAST is not None:
                self.server = self.mailbox.resume = FAST.Server(self, DEEDS)
        else:
            next(serving)
            self.mailbox.stand_by(self._pump(self.mailbox, serving.send))

    def end(self) -> None:
        """Lose the process, what it had queued, and all timers: the node has crashed."""
        self.mailbox.close()
        self.fired.clear()
        self.late.clear()
        if self.timers is not None:
            self.timers.close()
        self.dissolve()

    def dissolve(self) -> None:
        """Let go of all that knows this seat: see `Cluster.dissolve`."""
        if self.timers is not None:
            self.timers.close()
        if self._steady is not None:
            self._steady.close()
        self.timers = self._steady = self.server = None
        self.mailbox.dissolve()

    def set_timer(self, timer: Timer, after_us: int) -> None:
        if self.timers is None:
            self.timers = self.node.new_timers(self._ring)
        self.fired.discard(timer)
        self.timers.set(timer, after_us)

    def set_steady_timer(self, timer: Timer, after_us: int) -> None:
        """Set a timer that steps of the node's clock do not move."""
        if self.node.clock is None:
            self.set_timer(timer, after_us)
            return
        if self._steady is None:
            self._steady = LocalTimers(self.node.world, self._ring, self.node.clock.steady)
        self.fired.discard(timer)
        self._steady.set(timer, after_us)

    def cancel_timer(self, timer: Timer) -> None:
        self.fired.discard(timer)
        if self.timers is not None:
            self.timers.cancel(timer)
        if self._steady is not None:
            self._steady.cancel(timer)

    def catch_up(self) -> None:
        """Hand over the timers that came due while the node did nothing."""
        late, self.late = self.late, []
        for timer in late:
            self.mailbox.put(timer)

    def _ring(self, timer: Timer) -> None:
        self.fired.add(timer)
        if self.node.is_idle:
            self.late.append(timer)
        elif self._pump is None:
            self.mailbox.resume(timer)
        else:
            self.mailbox.put(timer)

    def _serve(self) -> Generator[Any, Any, None]:
        """Let the role have what is handed over, one thing after another: the process of a seat
        under a plain pump, and the end of any other pump.

        The path of every message, so it is one frame for all of them, and what it needs stands
        in its variables. Where it is compiled, `_fast.Server` does for a message what this does.
        """
        # To start many of these is dear in a short run: the rest is for when something comes.
        first = yield self.mailbox.receive
        node, role, mailbox = self.node, self.role, self.mailbox
        world, trace, name, routes, deeds = node.world, node.trace, node.name, node.routes, DEEDS
        send, persist, envelopes = node.send, node.persist, ENVELOPES
        keep = trace.block.append if trace.is_recording else None
        receive, items, on_message = mailbox.receive, mailbox.items, role.on_message
        items.appendleft(first)
        while True:
            item = items.popleft() if items else (yield receive)
            if type(item) not in envelopes:
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
                elif kind is Persist:
                    persist(world._now, name, effect.record)
                else:
                    deeds[kind](node, effect, self)

    def _hand_over_other(self, item: Any) -> None:  # noqa: ANN401 - one of three
        """Let the role have a timer, or a message that another seat's pump has handed on, or hear
        that there is none.
        """
        node = self.node
        if isinstance(item, Timer):
            if item not in self.fired:
                return
            self.fired.remove(item)
            node.trace.add(TimerEntry, node.world.now, "timer", node.name, item)
            effects = self.role.on_timer(item)
        elif item is NOTHING:
            assert isinstance(self.role, Idles), f"{node.name} is told nothing"
            effects = self.role.on_nothing()
        else:
            effects = self.role.on_message(*item)
        node.do_all(effects, self)
