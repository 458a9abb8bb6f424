"""keeps-chain-on-install: a leader that takes a snapshot's state, and not its hash."""

from functools import partial

from paxos_des.cluster.registry import MULTI_PAXOS
from paxos_des.museum.exhibit import FAILOVER, Exhibit
from paxos_des.protocol.ballot import Slot
from paxos_des.protocol.leader import Leader
from paxos_des.protocol.learner import Learner


class KeepsItsChain(Learner):
    """Goes on with the hash of the history that it had, from another place."""

    __slots__ = ()

    def install(self, slot: Slot, chain: str) -> None:  # noqa: ARG002 - that is the bug
        _, own = self.forgotten
        super().install(slot, own)


KEEPS_CHAIN_ON_INSTALL = Exhibit(
    protocol=MULTI_PAXOS.but(
        "keeps-chain-on-install", leader=partial(Leader.make, learner=KeepsItsChain)
    ),
    mutation=KeepsItsChain,
    check="agreement",
    group="learner and replica",
    source="folklore",
    story=(
        "A running hash of the log is kept beside it, so that replicas can be compared. "
        "Whoever installs a snapshot replaces the state, and goes on with the hash of its own past."
    ),
    settings={
        **FAILOVER,
        "values": 12,
        "in_flight": 1,
        "replica": "kv",
        "snapshot_every": 2,
        "lost_after": "20ms",
        "faults": [{"at": "20ms", "fail": "leader-0", "for": "100ms"}],
    },
    within=20,
)
