"""A rule-based state machine over a live cluster: write a property, and Hypothesis breaks it.

    class TestMine(ClusterMachine.TestCase): …

or, with what is to be tested and a property of one's own:

    class Mine(ClusterMachine):
        scenario = ClusterMachine.scenario.replace(protocol="mine")

        @invariant()
        def nothing_is_learned_twice(self) -> None:
            for history in self.cluster.leader_histories.values():
                assert len(set(history)) == len(history)

    TestMine = Mine.TestCase
"""

from collections.abc import Callable, Sequence
from typing import ClassVar, TypeVar

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from paxos_des.cluster.scenario import Scenario
from paxos_des.names import NodeId
from paxos_des.protocol.ballot import Operation
from paxos_des.testing.live import LiveCluster

Drawn = TypeVar("Drawn")
SMALL = Scenario(
    name="small",
    acceptors=3,
    leaders=2,
    clients=2,
    values=0,
    send_to="own",
    primaries="all",
    phase1="per-slot",
    heartbeats="off",
    disks="on",
    delay="10ms",
    resend_after="50ms",
    backoff_min="20ms",
    backoff_max="60ms",
    retry_after="200ms",
)
"""Two leaders that both believe themselves primary: any two requests meet in a slot."""
_STEP_US = 5_000
_STEPS_MAX = 10


def _one_of(
    listed: Callable[["ClusterMachine"], Sequence[Drawn]],
) -> st.SearchStrategy[Drawn]:
    """Return a strategy for what the machine has at that moment: of one name or link, and so shown
    as an argument of the rule.
    """
    return st.runner().flatmap(lambda machine: st.sampled_from(listed(machine)))


class ClusterMachine(RuleBasedStateMachine):
    """Starts a cluster; crashes and restarts its nodes, cuts and mends its links, lets clients ask
    and time pass, in any order; and after each step looks whether a check is violated.

    The checks of safety are there already. A subclass says what is to be tested, or adds rules and
    invariants of its own, which find the cluster in `self.cluster`.

    Attributes
    ----------
    scenario
        What the cluster is made of; nodes crash only where it gives them disks.
    seed
        Names the weather; None: every answer is dull, and examples shrink best.
    """

    scenario: ClassVar[Scenario] = SMALL
    seed: ClassVar[int | None] = None
    cluster: LiveCluster

    @initialize()
    def start(self) -> None:
        self.cluster = LiveCluster(self.scenario, seed=self.seed)
        self._number = 0
        self._cut: list[tuple[NodeId, NodeId]] = []

    @rule(steps=st.integers(1, _STEPS_MAX))
    def advance(self, steps: int) -> None:
        """Let time pass: half of what a message takes, or more."""
        self.cluster.advance(steps * _STEP_US)

    @rule(client=_one_of(lambda machine: machine._clients))
    def request(self, client: NodeId) -> None:
        """Let a client write a value that none has written."""
        self._number += 1
        self.cluster.request(client, _writing(self.scenario, self._number))

    @precondition(lambda self: self.scenario.has_disks)
    @rule(node=_one_of(lambda machine: machine._servers))
    def crash(self, node: NodeId) -> None:
        self.cluster.crash(node)

    @precondition(lambda self: self._down)
    @rule(node=_one_of(lambda machine: machine._down))
    def restart(self, node: NodeId) -> None:
        self.cluster.restart(node)

    @rule(link=_one_of(lambda machine: machine._links))
    def cut(self, link: tuple[NodeId, NodeId]) -> None:
        self.cluster.cut(*link)
        self._cut = [one for one in self._cut if one != link] + [link]

    @precondition(lambda self: self._cut)
    @rule(link=_one_of(lambda machine: machine._cut))
    def mend(self, link: tuple[NodeId, NodeId]) -> None:
        self.cluster.mend(*link)
        self._cut.remove(link)

    @invariant()
    def every_check_holds(self) -> None:
        for violation in self.cluster.violations:
            message = f"{violation.check} is violated: {violation.what}"
            raise AssertionError(message)

    def teardown(self) -> None:
        """Let what judges in the end judge."""
        if hasattr(self, "cluster"):
            for violation in self.cluster.judge():
                message = f"{violation.check} is violated: {violation.what}"
                raise AssertionError(message)

    @property
    def _clients(self) -> tuple[NodeId, ...]:
        return self.scenario.client_names[: self.scenario.clients]

    @property
    def _servers(self) -> tuple[NodeId, ...]:
        return (*self.scenario.leader_names, *self.scenario.acceptor_names)

    @property
    def _down(self) -> list[NodeId]:
        return [name for name in self._servers if self.cluster.state(name) == "down"]

    @property
    def _links(self) -> list[tuple[NodeId, NodeId]]:
        links = self.cluster.cluster.network.links
        servers = self._servers
        return [(one, other) for one in servers for other in servers if other in links[one]]


def _writing(scenario: Scenario, number: int) -> Operation:
    """Return an operation that writes a number, in the words of the scenario's replica."""
    words = {"register": "write", "list": "append"}
    word = words.get(scenario.replica)
    return ("put", "x", number) if word is None else (word, number)
