"""Endings: what faults of a scenario leave behind, and whether the cluster can live with it."""

from collections.abc import Iterable
from typing import NamedTuple

from paxos_des.cluster.aims import Roles
from paxos_des.cluster.faults import Fault
from paxos_des.names import NodeId
from paxos_des.protocol.quorum import Quorums

_LASTS = ("fail", "crash", "pause", "fsync-fails", "cut", "partition", "hold")
_UNDOES = {
    "heal": ("fail",),
    "restart": ("crash", "fsync-fails"),
    "resume": ("pause",),
    "mend": ("cut", "partition", "hold"),
    "release": ("hold",),
}
_Place = tuple[NodeId, ...]


class Ending(NamedTuple):
    """What is never undone: the nodes that stay away, and the links over which nothing goes.

    Attributes
    ----------
    faults
        Which faults left that, in order.
    """

    nodes: frozenset[NodeId]
    links: frozenset[_Place]
    faults: tuple[Fault, ...]

    def has_quorum(
        self, leaders: tuple[NodeId, ...], members: tuple[NodeId, ...], quorums: Quorums
    ) -> bool:
        """Return whether some leader that is left reaches a quorum of each phase."""
        for leader in leaders:
            reached = frozenset(
                name for name in members
                if name not in self.nodes
                and self.links.isdisjoint(((leader, name), (name, leader)))
            )  # fmt: skip
            is_enough = quorums.is_phase1(reached) and quorums.is_phase2(reached)
            if leader not in self.nodes and is_enough:
                return True
        return False


def ending_of(faults: Iterable[Fault], roles: Roles, failed: Iterable[NodeId]) -> Ending:
    """Return what lasts when all faults have happened; `failed` nodes fail at the start.

    The primary is whoever it will be: here, what befalls it befalls the highest leader.
    """
    lasting: dict[tuple[str, _Place], Fault] = {
        ("fail", (name,)): Fault(0, "fail", (name,)) for name in failed
    }
    for fault in sorted(faults, key=lambda one: one.at_us):
        if fault.kind == "heal-all":
            lasting.clear()
        elif fault.kind in _UNDOES:
            for place in _places(fault, roles):
                for what in _UNDOES[fault.kind]:
                    lasting.pop((what, place), None)
        elif fault.kind in _LASTS and fault.for_us is None:
            lasting |= {(fault.kind, place): fault for place in _places(fault, roles)}
    return Ending(
        frozenset(place[0] for _, place in lasting if len(place) == 1),
        frozenset(place for _, place in lasting if len(place) > 1),
        tuple(dict.fromkeys(lasting.values())),
    )


def end_of(fault: Fault) -> int:
    """Return when a fault is over; one that lasts is, once it has happened."""
    return fault.at_us + max(fault.for_us or 0, fault.times * fault.every_us)


def _places(fault: Fault, roles: Roles) -> tuple[_Place, ...]:
    primary = roles.leaders[-1]
    if fault.kind in ("cut", "partition", "hold", "mend", "release"):
        return roles.links(fault, primary)
    return tuple((name,) for name in roles.nodes(fault, primary))
