"""Durations as people write them, without losing a microsecond: `34 ms`, `3.771 ms`, `1.5 s`."""

import re

_UNITS = ((1_000_000, "s"), (1_000, "ms"))
_WRITTEN = re.compile(r"(-?\d+(?:\.\d+)?) ?(us|µs|ms|s|m)", re.ASCII)
_NAMES = {"us": "µs", "m": "min"}


def exactly(time_us: int) -> str:
    """Return a duration in the largest unit of which it is one or more."""
    sign, rest_us = ("-", -time_us) if time_us < 0 else ("", time_us)
    for unit_us, name in _UNITS:
        if rest_us >= unit_us:
            digits = len(str(unit_us)) - 1
            whole, part = divmod(rest_us, unit_us)
            fraction = f".{part:0{digits}}".rstrip("0").rstrip(".")
            return f"{sign}{whole:,}{fraction} {name}"
    return f"{sign}{rest_us} µs"


def spaced(written: object) -> str:
    """Return a duration that a table writes (`30ms`) as people do; and what is none, as it is."""
    text = str(written)
    matched = _WRITTEN.fullmatch(text)
    return f"{matched[1]} {_NAMES.get(matched[2], matched[2])}" if matched else text
