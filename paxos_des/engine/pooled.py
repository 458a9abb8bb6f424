"""The pooled network: what could happen next lies in a pool, and a policy picks.

Each pick happens one step after the one before it, in whole microseconds. So a run in the pool is
a run in time as well: a message took as long as there lies between its sending and its delivery, a
timer was set to when it fired, and the timed network replays it.

What is not a matter of choice (the end of a run that has reached its goal) stands in the world's
queue, as ever, and happens when it is due.
"""

from bisect import bisect_left
from collections.abc import Callable, Hashable
from typing import Any

from simpy.events import NORMAL

from paxos_des.engine.choices import Chooser
from paxos_des.engine.disk import Disk
from paxos_des.engine.disk_decisions import Batch, DiskDecisions
from paxos_des.engine.links import Link, LinkGroup, NetworkPlan
from paxos_des.engine.network import Network, Sender
from paxos_des.engine.pool import Deed, Event, EventKind, Policy
from paxos_des.engine.timers import Timers
from paxos_des.engine.trace import MessageEntry, Trace
from paxos_des.engine.world import World
from paxos_des.names import NodeId

AT_THE_START = -1
"""The parent of what was there before anything happened."""
FAR_US = 2**60
"""A fsync that lies in the pool has not come to its marker yet, however long it has been there."""

Call = tuple[Link | None, Any, Any]
"""What an event does: a link and the envelope that it delivers, and for the copy of a doubled
message, true; or None, a function and its argument."""


class PooledWorld(World):
    """A world whose run is picked.

    Parameters
    ----------
    step_us
        How long after one pick the next one happens.
    steps_max
        How many picks there are at most.
    may
        What may befall messages.

    Attributes
    ----------
    pool
        What could happen next, in the order in which it joined: so numbers rise.
    picked
        What has happened, in order.
    has_stopped
        Whether the run was stopped: by a violation, or because it had reached its goal.
    """

    def __init__(
        self, policy: Policy, *, step_us: int, steps_max: int, may: frozenset[Deed]
    ) -> None:
        super().__init__()
        self._policy = policy
        self._step_us = step_us
        self._steps_max = steps_max
        self._may = may
        self.pool: list[Event] = []
        self.calls: list[Call] = []
        self.picked: list[tuple[Deed, Event]] = []
        self.current = AT_THE_START
        self.has_stopped = False

    def add(
        self,
        kind: EventKind,
        node: NodeId,
        content: object,
        function: Callable[[Any], object],
        argument: object,
    ) -> int:
        """Put what is no message into the pool; return its number."""
        number = self.take_number()
        self.pool.append(Event(number, kind, node, "", content, self.current))
        self.calls.append((None, function, argument))
        return number

    def take_back(self, number: int) -> None:
        """Take something out of the pool that cannot happen any more."""
        place = bisect_left(self.pool, (number,))
        assert self.pool[place].number == number, f"{number} is not in the pool"
        del self.pool[place]
        del self.calls[place]

    def stop(self) -> None:
        """End the run once the current event is done."""
        self.has_stopped = True

    def run(self, until: Any = None) -> None:  # noqa: ANN401 - as a world has it
        """Let happen what the policy picks, until the run is stopped, nothing is left or picked,
        there were as many picks as there may be, or the next one would come at the horizon.
        """
        assert type(until) is int, f"{until}: a pooled run ends at a horizon"
        pool, calls, queue, picked = self.pool, self.calls, self._queue, self.picked
        pick, may = self._policy.pick, self._may
        at_us = self._now
        for _ in range(self._steps_max):
            at_us += self._step_us
            if queue and queue[0][0] < at_us:
                self._make_calls((min(at_us, until),))
            if self.has_stopped or not pool or at_us >= until:
                break
            choice = pick(pool, may)
            if choice is None:
                break
            deed, place = choice
            event, call = pool.pop(place), calls.pop(place)
            if queue and self._make_calls((at_us, NORMAL, event.number)):
                break
            self._now, self.current = at_us, event.number
            if deed != "happen":
                deed = self._bend(deed, event, call)
            picked.append((deed, event))
            link, first, second = call
            if link is None:
                first(second)
            elif deed != "lose":
                link.receive(first)
        self._make_calls((until,))

    def _make_calls(self, until: tuple[int, ...]) -> bool:
        """Make the calls that are due before a place in the queue; return whether one of them, or
        whatever was before, stopped the run.
        """
        while self._queue and self._queue[0] < until and not self.has_stopped:
            self.step()
        return self.has_stopped

    def _bend(self, deed: Deed, event: Event, call: Call) -> Deed:
        """Lose or double a message; return what comes of it: where its link does no such thing,
        or it is the copy of one that was doubled, it is delivered.
        """
        assert deed in self._may, f"{deed}: allowed are {', '.join(sorted(self._may))}"
        link, envelope, is_copy = call
        assert link is not None, f"{event} is no message that one could {deed}"
        if deed == "lose":
            return deed if link.group.drop_below else "happen"
        if is_copy or not link.group.duplicate_below:
            return "happen"
        self.pool.append(event._replace(number=self.take_number()))
        self.calls.append((link, envelope, True))
        return deed


class PooledChooser(Chooser):
    """Leaves to the policy when a timer fires: all other answers are dull."""

    def __init__(self) -> None:
        super().__init__(None)

    def timer_us(self, node: NodeId, name: object, low_us: int, high_us: int) -> int:  # noqa: ARG002
        return low_us


class PooledNetwork(Network):
    """Links that put what is sent into the pool."""

    _world: PooledWorld

    def __init__(
        self, world: PooledWorld, trace: Trace, chooser: Chooser, plan: NetworkPlan
    ) -> None:
        super().__init__(world, trace, chooser, plan, has_shuffled_ties=False)

    def _add(self, group: LinkGroup) -> None:
        for index, (source, target) in enumerate(group.places):
            self.links.setdefault(source, {})[target] = Link(group, index, [])

    def _sender(self, source: NodeId) -> Sender:
        world, trace, links, tallies = self._world, self._trace, self.links[source], self._tallies
        take_number, pool, calls = world.take_number, world.pool, world.calls
        new = tuple.__new__

        def broadcast(targets: tuple[NodeId, ...], message: object) -> None:
            tally, parent = tallies[type(message)], world.current
            tally.sent += len(targets)
            number = trace.numbers
            trace.numbers = number + len(targets)
            envelope = MessageEntry(number, world._now, "send", source, "", 0, message)
            for target in targets:
                # Past `Event.__new__`, for half of the time.
                event = (take_number(), "deliver", target, source, message, parent)
                pool.append(new(Event, event))
                calls.append((links[target], envelope, False))
            for watcher in tally.watchers:
                watcher(envelope)

        return broadcast


class PooledTimers(Timers):
    """Timers each of which lies in the pool while it is set."""

    _world: PooledWorld

    def __init__(self, world: PooledWorld, node: NodeId, fire: Callable[[Any], object]) -> None:
        super().__init__(world, fire)
        self._node = node
        self._numbers: dict[Hashable, int] = {}

    def set(self, timer: Hashable, after_us: int) -> None:  # noqa: ARG002 - the policy says when
        self.cancel(timer)
        self._numbers[timer] = self._world.add("timer", self._node, timer, self._on_picked, timer)

    def cancel(self, timer: Hashable) -> None:
        number = self._numbers.pop(timer, None)
        if number is not None:
            self._world.take_back(number)

    def close(self) -> None:
        for timer in tuple(self._numbers):
            self.cancel(timer)

    def _on_picked(self, timer: Hashable) -> None:
        del self._numbers[timer]
        self._fire(timer)


class PooledDisk(Disk):
    """A disk whose fsyncs are in the pool: also those that would take no time."""

    _world: PooledWorld

    def __init__(self, *made_as: Any) -> None:  # noqa: ANN401 - as a disk is made
        super().__init__(*made_as)
        self._decisions = _Undecided(self._decisions)
        self._number: int | None = None
        self._look()

    def crash(self) -> None:
        if self._number is not None:
            self._world.take_back(self._number)
            self._number = None
        super().crash()

    def _launch(self, delay_us: int, flight: Any) -> None:  # noqa: ANN401, ARG002 - a disk's own
        self._number = self._world.add(
            "fsync", self.node, flight.batch.records[0], self._on_picked, flight
        )

    def _on_picked(self, flight: Any) -> None:  # noqa: ANN401 - a disk's own
        self._number = None
        self._land(flight)


class _Undecided(DiskDecisions):
    """Leaves to the policy when an fsync is done; nothing else goes wrong with a disk."""

    def __init__(self, decisions: DiskDecisions) -> None:
        self.__dict__.update(decisions.__dict__)
        self.is_ideal = False

    def of_fsync(self, number: int, batch: Batch, durable: int) -> tuple[int, bool, int]:  # noqa: ARG002
        return FAR_US, False, 0
