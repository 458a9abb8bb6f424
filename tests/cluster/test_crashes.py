"""Nodes that crash and restart, pause, and slow down; and what leaves a node before what."""

from itertools import pairwise
from typing import Any

import pytest

from paxos_des import Scenario, simulate
from paxos_des.cluster.cluster import Cluster
from paxos_des.errors import ScenarioError
from paxos_des.run import Run

SCENARIO = Scenario(
    values=20, in_flight=2, delay="10ms", fsync="4ms", primaries="highest",
    stop_when="horizon", horizon="10s",
)  # fmt: skip
"""Each value takes its Accept 10 ms, its vote 4 ms to the disk, and 10 ms back."""


def test_nothing_leaves_an_acceptor_before_what_it_reveals_is_durable() -> None:
    run = simulate(SCENARIO, seed=1)

    said = 0
    durable: set[str] = set()
    for entry in of_node(run, "acceptor-0"):
        if entry["event"] == "durable":
            durable.add(name_of(entry["record"]))
        elif entry["event"] == "send":
            assert name_of(entry["message"]) in durable, entry
            said += 1
    assert said == 1 + 20 * 2  # a promise, and each vote to both leaders


def test_a_record_takes_an_fsync_and_what_came_meanwhile_goes_with_the_next() -> None:
    run = simulate(SCENARIO.replace(values=4, in_flight="all"), seed=1)

    at_us = [one["at_us"] for one in of_node(run, "acceptor-0") if one["event"] == "durable"]
    # The promise, after the leader's ballot; the first of four Accepts, and the other three.
    assert at_us == [18_000, 42_000, 46_000, 46_000, 46_000]


def test_a_crashed_acceptor_comes_back_with_what_it_had_said() -> None:
    run = simulate(SCENARIO.replace(faults=[crash("acceptor-0", "150ms", "50ms")]), seed=1)

    entries = of_node(run, "acceptor-0")
    recovered = next(one for one in entries if one["event"] == "recover")
    before = [one for one in entries if one["n"] < recovered["n"]]
    votes = [one["record"] for one in before if one["event"] == "durable"][1:]
    assert recovered["promised"] == [{"ballot": [1, 1], "from_slot": 0}]
    assert recovered["votes"] == [[one["slot"], one["ballot"], one["value"]] for one in votes]
    assert len(votes) > 2
    assert run.verdict == "ok"


def test_what_reaches_a_crashed_node_is_missed() -> None:
    run = simulate(SCENARIO.replace(faults=[crash("acceptor-0", "150ms", "50ms")]), seed=1)

    heard = [(one["event"], one["at_us"]) for one in of_node(run, "acceptor-0")
             if one["event"] in ("deliver", "miss")]  # fmt: skip
    assert {event for event, at_us in heard if 150_000 <= at_us < 200_000} == {"miss"}
    assert {event for event, at_us in heard if not 150_000 <= at_us < 200_000} == {"deliver"}


@pytest.mark.parametrize(
    ("when", "last_seen"), [("before-durable", "deliver"), ("after-durable", "durable")]
)
def test_a_node_may_crash_just_before_or_just_after_a_record_is_durable(
    when: str, last_seen: str
) -> None:
    fault = {**crash("acceptor-0", "150ms", "50ms"), "when": when}
    run = simulate(SCENARIO.replace(faults=[fault]), seed=1)

    entries = of_node(run, "acceptor-0")
    crashed = next(place for place, one in enumerate(entries) if one["event"] == "crash")
    restarted = next(place for place, one in enumerate(entries) if one["event"] == "restart")
    assert entries[crashed - 1]["event"] == last_seen
    assert {one["event"] for one in entries[crashed + 1 : restarted]} <= {"miss"}
    assert run.verdict == "ok"


def test_whatever_crashes_all_is_answered_and_learned_in_the_end() -> None:
    names = ("leader-0", "leader-1", "client-0", *(f"acceptor-{n}" for n in range(5)))
    for name in names:
        faults = [crash(name, f"{at}ms", "30ms") for at in (100, 150, 300)]
        run = simulate(SCENARIO.replace(faults=faults), seed=1)

        assert run.verdict == "ok", name
        assert run.stats.answered == 20, name
        assert {len(history) for history in run.leader_histories.values()} == {20}, name
        assert sum(one["event"] == "restart" for one in run.trace) == 3, name


def test_all_may_crash_at_once() -> None:
    names = ("leader-*", "client-*", "acceptor-*")
    faults = [crash(name, "155ms", "30ms") for name in names]
    run = simulate(SCENARIO.replace(faults=faults), seed=1)

    assert run.verdict == "ok"
    assert run.stats.answered == 20
    assert len({history.chain for history in run.leader_histories.values()}) == 1


def test_a_restarted_leader_uses_no_ballot_again() -> None:
    faults = [crash("leader-1", f"{at}ms", "5ms") for at in range(100, 1_000, 100)]
    run = simulate(SCENARIO.replace(faults=faults, heartbeats="off"), seed=1)

    ballots = [tuple(one["message"]["ballot"]) for one in of_node(run, "leader-1")
               if one["event"] == "send" and one["message"]["type"] == "Prepare"]  # fmt: skip
    first_sent = list(dict.fromkeys(ballots))
    assert first_sent == sorted(first_sent)
    assert len(first_sent) >= 9
    assert run.verdicts["ballots"] == "ok"


def test_a_paused_node_does_later_what_there_was_to_do() -> None:
    fault = {"at": "100ms", "pause": "acceptor-0", "for": "200ms"}
    run = simulate(SCENARIO.replace(faults=[fault]), seed=1)

    did = [one for one in of_node(run, "acceptor-0") if one["event"] in ("deliver", "send")]
    assert not [one for one in did if 100_000 <= one["at_us"] < 300_000]
    assert len([one for one in did if one["at_us"] == 300_000 and one["event"] == "deliver"]) > 5
    assert not [one for one in of_node(run, "acceptor-0") if one["event"] in ("miss", "ignore")]
    assert run.verdict == "ok"


def test_a_paused_leader_is_replaced_and_steps_down_when_it_wakes() -> None:
    fault = {"at": "100ms", "pause": "leader-1", "for": "5s"}
    run = simulate(SCENARIO.replace(faults=[fault], retry_after="500ms"), seed=1)

    believed = [(one["node"], one["primary"]) for one in run.trace if one["event"] == "primary"]
    assert ("leader-0", "leader-0") in believed
    assert run.stats.answered == 20
    assert run.verdict == "ok"


def test_a_slow_node_takes_its_time_for_each_message() -> None:
    fault = {"at": "0s", "slow": "acceptor-0", "by": "7ms"}
    run = simulate(SCENARIO.replace(values=4, in_flight="all", faults=[fault]), seed=1)

    handled = [one["at_us"] for one in of_node(run, "acceptor-0") if one["event"] == "deliver"]
    assert handled[0] == 21_000
    assert [later - one for one, later in pairwise(handled[1:])] == [7_000] * 3


def test_a_crash_without_a_disk_is_refused() -> None:
    """It would come back as if it had promised nothing."""

    def crash_one(cluster: Cluster) -> None:
        cluster.crash("acceptor-0")

    with pytest.raises(ScenarioError, match="allowed is a scenario with disks = 'on'"):
        simulate(Scenario(), seed=1, extend=crash_one)


def crash(name: str, at: str, lasting: str) -> dict[str, str]:
    return {"at": at, "crash": name, "for": lasting}


def of_node(run: Run, name: str) -> list[dict[str, Any]]:
    return [entry for entry in run.trace if entry["node"] == name]


def name_of(found: dict[str, Any]) -> str:
    """Return what a message of an acceptor, or a record, says of slots and ballots."""
    kind = {"Promise": "Promised", "Accepted": "Voted"}.get(found["type"], found["type"])
    return f"{kind} {found.get('slot')} {found.get('from_slot')} {found['ballot']}"
