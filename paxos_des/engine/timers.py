"""A role's timers: few entries in the world's queue, however many are set.

A heap that is 64 deep makes every message a third dearer (measured), and most timers are
cancelled: so each role keeps its own, and only the next one stands in the world's queue.
The order among equal times is still that in which timers and messages were scheduled.
"""

from collections.abc import Callable, Hashable
from heapq import heappop, heappush
from typing import TYPE_CHECKING, Any

from simpy.events import NORMAL

from paxos_des.engine.calls import LATEST_US
from paxos_des.engine.fast import FAST
from paxos_des.engine.world import World, require_microseconds


class PlainTimers:
    """What timers do: see `Timers`. The same, compiled, is `_fast.Timers`.

    Attributes
    ----------
    _due
        By timer, when and in which place it fires: what is in the heap and not here, or here
        otherwise, was cancelled or set again.
    _armed
        What stands in the world's queue: time and number of each call, the earliest last.
    """

    def __init__(self, world: World, fire: Callable[[Any], object]) -> None:
        self._world = world
        self._fire = fire
        self._due: dict[Hashable, tuple[int, int]] = {}
        self._heap: list[tuple[int, int, Hashable]] = []
        self._armed: list[tuple[int, int]] = []

    def set(self, timer: Hashable, after_us: int) -> None:
        """Let `timer` fire once, `after_us` from now, and not when it was set to before."""
        world, heap = self._world, self._heap
        at_us = world._now + after_us
        if type(after_us) is not int or at_us > LATEST_US:
            require_microseconds("timer", after_us if type(after_us) is not int else at_us)
        number = world.take_number()
        self._due[timer] = (at_us, number)
        heappush(heap, (at_us, number, timer))
        if heap[0][1] == number:
            self._arm()

    def cancel(self, timer: Hashable) -> None:
        self._due.pop(timer, None)

    def close(self) -> None:
        """Let no timer fire any more."""
        self._due.clear()

    def _arm(self) -> None:
        """Put the next timer into the world's queue, unless something earlier stands there: that
        comes back here when it rings, also if its timer was cancelled meanwhile.
        """
        heap = self._heap
        while heap and self._due.get(heap[0][2]) != heap[0][:2]:
            heappop(heap)
        if heap and (not self._armed or heap[0][:2] < self._armed[-1]):
            at_us, number, _ = heap[0]
            self._armed.append((at_us, number))
            self._world.push((at_us, NORMAL, number, self._ring, number))

    def _ring(self, number: int) -> None:
        at_us, armed = self._armed.pop()
        assert armed == number, f"{armed} at {at_us} stood first, and {number} rang"
        heap = self._heap
        is_due = bool(heap) and heap[0][1] == number and self._due.get(heap[0][2]) == heap[0][:2]
        timer = heappop(heap)[2] if is_due else None
        if is_due:
            del self._due[timer]
        self._arm()
        if is_due:
            self._fire(timer)


if TYPE_CHECKING or FAST is None:  # noqa: SIM108 - to the eyes of mypy, there is one class
    _Timers = PlainTimers
else:
    _Timers = FAST.Timers


class Timers(_Timers):
    """Sets and cancels named timers, and calls `fire` with the name when one is due."""
