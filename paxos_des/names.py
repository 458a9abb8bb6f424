"""What nodes are called, and how an index becomes a name and back.

A node's name is its role, a dash and its index: `leader-1`, `acceptor-0`, `client-2`.
Ballots carry the index of a leader, not its name: names would put leader-10 before leader-9.
"""

from collections.abc import Iterable
from difflib import get_close_matches
from functools import lru_cache

NodeId = str
"""A node's name, unique in its cluster."""


def leader_name(index: int) -> NodeId:
    return f"leader-{index}"


def acceptor_name(index: int) -> NodeId:
    return f"acceptor-{index}"


def client_name(index: int) -> NodeId:
    return f"client-{index}"


@lru_cache(maxsize=4096)
def index_of(name: NodeId) -> int:
    """Return the index in a node's name: 3 for `acceptor-3`."""
    return int(name.rpartition("-")[2])


def nearest(name: str, known: Iterable[str]) -> str:
    """Return a half-sentence that names the known word closest to `name`, or nothing."""
    close = get_close_matches(name, tuple(known), n=1)
    return f" (did you mean {close[0]!r}?)" if close else ""
