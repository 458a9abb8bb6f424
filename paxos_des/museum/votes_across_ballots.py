"""votes-across-ballots: a learner that adds up votes of different ballots."""

from functools import partial

import msgspec

from paxos_des.cluster.registry import MULTI_PAXOS
from paxos_des.museum.exhibit import THREE, Exhibit
from paxos_des.names import NodeId
from paxos_des.protocol.ballot import NULL_BALLOT, Ballot, Slot, Value
from paxos_des.protocol.effects import Learned
from paxos_des.protocol.leader import Leader
from paxos_des.protocol.learner import Learner


class AddsBallotsUp(Learner):
    """Keeps who voted in a slot, and neither when nor for what."""

    __slots__ = ()

    def on_vote(self, source: NodeId, slot: Slot, ballot: Ballot, value: Value) -> Learned | None:
        learned = super().on_vote(source, slot, NULL_BALLOT, value)
        return None if learned is None else msgspec.structs.replace(learned, ballot=ballot)


VOTES_ACROSS_BALLOTS = Exhibit(
    protocol=MULTI_PAXOS.but(
        "votes-across-ballots", leader=partial(Leader.make, learner=AddsBallotsUp)
    ),
    mutation=AddsBallotsUp,
    check="agreement",
    group="learner and replica",
    least=16,
    source="classic",
    story=(
        "A learner counts the acceptors that voted in a slot. "
        "One vote for each of two values, in two ballots, are together enough for the second."
    ),
    settings=THREE,
    within=50,
)
