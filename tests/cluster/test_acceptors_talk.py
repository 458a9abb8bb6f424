"""Acceptors have links to each other where the protocol says so, and nowhere else."""

from pathlib import Path

from paxos_des import Scenario, simulate
from paxos_des.cluster.shared import roles_of
from paxos_des.failure import Failure
from paxos_des.museum.copies_state_on_recovery import COPIES_STATE_ON_RECOVERY

SCENARIO = COPIES_STATE_ON_RECOVERY.scenario


def events_of(scenario: Scenario, sent: str) -> set[str]:
    """Return what became of messages of a kind between acceptors."""
    trace = simulate(scenario, seed=1, record="trace").trace
    return {
        entry["event"]
        for entry in trace
        if entry.get("message", {}).get("type") == sent and "acceptor" in entry["peer"]
    }


def test_the_right_ones_have_none_to_each_other() -> None:
    right = roles_of(SCENARIO.replace(protocol="multi-paxos"))

    assert not right.has_link("acceptor-0", "acceptor-1")
    assert roles_of(SCENARIO).has_link("acceptor-0", "acceptor-1")
    assert not roles_of(SCENARIO).has_link("acceptor-0", "acceptor-0")
    assert not roles_of(SCENARIO).has_link("acceptor-0", "client-0")


def test_what_they_say_to_each_other_arrives_unless_all_of_a_node_is_cut_off() -> None:
    cut = [{"at": "0us", "cut": ["acceptor-*", "*"], "for": "1s", "ways": "both"}]
    crash = [{"at": "1ms", "crash": "acceptor-0", "for": "500us"}]

    assert "deliver" in events_of(SCENARIO.replace(faults=crash), "Copy")
    assert "deliver" not in events_of(SCENARIO.replace(faults=[*cut, *crash]), "CopyRequest")
    assert "send" in events_of(SCENARIO.replace(faults=[*cut, *crash]), "CopyRequest")


def test_what_befell_them_is_part_of_a_failure(tmp_path: Path) -> None:
    run = simulate(SCENARIO, seed=2, checks=("durability",))
    failure = Failure.of(SCENARIO, run.schedule, "durability")
    assert failure is not None
    failure.save(tmp_path / "failure.json")

    loaded = Failure.load(tmp_path / "failure.json")
    places = [decision.key.place for decision in loaded.schedule]
    assert ("acceptor-0", "acceptor-1") in places
    assert loaded.replay().digest == failure.digest
