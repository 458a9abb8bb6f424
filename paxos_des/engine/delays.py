"""Delay distributions, as integer tables that are the same on every machine.

A delay is drawn by its quantile function: 64 bits in, whole microseconds out. The function is
piecewise linear between knots, which are computed here once per distribution, in decimal
arithmetic that rounds correctly everywhere, and rounded to whole microseconds. Between the bits
and the delay there is only integer arithmetic: `exp` and `log` of C libraries differ in the last
place, and one such place would one day decide an order.

The knots of a distribution with a tail halve the rest of the probability again and again, each
half cut into equal cells. An exponential of 10 ms has a mean within 0.02 % and a variance within
0.05 % of theory (a test adds the segments up); beyond 1 - 2**-24 the tail is cut.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Context, Decimal, localcontext
from functools import lru_cache
from itertools import pairwise
from typing import assert_never

import numpy as np
from numpy.typing import NDArray

from paxos_des.errors import ScenarioError

DELAY_US_MAX = 2**31 - 1
"""Some 35 minutes: products with a 32-bit fraction stay within 64 bits."""

_OCTAVES = 24
_CELLS = 16
_ALL = 2**64
_CONTEXT = Context(prec=28)


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
        if not 0 < self.sigma <= 3:
            _refuse("delay, sigma", repr(self.sigma), "above 0, up to 3")
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
        if not 0 <= self.slow_share <= 1:
            _refuse("delay, slow_share", repr(self.slow_share), "0 to 1")


@dataclass(frozen=True, slots=True)
class Quantiles:
    """Linear between measured quantiles: `(share, us)` pairs, from share 0 to share 1."""

    points: tuple[tuple[float, int], ...]

    def __post_init__(self) -> None:
        for _, delay_us in self.points:
            _require_us("delay, quantile", delay_us)
        shares = [share for share, _ in self.points]
        if len(shares) < 2 or shares[0] != 0 or shares[-1] != 1:
            _refuse("delay", f"shares {shares}", "two or more, the first 0, the last 1")
        for (share, delay_us), (next_share, next_us) in pairwise(self.points):
            if not share < next_share or delay_us > next_us:
                found = f"{share}:{delay_us}us before {next_share}:{next_us}us"
                _refuse("delay", found, "rising shares and delays that do not fall")


Delay = Constant | Uniform | Exponential | Lognormal | Bimodal | Quantiles

Knot = tuple[int, int]
"""Of 2**64, how much probability lies below; and the delay there, in microseconds."""


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

    def segments(self) -> list[tuple[int, int, int]]:
        """Return each segment's probability (of 2**64), first delay, and span of delays."""
        ends = [*self._starts[1:], _ALL]
        widths = [end - start for start, end in zip(self._starts, ends, strict=True)]
        return list(zip(widths, self._lows, self._spans, strict=True))


def median_us(delay: Delay) -> int:
    """Return the distribution's median: the dullest answer to how long a message takes."""
    return table(delay).delay_us(_ALL // 2)


@lru_cache(maxsize=256)
def table(delay: Delay) -> DelayTable:
    """Return the quantile function of a distribution: computed once, always the same."""
    match delay:
        case Constant(delay_us=delay_us):
            return DelayTable([((0, delay_us), (_ALL, delay_us))])
        case Uniform(low_us=low_us, high_us=high_us):
            # One more than the highest, which is never reached: so all are alike.
            return DelayTable([((0, low_us), (_ALL, high_us + 1))])
        case Bimodal(fast_us=fast_us, slow_us=slow_us, slow_share=slow_share):
            slow = _ALL - _of_all(slow_share)
            return DelayTable([((0, fast_us), (slow, fast_us)), ((slow, slow_us), (_ALL, slow_us))])
        case Quantiles(points=points):
            return DelayTable(pairwise((_of_all(share), delay_us) for share, delay_us in points))
        case Exponential():
            return DelayTable(pairwise(_exponential_knots(delay)))
        case Lognormal():
            return DelayTable(pairwise(_lognormal_knots(delay)))
        case _:
            assert_never(delay)


def _of_all(share: float) -> int:
    numerator, denominator = share.as_integer_ratio()
    return _ALL * numerator // denominator


def _tail() -> list[int]:
    """Return how much probability (of 2**64) lies above each knot of a tail, falling."""
    above = [
        (_ALL >> octave) * (2 * _CELLS - cell) // (2 * _CELLS)
        for octave in range(_OCTAVES)
        for cell in range(_CELLS)
    ]
    return [*above, _ALL >> _OCTAVES]


def _exponential_knots(delay: Exponential) -> list[Knot]:
    with localcontext(_CONTEXT):
        knots = [
            (_ALL - above, delay.minimum_us + _rounded(delay.mean_us * deviate))
            for above, deviate in zip(_tail(), _exponential_deviates(), strict=True)
        ]
    return [*knots, (_ALL, knots[-1][1])]


def _lognormal_knots(delay: Lognormal) -> list[Knot]:
    """Both tails of the normal, from the median outwards: they mirror each other."""
    with localcontext(_CONTEXT):
        sigma = Decimal(delay.sigma)
        upper, lower = [], []
        for above, deviate in zip(_tail()[_CELLS:], _normal_deviates(), strict=True):
            factor = (sigma * deviate).exp()
            upper.append((_ALL - above, _rounded(delay.median_us * factor)))
            lower.append((above, _rounded(delay.median_us / factor)))
    knots = [*reversed(lower[1:]), *upper]
    return [(0, knots[0][1]), *knots, (_ALL, knots[-1][1])]


@lru_cache(maxsize=1)
def _exponential_deviates() -> tuple[Decimal, ...]:
    """Return the deviates of mean 1 at the knots of a tail: each octave adds ln 2 to the last."""
    with localcontext(_CONTEXT):
        octave = Decimal(2).ln()
        cells = [(Decimal(2 * _CELLS) / (2 * _CELLS - cell)).ln() for cell in range(_CELLS)]
        deviates = [number * octave + cell for number in range(_OCTAVES) for cell in cells]
        return (*deviates, _OCTAVES * octave)


@lru_cache(maxsize=1)
def _normal_deviates() -> tuple[Decimal, ...]:
    """Return the standard normal's deviates at the knots of its upper tail: 26 ms, once."""
    with localcontext(_CONTEXT):
        deviates = [Decimal(0)]
        for above in _tail()[_CELLS + 1 :]:
            deviates.append(_normal_quantile(_share(above), deviates[-1]))
    return tuple(deviates)


def _normal_quantile(above: Decimal, near: Decimal) -> Decimal:
    """Return the standard normal deviate with so much probability above it, by Newton's method
    from one that is near and below."""
    deviate = near
    for _ in range(3):
        density = (-deviate * deviate / 2).exp() / _ROOT_OF_TWO_PI
        deviate += (_normal_above(deviate, density) - above) / density
    return deviate


def _normal_above(deviate: Decimal, density: Decimal) -> Decimal:
    """Return 1/2 - density · (x + x³/3 + x⁵/(3·5) + …), the probability above x."""
    term = total = deviate
    odd = 1
    while abs(term) > _TINY:
        odd += 2
        term = term * deviate * deviate / odd
        total += term
    return Decimal("0.5") - density * total


_ROOT_OF_TWO_PI = Decimal("2.506628274631000502415765285")
_TINY = Decimal("1e-14")


def _share(above: int) -> Decimal:
    return Decimal(above) / _ALL


def _rounded(value: Decimal) -> int:
    return int(value + Decimal("0.5"))


def _require_us(where: str, found: object) -> None:
    if type(found) is not int or not 0 <= found <= DELAY_US_MAX:
        _refuse(where, f"{found}us", f"0 to {DELAY_US_MAX}us")


def _refuse(where: str, found: str, allowed: str) -> None:
    message = f"{where}: found {found}; allowed is {allowed}"
    raise ScenarioError(message)
