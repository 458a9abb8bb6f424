"""Parsers of a scenario's keys: what a file or a caller gave, to a value, or to one sentence.

Each takes what was found and where, and returns a value or raises a ScenarioError that says what
was found, what is allowed, and where. Each lets its own results through, so that a scenario can
be made from another one.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from fractions import Fraction
from numbers import Integral, Real
from typing import Any, NoReturn, TypeVar

from paxos_des.errors import ScenarioError, shorten
from paxos_des.names import nearest

T = TypeVar("T")
Parser = Callable[[object, str], T]

UNITS_US = {"us": 1, "ms": 1_000, "s": 1_000_000, "m": 60_000_000}
DURATION_US_MAX = 10 * 365 * 86_400 * 1_000_000
"""Ten years: longer is a slip of the pen."""
MEASURED_US_MAX = 2_000_000_000
"""What is measured on a network, there and back, takes less: half an hour and more."""
TEXT_MAX = 200
NUMBER_MAX = 10**9

_DURATION = re.compile(r" *(-?\d{1,18}(?:\.\d{1,18})?) *(us|µs|ms|s|m) *", re.ASCII)
_MILLISECONDS = re.compile(r"\d{1,7}(?:\.\d{1,18})?", re.ASCII)
_DURATION_ALLOWED = "0us or more, with a unit (us, ms, s, m), as in 2ms or 1.5s"


def refuse(where: str, found: object, allowed: str, hint: str = "") -> NoReturn:
    message = f"{where}: found {shorten(found)}{hint}; allowed is {allowed}"
    raise ScenarioError(message)


def refuse_lack(where: str, allowed: str) -> NoReturn:
    message = f"{where}: found nothing; allowed is {allowed}"
    raise ScenarioError(message)


def placed(where: str, subject: str, make: Callable[[], T]) -> T:
    """Return what `make` makes; what it refuses as its `subject`, refuse at `where`."""
    try:
        return make()
    except ScenarioError as error:
        message = where + str(error).removeprefix(subject)
        raise ScenarioError(message) from None


def text(found: object, where: str) -> str:
    if not isinstance(found, str) or not 0 < len(found) <= TEXT_MAX or not found.isprintable():
        refuse(where, found, f"a line of text of 1 to {TEXT_MAX} characters")
    return str(found)


def integer(low: int, high: int) -> Parser[int]:
    def parse(found: object, where: str) -> int:
        number = _integer_of(found)
        if number is None or not low <= number <= high:
            refuse(where, found, f"an integer from {low:,} to {high:,}")
        return number

    return parse


def integer_or(word: str, high: int) -> Parser[Any]:
    """Parse an integer from 1, or one word."""

    def parse(found: object, where: str) -> object:
        if isinstance(found, str) and found == word:
            return word
        number = _integer_of(found)
        if number is None or not 1 <= number <= high:
            refuse(where, found, f"an integer from 1 to {high:,}, or {word!r}")
        return number

    return parse


def _integer_of(found: object) -> int | None:
    """Return an integer as Python's own, for NumPy's are welcome; None for what is none."""
    if type(found) is int:
        return found
    # A boolean is an int to Python, and a mistake to whoever wrote it.
    return int(found) if isinstance(found, Integral) and not isinstance(found, bool) else None


def probability(found: object, where: str) -> float:
    share = _within(found, 0, 1)
    if share is None:
        refuse(where, found, "a number from 0 to 1")
    return share


def number(found: object, where: str) -> float:
    number = _within(found, -NUMBER_MAX, NUMBER_MAX)
    if number is None:
        refuse(where, found, f"a number up to {NUMBER_MAX:,}")
    return number


def _within(found: object, low: int, high: int) -> float | None:
    """Return a number that lies in a range; None for others, also for those that are none."""
    if not isinstance(found, int | float | Real) or isinstance(found, bool):
        return None
    try:
        number = float(found)
    except OverflowError:
        return None
    return number + 0.0 if low <= number <= high else None  # 0.0 makes 0 of -0


def choice(*words: str) -> Parser[Any]:
    def parse(found: object, where: str) -> str:
        if not isinstance(found, str) or found not in words:
            hint = nearest(found, words) if isinstance(found, str) else ""
            refuse(where, found, " or ".join(map(repr, words)), hint)
        return str(found)

    return parse


def microseconds(low: int) -> Parser[int]:
    """Parse an int of microseconds, which only callers in Python may give."""
    return integer(low, DURATION_US_MAX)


def duration(low: int) -> Parser[int]:
    """Parse a text with a unit."""

    def parse(found: object, where: str) -> int:
        time_us = duration_us(found, where)
        if time_us < low:
            refuse(where, found, "more than 0us")
        return time_us

    return parse


def duration_us(found: object, where: str) -> int:
    """Return a duration, such as `2ms` or `1.5s`, in whole microseconds."""
    matched = _DURATION.fullmatch(found) if isinstance(found, str) else None
    if matched is None:
        refuse(where, found, _DURATION_ALLOWED)
    amount, unit = matched.groups()
    time_us = Fraction(amount) * UNITS_US["us" if unit == "µs" else unit]
    if not 0 <= time_us <= DURATION_US_MAX:
        refuse(where, found, f"{_DURATION_ALLOWED}; up to ten years")
    if time_us.denominator != 1:
        refuse(where, found, "a whole number of microseconds")
    return int(time_us)


def measured_us(found: object, where: str, allowed: str) -> Fraction:
    """Return a measured time in microseconds, from a text that says it in ms, without a unit."""
    if not isinstance(found, str) or _MILLISECONDS.fullmatch(found) is None:
        refuse(where, found, allowed)
    time_us = Fraction(found) * UNITS_US["ms"]
    if time_us > MEASURED_US_MAX:
        refuse(where, found, f"up to {MEASURED_US_MAX // UNITS_US['ms']:,} ms")
    return time_us


def half_us(round_trip_us: Fraction | int) -> int:
    """Return the delay of one way: half of a round trip, rounded to the nearest microsecond, and
    to the even one of two that are as near.
    """
    return round(Fraction(round_trip_us) / 2)


def as_duration(time_us: int) -> str:
    """Return a duration in the largest unit in which it is a whole number."""
    for unit in ("s", "ms"):
        if time_us % UNITS_US[unit] == 0 and time_us:
            return f"{time_us // UNITS_US[unit]}{unit}"
    return f"{time_us}us"


def listed(found: object, where: str, allowed: str) -> Sequence[Any]:
    if isinstance(found, str | bytes) or not isinstance(found, Sequence):
        refuse(where, found, allowed)
    return found


def table(
    found: object, where: str, *, required: Sequence[str], optional: Sequence[str] = ()
) -> Mapping[str, Any]:
    """Return a table that has all required keys, and no unknown one."""
    known = (*required, *optional)
    if not isinstance(found, Mapping):
        refuse(where, found, f"a table with the keys {', '.join(known)}")
    for key in found:
        if key not in known:
            refuse(where, key, f"one of the keys {', '.join(known)}", nearest(str(key), known))
    for key in required:
        if key not in found:
            refuse(where, dict(found), f"a table with the keys {', '.join(required)}")
    return found
