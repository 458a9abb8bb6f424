"""The cluster of one run: nodes in a world, the network between them, and what befalls them."""

from collections.abc import Callable

from paxos_des.cluster.faults import When
from paxos_des.cluster.goal import Goal
from paxos_des.cluster.havoc import Havoc
from paxos_des.cluster.lives import Lives
from paxos_des.cluster.nemesis import Nemesis
from paxos_des.cluster.node import Node
from paxos_des.cluster.registry import protocol_named
from paxos_des.cluster.scenario import Scenario
from paxos_des.cluster.seat import Pump
from paxos_des.cluster.shared import assumptions_of, shared_of
from paxos_des.cluster.workload import client_of, workload_of
from paxos_des.engine.choices import Chooser
from paxos_des.engine.clocks import Clock, SteppedClock
from paxos_des.engine.disk import Disk
from paxos_des.engine.entries import FaultEntry
from paxos_des.engine.links import lead
from paxos_des.engine.network import Network
from paxos_des.engine.pump import AdversarialPump
from paxos_des.engine.trace import Trace
from paxos_des.engine.world import World
from paxos_des.errors import ScenarioError
from paxos_des.names import NodeId
from paxos_des.protocol.heartbeat import HeartbeatListener, HeartbeatSender, Leadership
from paxos_des.protocol.leader import Leader
from paxos_des.protocol.messages import Heartbeat
from paxos_des.protocol.role import Believes, Idles, Role, Wakes


class Cluster:
    """A scenario's nodes, links and faults, in a world of their own.

    Parameters
    ----------
    scenario, chooser, trace
        What is simulated, who decides, and where what happens is noted.

    Attributes
    ----------
    world
        The SimPy environment: stock processes, resources and stores may be put into it.
    nodes
        By name, in a fixed order: leaders, acceptors, clients.
    leaders
        The roles on leaders: those of Paxos have histories, which are compared.
    havoc, nemesis, lives
        Who applies faults, and undoes them; who draw some, where the scenario wants it.
    goal
        What ends the run, unless the horizon does.
    events
        After the run, how many calls the world made.

    Raises
    ------
    ScenarioError
        When the scenario names a protocol that is not registered.
    """

    def __init__(self, scenario: Scenario, chooser: Chooser, trace: Trace) -> None:
        protocol = protocol_named(scenario.protocol)
        shared = self._shared = shared_of(scenario)
        self._settings = shared.settings
        self.scenario = scenario
        self.trace = trace
        self.world = self._new_world()
        self.network = self._new_network(chooser)
        self.nodes: dict[NodeId, Node] = {}
        self.leaders: dict[NodeId, Role] = {}
        self.goal = Goal(scenario, self.world, trace, protocol.answers)
        self.events = 0
        self._chooser = chooser
        self._protocol = protocol
        for name in scenario.leader_names:
            self._add(name, self._furnish_leader).keep_nothing()
        for name in scenario.acceptor_names:
            self._add(name, self._furnish_acceptor)
        for name in scenario.client_names:
            self._add(name, self._furnish_client).keep_nothing()
        if scenario.has_disks or scenario.has_clocks:
            self._equip(scenario)
        self.havoc: Havoc | None = None
        self.nemesis: Nemesis | None = None
        self.lives: Lives | None = None
        has_faults = scenario.faults or scenario.lives or chooser.faults
        if has_faults or scenario.nemesis is not None:
            self._wreak(scenario)

    def run(self) -> None:
        """Start all nodes and simulate up to the goal or the horizon."""
        self._start()
        self.world.run(until=self.scenario.horizon_us)
        self.events = self.world.events

    def _start(self) -> None:
        scenario = self.scenario
        receivers = {name: node.boot() for name, node in self.nodes.items()}
        lead(self.network.links, receivers)
        for name in (
            *scenario.leader_names[: scenario.failed_leaders],
            *scenario.acceptor_names[: scenario.failed_acceptors],
        ):
            self.fail(name)
        for node in self.nodes.values():
            node.start()
        self.goal.check()

    def dissolve(self) -> None:
        """Cut the ties by which nodes, links and processes know each other in circles.

        So a run's parts go as soon as the run is over. A collector that had to find them would
        take a seventh of the time of a short run (measured in `duel`).
        """
        for node in self.nodes.values():
            node.dissolve()
        if self.havoc is not None:
            self.havoc.dissolve()
        if self.nemesis is not None:
            self.nemesis.dissolve()
        if self.lives is not None:
            self.lives.dissolve()
        self.goal.dissolve()
        self.network.dissolve()
        self.world._queue.clear()

    def fail(self, name: NodeId) -> None:
        """Make a node deaf, as in 2009."""
        self.nodes[name].fail()
        self.goal.excuse(name)

    def heal(self, name: NodeId) -> None:
        self.nodes[name].heal()
        self._on_change(name)

    def crash(self, name: NodeId, when: When = "now") -> None:
        """Crash a node: it loses all that its disk does not keep.

        Raises
        ------
        ScenarioError
            When the scenario gives its nodes no disks: an acceptor would come back as if it had
            promised nothing.
        """
        if self.nodes[name].disk is None:
            message = f"crash: found {name} without a disk; allowed is a scenario with disks = 'on'"
            raise ScenarioError(message)
        self.nodes[name].crash(when)

    def restart(self, name: NodeId) -> None:
        """Let a crashed node begin another life."""
        self.nodes[name].restart()

    def pause(self, name: NodeId) -> None:
        """Let a node do nothing, until it is resumed."""
        self.nodes[name].pause()

    def resume(self, name: NodeId) -> None:
        self.nodes[name].resume()

    def slow(self, name: NodeId, by_us: int) -> None:
        """Let a node take so long for every message; 0: no longer."""
        self.nodes[name].slow(by_us)

    def disk(self, name: NodeId) -> Disk | None:
        """Return a node's disk; None where the scenario needs none."""
        return self.nodes[name].disk

    def clock(self, name: NodeId) -> Clock | None:
        """Return a node's own clock; None where the scenario needs none."""
        return self.nodes[name].clock

    def set_cut(self, source: NodeId, target: NodeId, deed: str) -> None:
        """Cut (`cut`) or mend (`mend`) a directed link."""
        self.network.faults.set_cut(source, target, is_cut=deed == "cut")
        self.trace.add(FaultEntry, self.world.now, "nemesis", source, target, deed)

    def _new_world(self) -> World:
        return World()

    def _new_network(self, chooser: Chooser) -> Network:
        return Network(
            self.world,
            self.trace,
            chooser,
            self._shared.plan,
            has_shuffled_ties=self.scenario.ties == "shuffled",
        )

    def _new_node(self, name: NodeId) -> Node:
        return Node(
            name,
            world=self.world,
            trace=self.trace,
            chooser=self._chooser,
            network=self.network,
        )

    def _equip(self, scenario: Scenario) -> None:
        """Give nodes what they have where a scenario needs it: a disk, a clock of their own."""
        for name, node in self.nodes.items():
            if scenario.has_disks:
                disk = node.use_disk(scenario.disk_model, self._protocol.records)
                disk.ignores_failures = self._protocol.failed_fsync == "ignore"
                if self._protocol.read_back is not None:
                    disk.read_back = self._protocol.read_back
            model = scenario.clock_of(name)
            if model is not None:
                node.clock = SteppedClock(self.world, model.offset_us, model.rate_ppm)
            elif scenario.has_clocks:
                node.clock = SteppedClock(self.world)

    def _wreak(self, scenario: Scenario) -> None:
        """Let faults happen: the scenario's, and those that lives and a nemesis draw."""
        self.havoc = Havoc(
            self._shared.roles, self, world=self.world, trace=self.trace, network=self.network
        )
        self.havoc.schedule(scenario.faults)
        self.havoc.schedule_chosen(self._chooser)
        if scenario.lives and self._chooser.weather is not None:
            self.lives = Lives(
                scenario.lives,
                self._shared.roles,
                self.havoc,
                chooser=self._chooser,
                weather=self._chooser.weather,
                world=self.world,
            )
        if scenario.nemesis is not None:
            self.nemesis = Nemesis(
                scenario.nemesis,
                assumptions_of(scenario, scenario.nemesis),
                self.havoc,
                chooser=self._chooser,
                world=self.world,
            )
            self.goal.await_nemesis(scenario.nemesis.until_us)

    def _on_change(self, name: NodeId) -> None:
        """Wait for a leader that can learn, and for no other."""
        node = self.nodes[name]
        if node.is_failed or not node.is_up:
            self.goal.excuse(name)
        else:
            self.goal.include(name)

    def _add(self, name: NodeId, furnish: Callable[[Node], None]) -> Node:
        node = self._new_node(name)
        node.furnish, node.on_change = furnish, self._on_change
        self.nodes[name] = node
        furnish(node)
        return node

    def _furnish_leader(self, node: Node) -> None:
        scenario, settings, name = self.scenario, self._settings, node.name
        told = name if name in scenario.primary_names else self._shared.told
        leadership = Leadership(name)
        leader = self._protocol.leader(leadership, settings, told)
        node.sit(leader, self._pump(node, leader))
        self.leaders[name] = leader
        if isinstance(leader, Leader):
            node.on_believe, node.on_wake = leader.on_believe, leader.on_wake
        else:
            node.on_believe = leader.on_believe if isinstance(leader, Believes) else None
            node.on_wake = leader.on_wake if isinstance(leader, Wakes) else None
        if scenario.heartbeats == "on" and node.on_believe is not None:
            peers = tuple(peer for peer in settings.leaders if peer != name)
            sender = HeartbeatSender(leadership, peers, settings.heartbeat_every_us)
            listener = HeartbeatListener(leadership, settings.heartbeat_timeout_us)
            node.sit(sender)
            node.routes[Heartbeat] = node.sit(listener)

    def _furnish_acceptor(self, node: Node) -> None:
        acceptor = self._protocol.acceptor(node.name, self._settings)
        node.sit(acceptor, self._pump(node, acceptor))

    def _furnish_client(self, node: Node) -> None:
        scenario, shared, make = self.scenario, self._shared, self._protocol.client
        if make is None:
            node.sit(client_of(scenario, shared.settings, node.name, self._chooser, shared.habits))
            return
        workload = workload_of(scenario, node.name, self._chooser)
        node.sit(make(node.name, shared.settings, workload))

    def _pump(self, node: Node, role: Role) -> Pump | None:
        if self.scenario.pump == "plain":
            return None
        pump = AdversarialPump(
            self.world,
            self._chooser,
            node.name,
            wait_us=self.scenario.pump_wait_us,
            nothing=self.scenario.pump_nothing,
            is_deaf=lambda: node.is_idle,
            tells_nothing=isinstance(role, Idles),
        )
        return pump.run
