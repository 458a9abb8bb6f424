"""The knots of distributions with a tail: the same integers on every machine.

`exp` and `log` of C libraries differ in the last place, and one such place would one day decide
an order. So knots are computed in decimal arithmetic, which rounds correctly everywhere, and
rounded to whole microseconds.

The knots halve the rest of the probability again and again, each half cut into equal cells. An
exponential of 10 ms has a mean within 0.02 % and a variance within 0.05 % of theory (a test adds
the segments up); beyond 1 - 2**-24 the tail is cut. That costs an exponential nothing, and a very
skewed lognormal much: with sigma 1 the variance is within 0.02 %, with 2 it is 7 % too small, and
with 3 it is 70 % too small (and the mean 0.5 %).
"""

from decimal import (
    ROUND_HALF_EVEN,
    Context,
    Decimal,
    DivisionByZero,
    InvalidOperation,
    Overflow,
    localcontext,
)
from functools import lru_cache

Knot = tuple[int, int]
"""Of 2**64, how much probability lies below; and the delay there, in microseconds."""

ALL = 2**64
_OCTAVES = 24
_CELLS = 16

# Complete: whatever it left open would come from decimal.DefaultContext, which anybody may change.
_CONTEXT = Context(
    prec=28,
    rounding=ROUND_HALF_EVEN,
    Emin=-999_999,
    Emax=999_999,
    capitals=1,
    clamp=0,
    flags=[],
    traps=[InvalidOperation, DivisionByZero, Overflow],
)

_ROOT_OF_TWO_PI = Decimal("2.506628274631000502415765285")
_TINY = Decimal("1e-14")


def exponential_knots(mean_us: int, minimum_us: int) -> list[Knot]:
    """Return an exponential on top of a minimum."""
    with localcontext(_CONTEXT):
        knots = [
            (ALL - above, minimum_us + _rounded(mean_us * deviate))
            for above, deviate in zip(_tail(), _exponential_deviates(), strict=True)
        ]
    return [*knots, (ALL, knots[-1][1])]


def lognormal_knots(median_us: int, sigma: float) -> list[Knot]:
    """Return both tails of a lognormal, from the median outwards: they mirror each other."""
    with localcontext(_CONTEXT):
        exact = Decimal(sigma)
        upper, lower = [], []
        for above, deviate in zip(_tail()[_CELLS:], _normal_deviates(), strict=True):
            factor = (exact * deviate).exp()
            upper.append((ALL - above, _rounded(median_us * factor)))
            lower.append((above, _rounded(median_us / factor)))
    knots = [*reversed(lower[1:]), *upper]
    return [(0, knots[0][1]), *knots, (ALL, knots[-1][1])]


def _tail() -> list[int]:
    """Return how much probability (of 2**64) lies above each knot of a tail, falling."""
    above = [
        (ALL >> octave) * (2 * _CELLS - cell) // (2 * _CELLS)
        for octave in range(_OCTAVES)
        for cell in range(_CELLS)
    ]
    return [*above, ALL >> _OCTAVES]


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
    from one that is near and below.
    """
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


def _share(above: int) -> Decimal:
    return Decimal(above) / ALL


def _rounded(value: Decimal) -> int:
    return int(value + Decimal("0.5"))
