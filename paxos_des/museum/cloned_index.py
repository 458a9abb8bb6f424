"""cloned-index: two leaders that make the same ballots, for they are copies of one.

Here no message is ever lost or late, and no harm comes of it: who looks at ballots alone sees it.
"""

from paxos_des.cluster.registry import MULTI_PAXOS
from paxos_des.museum.exhibit import FAILOVER, Exhibit
from paxos_des.names import NodeId
from paxos_des.protocol.heartbeat import Leadership
from paxos_des.protocol.leader import Leader
from paxos_des.protocol.proposing import Ballots
from paxos_des.protocol.role import Settings


def leader(leadership: Leadership, settings: Settings, told: NodeId | None) -> Leader:
    """Return the right leader, whose ballots are those of the last one, whoever it is."""
    made = Leader.make(leadership, settings, told)
    made.campaign.ballots = Ballots(settings.leaders[-1])
    return made


CLONED_INDEX = Exhibit(
    protocol=MULTI_PAXOS.but("cloned-index", leader=leader),
    mutation=leader,
    check="ballots",
    group="leader",
    source="folklore: ZooKeeper's myid, or MySQL's auto.cnf, in the image of a machine",
    story=(
        "A standby is set up from an image of the primary, and the file with its index is in it. "
        "Both are never primary at once, so all goes well, until a message of the old one is late."
    ),
    settings={
        **FAILOVER,
        "drop": 0,
        "duplicate": 0,
        "faults": [{"at": "16ms", "fail": "leader-1"}],
    },
    within=5,
)
