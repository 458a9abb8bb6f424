"""Delays as scenarios write them: `2ms`, `uniform 1ms 10ms`, or a table with a `kind`."""

import re
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from paxos_des.cluster import parse
from paxos_des.engine.delays import (
    Bimodal,
    Constant,
    Delay,
    Exponential,
    Lognormal,
    Quantiles,
    Uniform,
)
from paxos_des.names import nearest


class _Kind(NamedTuple):
    """What a kind of delay is made of: times first, then numbers, as its line has them."""

    make: Callable[..., Delay]
    times: tuple[str, ...]
    numbers: tuple[str, ...] = ()
    optional: tuple[str, ...] = ()

    @property
    def keys(self) -> tuple[str, ...]:
        return (*self.times, *self.numbers)

    @property
    def required(self) -> tuple[str, ...]:
        return tuple(key for key in self.keys if key not in self.optional)


_KINDS = {
    "constant": _Kind(Constant, ("delay",)),
    "uniform": _Kind(Uniform, ("low", "high")),
    "exponential": _Kind(Exponential, ("mean", "minimum"), optional=("minimum",)),
    "lognormal": _Kind(Lognormal, ("median",), ("sigma",)),
    "bimodal": _Kind(Bimodal, ("fast", "slow"), ("slow_share",)),
}
_NAMES = (*_KINDS, "quantiles")
_ALLOWED = (
    "a time (2ms), uniform LOW HIGH, exponential MEAN, lognormal MEDIAN SIGMA, "
    "bimodal FAST SLOW SHARE, quantiles SHARE:TIME …, or a table with a kind"
)
_PAIRS_ALLOWED = 'a list of pairs such as [0.5, "2ms"]'


def parse_delay(found: object, where: str) -> Delay:
    if isinstance(found, Delay):
        return found
    if isinstance(found, Mapping):
        return _of_table(found, where)
    if not isinstance(found, str):
        parse.refuse(where, found, _ALLOWED)
    kind, *words = re.sub(r"[(),]", " ", found).split() or [""]
    if not kind.isalpha():
        return _of_table({"kind": "constant", "delay": found}, where)
    if kind == "quantiles":
        pairs = [word.partition(":")[::2] for word in words]
        return _quantiles([(_number_in(share, where), time) for share, time in pairs], where)
    if kind not in _KINDS:
        parse.refuse(where, found, _ALLOWED, nearest(kind, _NAMES))
    keys, numbers = _KINDS[kind].keys, _KINDS[kind].numbers
    if not len(_KINDS[kind].required) <= len(words) <= len(keys):
        parse.refuse(where, found, f"{kind} followed by {', '.join(keys)}")
    values = {
        key: _number_in(word, where) if key in numbers else word
        for key, word in zip(keys, words, strict=False)
    }
    return _of_table({"kind": kind, **values}, where)


def write_delay(delay: Delay) -> str:
    """Return a delay as a scenario file writes it: `parse_delay` makes the same delay of it."""
    us = parse.as_duration
    match delay:
        case Constant(delay_us=delay_us):
            return us(delay_us)
        case Uniform(low_us=low_us, high_us=high_us):
            return f"uniform {us(low_us)} {us(high_us)}"
        case Exponential(mean_us=mean_us, minimum_us=minimum_us):
            return f"exponential {us(mean_us)}" + (f" {us(minimum_us)}" if minimum_us else "")
        case Lognormal(median_us=median_us, sigma=sigma):
            return f"lognormal {us(median_us)} {float(sigma)!r}"
        case Bimodal(fast_us=fast_us, slow_us=slow_us, slow_share=slow_share):
            return f"bimodal {us(fast_us)} {us(slow_us)} {float(slow_share)!r}"
        case Quantiles(points=points):
            return "quantiles " + " ".join(f"{float(share)!r}:{us(at)}" for share, at in points)


def _of_table(found: Mapping[str, Any], where: str) -> Delay:
    name = found.get("kind")
    if not isinstance(name, str) or name not in _NAMES:
        hint = nearest(name, _NAMES) if isinstance(name, str) else ""
        parse.refuse(f"{where}, kind", name, " or ".join(map(repr, _NAMES)), hint)
    if name == "quantiles":
        points = parse.table(found, where, required=("kind", "points"))["points"]
        return _quantiles(points, where)
    kind = _KINDS[name]
    parse.table(found, where, required=("kind", *kind.required), optional=kind.optional)
    parts: dict[str, Any] = {
        f"{key}_us": _time(found[key], where, name, key) for key in kind.times if key in found
    }
    parts |= {key: parse.number(found[key], f"{where}, {key}") for key in kind.numbers}
    return parse.placed(where, "delay", lambda: kind.make(**parts))


def _time(found: object, where: str, kind: str, key: str) -> int:
    return parse.duration_us(found, where if kind == "constant" else f"{where}, {key}")


def _quantiles(found: object, where: str) -> Delay:
    points = []
    for point in parse.listed(found, where, _PAIRS_ALLOWED):
        pair = parse.listed(point, where, _PAIRS_ALLOWED)
        if len(pair) != len(("share", "time")):
            parse.refuse(where, point, _PAIRS_ALLOWED)
        points.append((parse.number(pair[0], where), parse.duration_us(pair[1], where)))
    return parse.placed(where, "delay", lambda: Quantiles(tuple(points)))


def _number_in(word: str, where: str) -> float:
    try:
        return parse.number(float(word), where)
    except ValueError:  # a ScenarioError for a NaN is one, too
        parse.refuse(where, word, f"a number up to {parse.NUMBER_MAX:,}")
