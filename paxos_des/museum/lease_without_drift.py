"""lease-without-drift: a leader to which all clocks run at the same rate."""

from dataclasses import replace

from paxos_des.cluster.registry import MULTI_PAXOS
from paxos_des.museum.exhibit import Exhibit
from paxos_des.names import NodeId
from paxos_des.protocol.heartbeat import Leadership
from paxos_des.protocol.leader import Leader
from paxos_des.protocol.role import Settings


def leader(leadership: Leadership, settings: Settings, told: NodeId | None) -> Leader:
    """Return the right leader, which is told that clocks do not drift."""
    return Leader.make(leadership, replace(settings, lease_drift=0.0), told)


LEASE_WITHOUT_DRIFT = Exhibit(
    protocol=MULTI_PAXOS.but("lease-without-drift", leader=leader),
    mutation=leader,
    check="linearizability",
    group="clients, reads and leases",
    source="tikv 964",
    story=(
        "The lease is held for as long as it was granted, each by its own clock. "
        "The holder's runs slowly: the others elect and write, and it goes on answering reads."
    ),
    settings={
        "phase1": "stable",
        "primaries": "highest",
        "heartbeats": "on",
        "heartbeat_every": "10ms",
        "heartbeat_timeout": "25ms",
        "slots": "unbounded",
        "values": 24,
        "in_flight": 1,
        "think_max": "20ms",
        "replica": "register",
        "operations": {"write": 1, "read": 3},
        "reads": "lease",
        "lease": "60ms",
        "lease_drift": 0.4,
        "clocks": [{"node": "leader-1", "rate": 0.6}, {"node": "acceptor-*", "rate": 1.4}],
        "delay": "uniform 1ms 3ms",
        "drop": 0,
        "duplicate": 0,
        "resend_after": "20ms",
        "retry_after": "15ms",
        # Of the cluster, client-1 alone is left with the old primary.
        "faults": [
            {"at": "60ms", "cut": ["leader-1", name], "for": "100ms", "ways": "both"}
            for name in ("leader-0", "acceptor-*", "client-0")
        ],
    },
    within=50,
    not_pooled="there are no clocks in the pool",
)
