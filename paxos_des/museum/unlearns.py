"""unlearns: a learner that lets a late vote replace what it has learned."""

from functools import partial

from paxos_des.cluster.registry import MULTI_PAXOS
from paxos_des.museum.exhibit import ROUGH, Exhibit
from paxos_des.names import NodeId
from paxos_des.protocol.ballot import Ballot, Slot, Value
from paxos_des.protocol.effects import Learned
from paxos_des.protocol.leader import Leader
from paxos_des.protocol.learner import Learner


class Unlearns(Learner):
    """Goes on writing into a slot that it has learned."""

    __slots__ = ()

    def on_vote(self, source: NodeId, slot: Slot, ballot: Ballot, value: Value) -> Learned | None:
        if slot not in self.learned or self.learned[slot] == value:
            return super().on_vote(source, slot, ballot, value)
        self._learn(slot, value)
        return Learned(slot, value, ballot, (source,))


UNLEARNS = Exhibit(
    protocol=MULTI_PAXOS.but("unlearns", leader=partial(Leader.make, learner=Unlearns)),
    mutation=Unlearns,
    check="never-unlearned",
    group="learner and replica",
    source="the 2009 program",
    story=(
        "The log is a dictionary, and what arrives is written into it without a look at what is "
        "there. A vote of a minority, delayed past the choice, silently takes its place."
    ),
    settings={**ROUGH, "settle": "50ms"},
    within=50,
)
