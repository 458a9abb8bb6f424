"""read-confirmed-by-old-acks: a lease that is held by grants of earlier requests."""

from functools import partial

from msgspec.structs import replace

from paxos_des.cluster.registry import MULTI_PAXOS
from paxos_des.museum.exhibit import Exhibit
from paxos_des.names import NodeId
from paxos_des.protocol.effects import Effect
from paxos_des.protocol.leader import Leader
from paxos_des.protocol.lease import Lease
from paxos_des.protocol.messages import Granted


class TakesOldGrants(Lease):
    """Takes each grant of its ballot for an answer to the request that it made last."""

    __slots__ = ()

    def on_granted(self, source: NodeId, granted: Granted) -> list[Effect]:
        return super().on_granted(source, replace(granted, number=self.number))


READ_CONFIRMED_BY_OLD_ACKS = Exhibit(
    protocol=MULTI_PAXOS.but(
        "read-confirmed-by-old-acks", leader=partial(Leader.make, lease=TakesOldGrants)
    ),
    mutation=TakesOldGrants,
    check="linearizability",
    group="clients, reads and leases",
    source="etcd 20418",
    story=(
        "A primary that is cut off goes on asking, and what it hears was said before the cut. "
        "It takes that for confirmed now, and reads on, when the others have let it go and written."
    ),
    settings={
        "phase1": "stable",
        "primaries": "highest",
        "heartbeats": "on",
        "heartbeat_every": "10ms",
        "heartbeat_timeout": "25ms",
        "slots": "unbounded",
        "clients": 4,
        "values": 24,
        "in_flight": 1,
        "think_max": "40ms",
        "replica": "register",
        "operations": {"write": 1, "read": 3},
        "reads": "lease",
        "lease": "40ms",
        "delay": "uniform 1ms 3ms",
        "drop": 0,
        "duplicate": 0,
        "resend_after": "20ms",
        "retry_after": "15ms",
        "backoff_min": "1ms",
        "backoff_max": "10ms",
        # What acceptors tell the primary comes late, and goes on coming when it is cut off.
        "faults": [
            {"at": "20ms", "clog": ["acceptor-*", "leader-1"], "by": "40ms", "for": "40ms"},
            *(
                {"at": "60ms", "cut": ["leader-1", name], "for": "100ms", "ways": "both"}
                for name in ("leader-0", "acceptor-*", "client-0")
            ),
        ],
        "horizon": "200ms",
    },
    within=20,
    not_pooled="there are no clocks in the pool",
)
