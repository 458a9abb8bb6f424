"""What the players of 2009 share: ports, quorums, timers, and what they note for the record."""

from typing import Literal

from paxos_des.names import NodeId, index_of
from paxos_des.protocol.ballot import Ballot
from paxos_des.protocol.effects import Effect, Note, SetTimer, Timer

FIRST_PORT = 40_000
"""The port of `leader-0`; the next leader has the next one."""

NEVER = Ballot(-1, -1)
"""Stands for the highest proposal id in an instance in which none was seen."""

NOTHING = Timer("nothing")
"""The plain pump has had no message for its owner for `NOTHING_US`."""
DUE = Timer("due")
"""`DUE_US` have passed since the last housekeeping."""
BEAT = Timer("beat")
SILENCE = Timer("silence")

NOTHING_US = 3_000_000
DUE_US = 15_000_000


class WentDeaf(Note, frozen=True, gc=False):
    """The thread of this node's message pump has ended: nothing reaches it any more."""

    why: str


class Turned(Note, frozen=True, gc=False):
    """A leader takes itself for the primary from now on, or no longer."""

    into: Literal["primary", "secondary"]


def port_of(index: int) -> int:
    """Return a leader's port, by its index."""
    return FIRST_PORT + index


def id_of(leader: NodeId, count: int) -> Ballot:
    """Return a proposal id, which was `(port, count)`, ordered by count, then by port."""
    return Ballot(count, index_of(leader))


def quorum_of(acceptors: int) -> int:
    """Return how many acceptors are a quorum."""
    return acceptors // 2 + 1


def wait(timer: Timer, after_us: int) -> Effect:
    """Let a timer fire after so long, from now on."""
    return SetTimer(timer=timer, delay_us_min=after_us, delay_us_max=after_us)
