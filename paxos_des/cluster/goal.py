"""What ends a run before its horizon: everything that was to happen has happened."""

from collections.abc import Callable
from typing import Literal

from paxos_des.cluster.scenario import Scenario
from paxos_des.engine.entries import (
    CompleteEntry,
    FaultEntry,
    LearnEntry,
    SnapshotEntry,
)
from paxos_des.engine.trace import Trace
from paxos_des.engine.world import World
from paxos_des.names import NodeId
from paxos_des.protocol.ballot import Command, Slot


class Goal:
    """Counts what is missing, and stops the world, after the time to settle, when nothing is.

    `answered`: every command is answered. `learned`: also, every leader that is up and not failed
    has learned what there is to learn. `horizon`: nothing ends the run early. While a nemesis is
    at work, nothing does either. Where leaders answer `nobody`, `learned` waits for no answers.

    Attributes
    ----------
    is_met
        Nothing was missing, at some instant at least.
    """

    def __init__(
        self,
        scenario: Scenario,
        world: World,
        trace: Trace,
        answers: Literal["clients", "nobody"] = "clients",
    ) -> None:
        self.is_met = False
        self._world = world
        self._settle_us = scenario.settle_us
        self._stop_when = scenario.stop_when
        self._unanswered = scenario.requests
        self._may_end = scenario.nemesis is None
        self._lacks: Commands | Slots | None = None
        self._excused: set[NodeId] = set()
        if scenario.stop_when == "learned":
            may_forget = scenario.replica != "none" or scenario.has_disks
            self._lacks = Slots(scenario) if may_forget else Commands(scenario)
            if scenario.slots != "unbounded" or answers == "nobody":
                self._unanswered = 0  # a command may lose the only slot, and is never answered
            self._lacks.observe(trace, self.check)
        if scenario.stop_when != "horizon" and self._unanswered:
            trace.observers.setdefault("complete", []).append(self._on_complete)

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
        if not self._may_end:
            return
        if self._lacks is not None and not self._excused.issuperset(self._lacks.who()):
            return
        self.is_met = True
        self._world.call_at(self._world.now + self._settle_us, self._stop, None)

    def await_nemesis(self, until_us: int) -> None:
        """Look when the nemesis has healed everything, and not while it does; to be called when
        its own call stands in the queue.
        """
        self._world.call_at(until_us, self._open, None)

    def _open(self, _: None) -> None:
        self._may_end = True
        self.check()

    def dissolve(self) -> None:
        """Let go of who counts: see `Cluster.dissolve`."""
        self._lacks = None

    def _on_complete(self, _: CompleteEntry) -> None:
        self._unanswered -= 1
        if not self._unanswered:
            self.check()

    def _stop(self, _: None) -> None:
        self._world.stop()


class Commands:
    """What each leader has not learned: of all commands; or, where a scenario has few slots, of
    all slots.
    """

    def __init__(self, scenario: Scenario) -> None:
        self._has_few_slots = scenario.slots != "unbounded"
        needed = scenario.requests if scenario.slots == "unbounded" else scenario.slots
        self._missing: dict[NodeId, int] = dict.fromkeys(scenario.leader_names, needed)
        # By leader and client, the sequence numbers of the commands that it has learned.
        self._learned: dict[tuple[NodeId, NodeId], set[int]] = {
            (name, client): set()
            for name in self._missing
            for client in scenario.client_names
            if not self._has_few_slots
        }

    def observe(self, trace: Trace, check: Callable[[], object]) -> None:
        self._check = check
        trace.observers.setdefault("learn", []).append(self._on_learn)

    def who(self) -> list[NodeId]:
        return [name for name, missing in self._missing.items() if missing]

    def _on_learn(self, entry: LearnEntry) -> None:
        name, value = entry.node, entry.value
        if not self._has_few_slots:
            learned = (
                self._learned.get((name, value.client)) if isinstance(value, Command) else None
            )
            if learned is None or value.sequence in learned:
                return
            learned.add(value.sequence)
        self._missing[name] -= 1
        if not self._missing[name]:
            self._check()


class Slots:
    """What each leader has not learned: of all slots up to the last one that any has. Leaders that
    crash, or install snapshots, know slots and not commands; and not every command takes a slot.

    Attributes
    ----------
    _first
        By leader, the first slot that it has not learned.
    _beyond
        By leader, what it has learned beyond.
    """

    def __init__(self, scenario: Scenario) -> None:
        names = scenario.leader_names
        self._first: dict[NodeId, Slot] = dict.fromkeys(names, 0)
        self._beyond: dict[NodeId, set[Slot]] = {name: set() for name in names}
        # Where a scenario has few slots, all of them are to be learned, as `Commands` has it too.
        self._end = 0 if scenario.slots == "unbounded" else scenario.slots

    def observe(self, trace: Trace, check: Callable[[], object]) -> None:
        self._check = check
        for event, observer in (
            ("complete", self._on_complete),
            ("learn", self._on_learn),
            ("snapshot", self._on_snapshot),
            ("install", self._on_snapshot),
            ("restart", self._on_restart),
        ):
            trace.observers.setdefault(event, []).append(observer)

    def who(self) -> list[NodeId]:
        return [name for name, first in self._first.items() if first < self._end]

    def _on_learn(self, entry: LearnEntry) -> None:
        name, slot = entry.node, entry.slot
        self._end = max(self._end, slot + 1)
        if slot == self._first[name]:
            self._reach(name, slot + 1)
        elif slot > self._first[name]:
            self._beyond[name].add(slot)

    def _on_complete(self, entry: CompleteEntry) -> None:
        """Wait for the slot of whatever was answered: somebody had learned it."""
        if entry.slot is not None:
            self._end = max(self._end, entry.slot + 1)

    def _on_snapshot(self, entry: SnapshotEntry) -> None:
        """Hear of a snapshot: taken, installed, or found when a life begins."""
        if entry.slot > self._first[entry.node]:
            self._reach(entry.node, entry.slot)

    def _on_restart(self, entry: FaultEntry) -> None:
        if entry.node in self._first:
            self._first[entry.node] = 0
            self._beyond[entry.node].clear()

    def _reach(self, name: NodeId, first: Slot) -> None:
        beyond = self._beyond[name]
        if beyond:
            while first in beyond:
                beyond.remove(first)
                first += 1
            self._beyond[name] = {slot for slot in beyond if slot > first}
        self._first[name] = first
        if first >= self._end:
            self._check()
