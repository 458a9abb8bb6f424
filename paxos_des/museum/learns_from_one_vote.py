"""learns-from-one-vote: a leader that, while it is not primary, takes a vote for a choice.

Here the primary lives, and gets chosen in the end what the other has learned too early.
"""

from paxos_des.cluster.registry import MULTI_PAXOS
from paxos_des.museum.exhibit import ROUGH, Exhibit
from paxos_des.names import NodeId
from paxos_des.protocol.effects import Effect, Learned
from paxos_des.protocol.leader import Leader
from paxos_des.protocol.messages import Accepted, LeaderMessage


class LearnsFromOneVote(Leader):
    """Leaves counting to the primary."""

    __slots__ = ()

    def on_message(self, source: NodeId, message: LeaderMessage) -> list[Effect]:
        if not isinstance(message, Accepted) or self.leadership.is_primary:
            return super().on_message(source, message)
        slot, ballot, value = message.slot, message.ballot, message.value
        self.campaign.saw_slot(slot)
        if not self.learner.on_told(slot, value):
            return []
        return self._on_learned(Learned(slot, value, ballot, (source,)))


LEARNS_FROM_ONE_VOTE = Exhibit(
    protocol=MULTI_PAXOS.but("learns-from-one-vote", leader=LearnsFromOneVote.make),
    mutation=LearnsFromOneVote,
    check="learned-chosen",
    group="learner and replica",
    source="folklore",
    story=(
        "A standby writes down what it hears, since the primary will see to it that it is chosen. "
        "Nobody notices, until the primary dies first and the standby answers from what it has."
    ),
    settings={**ROUGH, "primaries": "highest", "send_to": "highest"},
    within=20,
)
