"""What a failure file holds, part by part: each is checked, or refused in one sentence.

Nothing is executed, no other file is opened on a failure's behalf, and what it asks for is bounded.
"""

from collections.abc import Iterable, Mapping
from typing import Any, TypeVar

from paxos_des.cluster.faults import Fault
from paxos_des.cluster.havoc import NEMESIS
from paxos_des.cluster.nemesis import check_answer
from paxos_des.cluster.registry import protocol_named
from paxos_des.cluster.scenario import Scenario
from paxos_des.cluster.shared import roles_of
from paxos_des.engine.choices import Decision
from paxos_des.errors import FailureError, InputError, ScenarioError, shorten
from paxos_des.failure_file import refuse
from paxos_des.names import nearest
from paxos_des.run import check_means, known_checks

VALUES_MAX = 100_000
LINKS_MAX = 50_000
STEPS_MAX = 100_000
RULES_MAX = 2_000
MATCHES_MAX = 100_000
"""What the scenario of a failure may ask for: values, directed links, steps of the nemesis, items
in a list of its own, and how often rules or faults are held against links. All this is set up
before a run begins, and takes seconds at this size."""

T = TypeVar("T")

_AT_US_MAX = 2**53
_DIGEST_LENGTH = 64
_TEXT_MAX = 10_000


def scenario_in(document: Mapping[str, Any], where: str) -> Scenario:
    """Return the scenario that a failure names, with the protocol that it names.

    Raises
    ------
    InputError
        When there is none such, or it is too large to be replayed.
    """
    keys = required(document, "scenario", dict, "an object with the keys of a scenario", where)
    _refuse_files(keys, f"{where}, scenario")
    check_lists(keys, f"{where}, scenario")
    scenario = Scenario.from_dict(keys, where=f"{where}, scenario")
    protocol = required(document, "protocol", str, "a protocol's name", where)
    if protocol != scenario.protocol:
        allowed = f"allowed is the scenario's, {scenario.protocol!r}"
        refuse(f"{where}, protocol", shorten(protocol), allowed)
    _require_protocol(protocol, where)
    check_size(scenario, f"{where}, scenario")
    return scenario


def _require_protocol(name: str, where: str) -> None:
    try:
        protocol_named(name)
    except ScenarioError as error:
        message = f"{where}, {error}"
        raise FailureError(message) from None


def check_in(violation: Mapping[str, Any], scenario: Scenario, where: str) -> str:
    """Return the name of the check that was violated: one of ours, or of the protocol's."""
    name = required(violation, "check", str, "a check's name", where)
    known = known_checks(scenario)
    if name not in known:
        allowed = f"allowed: {', '.join(known)}"
        refuse(f"{where}, check", f"{shorten(name)}{nearest(name[:100], known)}", allowed)
    return name


def text_in(table: Mapping[str, Any], key: str, where: str) -> str:
    found = required(table, key, str, "a line of text", where)
    if len(found) > _TEXT_MAX:
        refuse(f"{where}, {key}", f"{len(found):,} characters", f"allowed are up to {_TEXT_MAX:,}")
    return found


def time_in(table: Mapping[str, Any], key: str, where: str) -> int:
    found = required(table, key, int, "an integer of microseconds", where)
    if isinstance(found, bool) or not 0 <= found <= _AT_US_MAX:
        refuse(f"{where}, {key}", shorten(found), "allowed is an integer of microseconds from 0")
    return found


def digest_in(document: Mapping[str, Any], where: str) -> str:
    allowed = f"{_DIGEST_LENGTH} hexadecimal digits"
    found = required(document, "digest", str, allowed, where)
    if len(found) != _DIGEST_LENGTH or not set(found) <= set("0123456789abcdef"):
        refuse(f"{where}, digest", shorten(found), f"allowed are {allowed}")
    return found


def objects_in(document: Mapping[str, Any], key: str, where: str) -> tuple[dict[str, Any], ...]:
    """Return a list of objects."""
    listed = required(document, key, list, "a list of objects", where)
    for number, found in enumerate(listed):
        if not isinstance(found, dict):
            refuse(f"{where}, {key}, item {number}", shorten(found), "allowed is an object")
    return tuple(listed)


def schedule_in(
    document: Mapping[str, Any], scenario: Scenario, where: str
) -> tuple[Decision, ...]:
    """Return the interventions, each at a place that the scenario has, and each once.

    What they say in words is not read: the key counts.
    """
    found = tuple(
        Decision.from_dict(one, f"{where}, schedule, item {number}")
        for number, one in enumerate(objects_in(document, "schedule", where))
    )
    nodes = frozenset(scenario.node_names)
    first: dict[Any, int] = {}
    for number, decision in enumerate(found):
        here = f"{where}, schedule, item {number}"
        if first.setdefault(decision.key, number) != number:
            refuse(here, f"the key of item {first[decision.key]} again", "allowed is each key once")
        _check_place(decision, scenario, nodes, here)
    check_size(scenario, f"{where}, schedule", found)
    return found


def check_size(scenario: Scenario, where: str, schedule: Iterable[Decision] = ()) -> None:
    """Refuse a scenario, or faults of a schedule, that take too long to set up.

    Raises
    ------
    FailureError
        With what is asked for, and what is allowed.
    """
    links = scenario.leaders * len(scenario.node_names)
    model = scenario.nemesis
    steps = 0 if model is None else (model.until_us - model.from_us) // model.every_us
    faults = (*scenario.faults, *map(_fault_of, schedule))
    deeds = sum(max(1, fault.times) for fault in faults if fault is not None)
    for found, most, what in (
        (scenario.values, VALUES_MAX, "values"),
        (links, LINKS_MAX, "pairs of a leader and a node"),
        (steps, STEPS_MAX, "steps of the nemesis"),
        ((len(scenario.links) + deeds) * links, MATCHES_MAX, "pairs of a link and a rule or fault"),
    ):
        if found > most:
            refuse(where, f"{found:,} {what}", f"allowed are up to {most:,} in a failure file")
    check_lists(scenario.to_dict(), where)


def check_lists(keys: Mapping[str, Any], where: str) -> None:
    """Refuse a scenario of which a key lists too much, before each of it is looked at."""
    for key, value in keys.items():
        if isinstance(value, list | dict) and len(value) > RULES_MAX:
            allowed = f"allowed are up to {RULES_MAX:,} in a failure file"
            refuse(f"{where}, {key[:60]}", f"{len(value):,} items", allowed)


def _fault_of(decision: Decision) -> Fault | None:
    """Return the fault that an intervention lets happen; None if it is about something else."""
    answer = decision.answer
    if decision.key.kind not in ("nemesis", "fault") or not str(answer).startswith("{"):
        return None
    return Fault.from_text(str(answer), "schedule")


def required(table: Mapping[str, Any], key: str, kind: type[T], allowed: str, where: str) -> T:
    """Return what a table holds under a key; refuse where it holds nothing, or another kind."""
    if key not in table:
        refuse(where, f"no {key!r}", f"allowed is a file with it: {allowed}")
    if not isinstance(table[key], kind):
        refuse(f"{where}, {key}", shorten(table[key]), f"allowed is {allowed}")
    found: T = table[key]
    return found


def _refuse_files(keys: Mapping[str, Any], where: str) -> None:
    """Refuse what would read another file: a failure holds all that it needs."""
    listed = [keys[key] for key in ("links", "lives") if isinstance(keys.get(key), list)]
    tables = [table for tables in listed for table in tables if isinstance(table, dict)]
    for table in (keys, *tables):
        for key in ("delay", "fsync", "up", "down"):
            if isinstance(table.get(key), dict) and "file" in table[key]:
                found = f"the file {shorten(table[key]['file'])}"
                refuse(f"{where}, {key}", found, "allowed is what was measured itself")
    if isinstance(keys.get("round_trips"), str) and keys["round_trips"] != "none":
        found = shorten(keys["round_trips"])
        refuse(f"{where}, round_trips", found, "allowed is 'none', or the table itself")


def _check_place(decision: Decision, scenario: Scenario, nodes: frozenset[str], where: str) -> None:
    place = decision.key.place
    if decision.key.kind in ("nemesis", "fault"):
        if place != (NEMESIS,):
            refuse(where, f"node {shorten(place[0])}", f"allowed is {NEMESIS!r}")
        try:
            check_answer(decision, scenario.roles)
            check_means(decision, scenario)
        except InputError as error:
            message = f"{where}: {str(error).removeprefix('schedule: ')}"
            raise FailureError(message) from None
        return
    for name in place:
        if name not in nodes:
            allowed = "allowed are the nodes of the scenario"
            refuse(
                where, f"node {shorten(name)}{nearest(name[:100], sorted(nodes)[:500])}", allowed
            )
    if len(place) > 1 and not roles_of(scenario).has_link(place[0], place[1]):
        refuse(where, f"link {' → '.join(place)}", "allowed are links with a leader's end")
