"""Dice: the chance of those who choose schedules, from a seed and a name.

The bits are those of the Weather, of a stream that no decision of a run ever asks: so a strategy
and the runs that it makes never share an answer.
"""

from collections.abc import Sequence
from functools import lru_cache
from hashlib import blake2b
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from paxos_des.engine.choices import Weather

T = TypeVar("T")
_BLOCK = 64


class Dice:
    """Integers from a seed, one after another.

    Parameters
    ----------
    seed, name
        The same seed and name give the same throws, everywhere; another name, others.
    """

    __slots__ = ("_bits", "_drawn", "_stream", "_weather")

    def __init__(self, seed: int, name: str) -> None:
        self._weather = Weather(seed)
        self._stream = _stream(name)
        self._drawn = 0
        self._bits: list[int] = []

    def bits(self) -> int:
        """Return the next 64 bits."""
        if not self._bits:
            block = self._weather.block(self._stream, self._drawn, _BLOCK)
            self._drawn += _BLOCK
            self._bits = block[0, ::-1].tolist()
        return self._bits.pop()

    def below(self, size: int) -> int:
        """Return a number from 0, below `size`; all alike."""
        return self.bits() * size >> 64

    def one_in(self, size: int) -> bool:
        """Say yes once in `size` times."""
        return self.below(size) == 0

    def one_of(self, things: Sequence[T]) -> T:
        return things[self.below(len(things))]

    def shuffled(self, things: Sequence[T]) -> list[T]:
        """Return them in any order; all orders alike."""
        found = list(things)
        for last in range(len(found) - 1, 0, -1):
            other = self.below(last + 1)
            found[last], found[other] = found[other], found[last]
        return found


@lru_cache(maxsize=1024)
def _stream(name: str) -> NDArray[np.uint64]:
    digest = blake2b(f"dice/{name}".encode(), digest_size=8).digest()
    return np.array([int.from_bytes(digest, "little")], dtype=np.uint64)
