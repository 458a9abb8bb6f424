"""retry-applied-twice: a replica that does not remember whose command it has applied."""

from paxos_des.cluster.registry import MULTI_PAXOS
from paxos_des.museum.exhibit import ROUGH, Exhibit
from paxos_des.names import NodeId
from paxos_des.protocol.ballot import Command, Slot, Value
from paxos_des.protocol.effects import Applied
from paxos_des.protocol.heartbeat import Leadership
from paxos_des.protocol.leader import Leader
from paxos_des.protocol.replica import Replica
from paxos_des.protocol.role import Settings


class NoSessions(Replica):
    """Applies what it is given, as often as it is given it."""

    __slots__ = ()

    def apply(self, slot: Slot, value: Value) -> Applied:
        if isinstance(value, Command):
            self._sessions.pop(value.client, None)
        return super().apply(slot, value)


def leader(leadership: Leadership, settings: Settings, told: NodeId | None) -> Leader:
    made = Leader.make(leadership, settings, told)
    assert made.applying is not None, "there is nothing that a command could be applied to twice"
    made.applying.replica = made.campaign.replica = NoSessions(settings.replica, None)
    return made


RETRY_APPLIED_TWICE = Exhibit(
    protocol=MULTI_PAXOS.but("retry-applied-twice", leader=leader),
    mutation=NoSessions,
    check="integrity",
    group="clients, reads and leases",
    source="khepri PR 250; etcd 18424; akka-raft 64",
    story=(
        "An answer is late, and the client asks another leader, which does not know of the choice. "
        "The command is chosen in two slots, and takes effect in both."
    ),
    settings={**ROUGH, "replica": "kv", "slots": "unbounded", "values": 4, "retry_after": "20ms"},
    within=10,
)
