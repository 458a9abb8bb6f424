"""What ends a run before its horizon: everything that was to happen has happened."""

from paxos_des.cluster.scenario import Scenario
from paxos_des.engine.trace import CompleteEntry, LearnEntry, Trace
from paxos_des.engine.world import World
from paxos_des.names import NodeId
from paxos_des.protocol.ballot import Command


class Goal:
    """Counts what is missing, and stops the world, after the time to settle, when nothing is.

    `answered`: every command is answered. `learned`: also, every leader that is not failed has
    learned every command; or, where a scenario has few slots, every slot (a command may lose
    its only slot, and is never answered then). `horizon`: nothing ends the run early.

    Attributes
    ----------
    is_met
        Nothing was missing, at some instant at least.
    """

    def __init__(self, scenario: Scenario, world: World, trace: Trace) -> None:
        self.is_met = False
        self._world = world
        self._settle_us = scenario.settle_us
        self._stop_when = scenario.stop_when
        self._has_few_slots = scenario.slots != "unbounded"
        self._unanswered = scenario.requests
        if self._has_few_slots and scenario.stop_when == "learned":
            self._unanswered = 0
        needed = scenario.requests if scenario.slots == "unbounded" else scenario.slots
        self._unlearned: dict[NodeId, int] = dict.fromkeys(scenario.leader_names, needed)
        # By leader and client, the sequence numbers of the commands that it has learned.
        self._learned: dict[tuple[NodeId, NodeId], set[int]] = {
            (name, client): set()
            for name in self._unlearned
            for client in scenario.client_names
            if scenario.stop_when == "learned" and not self._has_few_slots
        }
        self._excused: set[NodeId] = set()
        if scenario.stop_when != "horizon" and self._unanswered:
            trace.observers.setdefault("complete", []).append(self._on_complete)
        if scenario.stop_when == "learned":
            trace.observers.setdefault("learn", []).append(self._on_learn)

    def excuse(self, name: NodeId) -> None:
        """Do not wait for a failed leader."""
        self._excused.add(name)
        self.check()

    def include(self, name: NodeId) -> None:
        self._excused.discard(name)

    def check(self) -> None:
        """End the run if nothing is missing."""
        if self.is_met or self._stop_when == "horizon" or self._unanswered:
            return
        if self._stop_when == "learned" and any(
            missing
            for name, missing in self._unlearned.items()
            if missing and name not in self._excused
        ):
            return
        self.is_met = True
        self._world.call_at(self._world.now + self._settle_us, self._stop, None)

    def _on_complete(self, _: CompleteEntry) -> None:
        self._unanswered -= 1
        if not self._unanswered:
            self.check()

    def _on_learn(self, entry: LearnEntry) -> None:
        name, value = entry.node, entry.value
        if not self._has_few_slots:
            learned = (
                self._learned.get((name, value.client)) if isinstance(value, Command) else None
            )
            if learned is None or value.sequence in learned:
                return
            learned.add(value.sequence)
        self._unlearned[name] -= 1
        if not self._unlearned[name]:
            self.check()

    def _stop(self, _: None) -> None:
        self._world.stop()
