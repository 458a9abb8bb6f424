"""Draws of faults: of a kind, whom it befalls, how badly and how long.

All chance comes in as one function, `below(name, size)`: a number from 0 on, below `size`; the
same name, the same number. The primary is drawn by that word, and looked up when it happens.
"""

from collections.abc import Callable
from typing import Any

from paxos_des.cluster.aims import Roles
from paxos_des.cluster.fault_model import FaultModel
from paxos_des.cluster.faults import PRIMARY, RULES, TRUE_RATE_PPM, Fault, FaultKind
from paxos_des.cluster.partitions import SHAPES
from paxos_des.names import NodeId

Below = Callable[[str, int], int]

_TIMES_MAX = 5
_BACK_MAX = 4
_EVERY_MIN_US = 2_000
_SHARE_OF_A_MESSAGE = 20
_TYPES = {
    ("leader", "acceptor"): ("Prepare", "Accept", "Forget", "Renew"),
    ("acceptor", "leader"): ("Promise", "Accepted", "Nack", "Gone", "Granted"),
    ("leader", "leader"): ("Heartbeat", "CatchUpRequest", "CatchUp", "Standing"),
    ("leader", "client"): ("Reply", "Redirect"),
    ("client", "leader"): ("Request",),
}
"""Which messages go which way; where a scenario has none of a type, losing it changes nothing."""
_VARIANTS = 1_000


def draw_fault(kind: FaultKind, at_us: int, roles: Roles, model: FaultModel, below: Below) -> Fault:
    """Return a fault of this kind that begins then."""
    nodes = _aim(kind, roles, below)
    for_us = _between(below, "lasts", *model.lasts_us)
    said: dict[str, Any] = {}
    if kind in ("storm", "flap"):
        said["times"] = 2 + below("times", _TIMES_MAX - 1)
        said["every_us"] = max(_EVERY_MIN_US, for_us // said["times"])
    elif kind != "step":
        said["for_us"] = for_us
    if kind in ("cut", "flap", "clog", "hold", "bandwidth"):
        said["ways"] = ("one", "both")[below("ways", 2)]
    return Fault(at_us, kind, nodes, **said, **_particulars(kind, nodes, model, below))


def _particulars(
    kind: FaultKind, nodes: tuple[NodeId, ...], model: FaultModel, below: Below
) -> dict[str, Any]:
    """Return what only faults of this kind say."""
    by_us = _between(below, "by", *model.by_us)
    match kind:
        case "crash":
            return {"when": ("now", "now", "before-durable", "after-durable")[below("when", 4)]}
        case "slow" | "bandwidth":
            return {"by_us": max(1, by_us // _SHARE_OF_A_MESSAGE)}
        case "clog" | "slow-disk":
            return {"by_us": by_us}
        case "step":
            return {"by_us": -by_us if below("back or forth", 2) else by_us}
        case "rate":
            lowest_ppm = TRUE_RATE_PPM - model.drift_ppm
            return {"rate_ppm": lowest_ppm + below("rate", 2 * model.drift_ppm + 1)}
        case _:
            return _more_particulars(kind, nodes, below)


def _more_particulars(kind: FaultKind, nodes: tuple[NodeId, ...], below: Below) -> dict[str, Any]:
    match kind:
        case "rot" | "misdirect":
            return {"back": 1 + below("record", _BACK_MAX)}
        case "filter":
            types = _TYPES[_role_of(nodes[0]), _role_of(nodes[1])]
            return {"types": (types[below("type", len(types))],)}
        case "partition":
            shape = tuple(SHAPES)[below("shape", len(SHAPES))]
            return {"shape": shape, "draw": below("draw", _VARIANTS)}
        case _:
            return {}


def _aim(kind: FaultKind, roles: Roles, below: Below) -> tuple[NodeId, ...]:
    """Return whom a fault of this kind befalls."""
    if kind == "partition":
        return ()
    if RULES[kind].aim == "link":
        return _link(roles, below)
    # Clients have no disk, and their clocks decide nothing; they can be crashed, and paused.
    is_for_all = kind in ("crash", "storm", "pause", "slow")
    if is_for_all and roles.clients and below("client or not", 8) == 0:
        return (_one(roles.clients, "client", below),)
    role = ("primary", "primary", "leader", *["acceptor"] * 5)[below("role", 8)]
    if role == "primary":
        return (PRIMARY,)
    return (_one(roles.leaders if role == "leader" else roles.acceptors, "node", below),)


def _link(roles: Roles, below: Below) -> tuple[NodeId, NodeId]:
    """Return a leader and another node, either way round: more often than not an acceptor, or all
    of them.
    """
    leader = PRIMARY if below("primary or not", 2) else _one(roles.leaders, "leader", below)
    role = ("client", "leaders", "leaders", "acceptors", *["acceptor"] * 4)[below("other", 8)]
    if role == "client" and roles.clients:
        other = _one(roles.clients, "client", below)
    elif role == "leaders" and len(roles.leaders) > 1:
        other = "leader-*"
    elif role == "acceptors":
        other = "acceptor-*"
    else:
        other = _one(roles.acceptors, "node", below)
    return (leader, other) if below("direction", 2) else (other, leader)


def _role_of(name: NodeId) -> str:
    return "leader" if name == PRIMARY else name.partition("-")[0]


def _one(names: tuple[NodeId, ...], name: str, below: Below) -> NodeId:
    return names[below(name, len(names))]


def _between(below: Below, name: str, low: int, high: int) -> int:
    return low + below(name, high - low + 1)
