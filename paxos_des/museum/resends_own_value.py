"""resends-own-value: a leader that proposes what it adopted, and sends its own value again."""

from dataclasses import replace
from functools import partial

from paxos_des.cluster.registry import MULTI_PAXOS
from paxos_des.museum.exhibit import ROUGH, Exhibit
from paxos_des.protocol.effects import Effect
from paxos_des.protocol.leader import Leader
from paxos_des.protocol.per_slot import Leading, PerSlot, Proposal


class ResendsOwnValue(PerSlot):
    """Has two variables for the value of a slot, and takes the wrong one in one place."""

    __slots__ = ()

    def _again(self, proposal: Proposal) -> list[Effect]:
        phase = proposal.phase
        if isinstance(phase, Leading):
            phase = Leading(phase.ballot, proposal.wish)
        return super()._again(replace(proposal, phase=phase))


RESENDS_OWN_VALUE = Exhibit(
    protocol=MULTI_PAXOS.but(
        "resends-own-value", leader=partial(Leader.make, per_slot=ResendsOwnValue)
    ),
    mutation=ResendsOwnValue,
    check="ballots",
    group="leader",
    source="folklore",
    story=(
        "What is sent again is put together in another place, from what the client asked for. "
        "Some acceptors vote for the adopted value, others for the leader's own, in one ballot."
    ),
    settings=ROUGH,
    within=20,
)
