"""The axes of a plan: which keys of the scenario take which values.

An axis is a table. What it is of:

    key = "drop"                      # one key of the scenario; of a table in it, "nemesis.every",
                                      # of a list, "clocks.0.rate"
    keys = ["acceptors", "failed_acceptors"]   # or several at once: each level is a list
    name = "leader"                   # what its column is called; by default, the key
    write = "exponential {}us"        # how a number becomes what the key allows

and its levels, one of

    list = [0, 0.01, 0.05]            # of keys, a list of lists
    grid = { from = 1, to = 9, by = 2 }
    grid = { from = "1ms", to = "1s", steps = 7, scale = "log" }

with, where values are tables, or for short,

    labels = ["close", "far"]         # what the column holds, one for each level
    labels = { acceptors = [3, 5], failed = [1, 2] }    # or several columns
"""

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from paxos_des.cluster import parse
from paxos_des.errors import ScenarioError
from paxos_des.study.columns import Cell, Column

LEVELS_MAX = 100_000
_DIGITS = 6
"""A number of a grid that is no whole one has so many digits, the same on every machine."""
_NAME = re.compile(r"[a-z][a-z0-9_]{0,39}", re.ASCII)
_FORMS = ("list", "grid")


@dataclass(frozen=True, slots=True, kw_only=True)
class Axis:
    """Keys of a scenario, and what they are at each level.

    Attributes
    ----------
    keys
        The keys, as paths into the scenario.
    levels
        By level, what each key is set to.
    columns
        The columns in which the level stands.
    cells
        By level, what these hold.
    """

    keys: tuple[str, ...]
    levels: tuple[tuple[object, ...], ...]
    columns: tuple[Column, ...]
    cells: tuple[tuple[Cell, ...], ...]


def axis(found: object, where: str) -> Axis:
    """Return the axis that a table says.

    Raises
    ------
    ScenarioError
        With what was found, what is allowed, and where.
    """
    table = parse.table(
        found, where, required=(), optional=("key", "keys", "name", "write", *_FORMS, "labels")
    )
    keys = _keys(table, where)
    name = _name(table, keys, where)
    given = [form for form in _FORMS if form in table]
    if len(given) != 1:
        parse.refuse(where, dict(table), "an axis with either a list or a grid")
    if "grid" in table:
        values: Sequence[object] = grid(table["grid"], f"{where}, grid")
    else:
        values = parse.listed(table["list"], f"{where}, list", "a list of values")
    if not 0 < len(values) <= LEVELS_MAX:
        parse.refuse(f"{where}, list", list(values), f"1 to {LEVELS_MAX:,} values")
    levels = [(value,) for value in values] if "key" in table else _levels(values, keys, where)
    write = writer(table.get("write"), f"{where}, write")
    columns, cells = _columns(levels, keys, name, table.get("labels"), where)
    written = tuple(tuple(map(write, level)) for level in levels)
    return Axis(keys=keys, levels=written, columns=columns, cells=cells)


def grid(found: object, where: str) -> list[object]:
    """Return the numbers, or durations in whole µs, from one end to the other, both included."""
    table = parse.table(found, where, required=("from", "to"), optional=("by", "steps", "scale"))
    low, high, is_time = ends(table, where)
    scale = parse.choice("linear", "log")(table.get("scale", "linear"), f"{where}, scale")
    if ("by" in table) == ("steps" in table):
        parse.refuse(where, dict(table), "either by, a distance, or steps, how many values")
    if "by" in table:
        if scale == "log":
            parse.refuse(f"{where}, by", table["by"], "steps, where the scale is log")
        if isinstance(table["by"], str) != is_time:
            parse.refuse(
                f"{where}, by", table["by"], "a duration where the ends are, else a number"
            )
        by = _exact(table["by"], f"{where}, by")
        if by <= 0 or (high - low) / by >= LEVELS_MAX:
            parse.refuse(f"{where}, by", table["by"], f"more than 0, and {LEVELS_MAX:,} values")
        steps = int((high - low) / by) + 1
        found_values = [low + step * by for step in range(steps)]
    else:
        steps = parse.integer(2, LEVELS_MAX)(table["steps"], f"{where}, steps")
        found_values = [between(low, high, Fraction(step, steps - 1), scale, where)
                        for step in range(steps)]  # fmt: skip
    return [written_number(value, is_time=is_time) for value in found_values]


def ends(table: Mapping[str, object], where: str) -> tuple[Fraction, Fraction, bool]:
    """Return the two ends of a range, and whether they are durations, in µs."""
    is_time = [isinstance(table[end], str) for end in ("from", "to")]
    if is_time[0] != is_time[1]:
        parse.refuse(where, dict(table), "two numbers, or two durations with a unit")
    low, high = (_exact(table[end], f"{where}, {end}") for end in ("from", "to"))
    if low >= high:
        parse.refuse(where, dict(table), "from below to")
    return low, high, is_time[0]


def between(low: Fraction, high: Fraction, share: Fraction, scale: str, where: str) -> Fraction:
    """Return what lies at a share of the way from one end to the other."""
    if scale == "linear":
        return low + (high - low) * share
    if low <= 0:
        parse.refuse(where, float(low), "from above 0, where the scale is log")
    if share in (0, 1):
        return high if share else low
    exponent = math.log(low) + (math.log(high) - math.log(low)) * float(share)
    return Fraction(f"{math.exp(exponent):.{_DIGITS}g}")


def written_number(value: Fraction, *, is_time: bool) -> object:
    """Return a number as a scenario is given it: a duration is a text with a unit."""
    if is_time:
        return parse.as_duration(round(value))
    return int(value) if value.denominator == 1 else float(f"{float(value):.{_DIGITS}g}")


def writer(found: object, where: str) -> Any:  # noqa: ANN401 - a function of any value
    """Return what makes a number into what a key allows: a text with {} in its place."""
    if found is None:
        return lambda value: value
    if not isinstance(found, str) or found.count("{}") != 1:
        parse.refuse(where, found, "a text with {} where the number goes, as 'exponential {}us'")
    before, after = found.split("{}")
    return lambda value: f"{before}{value}{after}"


def column_name(found: object, where: str) -> str:
    if not isinstance(found, str) or _NAME.fullmatch(found) is None:
        parse.refuse(where, found, "a name of small letters, digits and _, a letter first")
    return found


def default_name(key: str) -> str:
    """Return what the column of a key is called, where nobody says."""
    return key.replace(".", "_").replace("-", "_")


def _keys(table: Mapping[str, Any], where: str) -> tuple[str, ...]:
    if ("key" in table) == ("keys" in table):
        parse.refuse(where, dict(table), "an axis with either a key or keys")
    found = [table["key"]] if "key" in table else parse.listed(
        table["keys"], f"{where}, keys", "a list of keys"
    )  # fmt: skip
    if not found:
        parse.refuse(f"{where}, keys", found, "one key or more")
    return tuple(parse.text(key, f"{where}, key") for key in found)


def _name(table: Mapping[str, Any], keys: Sequence[str], where: str) -> str | None:
    if "name" in table:
        labels = table.get("labels")
        if isinstance(labels, Mapping) or (len(keys) > 1 and labels is None):
            parse.refuse(
                f"{where}, name", table["name"], "a name where there are labels too, for one column"
            )
        return column_name(table["name"], f"{where}, name")
    return None


def _levels(
    values: Sequence[object], keys: tuple[str, ...], where: str
) -> list[tuple[object, ...]]:
    levels = []
    for place, value in enumerate(values):
        level = parse.listed(value, f"{where}, list, item {place}", "a list, of a value for a key")
        if len(level) != len(keys):
            allowed = f"{len(keys)} values: {', '.join(keys)}"
            parse.refuse(f"{where}, list, item {place}", list(level), allowed)
        levels.append(tuple(level))
    return levels


def _columns(
    levels: Sequence[tuple[object, ...]],
    keys: tuple[str, ...],
    name: str | None,
    labels: object,
    where: str,
) -> tuple[tuple[Column, ...], tuple[tuple[Cell, ...], ...]]:
    """Return the columns of an axis, and what they hold at each level."""
    if labels is not None:
        if labels == {}:
            parse.refuse(f"{where}, labels", labels, "one column or more")
        named = labels if isinstance(labels, Mapping) else {name or default_name(keys[0]): labels}
        columns = [
            (column, _labels(found, len(levels), f"{where}, labels"))
            for column, found in named.items()
        ]
    else:
        columns = [
            (name or default_name(key), [level[at] for level in levels])
            for at, key in enumerate(keys)
        ]
    made = [column_of(column_name(name, where), values, where) for name, values in columns]
    by_level = tuple(zip(*(cells for _, cells in made), strict=True))
    seen: set[tuple[Cell, ...]] = set()
    for level in by_level:
        if level in seen:
            allowed = "each level once; of lists and tables, with labels that differ"
            parse.refuse(where, level[0] if len(level) == 1 else list(level), allowed)
        seen.add(level)
    return tuple(column for column, _ in made), by_level


def _labels(found: object, levels: int, where: str) -> list[object]:
    labels = parse.listed(found, where, "a list of labels, or a table of such lists by column")
    if len(labels) != levels:
        parse.refuse(where, list(labels), f"{levels} labels, one a level")
    return list(labels)


def column_of(name: str, values: Sequence[object], where: str) -> tuple[Column, list[Cell]]:
    """Return the column in which values stand: durations in µs, numbers, or texts."""
    says = "what the axis of this name is"
    if all(isinstance(value, str) for value in values):
        try:
            times = [parse.duration_us(value, where) for value in values]
        except ScenarioError:
            return Column(name, "text", says), [str(value) for value in values]
        name = name if name.endswith("_us") else f"{name}_us"
        return Column(name, "int", says, "µs"), list(times)
    if all(isinstance(value, int) and not isinstance(value, bool) for value in values):
        unit = "µs" if name.endswith("_us") else ""
        return Column(name, "int", says, unit), [int(str(value)) for value in values]
    if all(isinstance(value, int | float) and not isinstance(value, bool) for value in values):
        return Column(name, "float", says), [float(str(value)) for value in values]
    if all(isinstance(value, str | int | float | bool) for value in values):
        return Column(name, "text", says), [_as_text(value) for value in values]
    allowed = "numbers or texts; of lists and tables, with labels = […], one a level"
    bad = next(value for value in values if not isinstance(value, str | int | float | bool))
    return parse.refuse(f"{where}, list", bad, allowed)


def _as_text(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _exact(found: object, where: str) -> Fraction:
    if isinstance(found, str):
        return Fraction(parse.duration_us(found, where))
    parse.number(found, where)
    return Fraction(str(found))
