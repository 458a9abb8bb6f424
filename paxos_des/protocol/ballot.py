"""Ballots, slots, values and votes: the nouns of Paxos."""

from typing import Any, Literal, NamedTuple

import msgspec

from paxos_des.names import NodeId

Slot = int
"""A position in the log, from 0."""

Operation = str | int | bool | None | tuple["Operation", ...]
"""What a command asks of the state machine, opaque to Paxos: JSON without floats and objects."""

INTEGER_MAX = 2**53
"""Beyond it, some readers of JSON round integers."""


class Ballot(NamedTuple):
    """A totally ordered pair, round first: no two leaders share a ballot.

    Source: *The Part-Time Parliament* 2.3 (a ballot number is a pair of number and priest);
    PMMC 2.2.
    """

    round: int
    leader: int


NULL_BALLOT = Ballot(0, -1)
"""Sorts before every real ballot, so that "never promised" needs no None."""


class Command(msgspec.Struct, frozen=True, array_like=True, gc=False, cache_hash=True):
    """What a client asks: `(client, sequence)` names it, whatever slots it lands in.

    Whoever counts commands has them as keys: to hash them anew each time cost more than the look.
    """

    client: NodeId
    sequence: int
    operation: Any  # an Operation: msgspec cannot decode a type that names itself

    def __post_init__(self) -> None:
        operation = self.operation
        if type(operation) is tuple:
            for part in operation:
                # The common operation is flat: names and small numbers need no second look.
                if type(part) is not str and (
                    type(part) is not int or not -INTEGER_MAX <= part <= INTEGER_MAX
                ):
                    break
            else:
                return
        operation = frozen(self.operation)
        if operation is not self.operation:
            msgspec.structs.force_setattr(self, "operation", operation)


NOOP: Literal["noop"] = "noop"
"""Fills a gap: chosen like a command, and changes nothing."""

Value = Command | Literal["noop"]
"""What a slot holds."""


class Vote(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """One acceptor's vote (PMMC's pvalue): for this value, in this slot, in this ballot."""

    slot: Slot
    ballot: Ballot
    value: Value


def frozen(operation: object) -> Operation:
    """Return `operation` with tuples for lists, so that a command can be a key.

    Raises
    ------
    ValueError
        For a float, an object, or an integer that JSON readers may round.
    """
    if operation is None or isinstance(operation, str | bool):
        return operation
    if isinstance(operation, int):
        if abs(operation) > INTEGER_MAX:
            message = f"found the integer {operation} in an operation; allowed is ±2**53"
            raise ValueError(message)
        return operation
    if isinstance(operation, list | tuple):
        parts = tuple(frozen(part) for part in operation)
        return operation if parts == operation and isinstance(operation, tuple) else parts
    message = (
        f"found {type(operation).__name__} in an operation; allowed are strings, integers, "
        f"booleans, null and lists of these"
    )
    raise ValueError(message)
