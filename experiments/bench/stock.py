"""A Paxos scenario on stock SimPy, in the way its documentation leads to: a comparison.

The roles are those of paxos_des, which do no I/O. Around them stands what a user of SimPy would
write first: a `Store` and a receiving process for each node, and a process for each message,
which waits for the message's delay and puts it into the target's store. There are no checks, no
trace and no digest, and delays come from `random`.

It knows what the scenario `2009` needs: nodes that are failed from the start, and the network's
uniform delays. It knows no other faults.
"""

from collections import Counter
from collections.abc import Generator
from dataclasses import dataclass
from random import Random
from typing import Any

import simpy

from paxos_des import Scenario
from paxos_des.cluster.shared import settings_of
from paxos_des.cluster.workload import client_of
from paxos_des.engine.choices import Chooser
from paxos_des.names import NodeId, index_of
from paxos_des.protocol.acceptor import Acceptor
from paxos_des.protocol.ballot import Command, Slot, Value
from paxos_des.protocol.effects import (
    Believe,
    Broadcast,
    CancelTimer,
    Completed,
    Effect,
    Learned,
    Send,
    SetTimer,
    Timer,
)
from paxos_des.protocol.heartbeat import HeartbeatListener, HeartbeatSender, Leadership
from paxos_des.protocol.leader import Leader
from paxos_des.protocol.messages import Heartbeat, Message
from paxos_des.protocol.role import Role

DELAY_US_MIN, DELAY_US_MAX = 200, 1_000
"""As the scenario `2009` says."""

PAXOS_KINDS = ("Prepare", "Promise", "Accept", "Accepted")

Process = Generator[Any, Any, None]


@dataclass(frozen=True, slots=True)
class StockRun:
    """What a run came to: messages sent, by kind, and what each leader learned, by slot."""

    messages: Counter[str]
    histories: dict[NodeId, dict[Slot, Value]]
    answered: int

    @property
    def paxos_messages(self) -> int:
        """How many messages of the two phases were sent: no heartbeats, no client's."""
        return sum(self.messages[kind] for kind in PAXOS_KINDS)


def simulate_stock(scenario: Scenario, *, seed: int = 0) -> StockRun:
    """Simulate until all is answered and learned, and then for as long as the scenario settles."""
    assert not scenario.faults, scenario.faults
    cluster = StockCluster(scenario, seed)
    cluster.env.run(until=cluster.done)
    cluster.env.run(until=cluster.env.now + scenario.settle_us + 1)
    histories = {name: leader.learner.learned for name, leader in cluster.leaders.items()}
    return StockRun(cluster.sent, histories, cluster.answered)


class StockCluster:
    """The nodes of a scenario in a stock environment.

    Attributes
    ----------
    missing
        Commands that are not answered yet, and for each leader those that it has not learned.
    """

    def __init__(self, scenario: Scenario, seed: int) -> None:
        self.env = simpy.Environment()
        self.random = Random(seed)  # noqa: S311 - weather, not a secret
        self.nodes: dict[NodeId, StockNode] = {}
        self.leaders: dict[NodeId, Leader] = {}
        self.sent: Counter[str] = Counter()
        self.answered = 0
        self.missing = scenario.values * (1 + scenario.leaders)
        self.done = self.env.event()
        failed = {
            *scenario.leader_names[: scenario.failed_leaders],
            *scenario.acceptor_names[: scenario.failed_acceptors],
        }
        self._add_leaders(scenario)
        for name in scenario.acceptor_names:
            self.nodes[name] = StockNode(self, name, Acceptor(scenario.leader_names))
        for name in scenario.client_names:
            self._add_client(scenario, name)
        for name, node in self.nodes.items():
            node.is_failed = name in failed
            node.start()

    def send(self, source: NodeId, target: NodeId, message: Message) -> None:
        self.sent[type(message).__name__] += 1
        self.env.process(self._transmit(source, target, message))

    def count_down(self) -> None:
        self.missing -= 1
        if not self.missing:
            self.done.succeed()

    def _transmit(self, source: NodeId, target: NodeId, message: Message) -> Process:
        yield self.env.timeout(self.random.randint(DELAY_US_MIN, DELAY_US_MAX))
        yield self.nodes[target].store.put((source, message))

    def _add_leaders(self, scenario: Scenario) -> None:
        settings = settings_of(scenario)
        told = scenario.primary_names
        for name in scenario.leader_names:
            leadership = Leadership(name)
            believed = name if name in told else max(told, key=index_of, default=None)
            leader = self.leaders[name] = Leader.make(leadership, settings, believed)
            node = self.nodes[name] = StockNode(self, name, leader)
            node.leader = leader
            if scenario.heartbeats == "on":
                peers = tuple(peer for peer in scenario.leader_names if peer != name)
                listener = HeartbeatListener(leadership, scenario.heartbeat_timeout_us)
                sender = HeartbeatSender(leadership, peers, scenario.heartbeat_every_us)
                node.roles += (sender, listener)
                node.listener = listener

    def _add_client(self, scenario: Scenario, name: NodeId) -> None:
        client = client_of(scenario, settings_of(scenario), name, Chooser(None))
        self.nodes[name] = StockNode(self, name, client)


class StockNode:
    """A node: a store, the process that empties it, and the roles that it hands messages to.

    Attributes
    ----------
    timers
        By timer, the number under which it was last set: an older one has no effect any more.
    """

    def __init__(self, cluster: StockCluster, name: NodeId, role: Role) -> None:
        self.cluster = cluster
        self.env = cluster.env
        self.name = name
        self.role = role
        self.roles: tuple[Role, ...] = (role,)
        self.leader: Leader | None = None
        self.listener: HeartbeatListener | None = None
        self.is_failed = False
        self.store = simpy.Store(self.env)
        self.timers: dict[Timer, int] = {}
        self._times_set = 0

    def start(self) -> None:
        self.env.process(self._receive())
        if not self.is_failed:
            for role in self.roles:
                self.do(role, role.on_start())

    def do(self, role: Role, effects: list[Effect]) -> None:  # noqa: C901 - one arm an effect
        """Do what a role asks, in order."""
        for effect in effects:
            match effect:
                case Broadcast():
                    for target in effect.targets:
                        self.cluster.send(self.name, target, effect.message)
                case Send():
                    self.cluster.send(self.name, effect.target, effect.message)
                case SetTimer():
                    self._set_timer(role, effect)
                case CancelTimer():
                    self.timers.pop(effect.timer, None)
                case Believe():
                    assert self.leader is not None, f"{self.name} has no leader"
                    self.do(self.leader, self.leader.on_believe(effect.primary))
                case Learned():
                    if isinstance(effect.value, Command):
                        self.cluster.count_down()
                case Completed():
                    self.cluster.answered += 1
                    self.cluster.count_down()
                case _:
                    pass  # is for the record, or for a disk, and there is neither

    def _receive(self) -> Process:
        while True:
            source, message = yield self.store.get()
            if self.is_failed:
                continue
            role: Role = self.role
            if isinstance(message, Heartbeat):
                assert self.listener is not None, f"{self.name} has no listener"
                role = self.listener
            self.do(role, role.on_message(source, message))

    def _set_timer(self, role: Role, effect: SetTimer) -> None:
        self._times_set += 1
        self.timers[effect.timer] = self._times_set
        after_us = self.cluster.random.randint(effect.delay_us_min, effect.delay_us_max)
        self.env.process(self._ring(role, effect.timer, after_us, self._times_set))

    def _ring(self, role: Role, timer: Timer, after_us: int, number: int) -> Process:
        yield self.env.timeout(after_us)
        if self.timers.get(timer) == number:
            del self.timers[timer]
            self.do(role, role.on_timer(timer))
