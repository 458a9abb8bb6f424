"""adopted-never-proposed: a leader that hears of votes in phase 1, and leaves it at that."""

from functools import partial

from paxos_des.cluster.registry import MULTI_PAXOS
from paxos_des.museum.exhibit import FAILOVER, Exhibit
from paxos_des.protocol.effects import Broadcast, Effect
from paxos_des.protocol.leader import Leader
from paxos_des.protocol.messages import Accept
from paxos_des.protocol.stable import Leading, Preparing, Stable


class NeverProposesAdopted(Stable):
    """Is safe: in these slots it proposes nothing at all, not even what was voted for."""

    __slots__ = ()

    def _lead(self, preparing: Preparing) -> list[Effect]:
        effects = super()._lead(preparing)
        adopted = {vote.slot for votes in preparing.promises.values() for vote in votes}
        assert isinstance(self.phase, Leading), self.phase
        self.phase.in_flight = {
            slot: value for slot, value in self.phase.in_flight.items() if slot not in adopted
        }
        return [
            one
            for one in effects
            if not isinstance(one, Broadcast)
            or not isinstance(one.message, Accept)
            or one.message.slot not in adopted
        ]


ADOPTED_NEVER_PROPOSED = Exhibit(
    protocol=MULTI_PAXOS.but(
        "adopted-never-proposed", leader=partial(Leader.make, stable=NeverProposesAdopted)
    ),
    mutation=NeverProposesAdopted,
    check="liveness",
    group="leader",
    source="the cluster of AOSA's 500 Lines or Less",
    story=(
        "A new leader notes what it is told of as proposals that somebody is busy with. "
        "That was the leader that died, so the slot stays open, and nothing above it is applied."
    ),
    settings={
        **FAILOVER,
        "replica": "kv",
        "faults": [{"at": "16ms", "fail": "leader-1"}],
        "live_within": "10s",
        "horizon": "12s",
    },
    within=20,
    not_pooled="no time is too long in the pool",
)
