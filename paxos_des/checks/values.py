"""When two values are the same: when their JSON is."""

import msgspec

from paxos_des.protocol.ballot import Command

_encode = msgspec.json.Encoder().encode


def are_same(one: object, other: object) -> bool:
    """Whether two values are one and the same JSON.

    Equality alone would take `true` for 1 inside an operation, as Python does. Within a run a
    value is mostly one object, which is passed on: so the encoding is rarely made.
    """
    return one is other or (one == other and _encode(one) == _encode(other))


def said(value: object) -> str:
    """Return a value in words: whose command, which one, and what it asks."""
    if isinstance(value, Command):
        operation = _encode(value.operation).decode()
        return f"{value.client}'s command {value.sequence} {operation}"
    return repr(value)
