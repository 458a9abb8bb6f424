"""Times as chances over a lattice: exact sums of the delays that a simulation draws.

The delays of a simulation are whole microseconds, drawn from the quantile tables of
`engine.delays`, and so they are here: the distribution of a sum is the discrete convolution of two
tables, and its integrals are sums, without any simulation. As long as what may come is spread over
no more than an eighth of a second, the lattice is one of whole microseconds; beyond, it has so many
places, and they stand for several each.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from paxos_des.engine.delays import Constant, Delay, table
from paxos_des.engine.knots import ALL
from paxos_des.study.exact.conditions import most_us

Floats = NDArray[np.float64]

CELLS = 1 << 17
"""A lattice has no more places."""


class RoundTrip(NamedTuple):
    """How long a message takes to one acceptor, and its answer back."""

    there: Delay
    back: Delay


class Moments(NamedTuple):
    """Mean (µs) and variance (µs²) of a time."""

    mean_us: float
    variance: float


@dataclass(frozen=True, slots=True, eq=False)
class Waiting:
    """How likely something takes longer than a time.

    Attributes
    ----------
    from_us, step_us
        Place j stands for from_us + j · step_us.
    longer
        By place, the chance that it takes longer; before the first place, it surely does.
    """

    from_us: int
    step_us: int
    longer: Floats

    def moments(self) -> Moments:
        """Return mean and variance: Σ P(T > t), and Σ (2 t + 1) P(T > t) less the mean's square."""
        places = np.arange(len(self.longer))
        mean = float(self.longer.sum())
        square = float(((2 * places + 1) * self.longer).sum())
        return Moments(self.from_us + self.step_us * mean, self.step_us**2 * (square - mean**2))

    def beyond_us(self, time_us: int) -> float:
        """Return how much of the mean comes from beyond a time: Σ P(T > t) over t from there on."""
        place = max(0, (time_us - self.from_us) // self.step_us)
        before_us = max(0, self.from_us - time_us)
        return before_us + self.step_us * float(self.longer[place:].sum())


def are_constant(trips: Iterable[RoundTrip]) -> bool:
    return all(isinstance(delay, Constant) for trip in trips for delay in trip)


def least_us(trip: RoundTrip) -> int:
    return table(trip.there).delay_us(0) + table(trip.back).delay_us(0)


def waiting_for(
    trips: Sequence[RoundTrip], longer: Callable[[Sequence[Floats]], Floats]
) -> Waiting:
    """Return how long it takes until enough round trips are over.

    Parameters
    ----------
    longer
        Says, of the chances that each is over, by place of the lattice, what the chance is that
        this is not enough.
    """
    from_us = min(map(least_us, trips))
    range_us = max(most_us(trip.there) + most_us(trip.back) for trip in trips) - from_us
    step_us = 1 + range_us // (CELLS - 2)
    size = range_us // step_us + 2
    over = {trip: _over(trip, from_us, step_us, size) for trip in set(trips)}
    return Waiting(from_us, step_us, longer([over[trip] for trip in trips]))


@lru_cache(maxsize=16)
def _over(trip: RoundTrip, from_us: int, step_us: int, size: int) -> Floats:
    """Return, by place, how likely a round trip is over."""
    least_us = table(trip.there).delay_us(0)
    there = masses(trip.there, least_us, step_us, size)
    back = masses(trip.back, from_us - least_us, step_us, size)
    length = 1 << (2 * size - 1).bit_length()
    product = np.fft.rfft(there, length) * np.fft.rfft(back, length)
    mass = np.fft.irfft(product, length)[:size]
    np.maximum(mass, 0, out=mass)
    found: Floats = np.minimum(np.cumsum(mass), 1)
    found[-1] = 1
    found.setflags(write=False)  # it is shared
    return found


def masses(delay: Delay, from_us: int, step_us: int, size: int) -> Floats:
    """Return how likely a delay is, by place of a lattice: place j is from_us + j · step_us.

    A segment of a table is that many whole µs, all alike. On a lattice of whole µs that is exact;
    on a coarser one, a µs counts for the place that is nearest, and a segment of one µs for both
    its neighbours, so that its mean is kept.
    """
    found = np.zeros(size)
    knots, shares = [-np.inf], [0.0]
    for width, low, span in table(delay).segments():
        share = width / ALL
        if span <= 1 or span < step_us:
            place, rest = divmod(low + max(span - 1, 0) / 2 - from_us, step_us)
            found[int(place)] += share * (1 - rest / step_us)
            if rest:
                found[int(place) + 1] += share * rest / step_us
        else:
            knots += (low - 0.5, low + span - 0.5)
            shares += (shares[-1], shares[-1] + share)
    edges = from_us + step_us * (np.arange(size + 1) - 0.5)
    spread: Floats = found + np.diff(np.interp(edges, knots, shares))
    return spread
