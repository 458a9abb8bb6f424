"""Victims: what faults befall, as far as they need to know it, and who is primary at the moment."""

from typing import Protocol

from paxos_des.cluster.faults import When
from paxos_des.engine.entries import PrimaryEntry
from paxos_des.names import NodeId


class Disk(Protocol):
    """A node's disk, as far as faults need it."""

    def slow_by(self, *, extra_us: int) -> None: ...

    def rot(self, back: int) -> bool: ...

    def fail_next(self) -> None: ...

    def misdirect_next(self, back: int) -> None: ...

    def disarm(self) -> None:
        """Forget what was asked of the next fsync, or of the next write."""


class Clock(Protocol):
    """A node's clock, as far as faults need it."""

    rate_ppm: int

    def set_rate(self, rate_ppm: int) -> None: ...

    def step(self, by_us: int) -> None: ...


class Nodes(Protocol):
    """What befalls nodes, by name. Each note in the trace that it happened, where it changes
    anything; `slow`, disks and clocks leave that to whoever calls.
    """

    def fail(self, name: NodeId) -> None: ...

    def heal(self, name: NodeId) -> None: ...

    def crash(self, name: NodeId, when: When) -> None: ...

    def restart(self, name: NodeId) -> None:
        """Begin another life; one that is up forgets a crash that waits for its next record."""

    def pause(self, name: NodeId) -> None: ...

    def resume(self, name: NodeId) -> None: ...

    def slow(self, name: NodeId, by_us: int) -> None: ...

    def disk(self, name: NodeId) -> Disk | None: ...

    def clock(self, name: NodeId) -> Clock | None: ...


class Beliefs:
    """Who believes whom to be primary: an observer of the trace."""

    def __init__(self, leaders: tuple[NodeId, ...]) -> None:
        self._leaders = leaders
        self._believed: dict[NodeId, NodeId] = {}

    def note(self, entry: PrimaryEntry) -> None:
        self._believed.pop(entry.node, None)
        self._believed[entry.node] = entry.primary

    def primary(self) -> NodeId:
        """Return who came last to believe itself primary, or, if none does, whom another did."""
        latest = tuple(reversed(self._believed.items()))
        own = [node for node, primary in latest if node == primary]
        return (*own, *(primary for _, primary in latest), *self._leaders[-1:])[0]
