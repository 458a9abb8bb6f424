"""answers-before-chosen: a leader that answers when it proposes, not when it has learned."""

from paxos_des.cluster.registry import MULTI_PAXOS
from paxos_des.museum.exhibit import Exhibit
from paxos_des.protocol.ballot import Command
from paxos_des.protocol.effects import Effect, Send
from paxos_des.protocol.leader import Leader
from paxos_des.protocol.messages import Reply


class AnswersAtOnce(Leader):
    """Takes what it has begun for done."""

    __slots__ = ()

    def _on_request(self, command: Command) -> list[Effect]:
        effects = super()._on_request(command)
        if not effects or (command.client, command.sequence) not in self.asked:
            return effects
        slot = self.campaign.next_slot - 1
        return [*effects, Send(command.client, Reply(command.sequence, slot))]


ANSWERS_BEFORE_CHOSEN = Exhibit(
    protocol=MULTI_PAXOS.but("answers-before-chosen", leader=AnswersAtOnce.make),
    mutation=AnswersAtOnce,
    check="durability",
    group="leader",
    source="Redis, and MongoDB with write concern 1 (Jepsen 2013)",
    story=(
        "Clients like short waits, and the primary alone answers soonest. "
        "It is refused or it dies, another value wins the slot, and an acknowledged one is gone."
    ),
    within=5,
)
