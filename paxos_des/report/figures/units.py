"""In which units a figure shows a column, and how it says what stands in a cell.

Tables hold µs and shares; people read ms, s and %. The unit always stands in the label.
"""

import re
from collections.abc import Iterable
from math import sqrt
from typing import NamedTuple

from paxos_des.cluster import parse
from paxos_des.study.columns import Cell, Column

_TIMES = {"s": 1_000_000.0, "ms": 1_000.0, "µs": 1.0}
_SHARES = {"%": 0.01, "": 1.0}
_SAID_UNIT = re.compile(r"(.*\S) *\((s|ms|µs|us|%)\)")
_LABEL_MAX = 80
_CELL_MAX = 32
_THOUSAND = 1_000


class Scale(NamedTuple):
    """How a column is shown.

    Attributes
    ----------
    label
        With the unit in brackets.
    unit
        Alone.
    divisor
        A number of the table is shown divided by it.
    """

    label: str
    unit: str
    divisor: float

    def shown(self, value: float) -> float:
        return value / self.divisor


def is_time(column: Column) -> bool:
    return column.unit == "µs" or column.name.endswith("_us")


def is_share(column: Column) -> bool:
    return column.unit == "share"


def words(name: str) -> str:
    """Return a column's name in words, without its unit."""
    said = name.removesuffix("_us").replace("_", " ")
    return re.sub(r"\bp(99)(9+)$", r"p\1.\2", said)


def scale_of(
    column: Column, label: str, values: Iterable[float], *, scale: str = "linear"
) -> Scale:
    """Return how a column is shown: in the unit that its label names, or in one that suits the
    largest value, or on a logarithmic scale the one in the middle.
    """
    said = _SAID_UNIT.fullmatch(label)
    label, asked = (said[1], said[2].replace("us", "µs")) if said else (label, None)
    label = label or words(column.name)
    if is_time(column):
        if asked not in _TIMES:
            sizes = [abs(value) for value in values if value]
            most = max(sizes, default=0)
            if scale == "log" and sizes:
                most = sqrt(most * min(sizes))
            asked = next((unit for unit, least in _TIMES.items() if most >= least), "µs")
        return _scale(label, asked, _TIMES[asked])
    if is_share(column):
        return _scale(label, "%", _SHARES["%"])
    if said is not None:  # what it names is the user's own
        return _scale(label, said[2], 1.0)
    unit = column.unit if column.unit and column.unit not in label else ""
    return _scale(label, unit, 1.0)


def _scale(label: str, unit: str, divisor: float) -> Scale:
    label = shortened(label, _LABEL_MAX)
    return Scale(f"{label} ({unit})" if unit else label, unit, divisor)


def cell_words(column: Column, cell: Cell) -> str:
    """Return what stands in a cell, with its unit, as a legend says it."""
    if isinstance(cell, int) and is_time(column):
        return str(parse.as_duration(cell))
    if isinstance(cell, float):
        return f"{cell:g}"
    return shortened(str(cell), _CELL_MAX)


def number_words(value: float) -> str:
    """Return a number of three digits or so, as a table shows it."""
    return f"{value:,.0f}" if abs(value) >= _THOUSAND else f"{value:.3g}"


def shortened(text: str, most: int) -> str:
    return text if len(text) <= most else f"{text[: most - 1]}…"
