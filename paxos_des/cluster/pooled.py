"""A cluster over the pooled network: the same nodes, and a policy that picks what happens next."""

from collections.abc import Callable
from typing import ClassVar

from paxos_des.cluster.cluster import Cluster
from paxos_des.cluster.node import Node
from paxos_des.cluster.scenario import Scenario
from paxos_des.cluster.shared import shared_of
from paxos_des.engine.choices import Chooser
from paxos_des.engine.disk import Disk
from paxos_des.engine.pool import Deed
from paxos_des.engine.pooled import (
    PooledChooser,
    PooledDisk,
    PooledNetwork,
    PooledTimers,
)
from paxos_des.engine.pooled_world import PooledWorld
from paxos_des.engine.trace import Trace
from paxos_des.names import NodeId
from paxos_des.protocol.effects import Timer


class PooledNode(Node):
    """A node whose timers and fsyncs lie in the pool."""

    __slots__ = ()
    disk_type: ClassVar[type[Disk]] = PooledDisk
    world: PooledWorld

    def new_timers(self, fire: Callable[[Timer], object]) -> PooledTimers:
        return PooledTimers(self.world, self.name, fire)


class PooledCluster(Cluster):
    """A scenario's cluster in a pooled world.

    Where nodes have disks they may also crash, and come back: each that is up, or down, has an
    event in the pool for it.

    Parameters
    ----------
    scenario
        One that a pool can run: see `explore.pooled.pooled_scenario`.
    world
        Where it lies, and who picks: of this run alone.
    """

    world: PooledWorld

    def __init__(
        self, scenario: Scenario, chooser: PooledChooser, trace: Trace, world: PooledWorld
    ) -> None:
        self._pooled_world = world
        super().__init__(scenario, chooser, trace)

    def run(self) -> None:
        self._start()
        for name, node in self.nodes.items():
            if node.disk is not None:
                self._may_crash(name)
        self.world.run(until=self.scenario.horizon_us)

    def dissolve(self) -> None:
        super().dissolve()
        self.world.calls.clear()

    def _may_crash(self, name: NodeId) -> None:
        self.world.add("crash", name, None, self._on_crash, name)

    def _on_crash(self, name: NodeId) -> None:
        self.crash(name)
        self.world.add("restart", name, None, self._on_restart, name)

    def _on_restart(self, name: NodeId) -> None:
        self.restart(name)
        if self.nodes[name].is_up:
            self._may_crash(name)

    def _new_world(self) -> PooledWorld:
        return self._pooled_world

    def _new_network(self, chooser: Chooser) -> PooledNetwork:
        return PooledNetwork(self.world, self.trace, chooser, self._shared.plan)

    def _new_node(self, name: NodeId) -> PooledNode:
        return PooledNode(
            name, world=self.world, trace=self.trace, chooser=self._chooser, network=self.network
        )


def deeds_of(scenario: Scenario) -> frozenset[Deed]:
    """Return what may befall messages: what a scenario's links do."""
    found: list[Deed] = ["happen"]
    groups = shared_of(scenario).plan.groups
    if any(group.drop_below for group in groups):
        found.append("lose")
    if any(group.duplicate_below for group in groups):
        found.append("double")
    return frozenset(found)
