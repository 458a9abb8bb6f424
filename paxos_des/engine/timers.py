"""A role's timers: one entry in the world's queue for as many as are set.

A heap that is 64 deep makes every message a third dearer (measured), and most timers are
cancelled: so each role keeps its own, and only the next one stands in the world's queue.
The order among equal times is still that in which timers and messages were scheduled.
"""

from collections.abc import Callable, Hashable
from heapq import heappop, heappush
from typing import Any

from paxos_des.engine.world import World


class Timers:
    """Sets and cancels named timers, and calls `fire` with the name when one is due.

    Attributes
    ----------
    _due
        By timer, when and in which place it fires: what is in the heap and not here, or here
        otherwise, was cancelled or set again.
    _armed
        The numbers of the calls that stand in the world's queue.
    """

    def __init__(self, world: World, fire: Callable[[Any], object]) -> None:
        self._world = world
        self._fire = fire
        self._due: dict[Hashable, tuple[int, int]] = {}
        self._heap: list[tuple[int, int, Hashable]] = []
        self._armed: set[int] = set()

    def set(self, timer: Hashable, after_us: int) -> None:
        """Let `timer` fire once, `after_us` from now, and not when it was set to before."""
        at_us = self._world.now + after_us
        number = self._world.take_number()
        self._due[timer] = (at_us, number)
        heappush(self._heap, (at_us, number, timer))
        self._arm()

    def cancel(self, timer: Hashable) -> None:
        self._due.pop(timer, None)

    def _arm(self) -> None:
        """Put the next timer into the world's queue, unless it stands there."""
        heap = self._heap
        while heap and self._due.get(heap[0][2]) != heap[0][:2]:
            heappop(heap)
        if heap and heap[0][1] not in self._armed:
            at_us, number, _ = heap[0]
            self._armed.add(number)
            self._world.call_numbered(at_us, number, self._ring, number)

    def _ring(self, number: int) -> None:
        self._armed.remove(number)
        heap = self._heap
        if heap and heap[0][1] == number and self._due.get(heap[0][2]) == heap[0][:2]:
            timer = heappop(heap)[2]
            del self._due[timer]
            self._arm()
            self._fire(timer)
        else:
            self._arm()
