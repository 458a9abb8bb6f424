"""Two nodes by hand, of any names: what one sends to the other, its role hears."""

from collections.abc import Callable, Sequence
from typing import Any

from paxos_des.cluster.node import Node
from paxos_des.engine.choices import Chooser
from paxos_des.engine.delays import Constant
from paxos_des.engine.links import LinkModel, NetworkPlan
from paxos_des.engine.network import Network
from paxos_des.engine.trace import Trace
from paxos_des.engine.world import World
from paxos_des.names import NodeId
from paxos_des.protocol.effects import Effect
from paxos_des.protocol.role import Role

DELAY_US = 1_000


class Hearer(Role):
    """Hears, and answers with what it is told to."""

    def __init__(self) -> None:
        self.heard: list[Any] = []
        self.answer: Callable[[NodeId, Any], list[Effect]] = lambda *_: []

    def on_message(self, source: NodeId, message: Any) -> list[Effect]:  # noqa: ANN401 - any
        self.heard.append(message)
        return self.answer(source, message)


class Pair:
    """A node that sends, and another that hears."""

    def __init__(
        self,
        one: NodeId = "a",
        other: NodeId = "b",
        *,
        trace: Trace | None = None,
        start_us: int = 0,
        drop: float = 0,
        roles: Sequence[Hearer] = (),
    ) -> None:
        self.world = World(start_us)
        self.trace = Trace("trace") if trace is None else trace
        chooser = Chooser(1)
        model = LinkModel(Constant(DELAY_US), drop)
        plan = NetworkPlan([(one, other, model), (other, one, model)])
        self.network = Network(self.world, self.trace, chooser, plan, has_shuffled_ties=False)
        self.nodes: list[Node] = []
        self.roles = roles or (Hearer(), Hearer())
        for name, role in zip((one, other), self.roles, strict=True):
            node = Node(
                name, world=self.world, trace=self.trace, chooser=chooser, network=self.network
            )
            node.sit(role)
            self.nodes.append(node)
        for source, target in ((0, 1), (1, 0)):
            link = self.network.links[self.nodes[source].name][self.nodes[target].name]
            link.receive = self.nodes[target].boot()

    def send(self, message: Any) -> None:  # noqa: ANN401 - any protocol's
        """Send from the first to the second, now."""
        self.nodes[0].send((self.nodes[1].name,), message)
