"""What the points of a plan share: the keys of a scenario, from which their axes depart.

What is in files (another scenario, measured pings, a matrix of round trips) is read when the plan
is, and becomes a part of it: so that a plan that is kept with its results needs no other file.
"""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from paxos_des.cluster import parse, round_trips
from paxos_des.cluster.keys import KEYS, Key, attribute_of, beside
from paxos_des.cluster.scenario import Scenario
from paxos_des.names import nearest
from paxos_des.study.paths import changed, top
from paxos_des.study.plain import whole_keys

_IN_FILES = tuple(
    attribute for attribute, key in KEYS.items() if key.beside is not Key._field_defaults["beside"]
)
"""The keys whose values may be in files."""


def base(found: object, where: str) -> dict[str, Any]:
    """Return all keys of a scenario that a table says: `from` is where it starts."""
    table = _table(found, where)
    given = {key: value for key, value in table.items() if key != "from"}
    start = Scenario() if table.get("from") is None else _started(table["from"], f"{where}, from")
    return on_top(whole_keys(start), given, where)


def on_top(keys: dict[str, Any], given: object, where: str) -> dict[str, Any]:
    """Return the keys of a scenario, changed as a table says, with what is in files."""
    for key, value in _table(given, where).items():
        check_key(key, where)
        keys = changed(keys, key, value, where)
    return {
        name: written(name, value, f"{where}, {name}") if attribute_of(name) in _IN_FILES else value
        for name, value in keys.items()
    }


def check_key(path: str, where: str) -> None:
    """Refuse what is a path into no key of a scenario."""
    name = path.partition(".")[0]
    if top(path) not in KEYS:
        known = [key.removesuffix("_us") for key in KEYS]
        hint = nearest(name, known)
        some = "a key of a scenario" + ("" if hint else f", as {', '.join(known[2:7])}, …")
        parse.refuse(where, path, some, hint)


def written(name: str, value: object, where: str) -> object:
    """Return the value of a key as a scenario writes it: without a file."""
    key = KEYS[attribute_of(name)]
    return key.write(key.parse(value, where))


def seen_from(keys: Mapping[str, Any], folder: Path) -> dict[str, Any]:
    """Return a plan's keys with the paths in its scenarios and axes seen from a folder."""
    found = dict(keys)
    if isinstance(found.get("scenario"), Mapping):
        table = beside(found["scenario"], folder)
        start = table.get("from")
        if isinstance(start, str) and start.endswith(".toml"):
            table["from"] = str(folder / start)
        found["scenario"] = table
    if isinstance(found.get("axes"), list):
        found["axes"] = [_axis_seen_from(one, folder) for one in found["axes"]]
    if isinstance(found.get("quick"), Mapping):
        found["quick"] = seen_from(found["quick"], folder)
    if isinstance(found.get("cases"), list):
        found["cases"] = [
            seen_from(one, folder) if isinstance(one, Mapping) else one for one in found["cases"]
        ]
    return found


def axis_without_files(table: object, where: str) -> object:
    """Return the table of an axis with what is in files; the paths, or names, stay as labels."""

    def read(name: str, value: object, at: int) -> object:
        return written(name, value, f"{where}, list, item {at}")

    if not isinstance(table, Mapping):
        return table
    return _axis_with(table, read)


def _axis_seen_from(table: object, folder: Path) -> object:
    if not isinstance(table, Mapping):
        return table
    return _axis_with(table, lambda name, value, _: beside({name: value}, folder)[name])


def _axis_with(
    table: Mapping[str, Any], change: Callable[[str, object, int], object]
) -> Mapping[str, Any]:
    """Return the table of an axis, with a change of all values that may be files: as far as the
    table is what it should be.
    """
    names, found = [table["key"]] if "key" in table else table.get("keys"), table.get("list")
    if not isinstance(names, list) or not isinstance(found, list):
        return table

    def changed_level(level: object, at: int) -> object:
        if not isinstance(level, list) or len(level) != len(names):
            return level
        return [
            change(name, value, at) if _may_be_file(name, value) else value
            for name, value in zip(names, level, strict=True)
        ]

    if "key" in table:
        levels = [changed_level([value], at)[0] for at, value in enumerate(found)]  # type: ignore[index] # one of a list
    else:
        levels = [changed_level(level, at) for at, level in enumerate(found)]
    if levels == found:
        return table
    labels = {} if "labels" in table or "keys" in table else {"labels": found}
    return {**table, "list": levels, **labels}


def _may_be_file(name: object, value: object) -> bool:
    if not isinstance(name, str) or attribute_of(name) not in _IN_FILES:
        return False
    if isinstance(value, str):
        return name == "round_trips" and value not in ("none", *round_trips.names())
    return isinstance(value, Mapping | list)


def _started(found: object, where: str) -> Scenario:
    name = parse.text(found, where)
    if name.endswith(".toml"):
        return Scenario.load(name)
    return parse.placed(where, "scenario", lambda: Scenario.named(name))


def _table(found: object, where: str) -> Mapping[str, Any]:
    if not isinstance(found, Mapping):
        parse.refuse(where, found, "a table of keys")
    return found
