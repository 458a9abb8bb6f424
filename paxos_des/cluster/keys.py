"""The keys of a scenario: what each allows, and what it is when it is not given.

Durations are written with a unit (`horizon = "60s"`), and are integers of microseconds inside;
from Python, `horizon_us=60_000_000` is the same.
"""

import tomllib
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from paxos_des.cluster import (
    changes,
    cities,
    clocks,
    delay_text,
    disks,
    fault_model,
    faults,
    life_rules,
    parse,
    parts,
    round_trips,
)
from paxos_des.cluster.delay_text import parse_delay, write_delay
from paxos_des.cluster.operations import OperationMix, operation_mix
from paxos_des.cluster.parts import QuorumRule
from paxos_des.engine.delays import Constant, Uniform
from paxos_des.errors import ScenarioError, shorten
from paxos_des.names import nearest

_NAMES_SHOWN = 12


class Key(NamedTuple):
    """How a key is read and written, and its default.

    Attributes
    ----------
    low
        The shortest duration that it allows, in µs.
    beside
        What a file says, with the paths in it seen from the file's folder.
    without
        The word for no duration at all, which is None inside, where that is allowed.
    """

    parse: parse.Parser[Any]
    default: Any
    write: Callable[[Any], Any] = lambda value: value
    low: int = 1
    beside: Callable[[object, Path], object] = lambda found, _: found
    without: str | None = None


def _time(default_us: int, *, low: int = 1) -> Key:
    return Key(parse.microseconds(low), default_us, parse.as_duration, low)


def _time_or(word: str) -> Key:
    """Return a key that holds a duration, or none at all: by default, none."""

    def parsed(found: object, where: str) -> int | None:
        if found is None or (isinstance(found, str) and found == word):
            return None
        return parse.microseconds(1)(found, where)

    def written(time_us: int | None) -> str:
        return word if time_us is None else parse.as_duration(time_us)

    return Key(parsed, None, written, without=word)


KEYS: dict[str, Key] = {
    "name": Key(parse.text, "custom"),
    "protocol": Key(parse.text, "multi-paxos"),
    "acceptors": Key(parse.integer(1, 1000), 5),
    "leaders": Key(parse.integer(1, 100), 2),
    "spares": Key(parse.integer(0, 1000), 0),
    "clients": Key(parse.integer(0, 1000), 1),
    "failed_acceptors": Key(parse.integer(0, 1000), 0),
    "failed_leaders": Key(parse.integer(0, 100), 0),
    "faults": Key(faults.faults, (), lambda found: [fault.to_dict() for fault in found]),
    "nemesis": Key(fault_model.nemesis, None, fault_model.write_nemesis),
    "lives": Key(life_rules.lives, (), life_rules.write_lives, beside=life_rules.lives_beside),
    "primaries": Key(
        parts.primaries, "highest", lambda found: found if isinstance(found, str) else list(found)
    ),
    "phase1": Key(parse.choice("per-slot", "stable"), "stable"),
    "changes": Key(changes.changes, (), lambda found: [change.to_dict() for change in found]),
    "reconfigure_after": Key(parse.integer_or("never", 10**6), "never"),
    "window": Key(parse.integer(1, 10**7), 100),
    "quorums": Key(parts.quorums, QuorumRule(), str),
    "values": Key(parse.integer(0, 10**7), 100),
    "replica": Key(parse.choice("none", "kv", "register", "list"), "none"),
    "operations": Key(operation_mix, OperationMix(), OperationMix.to_plain),
    "keys": Key(parse.integer(1, 1000), 1),
    "in_flight": Key(parse.integer_or("all", 10**7), "all"),
    "arrivals": Key(parse.choice("closed", "open"), "closed"),
    "think_min_us": _time(0, low=0),
    "think_max_us": _time(0, low=0),
    "every_min_us": _time(10_000),
    "every_max_us": _time(10_000),
    "send_to": Key(parse.text, "highest"),
    "slots": Key(parse.integer_or("unbounded", 10**7), "unbounded"),
    "heartbeats": Key(parse.choice("on", "off"), "on"),
    "heartbeat_every_us": _time(1_000_000),
    "heartbeat_timeout_us": _time(2_000_000),
    "resend_after_us": _time(500_000),
    "retry_after_us": _time(2_000_000),
    "retry_max_us": _time(0, low=0),
    "retry_jitter": Key(parse.probability, 0.0),
    "backoff_min_us": _time(10_000),
    "backoff_max_us": _time(50_000),
    "fill_after_us": _time(1_000_000),
    "catch_up_every_us": _time(500_000),
    "catch_up_batch": Key(parse.integer(1, 10**6), 500),
    "snapshot_every": Key(parse.integer_or("never", 10**7), "never"),
    "lost_after_us": _time(10_000_000),
    "reads": Key(parse.choice("log", "lease"), "log"),
    "lease_us": _time(500_000),
    "lease_drift": Key(parse.probability, 0.01),
    "pump": Key(parse.choice("plain", "adversarial"), "plain"),
    "pump_wait_us": _time(100_000),
    "pump_nothing": Key(parse.probability, 0.05),
    "delay": Key(
        parse_delay,
        Uniform(low_us=200, high_us=1_000),
        write_delay,
        beside=delay_text.beside,
    ),
    "round_trips": Key(
        round_trips.round_trips,
        None,
        round_trips.write_round_trips,
        beside=round_trips.beside,
    ),
    "cities": Key(cities.cities, (), cities.write_cities),
    "same_city_us": _time(1_000, low=0),
    "drop": Key(parse.probability, 0.0),
    "duplicate": Key(parse.probability, 0.0),
    "links": Key(
        parts.link_rules,
        (),
        lambda rules: [rule.to_dict() for rule in rules],
        beside=parts.links_beside,
    ),
    "clocks": Key(clocks.clocks, (), clocks.write_clocks),
    "disks": Key(parse.choice("as-needed", "on"), "as-needed"),
    "fsync": Key(parse_delay, Constant(0), write_delay, beside=delay_text.beside),
    "disk_faults": Key(disks.disk_faults, disks.DiskFaults(), lambda faults: faults.to_dict()),
    "ties": Key(parse.choice("first-come", "shuffled"), "first-come"),
    "horizon_us": _time(60_000_000),
    "settle_us": _time(0, low=0),
    "live_within_us": _time_or("none"),
    "stop_when": Key(parse.choice("answered", "learned", "horizon"), "answered"),
}
"""By attribute: durations are written without their `_us`, and with a unit."""


def attribute_of(name: str) -> str:
    """Return the attribute of a key: durations are `…_us` inside."""
    return f"{name}_us" if f"{name}_us" in KEYS else name


def beside(keys: Mapping[str, object], folder: Path) -> dict[str, object]:
    """Return the keys that a file in this folder says: its relative paths start there."""
    return {
        name: KEYS[name].beside(found, folder) if name in KEYS else found
        for name, found in keys.items()
    }


def parse_keys(keys: Mapping[str, object], where: str) -> dict[str, Any]:
    """Return the value of each attribute, from what is given and the defaults.

    Raises
    ------
    ScenarioError
        Where a key is unknown or given twice, or a value is not allowed.
    """
    values: dict[str, Any] = {attribute: key.default for attribute, key in KEYS.items()}
    given = set()
    for name, found in keys.items():
        attribute = attribute_of(name)
        if attribute not in KEYS:
            known = [key.removesuffix("_us") for key in KEYS]
            hint = nearest(str(name), known)
            some = ", ".join(known[:_NAMES_SHOWN])
            allowed = "the keys of a scenario" if hint else f"one of {some}, … (the README has all)"
            place = where.strip(": ") or "scenario"
            message = f"{place}: found the unknown key {shorten(name)}{hint}"
            message = f"{message}; allowed is {allowed}"
            raise ScenarioError(message)
        if attribute in given:
            message = f"{where}found {name} twice; allowed is once, with _us or without"
            raise ScenarioError(message)
        given.add(attribute)
        key = KEYS[attribute]
        parser = key.parse
        is_word = isinstance(found, str) and found == key.without
        if name != attribute and not is_word:
            parser = parse.duration(key.low)
        values[attribute] = parser(found, f"{where}{name}")
    return values


def parse_setting(setting: object) -> tuple[str, object]:
    """Return the key and the value of `KEY=VALUE`: the value as a TOML file writes it, or a text
    without its quotation marks.
    """
    key, equals, value = setting.partition("=") if isinstance(setting, str) else ("", "", "")
    if not equals:
        parse.refuse("--set", setting, "KEY=VALUE")
    return key.strip(), _toml_value(value.strip())


def _toml_value(value: str) -> object:
    try:
        found = tomllib.loads(f"value = {value}")
    except (RecursionError, ValueError):  # a TOMLDecodeError is one, a number too long another
        return value
    # More than the one key: there was a line of its own in the value.
    return found["value"] if len(found) == 1 else value
