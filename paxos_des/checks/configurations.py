"""Which acceptors a slot has: always the same, or as commands in the log changed them."""

from collections.abc import Set as AbstractSet
from functools import lru_cache

from paxos_des.names import NodeId, acceptor_name
from paxos_des.protocol.ballot import Command, Slot
from paxos_des.protocol.quorum import Majority, Quorums

Configuration = tuple[AbstractSet[NodeId], Quorums]


class Configurations:
    """The acceptors, and their quorums, by slot.

    A command `["reconfigure", [names]]` that is chosen in slot s holds from slot
    s + `after` on, where any majority of the named is enough (PMMC, *Reconfiguring a State
    Machine*). One that is chosen again, because of a retry, counts in the first of its slots only.

    Attributes
    ----------
    first
        The acceptors of slot 0.
    can_change
        Whether there are such commands at all.
    """

    def __init__(self, quorums: Quorums, after: int | None) -> None:
        self.first: Configuration = (
            _first_acceptors(quorums.acceptors),
            quorums,
        )
        self.can_change = after is not None
        self._after = after or 0
        self._slots_of: dict[Command, Slot] = {}
        self._changes: list[tuple[Slot, Configuration]] = []

    def at(self, slot: Slot) -> Configuration:
        for start, configuration in reversed(self._changes):
            if start <= slot:
                return configuration
        return self.first

    def on_chosen(self, slot: Slot, value: object) -> None:
        """Take note of a chosen value, if it is a change."""
        names = _named(value)
        if not names or not isinstance(value, Command):
            return
        self._slots_of[value] = min(slot, self._slots_of.get(value, slot))
        self._changes = sorted(
            (
                (first + self._after, (named, Majority(len(named))))
                for command, first in self._slots_of.items()
                if (named := _named(command))
            ),
            key=lambda change: change[0],
        )


@lru_cache(maxsize=64)
def _first_acceptors(count: int) -> AbstractSet[NodeId]:
    return frozenset(map(acceptor_name, range(count)))


def _named(value: object) -> AbstractSet[NodeId]:
    """Return the acceptors that a command names; nobody, if it changes none."""
    operation = value.operation if isinstance(value, Command) else None
    match operation:
        case ("reconfigure", (*names,)) if all(isinstance(name, str) for name in names):
            return frozenset(names)
        case _:
            return frozenset()
