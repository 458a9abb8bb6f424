"""Faults that Hypothesis draws: what befalls a cluster, when, and for how long.

A fault is drawn as three small numbers (which, when, how long), so that it can be taken out of a
list at one stroke, and made plainer one number at a time.
"""

from collections.abc import Collection, Iterator
from dataclasses import replace
from functools import lru_cache
from typing import Any

from hypothesis import strategies as st

from paxos_des.cluster.aims import Roles, check_fault
from paxos_des.cluster.fault_model import DRAWN
from paxos_des.cluster.faults import (
    NEEDS_CLOCK,
    NEEDS_DISK,
    PRIMARY,
    RULES,
    TRUE_RATE_PPM,
    Fault,
    FaultKind,
)
from paxos_des.cluster.havoc import NEMESIS
from paxos_des.cluster.partitions import SHAPES
from paxos_des.cluster.scenario import Scenario
from paxos_des.engine.choices import Decision, Key, name_of
from paxos_des.errors import InputError, ScenarioError, shorten
from paxos_des.names import NodeId, nearest
from paxos_des.testing.questions import dull_run_of, require_scenario

FaultPlan = tuple[Fault, ...]
"""For `scenario.replace(faults=plan)`: in the order of time."""

MAX_FAULTS = 6
_MOMENTS = 40
"""Faults begin at so many moments of a run twice as long as the dull one."""
_VARIANTS = 4
_LASTING = (1, 2, 4, 8, 16, 32)
"""Faults last so many moments, or to the end."""
_WITHOUT_END: tuple[FaultKind, ...] = ("step", "storm", "flap")
_IN_SCHEDULES: tuple[FaultKind, ...] = (
    "filter", "cut", "hold", "fail", "pause", "crash", "partition",
    "fsync-fails", "rot", "misdirect", "slow-disk", "rate", "step",
)  # fmt: skip
"""What a schedule's own faults are: the others are the same more often, or slower."""


def fault_plans(
    scenario: Scenario, *, kinds: Collection[str] | None = None, max_faults: int = MAX_FAULTS
) -> st.SearchStrategy[FaultPlan]:
    """Return a strategy for what befalls a scenario's cluster.

    Parameters
    ----------
    scenario
        Whose nodes and links they befall; `scenario.replace(faults=plan)` is allowed for each.
    kinds
        Which kinds of fault, as a nemesis's; None: all that the nodes of this scenario have
        something for (disks, clocks of their own).
    max_faults
        How many there are at most.

    Raises
    ------
    InputError
        When an argument is wrong: one sentence says how.
    """
    require_scenario(scenario)
    if type(max_faults) is not int or max_faults < 0:
        message = f"max_faults: found {shorten(max_faults)}; allowed is an integer from 0"
        raise InputError(message)
    allowed = tuple(kind for kind in DRAWN if _has_means(kind, scenario))
    one = _faults(scenario, allowed if kinds is None else _known(kinds))
    return st.lists(one, max_size=max_faults).map(_in_order)


def faults_of_schedules(scenario: Scenario) -> st.SearchStrategy[Fault]:
    """Return a strategy for the faults of a schedule's own."""
    kinds = tuple(kind for kind in _IN_SCHEDULES if _has_means(kind, scenario))
    return _faults(scenario, kinds)


def as_intervention(fault: Fault, number: int) -> Decision:
    """Return the intervention that lets a fault happen; its number tells it from others."""
    return Decision(Key("fault", (NEMESIS,), name_of({"number": number}), 1), fault.to_text())


def _faults(scenario: Scenario, kinds: tuple[FaultKind, ...]) -> st.SearchStrategy[Fault]:
    end_us = max(2 * dull_run_of(scenario).end_us, _MOMENTS)
    if scenario.nemesis is not None:
        end_us = min(end_us, scenario.nemesis.until_us)  # it heals everything then
    return _one_fault(_forms(scenario.roles, kinds, _drift_ppm(scenario)), _rounded(end_us))


@st.composite
def _one_fault(draw: st.DrawFn, forms: tuple[Fault, ...], moment_us: int) -> Fault:
    form = draw(st.sampled_from(forms))
    at_us = moment_us * draw(_AT)
    for_us = None if form.kind in _WITHOUT_END else moment_us * draw(_FOR) or None
    return replace(form, at_us=at_us, for_us=for_us)


_AT, _FOR = st.integers(0, _MOMENTS), st.sampled_from((*_LASTING, 0))


@lru_cache(maxsize=64)
def _forms(roles: Roles, kinds: tuple[FaultKind, ...], drift_ppm: int) -> tuple[Fault, ...]:
    """Return every fault of these kinds, but for when it is: the plainest of each kind first."""
    found = []
    for fault in (fault for kind in kinds for fault in _of_kind(kind, roles, drift_ppm)):
        try:
            check_fault(fault, roles, "fault")
        except ScenarioError:
            continue  # a shape that cuts nothing in so small a cluster
        found.append(fault)
    return tuple(found)


def _of_kind(kind: FaultKind, roles: Roles, drift_ppm: int) -> Iterator[Fault]:
    if RULES[kind].aim == "link":
        yield from _of_links(kind, roles)
    elif kind == "partition":
        yield from (Fault(0, kind, shape=shape, draw=draw)
                    for shape in SHAPES for draw in range(_VARIANTS))  # fmt: skip
    else:
        clients = roles.clients if kind == "crash" else ()
        for name in (*roles.leaders, *roles.acceptors, PRIMARY, *clients):
            yield from _of_node(kind, name, drift_ppm)


def _of_node(kind: FaultKind, name: NodeId, drift_ppm: int) -> Iterator[Fault]:
    match kind:
        case "crash":
            yield Fault(0, kind, (name,))
            yield Fault(0, kind, (name,), when="before-durable")
            yield Fault(0, kind, (name,), when="after-durable")
        case "rate":
            yield Fault(0, kind, (name,), rate_ppm=TRUE_RATE_PPM - drift_ppm)
            yield Fault(0, kind, (name,), rate_ppm=TRUE_RATE_PPM + drift_ppm)
        case "step":
            yield Fault(0, kind, (name,), by_us=_STEP_US)
            yield Fault(0, kind, (name,), by_us=-_STEP_US)
        case "storm":
            yield Fault(0, kind, (name,), times=_TIMES, every_us=_EVERY_US)
        case _:
            yield Fault(0, kind, (name,), by_us=_BY_US if "by" in RULES[kind].required else 0)


def _of_links(kind: FaultKind, roles: Roles) -> Iterator[Fault]:
    """Return a fault of each link of each leader, one way, and of those to all acceptors."""
    said: dict[str, Any] = {}
    if "by" in RULES[kind].required:
        said = {"by_us": _BY_US}
    elif kind == "flap":
        said = {"times": _TIMES, "every_us": _EVERY_US}
    for leader in roles.leaders:
        for other in (*roles.acceptors, _ACCEPTORS, *roles.leaders):
            if leader == other:
                continue
            if kind == "filter":
                yield from (Fault(0, kind, (leader, other), types=(one,)) for one in _THERE)
                yield from (Fault(0, kind, (other, leader), types=(one,)) for one in _BACK)
            else:
                yield Fault(0, kind, (leader, other), **said)
                yield Fault(0, kind, (other, leader), **said)


_ACCEPTORS = "acceptor-*"
_THERE, _BACK = ("Prepare", "Accept"), ("Promise", "Accepted", "Nack")
"""What a filter loses: on the way from a leader, and to one."""
_BY_US, _STEP_US = 5_000, 100_000
_TIMES, _EVERY_US = 3, 20_000


def _rounded(end_us: int) -> int:
    """Return how far the moments of a run are from each other: a number that people like."""
    rough_us = max(1, end_us // _MOMENTS)
    size: int = 10 ** (len(str(rough_us)) - 1)
    return max(first * size for first in (1, 2, 5) if first * size <= rough_us)


def _drift_ppm(scenario: Scenario) -> int:
    """Return how wrong a clock may be: as wrong as leases allow, where safety rests on them."""
    drift = scenario.lease_drift if scenario.reads == "lease" else 0.05
    return round(drift * TRUE_RATE_PPM)


def _has_means(kind: FaultKind, scenario: Scenario) -> bool:
    if kind in NEEDS_DISK:
        return scenario.has_disks
    return kind not in NEEDS_CLOCK or scenario.has_clocks


def _in_order(faults: list[Fault]) -> FaultPlan:
    return tuple(sorted(faults, key=lambda fault: fault.at_us))


def _known(kinds: Collection[str]) -> tuple[FaultKind, ...]:
    for kind in kinds:
        if kind not in DRAWN:
            hint = nearest(str(kind), DRAWN)
            message = f"kinds: found {shorten(kind)}{hint}; allowed: {', '.join(DRAWN)}"
            raise InputError(message)
    return tuple(kind for kind in DRAWN if kind in kinds)
