"""ballot-reuse: a leader that begins at its first ballot again after a crash."""

from paxos_des.cluster.registry import MULTI_PAXOS
from paxos_des.museum.exhibit import ROUGH, Exhibit
from paxos_des.names import NodeId
from paxos_des.protocol.effects import Reserved
from paxos_des.protocol.heartbeat import Leadership
from paxos_des.protocol.leader import Leader
from paxos_des.protocol.proposing import Ballots
from paxos_des.protocol.role import Settings


class Forgetful(Ballots):
    """Writes down which rounds it used, and never looks."""

    __slots__ = ()

    def recover(self, reserved: Reserved) -> None:
        """Begin as if this were the first life."""


def leader(leadership: Leadership, settings: Settings, told: NodeId | None) -> Leader:
    made = Leader.make(leadership, settings, told)
    made.campaign.ballots = Forgetful(leadership.name)
    return made


BALLOT_REUSE = Exhibit(
    protocol=MULTI_PAXOS.but("ballot-reuse", leader=leader),
    mutation=Forgetful,
    check="agreement",
    group="leader",
    least=16,
    larger=(
        "Where leaders have disks, so have all: the end of each fsync is an event here (of "
        "clients, the leader, promises and votes), and so is the restart after the crash."
    ),
    source="phxpaxos issue 145; PyPI's `composable-paxos`; the 2009 program",
    story=(
        "Acceptors have to remember, that much is known, and a leader's counter is only a counter. "
        "After a restart it asks for votes in a ballot in which others voted for something else."
    ),
    settings={
        **ROUGH,
        "phase1": "stable",
        "primaries": ["leader-1"],
        "send_to": "leader-1",
        "retry_after": "10ms",
        "retry_jitter": 0.5,
        "disks": "on",
        "faults": [
            {"at": f"{4 + 10 * number}ms", "crash": "leader-1", "for": "1ms"} for number in range(8)
        ],
    },
    within=50,
)
