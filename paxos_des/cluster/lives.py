"""Lives: nodes fall and come back at random, each on its own.

A node is up for a time, down for a time, and so on. The times of its n-th life are the weather of
the node and of n alone: one life more or less of a node leaves the others as they were, also of
that node. That a life ends is one decision; its answer is the fault, as compact JSON, or `nothing`.
So a schedule holds the faults, and `Havoc.schedule_chosen` lets them happen again over the dull
run, in which no life of its own ends.
"""

from typing import NamedTuple

from paxos_des.cluster.aims import Roles
from paxos_des.cluster.faults import Fault
from paxos_des.cluster.havoc import NEMESIS, NOTHING, Havoc
from paxos_des.cluster.life_rules import LifeRule, life_of
from paxos_des.engine.choices import Chooser, Key, Kind, Weather, name_of, stream_of
from paxos_des.engine.delays import table
from paxos_des.engine.world import World
from paxos_des.names import NodeId

_KIND: Kind = "fault"


class Life(NamedTuple):
    """The `number`-th life of a node, from 0: how long it lasts, and for how long the node is down
    after it.
    """

    node: NodeId
    number: int
    up_us: int
    down_us: int


class Lives:
    """Lets the lives of nodes end, from the first instant on.

    Parameters
    ----------
    rules
        Who lives how.
    weather
        Draws how long.
    """

    def __init__(
        self,
        rules: tuple[LifeRule, ...],
        roles: Roles,
        havoc: Havoc,
        *,
        chooser: Chooser,
        weather: Weather,
        world: World,
    ) -> None:
        self._havoc = havoc
        self._chooser = chooser
        self._weather = weather
        self._world = world
        found = {name: life_of(rules, roles, name) for name in roles.all}
        self._rules = {name: rule for name, rule in found.items() if rule is not None}
        # What a schedule lets happen in place of a life's end is for Havoc to do, at its own time.
        self._taken = {one.key for one in chooser.faults if one.answer != NOTHING}
        # By time, in the order in which they were drawn. At its instant, what ends lives comes
        # before all else but the scenario's faults, as what a schedule lets happen does: so a
        # replay has the same order. The place is reserved before the run begins.
        self._due: dict[int, list[tuple[Key | None, Fault]]] = {}
        self._place = world.take_number()
        for name in self._rules:
            self._begin(self._life(name, 0))

    def dissolve(self) -> None:
        """Let go of the cluster: see `Cluster.dissolve`."""
        del self._havoc

    def _life(self, node: NodeId, number: int) -> Life:
        rule = self._rules[node]
        up_us, down_us = (
            table(delay).delay_us(self._weather.bits(stream_of(_KIND, (node,), name), number))
            for name, delay in (("up", rule.up), ("down", rule.down))
        )
        return Life(node, number, max(up_us, 1), max(down_us, 1))

    def _begin(self, life: Life) -> None:
        """Let a life begin now; when it is over, and the node was down, the next one does."""
        rule = self._rules[life.node]
        at_us = self._world.now + life.up_us
        if rule.until_us is not None and at_us > rule.until_us:
            return
        fault = Fault(at_us, rule.deed, (life.node,), for_us=life.down_us)
        key = None
        if self._chooser.is_careful:
            key = Key(_KIND, (NEMESIS,), name_of({"life": life.number, "node": life.node}), 1)
        if key is None or key not in self._taken:
            if at_us not in self._due:
                self._world.call_numbered(at_us, self._place, self._end, at_us)
            self._due.setdefault(at_us, []).append((key, fault))
        self._world.call_at(at_us + life.down_us, self._begin_next, life)

    def _begin_next(self, life: Life) -> None:
        self._begin(self._life(life.node, life.number + 1))

    def _end(self, at_us: int) -> None:
        """Let all lives end that end now."""
        for key, fault in self._due.pop(at_us):
            drawn = fault.to_text() if key is not None else ""
            if key is None or self._chooser.choose(key, drawn, NOTHING) != NOTHING:
                self._havoc.apply(fault)
