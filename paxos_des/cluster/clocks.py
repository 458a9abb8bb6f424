"""Clocks as scenarios write them: which nodes' are off, by how much, and how fast they run."""

from collections.abc import Iterable
from dataclasses import dataclass
from fnmatch import fnmatchcase
from fractions import Fraction
from typing import Any, NamedTuple

from paxos_des.cluster import parse
from paxos_des.engine.clocks import RIGHT_PPM
from paxos_des.errors import ScenarioError
from paxos_des.names import NodeId

_RATE_PPM_MIN, _RATE_PPM_MAX = RIGHT_PPM // 10, RIGHT_PPM * 10
_RATE_ALLOWED = "a number from 0.1 to 10, with up to 6 decimals: 1 is right"


class ClockModel(NamedTuple):
    """How a node's clock runs: what it shows more than the world's at first, and its rate."""

    offset_us: int = 0
    rate_ppm: int = RIGHT_PPM


@dataclass(frozen=True, slots=True)
class ClockRule:
    """What the clocks of nodes whose names match have of their own; None: as they were."""

    node: str
    offset_us: int | None = None
    rate_ppm: int | None = None

    def to_dict(self) -> dict[str, Any]:
        found = {
            "node": self.node,
            "offset": None if self.offset_us is None else parse.as_duration(self.offset_us),
            "rate": None if self.rate_ppm is None else self.rate_ppm / RIGHT_PPM,
        }
        return {key: value for key, value in found.items() if value is not None}


def clock_model(rules: Iterable[ClockRule], node: NodeId) -> ClockModel | None:
    """Return how a node's clock runs, where later rules win; None where it is right."""
    model = ClockModel()
    for rule in rules:
        if fnmatchcase(node, rule.node):
            changes = {"offset_us": rule.offset_us, "rate_ppm": rule.rate_ppm}
            model = model._replace(
                **{name: value for name, value in changes.items() if value is not None}
            )
    return None if model == ClockModel() else model


def clocks(found: object, where: str) -> tuple[ClockRule, ...]:
    return tuple(
        one if isinstance(one, ClockRule) else _clock_rule(one, f"{where}, item {place}")
        for place, one in enumerate(parse.listed(found, where, "a list of tables"))
    )


def write_clocks(rules: Iterable[ClockRule]) -> list[dict[str, Any]]:
    return [rule.to_dict() for rule in rules]


def check_clocks(rules: Iterable[ClockRule], nodes: Iterable[NodeId], where: str) -> None:
    """Refuse a rule about nobody."""
    nodes = tuple(nodes)
    for rule in rules:
        if not any(fnmatchcase(name, rule.node) for name in nodes):
            parse.refuse(where, rule.node, "a pattern that matches some node")


def _clock_rule(found: object, where: str) -> ClockRule:
    rule = parse.table(found, where, required=("node",), optional=("offset", "rate"))
    if len(rule) == 1:
        parse.refuse(where, dict(rule), "a table with at least one of offset, rate")
    return ClockRule(
        parse.text(rule["node"], f"{where}, node"),
        _offset_us(rule["offset"], f"{where}, offset") if "offset" in rule else None,
        _rate_ppm(rule["rate"], f"{where}, rate") if "rate" in rule else None,
    )


def _offset_us(found: object, where: str) -> int:
    """Return a duration that may be below 0: the clock is behind."""
    if isinstance(found, str) and found.lstrip(" ").startswith("-"):
        return -parse.duration_us(found.lstrip(" ")[1:], where)
    return parse.duration_us(found, where)


def _rate_ppm(found: object, where: str) -> int:
    try:
        rate = parse.number(found, where)
    except ScenarioError:
        parse.refuse(where, found, _RATE_ALLOWED)
    # What was written counts, not the binary fraction that is nearest to it.
    rate_ppm = Fraction(repr(rate)) * RIGHT_PPM
    if not _RATE_PPM_MIN <= rate_ppm <= _RATE_PPM_MAX or rate_ppm.denominator != 1:
        parse.refuse(where, found, _RATE_ALLOWED)
    return int(rate_ppm)
