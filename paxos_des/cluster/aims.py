"""Aims: which nodes and links of a cluster a fault means, by names, patterns and beliefs."""

from dataclasses import dataclass
from fnmatch import fnmatchcase

from paxos_des.cluster import parse
from paxos_des.cluster.faults import PRIMARY, RULES, Fault
from paxos_des.cluster.partitions import Links, between_groups, cut_in_shape
from paxos_des.cluster.registry import AcceptorsTalk
from paxos_des.names import NodeId, nearest
from paxos_des.protocol.messages import KINDS

_NAMES_SHOWN = 8
_OF_DISKS = ("rot", "fsync-fails", "misdirect", "slow-disk")
_NOT_OF_CLIENTS = ("fail", "heal", *_OF_DISKS)


@dataclass(frozen=True, slots=True)
class Roles:
    """The nodes of a cluster, by role, in order; and whom acceptors talk to."""

    leaders: tuple[NodeId, ...]
    acceptors: tuple[NodeId, ...]
    clients: tuple[NodeId, ...]
    acceptors_talk: AcceptorsTalk = "to-leaders"

    @property
    def all(self) -> tuple[NodeId, ...]:
        return (*self.leaders, *self.acceptors, *self.clients)

    def has_link(self, source: NodeId, target: NodeId) -> bool:
        """Whether there is such a link: leaders talk to all, the others to leaders; in some
        protocols, acceptors to each other too.
        """
        if source == target:
            return False
        if source in self.leaders or target in self.leaders:
            return True
        return (
            self.acceptors_talk == "to-each-other"
            and source in self.acceptors
            and target in self.acceptors
        )

    def nodes(self, fault: Fault, primary: NodeId) -> tuple[NodeId, ...]:
        """Return the nodes that a fault of nodes befalls."""
        return _matching(fault.nodes[0], self.allowed(fault), primary)

    def links(self, fault: Fault, primary: NodeId) -> Links:
        """Return the directed links that a fault of links, or a partition, befalls."""
        if fault.shape:
            return cut_in_shape(fault.shape, self.leaders, self.acceptors, primary, fault.draw)
        if fault.groups:
            groups = [
                [name for one in group for name in _matching(one, self.all, primary)]
                for group in fault.groups
            ]
            pairs = between_groups(groups, self.all)
        else:
            sources, targets = (_matching(one, self.all, primary) for one in fault.nodes)
            there = [(source, target) for source in sources for target in targets]
            back = [(target, source) for source, target in there if fault.ways == "both"]
            pairs = tuple(dict.fromkeys((*there, *back)))
        return tuple(pair for pair in pairs if self.has_link(*pair))

    def allowed(self, fault: Fault) -> tuple[NodeId, ...]:
        """Return the nodes that may be named: clients have no disks, and are not failed."""
        if fault.kind in _NOT_OF_CLIENTS:
            return (*self.leaders, *self.acceptors)
        return self.all


def check_fault(fault: Fault, roles: Roles, where: str) -> None:
    """Refuse a fault that is aimed at what the cluster has not.

    Raises
    ------
    ScenarioError
        One sentence says what was found, and what is allowed.
    """
    named = (*fault.nodes, *(name for group in fault.groups for name in group))
    known = roles.allowed(fault)
    for name in named:
        if not _matching(name, known, PRIMARY_OF_NONE):
            some = ", ".join(known[:_NAMES_SHOWN]) + (", …" if len(known) > _NAMES_SHOWN else "")
            parse.refuse(where, name, f"one of {some}", nearest(name, known))
    for name in fault.types:
        _refuse_slip(name, where)
    aim = RULES[fault.kind].aim
    if aim == "link" and not _finds_link(fault, roles):
        parse.refuse(where, " → ".join(fault.nodes), "a link with a leader's end")
    if aim == "parts" and not _finds_link(fault, roles):
        found = fault.shape or [list(group) for group in fault.groups]
        parse.refuse(where, found, "a partition that cuts some link of the cluster")


PRIMARY_OF_NONE = "some leader"
"""Stands for the primary where it does not matter who it is."""


def _finds_link(fault: Fault, roles: Roles) -> bool:
    return any(roles.links(fault, leader) for leader in roles.leaders)


def _matching(name: str, known: tuple[NodeId, ...], primary: NodeId) -> tuple[NodeId, ...]:
    """Return the nodes that a name, a pattern or `primary` means."""
    if name == PRIMARY:
        return (primary,)
    if name in known:
        return (name,)
    return tuple(node for node in known if fnmatchcase(node, name))


def _refuse_slip(name: str, where: str) -> None:
    """Refuse a type that is almost one of ours; any other may be of a user's own protocol."""
    known = [kind.__name__ for kind in KINDS]
    hint = nearest(name, known)
    if name not in known and hint:
        parse.refuse(where, name, "a type of message, such as 'Accept'", hint)
