"""Scenarios: what is simulated, as frozen, validated values.

A scenario is made from keywords, from a TOML file with the same keys, or from another scenario.
`KEYS` says what each key allows and what it is when it is not given. Durations are written with
a unit (`horizon = "60s"`); from Python, `horizon_us=60_000_000` is the same.
"""

import tomllib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase
from functools import cached_property
from pathlib import Path
from typing import Any, Literal, NamedTuple

from paxos_des.cluster import parse, parts
from paxos_des.cluster.files import read_toml
from paxos_des.cluster.parts import Fault, LinkRule, QuorumRule
from paxos_des.engine.delays import Delay, Uniform
from paxos_des.engine.network import LinkModel
from paxos_des.errors import ScenarioError
from paxos_des.names import NodeId, acceptor_name, client_name, leader_name, nearest
from paxos_des.protocol.quorum import Quorums

SHIPPED = Path(__file__).parent / "scenarios"


class Key(NamedTuple):
    """What a key of a scenario allows, and what it is when it is not given."""

    parse: parse.Parser[Any]
    default: Any
    write: Callable[[Any], Any] = lambda value: value


def _time(default_us: int, *, low: int = 1) -> Key:
    return Key(parse.microseconds(low), default_us, parse.as_duration)


KEYS: dict[str, Key] = {
    "name": Key(parse.text, "custom"),
    "protocol": Key(parse.text, "multi-paxos"),
    "acceptors": Key(parse.integer(1, 1000), 5),
    "leaders": Key(parse.integer(1, 100), 2),
    "clients": Key(parse.integer(0, 1000), 1),
    "failed_acceptors": Key(parse.integer(0, 1000), 0),
    "failed_leaders": Key(parse.integer(0, 100), 0),
    "faults": Key(parts.faults, (), lambda faults: [fault.to_dict() for fault in faults]),
    "primaries": Key(
        parts.primaries, "highest", lambda found: found if isinstance(found, str) else list(found)
    ),
    "phase1": Key(parse.choice("per-slot", "stable"), "stable"),
    "window": Key(parse.integer(1, 10**7), 100),
    "quorums": Key(parts.quorums, QuorumRule(), str),
    "values": Key(parse.integer(0, 10**7), 100),
    "in_flight": Key(parse.integer_or("all", 10**7), "all"),
    "send_to": Key(parse.text, "highest"),
    "slots": Key(parse.integer_or("unbounded", 10**7), "unbounded"),
    "heartbeats": Key(parse.choice("on", "off"), "on"),
    "heartbeat_every_us": _time(1_000_000),
    "heartbeat_timeout_us": _time(2_000_000),
    "resend_after_us": _time(500_000),
    "retry_after_us": _time(2_000_000),
    "backoff_min_us": _time(10_000),
    "backoff_max_us": _time(50_000),
    "fill_after_us": _time(1_000_000),
    "pump": Key(parse.choice("plain", "adversarial"), "plain"),
    "pump_wait_us": _time(100_000),
    "pump_nothing": Key(parse.probability, 0.05),
    "delay": Key(parse.delay, Uniform(low_us=200, high_us=1_000), parse.delay_text),
    "drop": Key(parse.probability, 0.0),
    "duplicate": Key(parse.probability, 0.0),
    "links": Key(parts.link_rules, (), lambda rules: [rule.to_dict() for rule in rules]),
    "ties": Key(parse.choice("first-come", "shuffled"), "first-come"),
    "horizon_us": _time(60_000_000),
    "settle_us": _time(0, low=0),
    "stop_when": Key(parse.choice("answered", "learned", "horizon"), "answered"),
}
"""By attribute: durations are written without their `_us`, and with a unit."""


@dataclass(frozen=True, init=False)
class Scenario:
    """What is simulated: a cluster, its workload, its weather, its faults, and how long.

    Parameters
    ----------
    **keys
        Any of `KEYS`; the README explains each.

    Raises
    ------
    ScenarioError
        When a key is unknown, a value is not allowed, or values contradict each other: one
        sentence says what was found, what is allowed, and where.
    """

    name: str
    protocol: str
    acceptors: int
    leaders: int
    clients: int
    failed_acceptors: int
    failed_leaders: int
    faults: tuple[Fault, ...]
    primaries: str | tuple[NodeId, ...]
    phase1: Literal["per-slot", "stable"]
    window: int
    quorums: QuorumRule
    values: int
    in_flight: int | Literal["all"]
    send_to: str
    slots: int | Literal["unbounded"]
    heartbeats: Literal["on", "off"]
    heartbeat_every_us: int
    heartbeat_timeout_us: int
    resend_after_us: int
    retry_after_us: int
    backoff_min_us: int
    backoff_max_us: int
    fill_after_us: int
    pump: Literal["plain", "adversarial"]
    pump_wait_us: int
    pump_nothing: float
    delay: Delay
    drop: float
    duplicate: float
    links: tuple[LinkRule, ...]
    ties: Literal["first-come", "shuffled"]
    horizon_us: int
    settle_us: int
    stop_when: Literal["answered", "learned", "horizon"]

    def __init__(self, **keys: object) -> None:
        self._set(keys, where="")

    @classmethod
    def named(cls, name: str) -> "Scenario":
        """Return a shipped scenario.

        Raises
        ------
        ScenarioError
            With the nearest known name, when there is none of this name.
        """
        if name not in cls.names():
            hint = nearest(name, cls.names())
            message = f"scenario: found {parse.shown(name)}{hint}"
            known = ", ".join(cls.names())
            raise ScenarioError(f"{message}; allowed: {known}, or a TOML file")
        return cls.load(SHIPPED / f"{name}.toml")

    @classmethod
    def names(cls) -> tuple[str, ...]:
        """Return the names of the shipped scenarios."""
        return tuple(sorted(path.stem for path in SHIPPED.glob("*.toml")))

    @classmethod
    def load(cls, path: str | Path) -> "Scenario":
        """Return the scenario in a TOML file; its name is the file's, unless it says another.

        Raises
        ------
        ScenarioError
            When the file cannot be read, or holds no scenario.
        """
        path = Path(path)
        keys = read_toml(path)
        # The name of a file may hold a newline, and a refusal is one line.
        where = path.name if path.name.isprintable() else parse.shown(path.name)
        return cls.from_dict({"name": path.stem, **keys}, where=where)

    @classmethod
    def from_dict(cls, keys: Mapping[str, object], *, where: str) -> "Scenario":
        """Return the scenario with these keys; `where` stands in front of what is refused."""
        scenario = cls.__new__(cls)
        scenario._set(keys, where=f"{where}: ")
        return scenario

    def replace(self, **keys: object) -> "Scenario":
        """Return this scenario with some keys changed."""
        return self._but(keys, where="")

    def with_settings(self, settings: Iterable[str]) -> "Scenario":
        """Return this scenario with settings as the command line gives them, `KEY=VALUE`: the
        value as a TOML file writes it, or a text without its quotation marks."""
        keys: dict[str, object] = {}
        for setting in settings:
            key, equals, value = setting.partition("=")
            if not equals:
                parse.refuse("--set", setting, "KEY=VALUE")
            keys[key.strip()] = _toml_value(value.strip())
        return self._but(keys, where="--set ") if keys else self

    def to_dict(self) -> dict[str, Any]:
        """Return all keys, as a file would write them: `from_dict` makes the same scenario."""
        return {
            attribute.removesuffix("_us"): key.write(getattr(self, attribute))
            for attribute, key in KEYS.items()
        }

    @cached_property
    def leader_names(self) -> tuple[NodeId, ...]:
        return tuple(map(leader_name, range(self.leaders)))

    @cached_property
    def acceptor_names(self) -> tuple[NodeId, ...]:
        return tuple(map(acceptor_name, range(self.acceptors)))

    @cached_property
    def client_names(self) -> tuple[NodeId, ...]:
        return tuple(map(client_name, range(self.clients)))

    @cached_property
    def node_names(self) -> tuple[NodeId, ...]:
        return (*self.leader_names, *self.acceptor_names, *self.client_names)

    @cached_property
    def primary_names(self) -> tuple[NodeId, ...]:
        """The leaders that are told, at the start, that they are primary."""
        match self.primaries:
            case "highest":
                return self.leader_names[-1:]
            case "all":
                return self.leader_names
            case "none":
                return ()
            case names:
                return tuple(names)

    @cached_property
    def quorum_system(self) -> Quorums:
        return self.quorums.system(self.acceptors)

    @cached_property
    def summary(self) -> str:
        """The scenario in one sentence."""
        failed = f" ({self.failed_acceptors} failed)" if self.failed_acceptors else ""
        drops = f", {self.drop:.3g} dropped" if self.drop else ""
        doubled = f", {self.duplicate:.3g} doubled" if self.duplicate else ""
        return (
            f"{self.acceptors} acceptors{failed}, {self.leaders} leaders "
            f"({len(self.primary_names)} told to be primary), {self.clients} clients, "
            f"{self.values:,} values; {self.phase1} phase 1, quorums: {self.quorums}, heartbeats "
            f"{self.heartbeats}, {self.pump} pumps; delay {parse.delay_text(self.delay)}"
            f"{drops}{doubled}"
        )

    def link_model(self, source: NodeId, target: NodeId) -> LinkModel:
        """Return how a link behaves: as all do, but for what link rules say; later ones win."""
        found: dict[str, Any] = {
            "delay": self.delay, "drop": self.drop, "duplicate": self.duplicate
        }  # fmt: skip
        for rule in self.links:
            if rule.matches(source, target):
                changes = {key: getattr(rule, key) for key in found}
                found |= {key: value for key, value in changes.items() if value is not None}
        return LinkModel(**found)

    def _but(self, keys: Mapping[str, object], *, where: str) -> "Scenario":
        given = {_attribute(key) for key in keys}
        kept = {attribute: getattr(self, attribute) for attribute in KEYS if attribute not in given}
        scenario = self.__class__.__new__(self.__class__)
        scenario._set({**kept, **keys}, where=where)
        return scenario

    def _set(self, keys: Mapping[str, object], *, where: str) -> None:
        values: dict[str, Any] = {}
        for name, found in keys.items():
            attribute = _attribute(name)
            if attribute not in KEYS:
                known = [key.removesuffix("_us") for key in KEYS]
                hint = nearest(str(name), known) or f"; allowed: {', '.join(known)}"
                message = f"{where}found the unknown key {parse.shown(name)}{hint}"
                raise ScenarioError(message)
            if attribute in values:
                message = f"{where}found {name} twice; allowed is once, with _us or without"
                raise ScenarioError(message)
            key = KEYS[attribute]
            parser = key.parse
            if attribute.endswith("_us") and name != attribute:
                parser = parse.duration(0 if attribute == "settle_us" else 1)
            values[attribute] = parser(found, f"{where}{name}")
        for attribute, key in KEYS.items():
            object.__setattr__(self, attribute, values.get(attribute, key.default))
        self._check(where)

    def _check(self, where: str) -> None:
        """Refuse what contradicts itself."""
        with parse.placed(where.removesuffix(": ")) if where else parse.placed("quorums"):
            _ = self.quorum_system
        for failed, number in (
            ("failed_acceptors", self.acceptors),
            ("failed_leaders", self.leaders),
        ):
            if getattr(self, failed) > number:
                parse.refuse(f"{where}{failed}", getattr(self, failed), f"0 to {number}")
        if self.backoff_min_us > self.backoff_max_us:
            found = parse.as_duration(self.backoff_min_us)
            parse.refuse(f"{where}backoff_min", found, "at most backoff_max")
        if self.pump_nothing == 1:
            parse.refuse(f"{where}pump_nothing", 1, "a number below 1, or nothing is handed over")
        if self.values and not self.clients:
            parse.refuse(f"{where}clients", 0, f"1 or more, to ask for {self.values} values")
        if self.send_to not in ("highest", "spread", "own"):
            _known(
                f"{where}send_to", self.send_to, ("highest", "spread", "own", *self.leader_names)
            )
        for name in self.primary_names:
            _known(f"{where}primaries", name, self.leader_names)
        for fault in self.faults:
            nodes = self.node_names[: self.leaders + self.acceptors]
            for name in fault.nodes:
                of_links = fault.kind in ("cut", "mend")
                _known(f"{where}faults", name, self.node_names if of_links else nodes)
            if len(fault.nodes) > 1 and not self._are_linked(*fault.nodes):
                parse.refuse(
                    f"{where}faults", " → ".join(fault.nodes), "a link with a leader's end"
                )
        for rule in self.links:
            for pattern in (rule.source, rule.target):
                if not any(fnmatchcase(name, pattern) for name in self.node_names):
                    parse.refuse(f"{where}links", pattern, "a pattern that matches some node")

    def _are_linked(self, source: NodeId, target: NodeId) -> bool:
        return source != target and (source in self.leader_names or target in self.leader_names)


def _attribute(name: str) -> str:
    """Return the attribute of a key: durations are `…_us` inside."""
    return f"{name}_us" if f"{name}_us" in KEYS else name


def _known(where: str, name: str, known: Iterable[str]) -> None:
    known = tuple(known)
    if name not in known:
        allowed = ", ".join(known[:8]) + (", …" if len(known) > 8 else "")
        parse.refuse(where, name, f"one of {allowed}", nearest(name, known))


def _toml_value(value: str) -> object:
    """Return what a value means in a TOML file; a text may do without quotation marks."""
    try:
        found = tomllib.loads(f"value = {value}")
    except (tomllib.TOMLDecodeError, RecursionError, ValueError):
        return value
    # More than one key: a line break within the value, and no part of it may be lost.
    return found["value"] if len(found) == 1 else value
