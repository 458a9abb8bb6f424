"""stale-local-read: a leader that answers reads from its own replica, lease or not."""

from paxos_des.cluster.registry import MULTI_PAXOS
from paxos_des.museum.exhibit import ROUGH, Exhibit
from paxos_des.protocol.ballot import Command
from paxos_des.protocol.effects import Effect, Send
from paxos_des.protocol.leader import Leader
from paxos_des.protocol.messages import Reply


class ReadsLocally(Leader):
    """Believes that it is the primary, and that this is enough."""

    __slots__ = ()

    def _on_request(self, command: Command) -> list[Effect]:
        replica = self.campaign.replica
        if replica is None or not self.leadership.is_primary:
            return super()._on_request(command)
        if not replica.is_read(command.operation):
            return super()._on_request(command)
        result = replica.read(command.operation)
        return [Send(command.client, Reply(command.sequence, None, result))]


STALE_LOCAL_READ = Exhibit(
    protocol=MULTI_PAXOS.but("stale-local-read", leader=ReadsLocally.make),
    mutation=ReadsLocally,
    check="linearizability",
    group="clients, reads and leases",
    source="d-engine 381; Xline 870; Redis-Raft (Jepsen)",
    story=(
        "A read changes nothing, so why ask anybody: the primary knows all that was written. "
        "But another may have taken over, and have answered writes, before the old one hears of it."
    ),
    settings={
        **ROUGH,
        "replica": "register",
        "operations": {"write": 1, "read": 3},
        "slots": "unbounded",
        "values": 8,
        "in_flight": 1,
        "think_max": "20ms",
    },
    within=50,
)
