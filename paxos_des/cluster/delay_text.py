"""Delays as scenarios write them: `2ms`, `uniform 1ms 10ms`, or a table with a `kind`."""

import re
from collections.abc import Callable, Mapping, Sequence
from fractions import Fraction
from pathlib import Path
from typing import Any, NamedTuple

from paxos_des.cluster import parse
from paxos_des.cluster.pings import Measured, read_pings
from paxos_des.engine.delays import (
    Bimodal,
    Constant,
    Delay,
    Exponential,
    Lognormal,
    Quantiles,
    Samples,
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
_MEASURED = ("quantiles", "samples")
_NAMES = (*_KINDS, *_MEASURED)
_ROUND_TRIP: Measured = "round-trip"
_ALLOWED = (
    "a time (2ms), uniform LOW HIGH, exponential MEAN, lognormal MEDIAN SIGMA, "
    "bimodal FAST SLOW SHARE, quantiles SHARE:TIME …, samples TIME …, or a table with a kind"
)
_PAIRS_ALLOWED = 'a list of pairs such as [0.5, "2ms"]'
_TIMES_ALLOWED = 'a list of times such as "2ms"'
_WORDS_MAX = 60


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
    if kind in _MEASURED:
        return _of_measured_words(kind, words, where)
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


def write_delay(delay: Delay) -> str:  # noqa: PLR0911 - one for each kind
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
        case Samples(delays_us=delays_us):
            return "samples " + " ".join(map(us, delays_us))


def delay_in_words(delay: Delay) -> str:
    """Return a delay in a few words, for people: of many measured times, the ends."""
    written = write_delay(delay)
    if len(written) <= _WORDS_MAX or not isinstance(delay, Quantiles | Samples):
        return written
    times_us = (
        delay.delays_us if isinstance(delay, Samples) else tuple(at for _, at in delay.points)
    )
    low, high = map(parse.as_duration, (times_us[0], times_us[-1]))
    return f"{len(times_us):,} {written.partition(' ')[0]} from {low} to {high}"


def beside(found: object, folder: Path) -> object:
    """Return what a scenario's file says, with the path of a file of pings seen from its folder."""
    if isinstance(found, Mapping) and isinstance(found.get("file"), str):
        return {**found, "file": str(folder / found["file"])}
    return found


def _of_table(found: Mapping[str, Any], where: str) -> Delay:
    name = found.get("kind")
    if not isinstance(name, str) or name not in _NAMES:
        hint = nearest(name, _NAMES) if isinstance(name, str) else ""
        parse.refuse(f"{where}, kind", name, " or ".join(map(repr, _NAMES)), hint)
    if name == "quantiles":
        parse.table(found, where, required=("kind", "points"), optional=("measured",))
        return _quantiles(found["points"], _measured(found, "one-way", where), where)
    if name == "samples":
        return _of_samples_table(found, where)
    kind = _KINDS[name]
    parse.table(found, where, required=("kind", *kind.required), optional=kind.optional)
    parts: dict[str, Any] = {
        f"{key}_us": _time(found[key], where, name, key) for key in kind.times if key in found
    }
    parts |= {key: parse.number(found[key], f"{where}, {key}") for key in kind.numbers}
    return parse.placed(where, "delay", lambda: kind.make(**parts))


def _of_samples_table(found: Mapping[str, Any], where: str) -> Delay:
    source = "file" if "file" in found else "times"
    parse.table(found, where, required=("kind", source), optional=("measured",))
    if source == "file":
        file = found["file"]
        if not isinstance(file, str):
            parse.refuse(f"{where}, file", file, "the path of a file")
        pings = read_pings(Path(file), where)
        times_us, measured = pings.times_us, _measured(found, pings.measured, where)
        return _samples(times_us, measured, where)
    return _timed_samples(found["times"], _measured(found, "one-way", where), where)


def _of_measured_words(kind: str, words: list[str], where: str) -> Delay:
    measured: Measured = "one-way"
    if words[:1] == [_ROUND_TRIP]:
        measured = _ROUND_TRIP
        words = words[1:]
    if kind == "samples":
        return _timed_samples(words, measured, where)
    pairs = [word.partition(":")[::2] for word in words]
    points = [(_number_in(share, where), time) for share, time in pairs]
    return _quantiles(points, measured, where)


def _measured(found: Mapping[str, Any], default: Measured, where: str) -> Measured:
    parser = parse.choice("one-way", _ROUND_TRIP)
    measured: Measured = parser(found.get("measured", default), f"{where}, measured")
    return measured


def _time(found: object, where: str, kind: str, key: str) -> int:
    return parse.duration_us(found, where if kind == "constant" else f"{where}, {key}")


def _quantiles(found: object, measured: Measured, where: str) -> Delay:
    points = []
    for point in parse.listed(found, where, _PAIRS_ALLOWED):
        pair = parse.listed(point, where, _PAIRS_ALLOWED)
        if len(pair) != len(("share", "time")):
            parse.refuse(where, point, _PAIRS_ALLOWED)
        time_us = parse.duration_us(pair[1], where)
        points.append((parse.number(pair[0], where), _one_way_us(time_us, measured)))
    return parse.placed(where, "delay", lambda: Quantiles(tuple(points)))


def _timed_samples(found: object, measured: Measured, where: str) -> Delay:
    times = parse.listed(found, where, _TIMES_ALLOWED)
    return _samples([parse.duration_us(time, where) for time in times], measured, where)


def _samples(times_us: Sequence[Fraction | int], measured: Measured, where: str) -> Delay:
    delays_us = tuple(_one_way_us(time_us, measured) for time_us in times_us)
    return parse.placed(where, "delay", lambda: Samples(delays_us))


def _one_way_us(time_us: Fraction | int, measured: Measured) -> int:
    return parse.half_us(time_us) if measured == _ROUND_TRIP else round(time_us)


def _number_in(word: str, where: str) -> float:
    try:
        return parse.number(float(word), where)
    except ValueError:  # a ScenarioError for a NaN is one, too
        parse.refuse(where, word, f"a number up to {parse.NUMBER_MAX:,}")
