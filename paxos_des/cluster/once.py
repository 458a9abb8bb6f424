"""Whether something numbered happens for the first time.

A client that came back may ask for, or be told, once more what it did just before it crashed: its
node notes the first time only.
"""

from dataclasses import dataclass, field


@dataclass(slots=True)
class Once:
    """Remembers numbers that come in some order, from 0 on, and holds only those out of order."""

    _below: int = 0
    _above: set[int] = field(default_factory=set)

    def is_first(self, number: int) -> bool:
        """Count `number`; return whether it was not counted before."""
        if number < self._below or number in self._above:
            return False
        self._above.add(number)
        while self._below in self._above:
            self._above.remove(self._below)
            self._below += 1
        return True
