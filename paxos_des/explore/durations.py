"""Simpler numbers: fewer digits first, then nearer to what is dull.

The simplest durations are 1, 2 and 5 of a power of ten (1 ms, 20 ms, 500 µs), then those of one
digit, of two, and so on; so what remains of 19,384 µs is 20 ms, where that will do, or 19 ms.
"""

PLAINEST = (1, 2, 5)
_ROUNDEST_OF = 10
_MILLISECOND = 1_000


def clumsiness(number: int) -> int:
    """Return how hard a number is to say: 0 for 0, 1 for 1, 2 and 5 of a power of ten, 2 for one
    digit, then one more than there are digits before the zeros; and one more for microseconds.
    """
    if number == 0:
        return 0
    digits = str(abs(number)).rstrip("0")
    is_small = abs(number) < _MILLISECOND
    if len(digits) > 1:
        return len(digits) + 1 + is_small
    return (1 if int(digits) in PLAINEST else 2) + is_small


def rank(number: int, dull: int) -> tuple[int, int]:
    """Return how simple a number is among answers: the lower, the simpler."""
    return clumsiness(number), abs(number - dull)


def simpler_numbers(number: int, dull: int) -> tuple[int, ...]:
    """Return simpler ones of the same sign, the simplest first: the round ones beside it, of each
    number of digits, and where it is round itself, those between it and the dull one.
    """
    size, goal = abs(number), abs(dull) if number * dull >= 0 else 0
    beside = {0, *_between(size, goal)}
    for digits in range(1, len(str(size))):
        step = int(_ROUNDEST_OF ** (len(str(size)) - digits))
        beside |= {size // step * step, -(-size // step) * step}
    beside |= {_plainest_below(size), _plainest_above(size), _MILLISECOND}
    sign = -1 if number < 0 else 1
    mine = rank(size, goal)
    found = sorted(
        (other for other in beside if rank(other, goal) < mine and other != goal),
        key=lambda other: rank(other, goal),
    )
    return tuple(sign * other for other in found)


def _between(size: int, dull: int) -> set[int]:
    """Return the next three of the plainest numbers on the way from a number to the dull one."""
    found: set[int] = set()
    at = size
    for _ in PLAINEST:
        at = _plainest_above(at + 1) if dull > size else _plainest_below(at - 1)
        if not min(size, dull) <= at <= max(size, dull) or at <= 0:
            break
        found.add(at)
    return found


def _plainest_below(size: int) -> int:
    """Return the greatest 1, 2 or 5 of a power of ten that is not above a number; 0 below 1."""
    if size < 1:
        return 0
    power = int(_ROUNDEST_OF ** (len(str(size)) - 1))
    return max(step * power for step in PLAINEST if step * power <= size)


def _plainest_above(size: int) -> int:
    """Return the least 1, 2 or 5 of a power of ten that is not below a number."""
    if size <= 1:
        return 1
    power = int(_ROUNDEST_OF ** (len(str(size)) - 1))
    return min(step * power for step in (*PLAINEST, _ROUNDEST_OF) if step * power >= size)


def round_above(size: int) -> int:
    """Return the least of the plainest numbers that is not below a number."""
    return _plainest_above(size)
