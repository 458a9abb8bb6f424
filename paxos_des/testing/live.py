"""A cluster that goes on while one watches: advanced step by step, and meddled with in between."""

from collections.abc import Collection
from typing import Any

from paxos_des.checks.judges import CHECKS
from paxos_des.checks.verdict import Violation
from paxos_des.cluster.cluster import Cluster
from paxos_des.cluster.node import Node, NodeState
from paxos_des.cluster.scenario import Scenario
from paxos_des.engine.choices import Chooser
from paxos_des.engine.trace import Trace
from paxos_des.errors import InputError, shorten
from paxos_des.names import NodeId, nearest
from paxos_des.protocol.ballot import Operation
from paxos_des.protocol.client import Client
from paxos_des.run import judges_of
from paxos_des.run_record import LeaderHistory, RunTrace, header_of, history_of


class LiveCluster:
    """A cluster under its checks, in a world that stands still until it is advanced.

    The same calls give the same cluster, to the digest of its trace.

    Parameters
    ----------
    scenario
        What it is made of. Its values are asked for as in any run, and what is asked by `request`
        comes on top; it does not end when all is answered, nor at its horizon.
    seed
        Names the weather; None: every answer is dull.
    checks
        Which checks judge.

    Attributes
    ----------
    cluster
        What there is: nodes, links, world.
    """

    def __init__(
        self, scenario: Scenario, *, seed: int | None = None, checks: Collection[str] = CHECKS
    ) -> None:
        scenario = scenario.replace(stop_when="horizon")
        self.scenario = scenario
        self._seed = seed
        self._trace = Trace("trace")
        self._judges = judges_of(scenario, tuple(checks), self._trace)
        self.cluster = Cluster(scenario, Chooser(seed), self._trace)
        self._judges.ring(self.cluster.world.stop)
        self._asked: dict[NodeId, list[Operation]] = {}
        for name in scenario.client_names[: scenario.clients]:
            self._take_over(self.cluster.nodes[name])
        self.cluster._start()

    @property
    def now_us(self) -> int:
        return self.cluster.world.now

    @property
    def leader_histories(self) -> dict[NodeId, LeaderHistory]:
        """By leader: what it has learned in this life, slot by slot."""
        return {name: history_of(leader) for name, leader in self.cluster.leaders.items()}

    @property
    def violations(self) -> tuple[Violation, ...]:
        """What is violated so far, without its entries. Of a state machine, the certificate is
        looked at; `judge` searches where that does not decide.
        """
        found = (check.violation for check in self._judges.checks)
        return tuple(one for one in found if one is not None)

    @property
    def trace(self) -> RunTrace:
        """All that has happened so far."""
        return RunTrace(header_of(self.scenario, self._seed), self._trace)

    def judge(self) -> tuple[Violation, ...]:
        """Return what is violated, by those checks too that judge in the end."""
        return self._judges.violations

    def state(self, name: NodeId) -> NodeState:
        """Return what has become of a node: up, failed, paused, down or refused."""
        return self._node(name).state

    def advance(self, time_us: int) -> None:
        """Let so much time pass; it stands still for good where a check is violated.

        Raises
        ------
        InputError
            When the time is not a number of microseconds from 1.
        """
        if type(time_us) is not int or time_us < 1:
            message = f"advance: found {shorten(time_us)}; allowed is an integer of µs from 1"
            raise InputError(message)
        if not self.violations:
            self.cluster.world.run(until=self.now_us + time_us)

    def request(self, client: NodeId, operation: Operation) -> None:
        """Let a client ask for an operation, such as `("put", "x", 1)`: now, if it may and is up,
        else as soon as it can.

        Raises
        ------
        InputError
            When there is no such client.
        """
        if client not in self._asked:
            self._refuse("client", client, self._asked)
        self._asked[client].append(operation)
        node = self.cluster.nodes[client]
        if node.is_up:
            role: Any = node.seats[0].role
            node.do_all(role.ask_for_one_more(), node.seats[0])

    def crash(self, name: NodeId) -> None:
        """Let a node lose all that is not on its disk.

        Raises
        ------
        InputError
            When there is no such node, or no disks.
        """
        self._node(name)
        self.cluster.crash(name)

    def restart(self, name: NodeId) -> None:
        """Let a node that is down begin another life; one that is up goes on."""
        if not self._node(name).is_up:
            self.cluster.restart(name)

    def fail(self, name: NodeId) -> None:
        """Make a node deaf, until it heals."""
        self._node(name)
        self.cluster.fail(name)

    def heal(self, name: NodeId) -> None:
        self._node(name)
        self.cluster.heal(name)

    def cut(self, source: NodeId, target: NodeId) -> None:
        """Cut a link, one way.

        Raises
        ------
        InputError
            When there is no such link.
        """
        self._set_cut(source, target, "cut")

    def mend(self, source: NodeId, target: NodeId) -> None:
        self._set_cut(source, target, "mend")

    def _set_cut(self, source: NodeId, target: NodeId, deed: str) -> None:
        self._node(source)
        links = self.cluster.network.links[source]
        if target not in links:
            self._refuse("link's target", target, links)
        self.cluster.set_cut(source, target, deed)

    def _node(self, name: NodeId) -> Node:
        if name not in self.cluster.nodes:
            self._refuse("node", name, self.cluster.nodes)
        return self.cluster.nodes[name]

    def _refuse(self, what: str, found: object, known: Collection[NodeId]) -> None:
        hint = nearest(str(found), known)
        message = f"{what}: found {shorten(found)}{hint}; allowed: {', '.join(known)}"
        raise InputError(message)

    def _take_over(self, node: Node) -> None:
        """Have a client ask, in each of its lives, for what the scenario says and then for what is
        requested.
        """
        asked: list[Operation] = []
        self._asked[node.name] = asked
        furnish = node.furnish

        def furnish_anew(node: Node) -> None:
            furnish(node)
            self._extend(node, asked)

        node.furnish = furnish_anew
        self._extend(node, asked)

    def _extend(self, node: Node, asked: list[Operation]) -> None:
        client = node.seats[0].role
        assert isinstance(client, Client), client
        first, operation_of = client.count, client.operation_of
        client.operation_of = lambda sequence: (
            operation_of(sequence) if sequence < first else asked[sequence - first]
        )
        client.count += len(asked)
        if client.habits.arrivals == "closed":
            client.arrived = client.count
