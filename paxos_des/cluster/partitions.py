"""Partitions by name: which links are cut, as pure functions of the cluster and one number.

A shape is asked for the leaders, the acceptors, the leader that believes itself primary, and a
number that chooses among its variants; it answers with pairs that do not hear each other, of
which `cut_in_shape` leaves those that have a link. Only leaders talk to acceptors, and to each
other: there are no links between acceptors. Clients are in no shape, and reach all leaders; a
leader that is cut off from the acceptors can answer them nothing new.

Quorum loss, constrained election and chained are the partial partitions that *Omni-Paxos:
Breaking the Barriers of Partial Connectivity* (Ng, Haridi, Carbone, EuroSys 2023, section 2)
found to stop other protocols for as long as they last: there, every server is leader and acceptor
in one; here, acceptors only answer, so each picture says what becomes of it.

In the pictures, P is the primary, L another leader, `a` an acceptor; lines are links that work,
both ways.
"""

from collections.abc import Callable, Iterable

from paxos_des.names import NodeId

Link = tuple[NodeId, NodeId]
Links = tuple[Link, ...]
"""Directed links, in order."""
Names = tuple[NodeId, ...]
Shape = Callable[[Names, Names, NodeId, int], Links]


def halves(leaders: Names, acceptors: Names, primary: NodeId, draw: int) -> Links:
    """Two sides that do not hear each other; which half the primary is in, the draw says.

        P  a  a   |   L  a  a  a

    A side with a phase-1 and a phase-2 quorum goes on.
    """
    first, second = _sides(leaders, acceptors, primary, draw)
    return _apart(first, second)


def isolate(leaders: Names, acceptors: Names, primary: NodeId, draw: int) -> Links:
    """One node, which the draw names, hears nobody and is heard by nobody.

    a   |   P  L  a  a  a  a
    """
    del primary
    nodes = (*acceptors, *leaders)
    alone = nodes[draw % len(nodes)]
    return _apart((alone,), tuple(name for name in nodes if name != alone))


def bridge(leaders: Names, acceptors: Names, primary: NodeId, draw: int) -> Links:
    """Two sides that do not hear each other, and one acceptor that hears both.

        P  a  a --- a --- L  a  a

    With five acceptors, both sides have a majority with the one between them: two leaders
    at work that do not hear of each other but by its refusals.
    """
    between = acceptors[draw % len(acceptors)]
    others = tuple(name for name in acceptors if name != between)
    first, second = _sides(leaders, others, primary, draw // len(acceptors))
    return _apart(first, second)


def ring(leaders: Names, acceptors: Names, primary: NodeId, draw: int) -> Links:
    """Each leader hears a majority of the acceptors, each another one, and only its neighbours
    among the leaders: every two majorities overlap, and no leader sees all.

             a   a   a   a   a
         P   *   *   *
         L           *   *   *
    """
    del primary
    size = len(acceptors) // 2 + 1
    step = max(1, len(acceptors) // max(1, len(leaders)))
    cut: list[Link] = []
    for place, leader in enumerate(leaders):
        heard = _some(acceptors, size, draw + place * step)
        cut += _apart((leader,), _without(acceptors, heard))
        near = {leaders[place - 1], leaders[(place + 1) % len(leaders)], leader}
        cut += ((leader, other) for other in leaders if other not in near)
    return _in_order(cut)


def primary_alone(leaders: Names, acceptors: Names, primary: NodeId, draw: int) -> Links:
    """Leave the primary alone: heard by nobody, it still believes that it is primary.

    P   |   L  a  a  a  a  a
    """
    del draw
    return _apart((primary,), _without((*leaders, *acceptors), (primary,)))


def quorum_loss(leaders: Names, acceptors: Names, primary: NodeId, draw: int) -> Links:
    """Take the primary's majority away, and leave it a hub that hears it: another leader, the
    only one that still reaches all acceptors.

        P --- L --- a a a a a         a few of them hear P too

    The primary's heartbeats keep the hub from taking over. (In the paper, servers hear nobody but
    the hub, which hears the leader and so does not start an election.) With one leader, it has
    just lost its majority.
    """
    others = _without(leaders, (primary,))
    few = _some(acceptors, (len(acceptors) - 1) // 2, draw)
    cut = [*_apart((primary,), _without(acceptors, few))]
    if others:
        hub = others[draw % len(others)]
        rest = _without(others, (hub,))
        cut += _apart(rest, (primary, *acceptors))
        cut += _among(rest)
    return _in_order(cut)


def constrained_election(leaders: Names, acceptors: Names, primary: NodeId, draw: int) -> Links:
    """Leave the primary alone, and among the others just one majority to just one leader, the hub.

        P   |   L --- a a a   a a      other leaders hear the hub, and fewer acceptors

    So only the hub can be elected, whatever it has learned, and no acceptor more may be lost. (In
    the paper, the hub has the shorter log, and protocols that want the longest elect nobody.)
    """
    size = len(acceptors) // 2 + 1
    others = _without(leaders, (primary,))
    cut = [*primary_alone(leaders, acceptors, primary, draw)]
    if others:
        hub = others[draw % len(others)]
        near = _some(acceptors, size, draw // len(others))
        rest = _without(others, (hub,))
        cut += _apart((hub,), _without(acceptors, near))
        cut += _apart(rest, _without(acceptors, near[: (len(acceptors) - 1) // 2]))
        cut += _among(rest)
    return _in_order(cut)


def chained(leaders: Names, acceptors: Names, primary: NodeId, draw: int) -> Links:
    """Make the leaders a chain, the primary at its end: each hears its neighbours alone.

        P --- L --- L            two leaders:  P --- a a a a a --- L

    Who does not hear the primary takes over, is overtaken by a leader that it does not hear, and
    so on, as long as all reach the acceptors. Of two leaders, the acceptors are what is between.
    """
    del acceptors
    others = _without(leaders, (primary,))
    start = draw % len(others) if others else 0
    chain = (primary, *others[start:], *others[:start])
    if len(chain) == len(("primary", "other")):
        return _apart(chain[:1], chain[1:])
    cut = [
        (one, other) for place, one in enumerate(chain) for distance, other in enumerate(chain)
        if abs(place - distance) > 1
    ]  # fmt: skip
    return _in_order(cut)


SHAPES: dict[str, Shape] = {
    "halves": halves,
    "isolate": isolate,
    "bridge": bridge,
    "ring": ring,
    "primary-alone": primary_alone,
    "quorum-loss": quorum_loss,
    "constrained-election": constrained_election,
    "chained": chained,
}


def cut_in_shape(shape: str, leaders: Names, acceptors: Names, primary: NodeId, draw: int) -> Links:
    """Return the links that a shape cuts, of those that there are."""
    cut = SHAPES[shape](leaders, acceptors, primary, draw)
    return tuple(link for link in cut if not set(leaders).isdisjoint(link))


def between_groups(groups: Iterable[Iterable[NodeId]], nodes: Names) -> Links:
    """Return the pairs of nodes that share no group; who is in none is in all."""
    members = [frozenset(group) for group in groups]
    found = {
        name: frozenset(place for place, group in enumerate(members) if name in group)
        for name in nodes
    }
    return tuple(
        (one, other) for one in nodes for other in nodes
        if one != other and found[one] and found[other] and found[one].isdisjoint(found[other])
    )  # fmt: skip


def _sides(leaders: Names, acceptors: Names, primary: NodeId, draw: int) -> tuple[Names, Names]:
    """Return two sides: half of the leaders and of the acceptors each, the primary first.

    An even draw gives the primary the smaller half of the acceptors, an odd one the larger.
    """
    others = _without(leaders, (primary,))
    few = len(acceptors) // 2
    near = _some(acceptors, few if draw % 2 == 0 else len(acceptors) - few, draw // 2)
    with_primary = (primary, *others[: (len(leaders) - 1) // 2])
    return (
        (*with_primary, *near),
        (*_without(leaders, with_primary), *_without(acceptors, near)),
    )


def _some(names: Names, size: int, start: int) -> Names:
    """Return so many of the names, from one on, as on a ring."""
    return tuple(names[(start + place) % len(names)] for place in range(size))


def _without(names: Names, left_out: Names) -> Names:
    return tuple(name for name in names if name not in left_out)


def _apart(first: Names, second: Names) -> Links:
    return _in_order(
        link for one in first for other in second for link in ((one, other), (other, one))
    )


def _among(names: Names) -> Links:
    return tuple((one, other) for one in names for other in names if one != other)


def _in_order(links: Iterable[Link]) -> Links:
    return tuple(sorted(set(links)))
