"""applies-out-of-order: a replica that applies what is chosen in the order in which it hears it."""

from dataclasses import dataclass

from paxos_des.cluster.registry import MULTI_PAXOS
from paxos_des.museum.exhibit import ROUGH, Exhibit
from paxos_des.names import NodeId
from paxos_des.protocol.applying import Applying
from paxos_des.protocol.ballot import Command
from paxos_des.protocol.effects import Effect
from paxos_des.protocol.heartbeat import Leadership
from paxos_des.protocol.leader import Leader
from paxos_des.protocol.role import Settings


@dataclass(slots=True)
class InOrderOfArrival(Applying):
    """Applies all that is learned, and does not wait for the slots below."""

    count: int = 0

    def apply_all(self) -> list[Effect]:
        effects: list[Effect] = []
        news = list(self.campaign.learner.learned.items())[self.count :]
        for slot, value in news:  # in the order in which they were learned
            self.count += 1
            self.replica.applied = slot
            effects.append(self.replica.apply(slot, value))
            if isinstance(value, Command):
                effects += self._answer((value.client, value.sequence))
        return effects


def leader(leadership: Leadership, settings: Settings, told: NodeId | None) -> Leader:
    made = Leader.make(leadership, settings, told)
    right = made.applying
    assert right is not None, "there is nothing that could be applied in any order"
    made.applying = InOrderOfArrival(leadership, made.campaign, right.replica, made.asked)
    return made


APPLIES_OUT_OF_ORDER = Exhibit(
    protocol=MULTI_PAXOS.but("applies-out-of-order", leader=leader),
    mutation=InOrderOfArrival,
    check="order",
    group="learner and replica",
    source="the 2009 program",
    story=(
        "Values are handed on when they are chosen, and slots are mostly chosen in their order. "
        "When one is late, the next goes first, and on another replica it does not."
    ),
    settings={**ROUGH, "replica": "kv", "slots": 2, "values": 4},
    within=10,
)
