"""Smaller scenarios, in a stated order: what befalls the cluster first, then its size, then what
it does beyond agreeing.

1. Without a time within which all has to be well; without the nemesis, or lives: what they do is
   then done by the schedule's own faults.
2. Without the scenario's faults; without each of them.
3. Fewer clients, leaders, acceptors, spares, changes of acceptors; without each single node, the
   others moving up; fewer values. Never fewer than three acceptors: with less, nothing may fail,
   and a quorum is everyone.
4. All that is beside the point as plain as can be; each of it.
5. In the end a horizon that is shortly after the violation.

A scenario that cannot be is passed over. What a schedule says of nodes that are gone goes too.
"""

from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

from paxos_des.cluster.faults import NEEDS_CLOCK, NEEDS_DISK, Fault
from paxos_des.cluster.havoc import NEMESIS, NOTHING
from paxos_des.cluster.keys import KEYS
from paxos_des.cluster.scenario import Scenario
from paxos_des.engine.choices import Decision, Key, name_of
from paxos_des.errors import InputError
from paxos_des.explore.durations import PLAINEST, round_above
from paxos_des.explore.question import Schedule
from paxos_des.explore.renaming import (
    schedule_earlier,
    schedule_within,
    schedule_without,
    without_node,
)

ACCEPTORS_MIN = 3


class Smaller(NamedTuple):
    """A smaller scenario, and what is left of the schedule in it."""

    scenario: Scenario
    schedule: Schedule


Way = Callable[[Scenario, Schedule], Iterator[Smaller]]

PLAIN: tuple[dict[str, Any], ...] = (
    {"reads": "log"},
    {"snapshot_every": "never"},
    {key: KEYS[key].default for key in ("replica", "operations", "keys", "reads",
                                        "snapshot_every")},
    {"clocks": ()},
    {key: KEYS[key].default for key in ("fsync", "disk_faults", "disks")},
    {"pump": "plain"},
    {"ties": "first-come"},
    {"heartbeats": "off"},
    dict.fromkeys(("think_min_us", "think_max_us"), 0),
    {"arrivals": "closed"},
    {"retry_jitter": 0.0, "retry_max_us": 0},
    {"failed_acceptors": 0},
    {"failed_leaders": 0},
    {"settle_us": 0},
    {"round_trips": None, "cities": ()},
)  # fmt: skip
"""What is plain, key by key; those that go together stand together."""


def ways() -> tuple[Way, ...]:
    """Return the ways to make a scenario smaller, in order; each gives the simplest first."""
    return (
        _without_deadline,
        _without_nemesis,
        _without_lives,
        _fewer_faults,
        _fewer("clients", "client_names", 1),
        _fewer("leaders", "leader_names", 1),
        _fewer("acceptors", "member_names", ACCEPTORS_MIN),
        _without_spares,
        _fewer_changes,
        _fewer_values,
        _plainer,
    )


def shorter(scenario: Scenario, at_us: int) -> Iterator[Scenario]:
    """Return a scenario that ends at a round time shortly after `at_us`."""
    horizon_us = round_above(at_us + 1)
    if horizon_us < scenario.horizon_us:
        found = _but(scenario, (), {"horizon_us": horizon_us})
        if found is not None:
            yield found.scenario


def size_of(scenario: Scenario) -> tuple[int, ...]:
    """Return how large a scenario is, in comparable numbers: the lower, the smaller."""
    plain = [
        sum(getattr(scenario, key) != value for key, value in changes.items()) for changes in PLAIN
    ]
    return (
        int(scenario.nemesis is not None) + len(scenario.lives),
        scenario.leaders + scenario.acceptors + scenario.spares + scenario.clients,
        len(scenario.changes),
        scenario.values,
        sum(plain) + (scenario.live_within_us is not None),
        scenario.horizon_us,
    )


def _but(scenario: Scenario, schedule: Schedule, changes: dict[str, Any]) -> Smaller | None:
    """Return a changed scenario; None where that cannot be, or is none."""
    if all(getattr(scenario, key) == value for key, value in changes.items()):
        return None
    try:
        found = scenario.replace(**changes)
    except InputError:
        return None
    return Smaller(found, schedule_within(schedule, found))


def _all(scenario: Scenario, schedule: Schedule, *changes: dict[str, Any]) -> Iterator[Smaller]:
    for change in changes:
        found = _but(scenario, schedule, change)
        if found is not None:
            yield found


def _without_deadline(scenario: Scenario, schedule: Schedule) -> Iterator[Smaller]:
    yield from _all(scenario, schedule, {"live_within_us": None})


def _without_nemesis(scenario: Scenario, schedule: Schedule) -> Iterator[Smaller]:
    if scenario.nemesis is None:
        return
    own = _with_own_faults(schedule, "step")
    yield from _all(scenario, own, {"nemesis": None, **_means(scenario, own)})


def _without_lives(scenario: Scenario, schedule: Schedule) -> Iterator[Smaller]:
    if not scenario.lives:
        return
    own = _with_own_faults(schedule, "life")
    yield from _all(scenario, own, {"lives": (), **_means(scenario, own)})


def _means(scenario: Scenario, schedule: Schedule) -> dict[str, Any]:
    """Return what keeps for nodes the disks and clocks that a schedule's own faults befall."""
    kinds = {
        Fault.from_text(str(decision.answer), "schedule").kind
        for decision in schedule
        if decision.key.kind == "fault" and decision.answer != NOTHING
    }
    changes: dict[str, Any] = {}
    if scenario.has_disks and not NEEDS_DISK.isdisjoint(kinds):
        changes["disks"] = "on"
    if scenario.has_clocks and not NEEDS_CLOCK.isdisjoint(kinds):
        changes["clocks"] = scenario.clocks or ({"node": "*", "rate": 1},)
    return changes


def _with_own_faults(schedule: Schedule, of: str) -> Schedule:
    """Return a schedule whose own faults do what a `step` of the nemesis did, or the end of a
    `life`.
    """
    found: list[Decision] = []
    number = sum(decision.key.kind == "fault" for decision in schedule)
    for decision in schedule:
        kind = decision.key.kind
        if kind in ("nemesis", "fault") and decision.key.what.startswith(f'{{"{of}"'):
            if decision.answer != NOTHING:
                number += 1
                key = Key("fault", (NEMESIS,), name_of({"number": number}), 1)
                found.append(Decision(key, decision.answer))
        elif of != "step" or kind != "nemesis":
            found.append(decision)
    return tuple(found)


def _fewer_faults(scenario: Scenario, schedule: Schedule) -> Iterator[Smaller]:
    if not scenario.faults:
        return
    yield from _all(scenario, schedule, {"faults": ()})
    for place in reversed(range(len(scenario.faults))):
        found = without_faults(scenario, schedule, range(place, place + 1))
        if found is not None:
            yield found


def without_faults(scenario: Scenario, schedule: Schedule, places: range) -> Smaller | None:
    """Return a scenario without some of its faults in a row; None where that cannot be."""
    faults = scenario.faults
    return _but(scenario, schedule, {"faults": faults[: places.start] + faults[places.stop :]})


def _fewer(count: str, names: str, least: int) -> Way:
    """Return the way to fewer nodes of a role: the first few of them, or all but one."""

    def way(scenario: Scenario, schedule: Schedule) -> Iterator[Smaller]:
        known = getattr(scenario, names)
        number = getattr(scenario, count)
        if number <= least:
            return
        yield from _all(scenario, schedule, *({count: fewer} for fewer in range(least, number)))
        for name in reversed(known[:-1]):
            try:
                yield Smaller(without_node(scenario, name), schedule_without(schedule, name))
            except InputError:
                continue

    return way


def _without_spares(scenario: Scenario, schedule: Schedule) -> Iterator[Smaller]:
    yield from _all(scenario, schedule, *({"spares": few} for few in range(scenario.spares)))


def _fewer_changes(scenario: Scenario, schedule: Schedule) -> Iterator[Smaller]:
    changes = scenario.changes
    if not changes:
        return
    none = {"changes": (), "reconfigure_after": "never"}
    each = (
        {"changes": changes[:place] + changes[place + 1 :]}
        for place in reversed(range(len(changes)))
    )
    yield from _all(scenario, schedule, {**none, "spares": 0}, none, *each)


def _fewer_values(scenario: Scenario, schedule: Schedule) -> Iterator[Smaller]:
    """Ask for 1, 2, 5, 10 … values; for one less."""
    powers = (10**power for power in range(len(str(scenario.values))))
    few = [step * power for power in powers for step in PLAINEST if step * power < scenario.values]
    fewer = dict.fromkeys((*few, max(scenario.values - 1, 1)))
    earlier = schedule_earlier(schedule)
    for values in fewer:
        yield from _all(scenario, schedule, {"values": values})
        if earlier != schedule:
            yield from _all(scenario, earlier, {"values": values})


def _plainer(scenario: Scenario, schedule: Schedule) -> Iterator[Smaller]:
    everything = {key: value for changes in PLAIN for key, value in changes.items()}
    yield from _all(scenario, schedule, everything, *PLAIN)
