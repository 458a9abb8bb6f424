"""Changes of the set of acceptors, as scenarios write them: who joins, who leaves, and when."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import groupby
from typing import Any, Literal

from paxos_des.cluster import parse
from paxos_des.names import NodeId, nearest

ChangeKind = Literal["add", "remove", "replace"]
_KINDS: tuple[ChangeKind, ...] = ("add", "remove", "replace")
_ALLOWED = "a table with at, and one of add, remove or replace"
_PAIR = "two acceptors: who leaves, and who takes its place"


@dataclass(frozen=True, slots=True)
class Change:
    """What is asked for at a time: that one acceptor joins (`add`), leaves (`remove`), or leaves
    for another (`replace`).
    """

    at_us: int
    kind: ChangeKind
    nodes: tuple[NodeId, ...]

    def to_dict(self) -> dict[str, Any]:
        aim = list(self.nodes) if self.kind == "replace" else self.nodes[0]
        return {"at": parse.as_duration(self.at_us), self.kind: aim}

    def of(self, acceptors: tuple[NodeId, ...]) -> tuple[NodeId, ...]:
        """Return the set that follows on another; the order is that in which they joined."""
        match self.kind:
            case "add":
                return (*acceptors, self.nodes[0])
            case "remove":
                return tuple(name for name in acceptors if name != self.nodes[0])
            case _:
                old, new = self.nodes
                return tuple(new if name == old else name for name in acceptors)


def changes(found: object, where: str) -> tuple[Change, ...]:
    return tuple(
        one if isinstance(one, Change) else _change(one, f"{where}, item {place}")
        for place, one in enumerate(parse.listed(found, where, "a list of tables"))
    )


def asked_for(
    found: Iterable[Change], members: tuple[NodeId, ...]
) -> Iterator[tuple[int, Change, tuple[NodeId, ...]]]:
    """Yield each change, with its rank among those of its time, and the set that it changes.

    Those of one time are asked for by several who know nothing of each other; whoever comes later
    takes all before to have happened, in order.
    """
    now = members
    for _, together in groupby(found, key=lambda change: change.at_us):
        before = now
        for rank, change in enumerate(together):
            yield rank, change, before
            now = change.of(now)


def check_changes(
    found: Iterable[Change], first: tuple[NodeId, ...], known: tuple[NodeId, ...], where: str
) -> None:
    """Refuse changes that are out of order, or of acceptors that are not there by then."""
    last_us = 0
    for place, (_, change, members) in enumerate(asked_for(found, first)):
        here = f"{where}, item {place}, {change.kind}"
        if change.at_us < last_us:
            at, before = map(parse.as_duration, (change.at_us, last_us))
            parse.refuse(f"{where}, item {place}, at", at, f"{before} or later, as the one before")
        last_us = change.at_us
        leaves = change.nodes[:1] if change.kind != "add" else ()
        joins = change.nodes[-1:] if change.kind != "remove" else ()
        for name in leaves:
            if name not in members:
                parse.refuse(here, name, f"one of {', '.join(members)}", nearest(name, members))
        for name in joins:
            free = tuple(one for one in known if one not in members)
            if name not in free:
                allowed = f"one of {', '.join(free)}" if free else "none: `spares` gives some"
                parse.refuse(here, name, allowed, nearest(name, free))
        if not change.of(members):
            parse.refuse(here, change.nodes[0], "one that leaves some acceptor")


def _change(found: object, where: str) -> Change:
    table = parse.table(found, where, required=("at",), optional=_KINDS)
    named = [kind for kind in _KINDS if kind in table]
    if len(named) != 1:
        parse.refuse(where, dict(table), _ALLOWED)
    kind = named[0]
    at_us = parse.duration(0)(table["at"], f"{where}, at")
    where = f"{where}, {kind}"
    if kind != "replace":
        return Change(at_us, kind, (parse.text(table[kind], where),))
    pair = parse.listed(table[kind], where, _PAIR)
    if len(pair) != len(("old", "new")):
        parse.refuse(where, table[kind], _PAIR)
    return Change(at_us, kind, tuple(parse.text(name, where) for name in pair))
