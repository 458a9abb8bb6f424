"""Parsers of a scenario's keys: what a file or a caller gave, to a value, or to one sentence.

Each takes what was found and where, and returns a value or raises a ScenarioError that says what
was found, what is allowed, and where. Each lets its own results through, so that a scenario can
be made from another one.
"""

import math
import re
from collections.abc import Callable, Mapping, Sequence
from fractions import Fraction
from typing import Any, NoReturn, TypeVar

from paxos_des.engine.delays import (
    Bimodal,
    Constant,
    Delay,
    Exponential,
    Lognormal,
    Quantiles,
    Uniform,
)
from paxos_des.errors import ScenarioError
from paxos_des.names import nearest

T = TypeVar("T")
Parser = Callable[[object, str], T]

UNITS_US = {"us": 1, "ms": 1_000, "s": 1_000_000, "m": 60_000_000}
DURATION_US_MAX = 10 * 365 * 86_400 * 1_000_000
"""Ten years: longer is a slip of the pen."""

_DURATION = re.compile(r" *(-?\d{1,18}(?:\.\d{1,18})?) *(us|µs|ms|s|m) *", re.ASCII)
_DURATION_ALLOWED = "0us or more, with a unit (us, ms, s, m), as in 2ms or 1.5s"


def shown(found: object) -> str:
    """Return what was found, in one short line whatever it is."""
    try:
        text = repr(found)
    except (RecursionError, ValueError):
        text = f"a {type(found).__name__}"
    return text if len(text) <= 60 else text[:57] + "..."


def refuse(where: str, found: object, allowed: str, hint: str = "") -> NoReturn:
    message = f"{where}: found {shown(found)}{hint}; allowed is {allowed}"
    raise ScenarioError(message)


def text(found: object, where: str) -> str:
    if not isinstance(found, str) or not 0 < len(found) <= 200 or not found.isprintable():
        refuse(where, found, "a line of text of 1 to 200 characters")
    return found


def integer(low: int, high: int) -> Parser[int]:
    def parse(found: object, where: str) -> int:
        # A boolean is an int to Python, and a mistake to whoever wrote it.
        if type(found) is not int or not low <= found <= high:
            refuse(where, found, f"an integer from {low:,} to {high:,}")
        return found

    return parse


def integer_or(word: str, high: int) -> Parser[Any]:
    """Parse an integer from 1, or one word."""

    def parse(found: object, where: str) -> object:
        if found == word:
            return word
        if type(found) is not int or not 1 <= found <= high:
            refuse(where, found, f"an integer from 1 to {high:,}, or {word!r}")
        return found

    return parse


def probability(found: object, where: str) -> float:
    if (
        isinstance(found, bool) or not isinstance(found, int | float) or not 0 <= found <= 1
    ):  # which neither nan nor inf is
        refuse(where, found, "a number from 0 to 1")
    return float(found)


def choice(*words: str) -> Parser[Any]:
    def parse(found: object, where: str) -> str:
        if not isinstance(found, str) or found not in words:
            hint = nearest(found, words) if isinstance(found, str) else ""
            refuse(where, found, " or ".join(map(repr, words)), hint)
        return found

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
    number, unit = matched.groups()
    time_us = Fraction(number) * UNITS_US["us" if unit == "µs" else unit]
    if not 0 <= time_us <= DURATION_US_MAX:
        refuse(where, found, f"{_DURATION_ALLOWED}; up to ten years")
    if time_us.denominator != 1:
        refuse(where, found, "a whole number of microseconds")
    return int(time_us)


def as_duration(time_us: int) -> str:
    """Return a duration in the largest unit in which it is a whole number."""
    for unit in ("s", "ms"):
        if time_us % UNITS_US[unit] == 0 and time_us:
            return f"{time_us // UNITS_US[unit]}{unit}"
    return f"{time_us}us"


def table(
    found: object, where: str, *, required: Sequence[str], optional: Sequence[str] = ()
) -> Mapping[str, Any]:
    """Return a table that has all required keys, and no unknown one."""
    if not isinstance(found, Mapping):
        refuse(where, found, f"a table with the keys {', '.join((*required, *optional))}")
    known = (*required, *optional)
    for key in found:
        if key not in known:
            refuse(where, key, f"one of the keys {', '.join(known)}", nearest(str(key), known))
    for key in required:
        if key not in found:
            refuse(where, dict(found), f"a table with the keys {', '.join(required)}")
    return found


def delay(found: object, where: str) -> Delay:
    """Parse a delay: `2ms`, `uniform 1ms 10ms`, `exponential 5ms`, … or a table with a `kind`."""
    if isinstance(found, Delay):
        return found
    if isinstance(found, Mapping):
        return _delay_of_table(found, where)
    if not isinstance(found, str):
        refuse(where, found, _DELAY_ALLOWED)
    kind, *parts = re.sub(r"[(),]", " ", found).split() or [""]
    if not kind.isalpha():
        return Constant(_delay_us(found, where))
    if kind == "quantiles":
        points = [part.partition(":")[::2] for part in parts]
        return _quantiles([(_number(share, where), us) for share, us in points], where)
    if kind not in _DELAYS:
        refuse(where, found, _DELAY_ALLOWED, nearest(kind, (*_DELAYS, "quantiles")))
    keys = _DELAYS[kind]
    required = [key for key in keys if key != "minimum"]
    if not len(required) <= len(parts) <= len(keys):
        refuse(where, found, f"{kind} followed by {', '.join(keys)}")
    values = {
        key: part if key not in _NUMBERS else _number(part, where)
        for key, part in zip(keys, parts, strict=False)
    }
    return _delay_of_table({"kind": kind, **values}, where)


_DELAYS = {
    "constant": ("delay",),
    "uniform": ("low", "high"),
    "exponential": ("mean", "minimum"),
    "lognormal": ("median", "sigma"),
    "bimodal": ("fast", "slow", "slow_share"),
}
_NUMBERS = ("sigma", "slow_share")
_DELAY_ALLOWED = (
    "a time (2ms), uniform LOW HIGH, exponential MEAN, lognormal MEDIAN SIGMA, "
    "bimodal FAST SLOW SHARE, quantiles SHARE:TIME …, or a table with a kind"
)


def _delay_of_table(found: Mapping[str, Any], where: str) -> Delay:
    kind = found.get("kind")
    if kind == "quantiles":
        points = table(found, where, required=("kind", "points"))["points"]
        if not isinstance(points, Sequence) or not all(
            isinstance(point, Sequence) and len(point) == 2 for point in points
        ):
            refuse(where, points, 'a list of pairs such as [0.5, "2ms"]')
        return _quantiles(points, where)
    if not isinstance(kind, str) or kind not in _DELAYS:
        refuse(where, kind, " or ".join(map(repr, (*_DELAYS, "quantiles"))))
    keys = _DELAYS[kind]
    required = [key for key in keys if key != "minimum"]
    optional = [key for key in keys if key == "minimum"]
    table(found, where, required=("kind", *required), optional=optional)
    numbers = {key: _number(found[key], f"{where}, {key}") for key in keys if key in _NUMBERS}
    times = {
        key: _delay_us(found.get(key, "0us"), f"{where}, {key}")
        for key in keys
        if key not in _NUMBERS
    }
    with_place = _Placed(where)
    with with_place:
        match kind:
            case "constant":
                return Constant(times["delay"])
            case "uniform":
                return Uniform(low_us=times["low"], high_us=times["high"])
            case "exponential":
                return Exponential(mean_us=times["mean"], minimum_us=times["minimum"])
            case "lognormal":
                return Lognormal(median_us=times["median"], sigma=numbers["sigma"])
            case _:
                return Bimodal(
                    fast_us=times["fast"], slow_us=times["slow"], slow_share=numbers["slow_share"]
                )
    raise AssertionError(kind)


class _Placed:
    """Says where, when what is made inside refuses its parts."""

    def __init__(self, where: str) -> None:
        self.where = where

    def __enter__(self) -> None: ...

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        if isinstance(error, ScenarioError) and not str(error).startswith(self.where):
            message = f"{self.where}: {str(error).removeprefix('delay: ')}"
            raise ScenarioError(message) from None


placed = _Placed


def _quantiles(points: Sequence[Any], where: str) -> Delay:
    with _Placed(where):
        return Quantiles(
            tuple((_number(share, where), _delay_us(us, where)) for share, us in points)
        )
    raise AssertionError(points)


def _delay_us(found: object, where: str) -> int:
    with _Placed(where):
        return Constant(duration_us(found, where)).delay_us
    raise AssertionError(found)


def _number(found: object, where: str) -> float:
    try:
        number = float(found)  # type: ignore[arg-type] # a TypeError is what we wait for
    except (TypeError, ValueError, OverflowError):  # the last: an integer above all floats
        number = math.nan
    if isinstance(found, bool) or not math.isfinite(number):
        refuse(where, found, "a number")
    return number


def delay_text(found: Delay) -> str:
    """Return a delay as a scenario file writes it."""
    us = as_duration
    match found:
        case Constant(delay_us=delay_us):
            return us(delay_us)
        case Uniform(low_us=low_us, high_us=high_us):
            return f"uniform {us(low_us)} {us(high_us)}"
        case Exponential(mean_us=mean_us, minimum_us=minimum_us):
            return f"exponential {us(mean_us)}" + (f" {us(minimum_us)}" if minimum_us else "")
        case Lognormal(median_us=median_us, sigma=sigma):
            return f"lognormal {us(median_us)} {sigma!r}"
        case Bimodal(fast_us=fast_us, slow_us=slow_us, slow_share=slow_share):
            return f"bimodal {us(fast_us)} {us(slow_us)} {slow_share!r}"
        case Quantiles(points=points):
            return "quantiles " + " ".join(f"{share!r}:{us(at)}" for share, at in points)
