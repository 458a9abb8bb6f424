"""Which operations clients ask for, and how often each: the key `operations` of a scenario."""

from collections.abc import Mapping
from dataclasses import dataclass

from paxos_des.cluster import parse
from paxos_des.names import nearest

_WEIGHT_MAX = 10**6
_ALLOWED = "'puts', or a table of weights by operation, such as { put = 2, get = 1 }"
_NAMES = ("put", "write", "append", "get", "read", "cas", "delete")
"""All operations, in the order in which a choice among some lists them: a plain write is dull."""
_OF_REPLICA = {
    "kv": ("put", "get", "cas", "delete"),
    "register": ("write", "read", "cas"),
    "list": ("append", "read"),
}


@dataclass(frozen=True, slots=True)
class OperationMix:
    """Operations and their weights, none of them 0; without any: `puts`, plain writes only."""

    weights: tuple[tuple[str, int], ...] = ()

    def to_plain(self) -> object:
        """Return what a file says."""
        return dict(self.weights) if self.weights else "puts"

    def check(self, replica: str, keys: int, where: str) -> None:
        """Refuse operations, or a number of keys, that the replica does not know."""
        known = _OF_REPLICA.get(replica, ())
        if self.weights and not known:
            allowed = "'puts' where there is no replica"
            parse.refuse(f"{where}operations", dict(self.weights), allowed)
        for name, _ in self.weights:
            if name not in known:
                allowed = f"one of {', '.join(known)} with the replica {replica!r}"
                parse.refuse(f"{where}operations", name, allowed)
        if keys > 1 and (replica != "kv" or not self.weights):
            allowed = "1, but for the replica 'kv' with a table of operations"
            parse.refuse(f"{where}keys", keys, allowed)


def operation_mix(found: object, where: str) -> OperationMix:
    """Parse `puts`, or a table of weights; what weighs nothing is left out."""
    if isinstance(found, OperationMix):
        return found
    if isinstance(found, str) and found == "puts":
        return OperationMix()
    if not isinstance(found, Mapping):
        parse.refuse(where, found, _ALLOWED)
    for name in found:
        if name not in _NAMES:
            parse.refuse(where, name, f"one of {', '.join(_NAMES)}", nearest(str(name), _NAMES))
    weigh = parse.integer(0, _WEIGHT_MAX)
    weights = {name: weigh(weight, f"{where}, {name}") for name, weight in found.items()}
    if not any(weights.values()):
        parse.refuse(where, dict(found), "a table in which something weighs more than 0")
    return OperationMix(tuple((name, weights[name]) for name in _NAMES if weights.get(name)))
