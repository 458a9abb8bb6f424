"""The pooled network's vocabulary: what could happen next, and who picks.

In the timed network, delays order events. In the pooled one everything that could happen next lies
in a pool: each message under way, each timer that is set, each fsync that is not done, each node
that may crash or come back. A *policy* picks one; it happens; what follows from it joins the pool.
"""

from typing import Any, Literal, NamedTuple, Protocol

from paxos_des.names import NodeId

EventKind = Literal["deliver", "timer", "fsync", "crash", "restart"]
Deed = Literal["happen", "lose", "double"]
"""A message may also be lost, or be delivered and stay in the pool once more."""


class Event(NamedTuple):
    """Something that could happen next.

    Attributes
    ----------
    number
        Which one it is, in the order in which events joined the pool: unique in a run.
    node
        Where it happens.
    peer
        Of a message: its sender; else the empty text.
    content
        The message, the timer's name, or what the fsync writes; None of crashes and restarts.
    parent
        The event in whose handling it was made (its number): -1 for what was there at the start.
    """

    number: int
    kind: EventKind
    node: NodeId
    peer: NodeId
    content: Any
    parent: int


class Policy(Protocol):
    """Picks what happens next. A policy lives for one run."""

    def pick(self, events: list[Event], may: frozenset[Deed]) -> tuple[Deed, int] | None:
        """Return a deed and a place in `events`, which are in the order in which they joined; or
        None, to end the run. `may` says whether messages may be lost, or doubled.
        """
