"""What ends a run: everything that was to be learned is learned, in whatever way."""

from paxos_des import Scenario, simulate
from paxos_des.cluster.goal import Goal, Slots
from paxos_des.engine.entries import (
    CompleteEntry,
    FaultEntry,
    LearnEntry,
    SnapshotEntry,
)
from paxos_des.engine.trace import Trace
from paxos_des.engine.world import World
from paxos_des.protocol.ballot import Command, Slot

L0, L1 = "leader-0", "leader-1"
X, Y = (Command("client-0", number, ("put", "x", number)) for number in range(2))


class Telling:
    """A goal, and what it is told."""

    def __init__(self) -> None:
        self.trace = Trace("nothing")
        self.goal = Goal(Scenario(values=2, stop_when="learned", replica="kv"), World(), self.trace)
        for command, slot in ((X, 0), (Y, 2)):
            self.trace.add(CompleteEntry, 0, "complete", "client-0", command, "ok", slot)

    def learn(self, leader: str, slot: Slot, value: object) -> None:
        self.trace.add(LearnEntry, 0, "learn", leader, slot, value)

    def install(self, leader: str, slot: Slot) -> None:
        self.trace.add(SnapshotEntry, 0, "install", leader, slot, "chain")


def test_a_snapshot_counts_for_the_slots_that_it_covers() -> None:
    told = Telling()
    for slot, value in enumerate((X, "noop", Y)):
        told.learn(L1, slot, value)
    told.learn(L0, 2, Y)
    told.learn(L0, 2, Y)

    assert not told.goal.is_met
    told.install(L0, 2)
    assert told.goal.is_met


def test_a_snapshot_counts_for_no_slot_beyond_it() -> None:
    told = Telling()
    for slot, value in enumerate((X, "noop", Y)):
        told.learn(L1, slot, value)
    told.install(L0, 2)

    assert not told.goal.is_met
    told.learn(L0, 2, Y)
    assert told.goal.is_met


def test_nothing_is_kept_of_what_is_learned_without_a_gap() -> None:
    told = Telling()
    for slot in (*range(500), *range(999, 499, -1)):
        for leader in (L0, L1):
            told.learn(leader, slot, "noop")

    lacks = told.goal._lacks
    assert isinstance(lacks, Slots)
    assert lacks._beyond == {L0: set(), L1: set()}
    assert lacks.who() == []


def test_a_leader_that_restarts_has_what_its_snapshot_holds() -> None:
    told = Telling()
    told.trace.add(SnapshotEntry, 0, "snapshot", L0, 2, "chain")
    told.trace.add(FaultEntry, 0, "restart", L0)
    for slot, value in enumerate((X, "noop", Y)):
        told.learn(L1, slot, value)
    told.learn(L0, 2, Y)

    assert not told.goal.is_met
    told.trace.add(SnapshotEntry, 0, "snapshot", L0, 2, "chain")
    assert told.goal.is_met


def test_a_leader_that_is_down_is_not_waited_for() -> None:
    told = Telling()
    for slot, value in enumerate((X, "noop", Y)):
        told.learn(L1, slot, value)

    assert not told.goal.is_met
    told.goal.excuse(L0)
    assert told.goal.is_met


def test_few_slots_are_waited_for_where_nodes_have_disks() -> None:
    """With disks, the run ended at once: nothing was learned, and nothing was to be learned."""
    run = simulate(Scenario.named("duel").replace(disks="on"), schedule=[])

    assert run.goal_met
    assert [history.length for history in run.leader_histories.values()] == [1, 1]


def test_where_leaders_answer_nobody_no_answer_is_waited_for() -> None:
    goals = {}
    for answers in ("clients", "nobody"):
        trace = Trace("nothing")
        goals[answers] = Goal(Scenario(values=2, stop_when="learned"), World(), trace, answers)
        for leader in (L0, L1):
            for slot, value in enumerate((X, Y)):
                trace.add(LearnEntry, 0, "learn", leader, slot, value)

    assert goals["nobody"].is_met
    assert not goals["clients"].is_met
