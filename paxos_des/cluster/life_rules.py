"""Lives as scenarios write them: how long nodes are up and down, at random, and how they fall."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any, Literal, get_args

from paxos_des.cluster import delay_text, parse
from paxos_des.cluster.aims import Roles, check_fault
from paxos_des.cluster.delay_text import parse_delay, write_delay
from paxos_des.cluster.faults import Fault
from paxos_des.engine.delays import Delay, median_us, table
from paxos_des.engine.knots import ALL
from paxos_des.names import NodeId

LifeDeed = Literal["crash", "fail", "pause"]
"""How a life ends."""

_TIMES = ("up", "down")


@dataclass(frozen=True, slots=True)
class LifeRule:
    """How nodes whose names match live: up for a time, down for a time, and so on.

    Attributes
    ----------
    up, down
        How long, each time anew. Memoryless, where both are exponential.
    until_us
        No life ends after it; None: they end up to the horizon.
    """

    node: str
    up: Delay
    down: Delay
    deed: LifeDeed = "crash"
    until_us: int | None = None

    def to_dict(self) -> dict[str, Any]:
        found: dict[str, Any] = {
            "node": self.node,
            "up": write_delay(self.up),
            "down": write_delay(self.down),
            "deed": self.deed,
        }
        if self.until_us is not None:
            found["until"] = parse.as_duration(self.until_us)
        return found

    @property
    def end_us(self) -> int | None:
        """When all its nodes are up for good, at the latest; None: never."""
        return None if self.until_us is None else self.until_us + _longest_us(self.down)


def life_of(rules: Iterable[LifeRule], roles: Roles, node: NodeId) -> LifeRule | None:
    """Return how a node lives, where the last rule that fits wins; None: it stays up."""
    found = None
    for rule in rules:
        if fnmatchcase(node, rule.node) and node in roles.allowed(_fault(rule)):
            found = rule
    return found


def lives(found: object, where: str) -> tuple[LifeRule, ...]:
    return tuple(
        one if isinstance(one, LifeRule) else _life_rule(one, f"{where}, item {place}")
        for place, one in enumerate(parse.listed(found, where, "a list of tables"))
    )


def write_lives(rules: Iterable[LifeRule]) -> list[dict[str, Any]]:
    return [rule.to_dict() for rule in rules]


def lives_beside(found: object, folder: Path) -> object:
    """Return the rules of a scenario's file, with the paths in them seen from its folder."""
    if not isinstance(found, list):
        return found
    return [
        {key: delay_text.beside(value, folder) if key in _TIMES else value
         for key, value in rule.items()} if isinstance(rule, Mapping) else rule
        for rule in found
    ]  # fmt: skip


def check_lives(rules: Iterable[LifeRule], roles: Roles, where: str) -> None:
    """Refuse a rule about nobody."""
    for rule in rules:
        if not any(fnmatchcase(name, rule.node) for name in roles.all):
            parse.refuse(where, rule.node, "a pattern that matches some node")
        check_fault(_fault(rule), roles, where)


def _fault(rule: LifeRule) -> Fault:
    """Return what ends a life by this rule, whenever that is."""
    return Fault(0, rule.deed, (rule.node,))


def _life_rule(found: object, where: str) -> LifeRule:
    rule = parse.table(found, where, required=("node", "up", "down"), optional=("deed", "until"))
    up, down = (_time(rule[key], f"{where}, {key}") for key in _TIMES)
    deed = parse.choice(*get_args(LifeDeed))(rule.get("deed", "crash"), f"{where}, deed")
    until_us = parse.duration(1)(rule["until"], f"{where}, until") if "until" in rule else None
    return LifeRule(parse.text(rule["node"], f"{where}, node"), up, down, deed, until_us)


def _time(found: object, where: str) -> Delay:
    delay = parse_delay(found, where)
    if not median_us(delay):
        # A time below 1us is taken for that: a node that falls so often is a slip of the pen.
        parse.refuse(where, found, "a delay that is above 0us half of the times, or more often")
    return delay


def _longest_us(delay: Delay) -> int:
    return table(delay).delay_us(ALL - 1)
