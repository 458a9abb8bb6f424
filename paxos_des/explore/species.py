"""How many behaviours were seen, and how many of them just once, in little memory."""

import numpy as np
from numpy.typing import NDArray

Digests = NDArray[np.uint64]
_MERGED_MIN = 4_096


class Species:
    """Counts behaviours, which are 64 bits each.

    It takes 9 bytes for each distinct one, and while it merges new ones about three times that:
    10^8 of them fit into 3 GB. Two that differ have the same digest with a chance of 2^-64: among
    10^8, some pair does with one of 1 in 3,700.
    """

    def __init__(self) -> None:
        self._seen = np.empty(0, np.uint64)
        self._is_single = np.empty(0, np.bool_)
        self._waiting: list[Digests] = []
        self._waiting_count = 0

    def add(self, digests: Digests) -> None:
        """Count the behaviours of some runs."""
        self._waiting.append(digests)
        self._waiting_count += len(digests)
        if self._waiting_count > max(_MERGED_MIN, len(self._seen) // 8):
            self._merge()  # rarely enough that all merges together copy each a few times only

    @property
    def about(self) -> int:
        """How many there are, but for the last runs: at no cost."""
        return len(self._seen)

    @property
    def distinct(self) -> int:
        self._merge()
        return len(self._seen)

    @property
    def once(self) -> int:
        """How many were seen once."""
        self._merge()
        return int(np.count_nonzero(self._is_single))

    def _merge(self) -> None:
        if not self._waiting:
            return
        found, counts = np.unique(np.concatenate(self._waiting), return_counts=True)
        self._waiting, self._waiting_count = [], 0
        places = np.searchsorted(self._seen, found)
        is_known = np.zeros(len(found), np.bool_)
        within = places < len(self._seen)
        is_known[within] = self._seen[places[within]] == found[within]
        self._is_single[places[is_known]] = False
        is_new = ~is_known
        self._seen = np.insert(self._seen, places[is_new], found[is_new])
        self._is_single = np.insert(self._is_single, places[is_new], counts[is_new] == 1)
