"""Detours: ways to the same violation that taking events out, one by one, does not find.

A leader whose first ballot was refused comes back with a higher one. Often another leader, whose
index is higher, would not have been refused at all: but then who does what is exchanged, and the
refusal, what led to it and the timer that waited go at one stroke. Or all goes that any leader did
before its last try, as far as that left anything behind, too.
"""

from collections.abc import Iterator, Sequence
from itertools import islice, permutations

from paxos_des.engine.pool import Event
from paxos_des.explore.script import Named
from paxos_des.names import NodeId, client_name, index_of, leader_name

EXCHANGES_MAX = 6


def straightened(
    events: Sequence[Event], names: Sequence[Named], leaders: Sequence[NodeId]
) -> Iterator[list[Named]]:
    """Yield what is left of some events without their detours, with leaders exchanged in each way;
    nothing where there is no timer among them.

    Parameters
    ----------
    events, names
        What happened, and what it is called.
    leaders
        Those of the cluster, in order; clients of the same index go with them.
    """
    detours = _detours(events)
    if not detours:
        return
    ways = dict.fromkeys((detours, _tried_before(events, leaders)))
    for left_out in ways:
        straight = [name for place, name in enumerate(names) if place not in left_out]
        yield from _exchanged(straight, leaders)


def _exchanged(straight: Sequence[Named], leaders: Sequence[NodeId]) -> Iterator[list[Named]]:
    parts = sorted({index_of(name.node) for name in straight if name.node in leaders})
    for others in islice(permutations(parts), EXCHANGES_MAX):
        exchanged: dict[NodeId, NodeId] = {}
        for index, other in zip(parts, others, strict=True):
            exchanged[leader_name(index)] = leader_name(other)
            exchanged[client_name(index)] = client_name(other)
        yield [
            name._replace(
                node=exchanged.get(name.node, name.node), peer=exchanged.get(name.peer, name.peer)
            )
            for name in straight
        ]


def _detours(events: Sequence[Event]) -> frozenset[int]:
    """Return the places of timers, and of all that led to nothing else; what was there at the start
    is no detour.
    """
    places = {event.number: place for place, event in enumerate(events)}
    leads_to: dict[int, set[int]] = {}
    for place, event in enumerate(events):
        if event.parent in places:
            leads_to.setdefault(places[event.parent], set()).add(place)
    found = {place for place, event in enumerate(events) if event.kind == "timer"}
    for place in reversed(range(len(events))):
        led_to = leads_to.get(place, set())
        if led_to and led_to <= found and events[place].parent in places:
            found.add(place)
    return frozenset(found)


def _tried_before(events: Sequence[Event], leaders: Sequence[NodeId]) -> frozenset[int]:
    """Return the places of timers, and of all that followed from any try of a leader but its last;
    how the first one began stays, for now the last begins so.
    """
    tries: dict[int, tuple[NodeId, int]] = {}
    last: dict[NodeId, int] = {}
    beginnings: set[int] = set()
    for place, event in enumerate(events):
        node, before = event.node, tries.get(event.parent)
        if before is None or event.kind == "timer":
            beginnings.add(place)
            if node in leaders:
                tries[event.number] = (node, event.number)
                last[node] = event.number
        else:
            tries[event.number] = before
            if event.kind == "fsync" and node == before[0]:
                beginnings.add(place)
    return frozenset(
        place
        for place, event in enumerate(events)
        if event.kind == "timer"
        or (
            place not in beginnings
            and (of := tries.get(event.number)) is not None
            and of[1] != last[of[0]]
        )
    )
