"""Times of many runs, pooled: their quantiles, as of all runs once, or each as often as drawn."""

from collections.abc import Sequence
from math import isqrt

import numpy as np
from numpy.typing import NDArray

_NEAR = 1e-12
"""A share of a whole number that is a whole number itself is one in spite of rounding."""


class Pooled:
    """The times of some runs, in order.

    A thousand draws of whole runs are wanted of each quantile, and to sum up the weights of all
    times for each would take a thousand passes. So the times lie in blocks, as many as there are
    in each: one product of matrices tells in which block a draw's quantile is, and only this block
    is passed.
    """

    def __init__(self, runs: Sequence[NDArray[np.int64]]) -> None:
        times = np.concatenate(runs)
        order = np.argsort(times, kind="stable")
        self.times = times[order]
        self.runs = len(runs)
        self._run_of = np.repeat(np.arange(len(runs)), [len(one) for one in runs])[order]
        self._size = isqrt(len(times) - 1) + 1
        # By block and run: how many times of the run lie before the block's end.
        blocks = np.arange(len(times)) // self._size
        count = np.bincount(
            blocks * self.runs + self._run_of, minlength=(int(blocks[-1]) + 1) * self.runs
        )
        self._before_end = count.reshape(-1, self.runs).cumsum(axis=0).astype(np.float64)

    def quantile(self, share: float) -> int:
        """Return the least time that this share of all does not exceed."""
        drawn = np.arange(self.runs).reshape(1, -1)
        return int(self.quantiles_of(drawn, share)[0])

    def quantiles_of(self, drawn: NDArray[np.int64], share: float) -> NDArray[np.int64]:
        """Return the same where runs are drawn, by number, a row for each draw."""
        draws = len(drawn)
        rows = np.arange(draws).reshape(-1, 1)
        weights = np.bincount((drawn + rows * self.runs).ravel(), minlength=draws * self.runs)
        weights = weights.reshape(draws, self.runs)
        ends = weights @ self._before_end.T  # of floats, which are exact: whole, and not large
        wanted = (share * ends[:, -1] * (1 - _NEAR)).reshape(-1, 1)
        block = (ends < wanted).sum(axis=1)
        start = np.where(block > 0, ends[rows[:, 0], np.maximum(block - 1, 0)], 0.0).reshape(-1, 1)
        places = block.reshape(-1, 1) * self._size + np.arange(self._size)
        inside = np.minimum(places, len(self.times) - 1)  # the last block may be smaller
        reached = start + weights[rows, self._run_of[inside]].cumsum(axis=1) >= wanted
        found: NDArray[np.int64] = self.times[inside[rows[:, 0], reached.argmax(axis=1)]]
        return found
