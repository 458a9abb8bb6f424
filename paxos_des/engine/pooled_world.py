"""A world whose run is picked: what could happen next lies in a pool.

Each pick happens one step after the one before it, in whole microseconds. So a run in the pool is
a run in time as well: a message took as long as there lies between its sending and its delivery, a
timer was set to when it fired, and the timed network replays it.

What is not a matter of choice (the end of a run that has reached its goal) stands in the world's
queue, as ever, and happens when it is due.
"""

from bisect import bisect_left
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from simpy.events import NORMAL

from paxos_des.engine.entries import MessageEntry
from paxos_des.engine.links import Link
from paxos_des.engine.pool import Deed, Event, EventKind, Policy
from paxos_des.engine.world import World
from paxos_des.names import NodeId

AT_THE_START = -1
"""The parent of what was there before anything happened."""
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
        self._is_over = False

    def add(
        self,
        kind: EventKind,
        node: NodeId,
        content: object,
        function: Callable[[Any], object],
        argument: object,
        dull_us: int = 0,  # noqa: ARG002 - for those who take notes
    ) -> int:
        """Put what is no message into the pool; return its number. In the timed network's dull run
        it would happen after `dull_us`.
        """
        number = self.take_number()
        self.pool.append(Event(number, kind, node, "", content, self.current))
        self.calls.append((None, function, argument))
        return number

    def take_back(self, number: int) -> None:
        """Take something out of the pool that cannot happen any more; after the run, do nothing."""
        if self._is_over:
            return
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
        self._is_over = True

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


@dataclass(slots=True)
class Stay:
    """What became of something that lay in the pool.

    Attributes
    ----------
    since_us
        When it joined.
    dull_us
        How long it would have taken in the dull run.
    happened_us
        When it happened: nothing but a message twice.
    gone_us
        When it was taken back; None if it was not.
    is_lost
        It is a message that was lost.
    """

    event: Event
    since_us: int
    dull_us: int
    happened_us: list[int] = field(default_factory=list)
    gone_us: int | None = None
    is_lost: bool = False


class NotedWorld(PooledWorld):
    """A pooled world that takes notes: of a run whose picks are known.

    Parameters
    ----------
    lost
        The numbers of the events that will be picked to be lost.

    Attributes
    ----------
    stays
        What lay in the pool, in the order in which it joined; a doubled message once.
    """

    def __init__(self, *made_as: Any, lost: frozenset[int], **keys: Any) -> None:  # noqa: ANN401 - as a pooled world is made
        super().__init__(*made_as, **keys)
        self._lost = lost
        self._by_number: dict[int, Stay] = {}
        self.stays: list[Stay] = []

    def add(
        self,
        kind: EventKind,
        node: NodeId,
        content: object,
        function: Callable[[Any], object],
        argument: object,
        dull_us: int = 0,
    ) -> int:
        number = super().add(kind, node, content, function, argument)
        self._note(self.pool[-1], dull_us)
        return number

    def add_message(self, link: Link, envelope: MessageEntry) -> bool:
        """Put a message into the pool; return whether it will be lost: the trace says so when it
        is sent.
        """
        number = self.take_number()
        self.pool.append(
            Event(number, "deliver", envelope.peer, envelope.node, envelope.message, self.current)
        )
        self.calls.append((link, envelope, False))
        stay = self._note(self.pool[-1], link.group.dull_us)
        stay.is_lost = number in self._lost
        return stay.is_lost

    def take_back(self, number: int) -> None:
        if not self._is_over:
            self._by_number[number].gone_us = self.now
        super().take_back(number)

    def run(self, until: Any = None) -> None:  # noqa: ANN401 - as a world has it
        super().run(until)
        for count, (deed, event) in enumerate(self.picked, 1):
            if deed != "lose":
                self._by_number[event.number].happened_us.append(count * self._step_us)

    def _bend(self, deed: Deed, event: Event, call: Call) -> Deed:
        deed = super()._bend(deed, event, call)
        if deed == "double":
            self._by_number[self.pool[-1].number] = self._by_number[event.number]
        return deed

    def _note(self, event: Event, dull_us: int) -> Stay:
        stay = Stay(event, self.now, dull_us)
        self._by_number[event.number] = stay
        self.stays.append(stay)
        return stay
