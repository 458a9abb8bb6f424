"""Paths into the keys of a scenario: `drop`, `nemesis.every`, `links.0.delay`."""

from collections.abc import Mapping
from typing import Any

from paxos_des.cluster import parse
from paxos_des.cluster.keys import attribute_of


def top(path: str) -> str:
    """Return the attribute of a scenario into which a path goes."""
    return attribute_of(path.partition(".")[0])


def changed(keys: Mapping[str, Any], path: str, value: object, where: str) -> dict[str, Any]:
    """Return the keys of a scenario with one of them changed, or a part of one: `path` goes down
    through tables by key, and through lists by number.
    """
    name, _, rest = path.partition(".")
    attribute = attribute_of(name.removesuffix("_us"))
    if rest:
        name = attribute.removesuffix("_us")
        if name not in keys:
            parse.refuse(where, path, "a path into a key that the scenario has")
        return {**keys, name: _inner(keys[name], rest, value, f"{where}, {path}")}
    others = {key: old for key, old in keys.items() if attribute_of(key) != attribute}
    return {**others, name: value}


def _inner(found: object, path: str, value: object, where: str) -> object:
    name, _, rest = path.partition(".")
    if isinstance(found, list):
        if not name.isdecimal() or int(name) >= len(found):
            parse.refuse(where, name, f"the number of an item, from 0; there are {len(found)}")
        at = int(name)
        inner = _inner(found[at], rest, value, where) if rest else value
        return [*found[:at], inner, *found[at + 1 :]]
    if isinstance(found, Mapping):
        if rest and name not in found:
            parse.refuse(where, name, f"one of {', '.join(map(str, found)) or 'no keys'}")
        return {**found, name: _inner(found[name], rest, value, where) if rest else value}
    return parse.refuse(where, found, "a table or a list, to change a part of")
