"""What a caller in Python gives, as a file would say it: JSON, which is read again as the same."""

import os
from collections.abc import Mapping, Sequence
from numbers import Integral, Real
from typing import Any

import numpy as np

from paxos_des.cluster import parse
from paxos_des.cluster.scenario import Scenario

INTEGER_MAX = 2**53
"""What every reader of JSON reads as it was written."""
_ALLOWED = "a text, a number, a list or a table"


def plain(found: object, where: str) -> Any:  # noqa: ANN401 - whatever JSON has
    """Return a value of texts, finite numbers, lists and tables of these: NumPy's numbers and
    arrays, tuples, ranges, paths and scenarios are welcome.

    Raises
    ------
    ScenarioError
        With the place of what is none of these: a date of TOML, NaN, a set.
    """
    try:
        return _plain(found, where)
    except RecursionError:
        return parse.refuse(where, found, "tables and lists not nested too deep")


def whole_keys(scenario: Scenario) -> dict[str, Any]:
    """Return all keys of a scenario, and the whole matrix of round trips: that which its cities
    do not use, another point's may.
    """
    keys = scenario.to_dict()
    if scenario.round_trips is not None:
        keys["round_trips"] = scenario.round_trips.all.to_dict()
    return keys


def _plain(found: object, where: str) -> Any:  # noqa: ANN401, PLR0911 - one for each form
    match found:
        case None | bool():
            return found
        case str():
            return _text(str(found), where)
        case np.bool_() | np.ndarray():
            return _plain(found.tolist(), where)
        case Integral():
            return parse.integer(-INTEGER_MAX, INTEGER_MAX)(found, where)
        case Real():
            return parse.number(found, where)
        case Scenario():
            return whole_keys(found)
        case os.PathLike():
            return _text(os.fsdecode(found), where)
        case Mapping():
            return _table(found, where)
        case Sequence() if not isinstance(found, bytes | bytearray | memoryview):
            return [_plain(item, f"{where}, item {at}") for at, item in enumerate(found)]
        case _:
            return parse.refuse(where, found, _ALLOWED)


def _table(found: Mapping[Any, object], where: str) -> dict[str, Any]:
    table = {}
    for key, value in found.items():
        if not isinstance(key, str):
            parse.refuse(where, key, "keys that are texts")
        table[_text(str(key), where)] = _plain(value, f"{where}, {key}")
    return table


def _text(found: str, where: str) -> str:
    try:
        found.encode()
    except UnicodeEncodeError:
        parse.refuse(where, found, "text that can be written as UTF-8")
    return found
