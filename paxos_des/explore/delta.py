"""Delta debugging: leaving out of a schedule what a failure does not need.

After Zeller and Hildebrandt, *Simplifying and Isolating Failure-Inducing Input* (IEEE TSE 28(2),
2002): first large parts are left out, then smaller ones, in the end single interventions, until
none can be spared (their 1-minimality, section 3.2). Of their two kinds of test only the
complements are run: what a part alone would do is asked when its complement is large.

Before that, whole groups are left out: all of a kind, of a type of message, of a link, of a
stretch of time. Late parts go first: they disturb nothing that comes before them.
"""

from collections.abc import Callable, Iterable, Sequence
from typing import Any, Literal, NamedTuple

import msgspec

from paxos_des.engine.choices import KINDS, Decision
from paxos_des.explore.question import Found, Question, Schedule
from paxos_des.explore.smaller_scenarios import without_faults

STRETCHES = 8
"""Into so many stretches of time a schedule is divided."""
Label = Callable[[Decision], Any]


class Order(NamedTuple):
    """In which order interventions are tried.

    Attributes
    ----------
    groups
        How they are grouped, one way after the other.
    place
        What they are sorted by, for delta debugging; the first are left out first.
    scenario
        When smaller scenarios are tried: before single interventions are left out, or after.
    """

    name: str
    groups: tuple[Label, ...]
    place: Callable[[int, Decision], Any]
    scenario: Literal["first", "last"]


def kind_of(decision: Decision) -> str:
    """Group a message's doubling with when the double comes: that is nothing without it."""
    return decision.key.kind.removesuffix("-delay").removesuffix("-tie")


def message_of(decision: Decision) -> str:
    """Return the type of what an intervention is about; its kind, where there is none."""
    what: dict[str, Any] = msgspec.json.decode(decision.key.what)
    named = what.get("type", what.get("name"))
    return named if isinstance(named, str) else decision.key.kind


def link_of(decision: Decision) -> str:
    return " ".join(decision.key.place)


def node_of(decision: Decision) -> str:
    return decision.key.place[-1]


def _rank(decision: Decision) -> int:
    return KINDS.index(decision.key.kind)


ORDERS: tuple[Order, ...] = (
    Order("late first", (kind_of, message_of, link_of), lambda index, _: -index, "first"),
    Order("early first", (link_of, kind_of), lambda index, _: index, "last"),
    Order("by kind", (message_of,), lambda index, one: (-_rank(one), -index), "last"),
    Order("by message", (node_of, kind_of), lambda index, one: (message_of(one), -index), "first"),
    Order("by link", (), lambda index, one: (link_of(one), -index), "last"),
)
"""The first is the usual one; the others are where shrinking starts anew, to leave a local
minimum."""


def spare_groups(question: Question, found: Found, order: Order) -> Found:
    """Leave out everything, if that will do, or else whole groups that can be spared."""
    if found.schedule:
        found = question.ask(found.setting, ()) or found
    for label in order.groups:
        found = _without_groups(question, found, label)
    return found


def spare_parts(question: Question, found: Found, order: Order) -> Found:
    """Leave out halves, quarters and so on, down to single interventions, none of which can be
    spared in the end.
    """
    size = (len(found.schedule) + 1) // 2
    while found.schedule:
        before = len(found.schedule)
        for part in _parts(_ordered(found.schedule, order), size):
            left = set(found.schedule).intersection(part)
            if left:
                found = question.ask(found.setting, without(found.schedule, left)) or found
        if size > 1:
            size = min((size + 1) // 2, max(1, len(found.schedule) // 2))
        elif len(found.schedule) == before:
            break
    return found


def spare_faults(question: Question, found: Found) -> Found:
    """Leave out halves, quarters and so on of the scenario's faults, down to single ones: a storm
    of crashes has one that matters, and to find it one by one would take all else apart each time.
    """
    size = len(found.scenario.faults)
    while found.scenario.faults:
        before = len(found.scenario.faults)
        for end in range(before, 0, -size):
            places = range(max(0, end - size), end)
            smaller = without_faults(found.scenario, found.schedule, places)
            if smaller is not None:
                setting = question.setting(smaller.scenario)
                found = question.ask(setting, smaller.schedule) or found
        if size > 1:
            size = min((size + 1) // 2, max(1, len(found.scenario.faults) // 2))
        elif len(found.scenario.faults) == before:
            break
    return found


def without(schedule: Schedule, left_out: Iterable[Decision]) -> Schedule:
    gone = set(left_out)
    return tuple(decision for decision in schedule if decision not in gone)


def _without_groups(question: Question, found: Found, label: Label) -> Found:
    """Leave out groups of more than one, the largest first."""
    groups: dict[Any, list[Decision]] = {}
    for decision in reversed(found.schedule):
        groups.setdefault(label(decision), []).append(decision)
    if len(groups) == 1:
        return found
    for group in sorted(groups.values(), key=len, reverse=True):
        left = set(found.schedule).intersection(group)
        if len(left) > 1:
            rest = without(found.schedule, left)
            found = question.ask(found.setting, rest) or found
    return found


def _ordered(schedule: Schedule, order: Order) -> Sequence[Decision]:
    numbered = sorted(enumerate(schedule), key=lambda item: order.place(*item))
    return [decision for _, decision in numbered]


def _parts(ordered: Sequence[Decision], size: int) -> list[Sequence[Decision]]:
    return [ordered[start : start + size] for start in range(0, len(ordered), size)]
