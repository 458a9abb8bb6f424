"""What a world has still to do: calls, of which the first one is always at hand.

A call is `(time, priority, number, function, argument)`. Numbers are unique within a time and a
priority, so that no comparison ever reaches the function. The same, compiled, is `_fast.Calls`: it
keeps times and numbers side by side in memory, where comparing them takes a fraction of the time.
"""

from collections.abc import Callable
from heapq import heapify, heappop, heappush
from typing import Any

Call = tuple[int, int, int, Callable[[Any], object], Any]

LATEST_US = 2**62
"""No call is due later: 146,000 years."""


class Calls(list[Call]):
    """A heap of calls; its first item is the next one."""

    def push(self, call: Call) -> None:
        heappush(self, call)

    def take(self) -> Call:
        """Take out the next call."""
        return heappop(self)

    def take_back(self, call: Call) -> None:
        """Take a call out again, if it is still there."""
        if call in self:
            self.remove(call)
            heapify(self)

    def reroute(self, old: Callable[[Any], object], new: Callable[[Any], object]) -> None:
        """Let all that would call one function call another: places stay as they are."""
        for place, (at_us, priority, number, function, argument) in enumerate(self):
            if function == old:
                self[place] = (at_us, priority, number, new, argument)
