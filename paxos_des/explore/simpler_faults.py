"""Plainer faults: a crash in place of a storm, a cut link in place of a partition, one node in
place of a pattern, for good in place of for a time, at a rounder time, for a shorter one.
"""

from collections.abc import Iterator
from dataclasses import replace

from paxos_des.cluster.aims import Roles
from paxos_des.cluster.faults import PRIMARY, RULES, TRUE_RATE_PPM, Fault, FaultKind
from paxos_des.explore.durations import clumsiness, simpler_numbers
from paxos_des.names import NodeId

_PLAINER_KIND: dict[FaultKind, FaultKind] = {
    "storm": "crash", "flap": "cut", "filter": "cut", "bandwidth": "clog", "misdirect": "rot",
    "fsync-fails": "crash", "slow-disk": "slow", "hold": "cut", "pause": "fail",
}  # fmt: skip
"""What may do the same with fewer words; never round in a circle."""
_KINDS: tuple[FaultKind, ...] = (
    "crash", "cut", "fail", "clog", "slow", "rot", "rate", "step", "pause", "hold", "filter",
    "bandwidth", "fsync-fails", "slow-disk", "misdirect", "storm", "flap", "partition",
)  # fmt: skip
"""The plainest first; those that undo come last, and are all alike."""
_TIMES_MIN = 2


def simpler_faults(fault: Fault, roles: Roles) -> tuple[Fault, ...]:
    """Return faults that could stand in place of one: plainer deeds first, then fewer nodes, then
    without an end, then rounder and shorter times. All are lighter by `fault_weight`.
    """
    mine = fault_weight(fault)
    found = dict.fromkeys(
        (
            *_plainer_deeds(fault, roles),
            *_fewer_nodes(fault, roles),
            *_plainer_options(fault),
            *_rounder_times(fault),
        )
    )
    return tuple(other for other in found if fault_weight(other) < mine)


def fault_weight(fault: Fault) -> tuple[int, ...]:
    """Return how simple a fault is, in comparable numbers: the lower, the simpler."""
    kind = _KINDS.index(fault.kind) if fault.kind in _KINDS else len(_KINDS)
    options = (fault.ways == "both") + (fault.when != "now") + (fault.back != 1) + (fault.draw != 0)
    numbers = (fault.for_us or 0, fault.by_us, fault.every_us, fault.rate_ppm - TRUE_RATE_PPM)
    return (
        kind,
        sum(map(len, fault.groups)) + len(fault.types),
        sum(map(_breadth, fault.nodes)),
        int(fault.for_us is not None) + options,
        fault.times + fault.back + fault.draw,
        sum(map(clumsiness, (*numbers, fault.at_us))),
        sum(map(abs, numbers)) + fault.at_us,
    )


def _breadth(name: NodeId) -> int:
    """Return how much there is to a name: a node, the primary, or a pattern."""
    if name == PRIMARY:
        return 1
    return 2 if any(sign in name for sign in "*?[") else 0


def _plainer_deeds(fault: Fault, roles: Roles) -> Iterator[Fault]:
    if fault.kind == "partition":
        leader = roles.leaders[-1]
        yield from (Fault(fault.at_us, "cut", link) for link in roles.links(fault, leader))
        return
    kind = _PLAINER_KIND.get(fault.kind)
    if kind is None:
        return
    for_us = fault.for_us
    if fault.kind in ("storm", "flap"):
        for_us = fault.every_us // 2
    rule = RULES[kind]
    by_us = fault.by_us if "by" in rule.required else 0
    plain = Fault(fault.at_us, kind, fault.nodes, by_us=by_us)
    if "ways" in rule.optional:
        plain = replace(plain, ways=fault.ways)
    yield plain
    if for_us is not None:
        yield replace(plain, for_us=for_us)


def _fewer_nodes(fault: Fault, roles: Roles) -> Iterator[Fault]:
    for place, name in enumerate(fault.nodes):
        if not _breadth(name):
            continue
        for other in _meant(fault, place, roles):
            nodes = (*fault.nodes[:place], other, *fault.nodes[place + 1 :])
            yield replace(fault, nodes=nodes)
    for place, group in enumerate(fault.groups):
        for name in group:
            fewer = tuple(other for other in group if other != name)
            if fewer:
                yield replace(
                    fault, groups=(*fault.groups[:place], fewer, *fault.groups[place + 1 :])
                )
    if len(fault.types) > 1:
        yield from (replace(fault, types=(kind,)) for kind in fault.types)


def _meant(fault: Fault, place: int, roles: Roles) -> Iterator[NodeId]:
    """Return the nodes that the name at a place may mean."""
    if len(fault.nodes) == 1:
        found = (roles.nodes(fault, leader) for leader in roles.leaders)
        yield from dict.fromkeys(name for names in found for name in names)
        return
    links = (link for leader in roles.leaders for link in roles.links(fault, leader))
    yield from dict.fromkeys(link[place] for link in links)


def _plainer_options(fault: Fault) -> Iterator[Fault]:
    if fault.for_us is not None:
        yield replace(fault, for_us=None)
    if fault.when != "now":
        yield replace(fault, when="now")
    if fault.ways == "both":
        yield replace(fault, ways="one")
        if len(fault.nodes) > 1:
            yield replace(fault, ways="one", nodes=fault.nodes[::-1])
    if fault.times > _TIMES_MIN:
        yield from (replace(fault, times=times) for times in range(_TIMES_MIN, fault.times))
    if fault.back > 1:
        yield replace(fault, back=1)
    if fault.draw:
        yield from (replace(fault, draw=draw) for draw in (0, 1) if draw != fault.draw)


def _rounder_times(fault: Fault) -> Iterator[Fault]:
    for at_us in simpler_numbers(fault.at_us, 0):
        yield replace(fault, at_us=at_us)
    if fault.at_us:
        yield replace(fault, at_us=0)
    if fault.for_us is not None:
        yield from (replace(fault, for_us=us) for us in simpler_numbers(fault.for_us, 0) if us)
    if fault.by_us:
        yield from (replace(fault, by_us=us) for us in simpler_numbers(fault.by_us, 0) if us)
    if fault.every_us:
        numbers = simpler_numbers(fault.every_us, 0)
        yield from (replace(fault, every_us=us) for us in numbers if us >= _TIMES_MIN)
    if fault.rate_ppm != TRUE_RATE_PPM:
        for ppm in simpler_numbers(fault.rate_ppm - TRUE_RATE_PPM, 0):
            if ppm:
                yield replace(fault, rate_ppm=TRUE_RATE_PPM + ppm)
