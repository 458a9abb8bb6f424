"""Which node stands in which city, where a scenario's delays are measured round trips."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Self

from paxos_des.cluster import parse
from paxos_des.cluster.round_trips import RoundTrips
from paxos_des.engine.delays import Constant
from paxos_des.errors import shorten
from paxos_des.names import NodeId, nearest


@dataclass(frozen=True, slots=True)
class CityRule:
    """The nodes whose names match stand in this city."""

    pattern: str
    city: str


def cities(found: object, where: str) -> tuple[CityRule, ...]:
    if isinstance(found, Sequence) and all(isinstance(rule, CityRule) for rule in found):
        found = {rule.pattern: rule.city for rule in found}
    if not isinstance(found, Mapping):
        parse.refuse(where, found, 'a table such as { "acceptor-*" = "Rome", client-0 = "Oslo" }')
    return tuple(
        CityRule(parse.text(pattern, where), parse.text(city, f"{where}, {shorten(pattern)}"))
        for pattern, city in found.items()
    )


def write_cities(rules: Iterable[CityRule]) -> dict[str, str]:
    return {rule.pattern: rule.city for rule in rules}


def city_of(rules: Iterable[CityRule], node: NodeId) -> str | None:
    """Return the city of a node: of rules that match, the last one's, as with link rules."""
    found = [rule.city for rule in rules if fnmatchcase(node, rule.pattern)]
    return found[-1] if found else None


def placed_in(
    rules: tuple[CityRule, ...], nodes: Iterable[NodeId], matrix: RoundTrips | None, where: str
) -> dict[NodeId, str]:
    """Return the city of each node; of none, where there are no round trips.

    Raises
    ------
    ScenarioError
        When a node has no city, a city is unknown, or a rule is about no node.
    """
    if matrix is None:
        if rules:
            parse.refuse(where, write_cities(rules), "none without round_trips, which is 'none'")
        return {}
    nodes, known = tuple(nodes), matrix.all.cities
    for rule in rules:
        if not any(fnmatchcase(node, rule.pattern) for node in nodes):
            parse.refuse(where, rule.pattern, "a pattern that matches some node")
        if rule.city not in known:
            place = f"{where}, {shorten(rule.pattern)}"
            parse.refuse(place, rule.city, "a city of round_trips", nearest(rule.city, known))
    found = {}
    for node in nodes:
        city = city_of(rules, node)
        if city is None:
            parse.refuse_lack(f"{where}, {node}", "a city for every node, under round_trips")
        found[node] = city
    return found


@dataclass(frozen=True, slots=True)
class Atlas:
    """The nodes of a scenario on their map: how long a message takes from each to each."""

    placed: Mapping[NodeId, str]
    delays: Mapping[tuple[str, str], Constant]

    @classmethod
    def made(cls, placed: Mapping[NodeId, str], matrix: RoundTrips, same_city_us: int) -> Self:
        between = {(source, target): Constant(us) for source, target, us in matrix.delays}
        near = Constant(same_city_us)
        return cls(placed, between | {(city, city): near for city in matrix.cities})

    def delay(self, source: NodeId, target: NodeId) -> Constant:
        return self.delays[self.placed[source], self.placed[target]]
