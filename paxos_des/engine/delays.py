"""Delay distributions, as integer tables that are the same on every machine.

A delay is drawn by its quantile function: 64 bits in, whole microseconds out. The function is
piecewise linear between knots, which are computed once per distribution (see `knots`) and are
whole microseconds. Between the bits and the delay there is only integer arithmetic.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from typing import NoReturn, assert_never

import numpy as np
from numpy.typing import NDArray

from paxos_des.engine.knots import ALL, Knot, exponential_knots, lognormal_knots
from paxos_des.errors import ScenarioError, shorten

DELAY_US_MAX = 2**31 - 1
"""Some 35 minutes: products with a 32-bit fraction stay within 64 bits."""
SIGMA_MAX = 3
MEASURED_MAX = 10_000
"""Quantiles or samples of one delay: what is measured is written into every trace."""


@dataclass(frozen=True, slots=True)
class Constant:
    """Always the same."""

    delay_us: int

    def __post_init__(self) -> None:
        _require_us("delay", self.delay_us)


@dataclass(frozen=True, slots=True, kw_only=True)
class Uniform:
    """Any whole microsecond from `low_us` to `high_us`, both included, alike."""

    low_us: int
    high_us: int

    def __post_init__(self) -> None:
        _require_us("delay, low", self.low_us)
        _require_us("delay, high", self.high_us)
        if self.low_us > self.high_us:
            found = f"low {self.low_us}us above high {self.high_us}us"
            _refuse("delay", found, "low up to high")


@dataclass(frozen=True, slots=True, kw_only=True)
class Exponential:
    """Memoryless, with this mean, on top of a minimum."""

    mean_us: int
    minimum_us: int = 0

    def __post_init__(self) -> None:
        _require_us("delay, mean", self.mean_us)
        _require_us("delay, minimum", self.minimum_us)
        top_us = self.minimum_us + 17 * self.mean_us
        if top_us > DELAY_US_MAX:
            _refuse("delay", f"a tail up to {top_us}us", f"up to {DELAY_US_MAX}us")


@dataclass(frozen=True, slots=True, kw_only=True)
class Lognormal:
    """`median_us` times e to the `sigma` times a standard normal: long-tailed."""

    median_us: int
    sigma: float

    def __post_init__(self) -> None:
        _require_us("delay, median", self.median_us)
        if not _is_number(self.sigma) or not 0 < self.sigma <= SIGMA_MAX:
            _refuse("delay, sigma", shorten(self.sigma), f"above 0, up to {SIGMA_MAX}")
        if self.median_us * 2.72 ** (5.4 * self.sigma) > DELAY_US_MAX:
            found = f"median {self.median_us}us with sigma {self.sigma}"
            _refuse("delay", found, f"a tail up to {DELAY_US_MAX}us")


@dataclass(frozen=True, slots=True, kw_only=True)
class Bimodal:
    """`slow_us` with the chance `slow_share`, else `fast_us`."""

    fast_us: int
    slow_us: int
    slow_share: float

    def __post_init__(self) -> None:
        _require_us("delay, fast", self.fast_us)
        _require_us("delay, slow", self.slow_us)
        if self.fast_us > self.slow_us:
            found = f"fast {self.fast_us}us above slow {self.slow_us}us"
            _refuse("delay", found, "fast up to slow")
        if not _is_number(self.slow_share) or not 0 <= self.slow_share <= 1:
            _refuse("delay, slow_share", shorten(self.slow_share), "0 to 1")


@dataclass(frozen=True, slots=True)
class Quantiles:
    """Linear between measured quantiles: `(share, us)` pairs, from share 0 to share 1."""

    points: tuple[tuple[float, int], ...]

    def __post_init__(self) -> None:
        try:
            points = tuple((share, delay_us) for share, delay_us in self.points)
        except (TypeError, ValueError):
            _refuse("delay", shorten(self.points), "pairs of a share and a delay")
        object.__setattr__(self, "points", points)  # lists will do, and cannot be hashed
        _require_few("quantiles", len(points))
        for share, delay_us in points:
            if not _is_number(share) or not 0 <= share <= 1:
                _refuse("delay, share", shorten(share), "0 to 1")
            _require_us("delay, quantile", delay_us)
        shares = [share for share, _ in points]
        if shares[:1] != [0] or shares[-1:] != [1]:
            _refuse("delay", f"shares {shorten(shares)}", "two or more, the first 0, the last 1")
        for (share, delay_us), (next_share, next_us) in pairwise(points):
            if not share < next_share or delay_us > next_us:
                found = f"{share}:{delay_us}us before {next_share}:{next_us}us"
                _refuse("delay", found, "rising shares and delays that do not fall")


@dataclass(frozen=True, slots=True)
class Samples:
    """Any of the delays that were measured, each of them alike; kept in order of size."""

    delays_us: tuple[int, ...]

    def __post_init__(self) -> None:
        try:
            delays_us = tuple(self.delays_us)
        except TypeError:
            _refuse("delay", shorten(self.delays_us), "measured delays")
        for delay_us in delays_us:
            _require_us("delay, sample", delay_us)
        if not delays_us:
            _refuse("delay", "no samples", "one or more")
        _require_few("samples", len(delays_us))
        # The order in which they were measured says nothing: two that differ in it are one.
        object.__setattr__(self, "delays_us", tuple(sorted(delays_us)))


Delay = Constant | Uniform | Exponential | Lognormal | Bimodal | Quantiles | Samples


_32 = np.uint64(32)


class DelayTable:
    """A quantile function: segments of probability, linear in between, in integers.

    Parameters
    ----------
    segments
        Knots of each segment's two ends; a jump is a pair of segments that do not touch.
    """

    def __init__(self, segments: Iterable[tuple[Knot, Knot]]) -> None:
        used = [(low, high) for low, high in segments if low[0] < high[0]]
        self._starts = [low[0] for low, _ in used]
        self._lows = [low[1] for low, _ in used]
        self._spans = [high[1] - low[1] for low, high in used]
        self._units = [max((high[0] - low[0]) >> 32, 1) for low, high in used]
        self._starts_array = np.array(self._starts, dtype=np.uint64)
        self._lows_array = np.array(self._lows, dtype=np.int64)
        self._spans_array = np.array(self._spans, dtype=np.uint64)
        self._units_array = np.array(self._units, dtype=np.uint64)

    def delays_us(self, bits: NDArray[np.uint64]) -> NDArray[np.int64]:
        """Return the delay for each 64 bits; any shape."""
        if len(self._starts) == 1:  # all of the probability: a third of the steps
            shares = bits >> _32
            shares *= self._spans_array[0]
            shares >>= _32
            delays: NDArray[np.int64] = shares.view(np.int64)
            delays += self._lows_array[0]
            return delays
        index = np.searchsorted(self._starts_array, bits, side="right") - 1
        shares = (bits - self._starts_array[index]) // self._units_array[index]
        np.minimum(shares, np.uint64(2**32 - 1), out=shares)
        beyond = (self._spans_array[index] * shares) >> np.uint64(32)
        return self._lows_array[index] + beyond.astype(np.int64)

    def delay_us(self, bits: int) -> int:
        """Return the delay for 64 bits: what `delays_us` returns, for one."""
        low, high = 0, len(self._starts)
        while high - low > 1:
            middle = (low + high) // 2
            if self._starts[middle] <= bits:
                low = middle
            else:
                high = middle
        share = min((bits - self._starts[low]) // self._units[low], 2**32 - 1)
        return self._lows[low] + (self._spans[low] * share >> 32)

    def parts(self) -> tuple[list[int], list[int], list[int], list[int]]:
        """Return, of each segment, where it starts, its first delay, its span, and of how much of
        the probability one part of 2**32 is.
        """
        return self._starts, self._lows, self._spans, self._units

    def segments(self) -> list[tuple[int, int, int]]:
        """Return each segment's probability (of 2**64), first delay, and span of delays."""
        ends = [*self._starts[1:], ALL]
        widths = [end - start for start, end in zip(self._starts, ends, strict=True)]
        return list(zip(widths, self._lows, self._spans, strict=True))


def median_us(delay: Delay) -> int:
    """Return the distribution's median: the dullest answer to how long a message takes."""
    # Of two values that are alike, the lower one is the duller.
    middle = ALL // 2 - 1 if isinstance(delay, Bimodal | Samples) else ALL // 2
    return table(delay).delay_us(middle)


@lru_cache(maxsize=256)
def table(delay: Delay) -> DelayTable:  # noqa: PLR0911 - one for each kind
    """Return the quantile function of a distribution: computed once, always the same."""
    match delay:
        case Constant(delay_us=delay_us):
            return DelayTable([((0, delay_us), (ALL, delay_us))])
        case Uniform(low_us=low_us, high_us=high_us):
            # One more than the highest, which is never reached: so all are alike.
            return DelayTable([((0, low_us), (ALL, high_us + 1))])
        case Bimodal(fast_us=fast_us, slow_us=slow_us, slow_share=slow_share):
            slow = ALL - _of_all(slow_share)
            return DelayTable([((0, fast_us), (slow, fast_us)), ((slow, slow_us), (ALL, slow_us))])
        case Quantiles(points=points):
            return DelayTable(pairwise((_of_all(share), delay_us) for share, delay_us in points))
        case Samples(delays_us=delays_us):
            return DelayTable(_steps(delays_us))
        case Exponential():
            return DelayTable(pairwise(exponential_knots(delay.mean_us, delay.minimum_us)))
        case Lognormal():
            return DelayTable(pairwise(lognormal_knots(delay.median_us, delay.sigma)))
        case _:
            assert_never(delay)


def _steps(delays_us: tuple[int, ...]) -> Iterable[tuple[Knot, Knot]]:
    """Return a flat segment for each delay, all as wide as whole bits allow."""
    ends = [ALL * place // len(delays_us) for place in range(len(delays_us) + 1)]
    for (low, high), delay_us in zip(pairwise(ends), delays_us, strict=True):
        yield (low, delay_us), (high, delay_us)


def _of_all(share: float) -> int:
    numerator, denominator = share.as_integer_ratio()
    return ALL * numerator // denominator


def _is_number(found: object) -> bool:
    return isinstance(found, int | float) and not isinstance(found, bool)


def _require_us(where: str, found: object) -> None:
    if type(found) is not int or not 0 <= found <= DELAY_US_MAX:
        _refuse(where, f"{shorten(found)}us", f"0 to {DELAY_US_MAX}us")


def _require_few(what: str, count: int) -> None:
    if count > MEASURED_MAX:
        _refuse("delay", f"{count:,} {what}", f"up to {MEASURED_MAX:,}")


def _refuse(where: str, found: str, allowed: str) -> NoReturn:
    message = f"{where}: found {found}; allowed is {allowed}"
    raise ScenarioError(message)
