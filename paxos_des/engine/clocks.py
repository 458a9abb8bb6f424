"""A node's own clock, which may be off, run fast or slow, or be stepped; and timers that run on it.

All is integer arithmetic. A clock counts in *ticks* of a millionth of a microsecond, so that at a
rate of so many parts per million it gains just so many ticks in each microsecond of the world,
and nothing is ever rounded off. Only a reading is rounded, downwards; and the moment when a timer
is due, upwards: a timer never fires before its clock says so.

Nodes whose clock is right have none, and use `Timers`.
"""

from collections.abc import Callable, Hashable
from heapq import heappop, heappush
from typing import Any

from paxos_des.engine.world import World

RIGHT_PPM = 1_000_000
"""The rate of a clock that is right; in ticks, a microsecond."""


class Clock:
    """A node's clock.

    Parameters
    ----------
    offset_us
        What it shows more than the world's, at first.
    rate_ppm
        How fast it runs, in parts per million: at 1,010,000, it gains a hundredth.

    Attributes
    ----------
    on_change
        Called after each change of the rate, and after each step.
    """

    def __init__(self, world: World, offset_us: int = 0, rate_ppm: int = RIGHT_PPM) -> None:
        _require_rate(rate_ppm)
        self.on_change: list[Callable[[], object]] = []
        self.rate_ppm = rate_ppm
        self._world = world
        self._since_us = world.now
        self._ticks = (world.now + offset_us) * RIGHT_PPM  # it showed then

    def ticks(self) -> int:
        """Return what it shows, to the millionth of a microsecond."""
        return self._ticks + (self._world._now - self._since_us) * self.rate_ppm

    def local_us(self) -> int:
        """Return what it shows, in whole microseconds that are over."""
        return self.ticks() // RIGHT_PPM

    def reaches_us(self, ticks: int) -> int:
        """Return when it will show so much, in the world's time: now, where it does already."""
        left = ticks - self.ticks()
        return self._world._now + max(-(-left // self.rate_ppm), 0)

    def set_rate(self, rate_ppm: int) -> None:
        """Run so fast from now on."""
        _require_rate(rate_ppm)
        self._change(self.ticks(), rate_ppm)

    def step(self, by_us: int) -> None:
        """Show so much more at once, or so much less."""
        self._change(self.ticks() + by_us * RIGHT_PPM, self.rate_ppm)

    def _change(self, ticks: int, rate_ppm: int) -> None:
        self._since_us, self._ticks, self.rate_ppm = self._world._now, ticks, rate_ppm
        for heard in tuple(self.on_change):
            heard()


class SteppedClock(Clock):
    """A node's clock, with its `steady` companion: one that has the same rate, and is not stepped.

    Operating systems have both, and what measures how long something takes goes by the second.
    """

    def __init__(self, world: World, offset_us: int = 0, rate_ppm: int = RIGHT_PPM) -> None:
        super().__init__(world, offset_us, rate_ppm)
        self.steady = Clock(world, 0, rate_ppm)

    def set_rate(self, rate_ppm: int) -> None:
        super().set_rate(rate_ppm)
        self.steady.set_rate(rate_ppm)


class LocalTimers:
    """Timers that run on a node's own clock: as `Timers`, but for what `after_us` counts.

    A step forwards lets fire at once what it jumps over, one after the other, through the world's
    queue; a step backwards delays. While the clock is right, they fire just as `Timers` do.

    Attributes
    ----------
    _due
        By timer, at how many ticks it fires, and which one was set first.
    _queued
        The calls in the world's queue, each as its time and number; the numbers are the timers'.
    _armed
        The one of them that counts, if any: it fires the first timer that is due.
    """

    def __init__(self, world: World, fire: Callable[[Any], object], clock: Clock) -> None:
        self._world = world
        self._fire = fire
        self._clock = clock
        self._due: dict[Hashable, tuple[int, int]] = {}
        self._heap: list[tuple[int, int, Hashable]] = []
        self._queued: set[tuple[int, int]] = set()
        self._armed: tuple[int, int] | None = None
        clock.on_change.append(self._arm)

    def set(self, timer: Hashable, after_us: int) -> None:
        """Let `timer` fire once, when the clock has gained `after_us` from now."""
        due = (self._clock.ticks() + after_us * RIGHT_PPM, self._world.take_number())
        self._due[timer] = due
        heappush(self._heap, (*due, timer))
        if self._heap[0][1] == due[1]:
            self._arm()

    def cancel(self, timer: Hashable) -> None:
        self._due.pop(timer, None)

    def close(self) -> None:
        """Let no timer fire any more, and hear of no change of the clock."""
        self._due.clear()
        self._armed = None
        if self._arm in self._clock.on_change:
            self._clock.on_change.remove(self._arm)

    def _arm(self) -> None:
        """Let what stands in the world's queue be for the timer that is due first, by the clock as
        it runs now; a call that stands there already is not made twice.
        """
        heap = self._heap
        while heap and self._due.get(heap[0][2]) != heap[0][:2]:
            heappop(heap)
        if not heap:
            self._armed = None
            return
        ticks, number, _ = heap[0]
        armed = self._armed = (self._clock.reaches_us(ticks), number)
        if armed not in self._queued:
            self._queued.add(armed)
            self._world.call_numbered(*armed, self._ring, armed)

    def _ring(self, call: tuple[int, int]) -> None:
        self._queued.remove(call)
        if call != self._armed:
            return
        ticks, number, timer = self._heap[0]
        is_due = number == call[1] and self._due.get(timer) == (ticks, number)
        if is_due:
            assert self._clock.ticks() >= ticks, f"{timer} fires before its time"
            heappop(self._heap)
            del self._due[timer]
        self._arm()
        if is_due:
            self._fire(timer)


def _require_rate(found: object) -> None:
    if type(found) is not int or found <= 0:
        message = f"rate_ppm: found {found!r}; allowed is an integer from 1: 1_000_000 is right"
        raise ValueError(message)
