"""A cluster without one of its nodes: those after it move up, in the scenario and in a schedule.

Without leader-1 of three, leader-2 becomes leader-1, also in the ballots that keys name: so the
same messages are meant as before, and the same leader is the highest.
"""

import re
from collections.abc import Callable
from functools import partial
from typing import Any

import msgspec

from paxos_des.cluster.havoc import NEMESIS
from paxos_des.cluster.scenario import Scenario
from paxos_des.engine.choices import Decision, Key, name_of
from paxos_des.explore.question import Schedule
from paxos_des.names import NodeId, index_of

_NODE = re.compile(r"(leader|acceptor|client)-(\d+)", re.ASCII)
_BALLOTS = ("ballot", "promised")
"""The fields of messages that hold a ballot: a round, and the index of a leader."""
_SLOTS = ("slot", "from_slot")
_COUNTED_AS = {"leader": "leaders", "acceptor": "acceptors", "client": "clients"}
_GONE = object()


def without_node(scenario: Scenario, name: NodeId) -> Scenario:
    """Return a scenario without a node, and without what names it in lists and tables.

    Raises
    ------
    ScenarioError
        When it cannot do without.
    """
    role = name.partition("-")[0]
    move = partial(_moved_up, gone=name)
    found = {key: _renamed(value, move) for key, value in scenario.to_dict().items()}
    renamed = {key: value for key, value in found.items() if value is not _GONE}
    count = "spares" if name in scenario.acceptor_names[scenario.acceptors :] else _COUNTED_AS[role]
    renamed[count] -= 1
    return Scenario.from_dict(renamed, where="smaller")


def schedule_without(schedule: Schedule, name: NodeId) -> Schedule:
    """Return what is left of a schedule without a node."""
    move = partial(_moved_up, gone=name)
    found = (_decision_renamed(decision, move) for decision in schedule)
    return tuple(decision for decision in found if decision is not None)


def schedule_within(schedule: Schedule, scenario: Scenario) -> Schedule:
    """Return what of a schedule is about nodes that a scenario has."""
    known = {*scenario.node_names, NEMESIS}
    return tuple(decision for decision in schedule if known.issuperset(decision.key.place))


def schedule_earlier(schedule: Schedule) -> Schedule:
    """Return a schedule about the slots from 0 on, and the first rounds, where it names later ones:
    what came before may not have mattered.
    """
    whats = [msgspec.json.decode(decision.key.what) for decision in schedule]
    slots = [what[name] for what in whats for name in _SLOTS if type(what.get(name)) is int]
    ballots = [what[name] for what in whats for name in _BALLOTS if _is_ballot(what.get(name))]
    rounds = [ballot[0] for ballot in ballots]
    slots_down, rounds_down = min(slots, default=0), max(min(rounds, default=1) - 1, 0)
    if not (slots_down or rounds_down):
        return schedule
    found: list[Decision] = []
    for decision, what in zip(schedule, whats, strict=True):
        for name in _SLOTS:
            if type(what.get(name)) is int:
                what[name] -= slots_down
        for name in _BALLOTS:
            if _is_ballot(what.get(name)):
                what[name][0] = max(what[name][0] - rounds_down, 0)
        key = decision.key
        found.append(Decision(Key(key.kind, key.place, name_of(what), key.copy), decision.answer))
    return schedule if len({one.key for one in found}) < len(found) else tuple(found)


def _is_ballot(found: object) -> bool:
    return isinstance(found, list) and len(found) == len(("round", "leader"))


Move = Callable[[NodeId], NodeId | None]


def _moved_up(name: NodeId, gone: NodeId) -> NodeId | None:
    """Return a node's new name; None for the one that is gone."""
    if name == gone:
        return None
    role, _, index = name.rpartition("-")
    if role == gone.rpartition("-")[0] and int(index) > index_of(gone):
        return f"{role}-{int(index) - 1}"
    return name


def _decision_renamed(decision: Decision, move: Move) -> Decision | None:
    key, answer = decision.key, decision.answer
    places = tuple(move(name) if _NODE.fullmatch(name) else name for name in key.place)
    place = tuple(name for name in places if name is not None)
    what = _renamed(msgspec.json.decode(key.what), move)
    if len(place) < len(places) or what is _GONE:
        return None
    if isinstance(answer, str) and answer.startswith("{"):
        renamed = _renamed(msgspec.json.decode(answer), move)
        if renamed is _GONE:
            return None
        answer = name_of(renamed)
    return Decision(Key(key.kind, place, name_of(what), key.copy), answer)


def _renamed(found: Any, move: Move, field: str = "") -> Any:  # noqa: ANN401 - any JSON
    """Return JSON with nodes renamed; `_GONE` for what names one that is gone."""
    if isinstance(found, str):
        renamed = move(found) if _NODE.fullmatch(found) else found
        return _GONE if renamed is None else renamed
    if isinstance(found, dict):
        return _table_renamed(found, move)
    if not isinstance(found, list | tuple):
        return found
    if field in _BALLOTS and _is_ballot(found):
        leader = move(f"leader-{found[1]}")
        return _GONE if leader is None else [found[0], index_of(leader)]
    items = [_renamed(item, move) for item in found]
    return [item for item in items if item is not _GONE]


def _table_renamed(found: dict[str, Any], move: Move) -> Any:  # noqa: ANN401 - any JSON
    table: dict[str, Any] = {}
    for key, value in found.items():
        name = move(key) if _NODE.fullmatch(key) else key
        renamed = _renamed(value, move, key)
        if name is None:
            continue
        if renamed is _GONE:
            return _GONE
        if renamed == [] and value:
            return _GONE  # a list that named nobody else
        table[name] = renamed
    return table
