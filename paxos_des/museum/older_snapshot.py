"""older-snapshot: a leader that installs each snapshot that it is told, also one that is behind."""

from paxos_des.cluster.registry import MULTI_PAXOS
from paxos_des.museum.exhibit import ROUGH, Exhibit
from paxos_des.names import NodeId
from paxos_des.protocol.effects import Effect
from paxos_des.protocol.leader import Leader
from paxos_des.protocol.messages import CatchUp, LeaderMessage


class InstallsOlder(Leader):
    """Takes another's state for newer than its own, and goes on at the slot where it was."""

    __slots__ = ()

    def on_message(self, source: NodeId, message: LeaderMessage) -> list[Effect]:
        if isinstance(message, CatchUp) and message.snapshot is not None:
            assert self.applying is not None, f"nothing to install {message.snapshot} in"
            replica = self.applying.replica
            applied = replica.applied
            if message.snapshot.slot <= applied:
                replica.applied = message.snapshot.slot
                replica.install(message.snapshot)
                replica.applied = applied
        return super().on_message(source, message)


OLDER_SNAPSHOT = Exhibit(
    protocol=MULTI_PAXOS.but("older-snapshot", leader=InstallsOlder.make),
    mutation=InstallsOlder,
    check="integrity",
    group="learner and replica",
    source="openraft PR 543",
    story=(
        "A snapshot is on its way for long, and who asked for it has gone on with the log. "
        "It is installed all the same: the state is of a former slot, and the log goes on above it."
    ),
    settings={
        **ROUGH,
        "phase1": "stable",
        "primaries": "highest",
        "heartbeats": "on",
        "heartbeat_every": "5ms",
        "heartbeat_timeout": "60ms",
        "slots": "unbounded",
        "values": 8,
        "in_flight": 2,
        "replica": "list",
        "snapshot_every": 2,
        "catch_up_every": "10ms",
        "catch_up_batch": 2,
        "lost_after": "10ms",
        "retry_after": "20ms",
        "fill_after": "20ms",
        "delay": "bimodal 1ms 20ms 0.3",
    },
    within=50,
)
