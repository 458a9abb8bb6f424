"""Help with the warm-up: how much of a run is its beginning, and none of its steady state.

A plan's `measure.warm_up` is for its author to choose: long enough that a run's first requests do
not differ from its others, and no longer. `warm_up_of` proposes how many replies to leave out, and
`differs_at_first` tells a beginning that is still in what was measured.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from paxos_des.study.extras import scipy_stats

BATCH = 5
KEPT = 5
PARTS = 10
SURE = 0.001
"""A sweep has many points: of a thousand without a beginning, one is called to have one."""


def mean_series(runs_of_times: Sequence[Sequence[int]]) -> NDArray[np.float64]:
    """Return the mean over runs of the first times, of the second, and so on, for as many as all
    runs have: by that a beginning shows through the chance of single runs (Welch's way, in *The
    Computer Performance Modeling Handbook*, 1983).
    """
    length = min(map(len, runs_of_times), default=0)
    cut = [np.asarray(times[:length], dtype=np.float64) for times in runs_of_times]
    return np.mean(cut, axis=0) if length else np.zeros(0)


def warm_up_of(series: Sequence[float] | NDArray[np.float64]) -> int | None:
    """Return how many of a series to leave out, as MSER-5 says: those without which the mean of
    the others has the least standard error, in batches of five (White, *Simulation* 69, 1997).

    None where that would be more than half of it: then the series is too short to tell. A few last
    batches may agree by chance, and are always kept (Hoad, Robinson and Davies, *J. Simulation*
    4, 2010).
    """
    batches = len(series) // BATCH
    if batches <= KEPT:
        return None
    means = np.asarray(series[: batches * BATCH], dtype=np.float64).reshape(-1, BATCH).mean(axis=1)
    errors = [float(np.var(means[cut:])) / (batches - cut) for cut in range(batches - KEPT + 1)]
    cut = int(np.argmin(errors))
    return cut * BATCH if cut <= batches // 2 else None


def differs_at_first(runs_of_times: Sequence[Sequence[int]]) -> bool:
    """Whether the first tenth of a run's times is slower, or quicker, than its other tenths are,
    beyond what chance explains.

    Each run's tenths are ordered by their means. Without a beginning the first is in any place as
    often as in another, whatever the distribution of times; so its mean place over runs, 5.5, has
    at most the variance of such places, 99/12, over the number of runs.
    """
    stats = scipy_stats("a warm-up")
    places = []
    for times in runs_of_times:
        size = len(times) // PARTS
        if size:
            parts = np.asarray(times[: size * PARTS], dtype=np.float64).reshape(PARTS, size)
            places.append(float(stats.rankdata(parts.mean(axis=1))[0]))
    if len(places) < PARTS:
        return False  # too few runs to tell
    deviation = ((PARTS**2 - 1) / 12 / len(places)) ** 0.5
    off = abs(float(np.mean(places)) - (PARTS + 1) / 2) / deviation
    return 2 * float(stats.norm.sf(off)) < SURE
