"""What ends a run before its horizon: everything that was to happen has happened."""

from paxos_des.cluster.scenario import Scenario
from paxos_des.engine.trace import CompleteEntry, LearnEntry, SnapshotEntry, Trace
from paxos_des.engine.world import World
from paxos_des.names import NodeId
from paxos_des.protocol.ballot import Command, Slot
from paxos_des.protocol.sequences import Sequences


class Goal:
    """Counts what is missing, and stops the world, after the time to settle, when nothing is.

    `answered`: every command is answered. `learned`: also, every leader that is not failed has
    learned every command; or, where a scenario has few slots, every slot (a command may lose
    its only slot, and is never answered then). `horizon`: nothing ends the run early.

    A leader that installs a snapshot has learned what the others learned in its slots.

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
        self._unanswered = scenario.values
        if self._has_few_slots and scenario.stop_when == "learned":
            self._unanswered = 0
        needed = scenario.values if scenario.slots == "unbounded" else scenario.slots
        self._unlearned: dict[NodeId, int] = dict.fromkeys(scenario.leader_names, needed)
        # By leader: the commands that it has learned, and the slots.
        self._learned = {name: Sequences() for name in self._unlearned}
        self._slots = Sequences()
        # By slot that some leader still lacks: what is in it.
        self._shared: dict[Slot, Command | None] = {}
        self._excused: set[NodeId] = set()
        if scenario.stop_when != "horizon" and self._unanswered:
            trace.observers.setdefault("complete", []).append(self._on_complete)
        if scenario.stop_when == "learned":
            trace.observers.setdefault("learn", []).append(self._on_learn)
            trace.observers.setdefault("install", []).append(self._on_install)

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
        name, slot, value = entry.node, entry.slot, entry.value
        if not self._slots.add(name, slot):
            return  # in another life
        command = value if isinstance(value, Command) else None
        if self._all_have(slot):
            self._shared.pop(slot, None)
        else:
            self._shared[slot] = command
        self._count(name, command)

    def _on_install(self, entry: SnapshotEntry) -> None:
        """Take all slots below the snapshot's end, which others have learned, for learned."""
        name, below = entry.node, entry.slot
        covered = [slot for slot in self._shared if slot < below]
        gained = [self._shared[slot] for slot in covered if not self._slots.has(name, slot)]
        self._slots.add_all_below(name, below)
        for slot in covered:
            if self._all_have(slot):
                del self._shared[slot]
        for command in gained:
            self._count(name, command)

    def _all_have(self, slot: Slot) -> bool:
        return all(self._slots.has(name, slot) for name in self._unlearned)

    def _count(self, name: NodeId, command: Command | None) -> None:
        """Count what a leader learned: a slot, where they are few, or else a new command."""
        if not self._has_few_slots and (
            command is None or not self._learned[name].add(command.client, command.sequence)
        ):
            return
        self._unlearned[name] -= 1
        if not self._unlearned[name]:
            self.check()

    def _stop(self, _: None) -> None:
        self._world.stop()
