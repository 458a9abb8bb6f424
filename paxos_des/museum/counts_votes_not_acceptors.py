"""counts-votes-not-acceptors: a learner to which a repeated vote is another vote."""

from functools import partial

from paxos_des.cluster.registry import MULTI_PAXOS
from paxos_des.museum.exhibit import Exhibit
from paxos_des.names import NodeId
from paxos_des.protocol.ballot import Ballot, Slot, Value
from paxos_des.protocol.effects import Learned
from paxos_des.protocol.leader import Leader
from paxos_des.protocol.learner import Learner


class CountsVotes(Learner):
    """Keeps votes by their number, not by their sender."""

    __slots__ = ()

    def on_vote(self, source: NodeId, slot: Slot, ballot: Ballot, value: Value) -> Learned | None:
        number = len(self.voters(slot, ballot))
        return super().on_vote(f"{source}, vote {number}", slot, ballot, value)


COUNTS_VOTES_NOT_ACCEPTORS = Exhibit(
    protocol=MULTI_PAXOS.but(
        "counts-votes-not-acceptors", leader=partial(Leader.make, learner=CountsVotes)
    ),
    mutation=CountsVotes,
    check="agreement",
    group="learner and replica",
    least=17,
    source="the 2009 program",
    story=(
        "Votes are counted by a number that goes up with each Accepted. "
        "A minority's vote that the network repeats is taken for a choice."
    ),
    within=50,
)
