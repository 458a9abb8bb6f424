"""Leaders that miss what is chosen, in whole clusters: they find out, and catch up."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from paxos_des import Scenario, simulate
from paxos_des.cluster.registry import MULTI_PAXOS, ProtocolSpec, registered
from paxos_des.protocol.leader import Leader
from paxos_des.run import Run

SCENARIO = Scenario(
    acceptors=3, leaders=2, primaries="highest", phase1="stable", heartbeats="on",
    clients=1, values=2_000, in_flight=50, window=50, delay="1ms", horizon="60s",
    stop_when="learned", settle="2s", send_to="leader-1",
)  # fmt: skip
SLEEPS = ({"at": "0s", "fail": "leader-0"}, {"at": "1s", "heal": "leader-0"})


@pytest.fixture(autouse=True)
def _snapshotting() -> Iterator[ProtocolSpec]:
    """Register the protocol with a replica, and snapshots every 100 slots."""
    spec = MULTI_PAXOS.but(
        "snapshotting",
        leader=lambda leadership, settings, told: Leader.make(
            leadership, replace(settings, replica="kv", snapshot_every=100), told
        ),
    )
    with registered(spec) as protocol:
        yield protocol


@pytest.mark.parametrize("protocol", ["multi-paxos", "snapshotting"])
def test_a_woken_leader_comes_to_the_same_history(protocol: str) -> None:
    run = simulate(SCENARIO.replace(faults=SLEEPS, protocol=protocol), seed=1)

    slept, awake = run.leader_histories["leader-0"], run.leader_histories["leader-1"]
    assert run.goal_met
    assert run.stats.messages["CatchUpRequest"] == 4
    assert run.stats.messages["CatchUp"] == 4
    assert (slept.length, slept.chain) == (awake.length, awake.chain)
    assert slept.length == 2_000
    assert run.verdict == "ok"


def test_a_lost_leader_is_not_waited_for_and_gets_a_snapshot() -> None:
    late = ({"at": "0s", "fail": "leader-0"}, {"at": "30s", "heal": "leader-0"})
    scenario = SCENARIO.replace(faults=late, protocol="snapshotting", settle="40s")
    run = simulate(scenario, seed=1, record="trace")

    assert {node for node, _ in of(run, "forget")} >= {"acceptor-0", "leader-1"}
    assert of(run, "install") == [("leader-0", 2_000)]
    assert run.leader_histories["leader-0"] == run.leader_histories["leader-1"]
    assert run.leader_histories["leader-1"].forgotten[0] == 2_000


def test_one_that_was_cut_off_is_told_by_heartbeats() -> None:
    """It hears the primary, and no acceptor: nothing wakes it, and its own votes never come."""
    cut = [{"at": "0s", "cut": [f"acceptor-{number}", "leader-0"]} for number in range(3)]
    run = simulate(SCENARIO.replace(faults=cut, settle="3s"), seed=1)

    assert run.leader_histories["leader-0"].length == 2_000


@pytest.mark.deep
@pytest.mark.parametrize("protocol", ["multi-paxos", "snapshotting"])
@pytest.mark.parametrize(
    "sleep",
    [
        ({"at": "0s", "fail": "leader-0"}, {"at": "5s", "heal": "leader-0"}),
        ({"at": "0s", "crash": "leader-0", "for": "5s"},),
    ],
    ids=["fails", "crashes"],
)
def test_50_000_slots_slept_through_take_a_hundred_requests(
    protocol: str, sleep: tuple[dict[str, str], ...]
) -> None:
    """In pieces of 500: as many answers as requests, and one more of each at most, for the votes
    that were still on their way. Those who hold snapshots wait for a leader before they forget.
    """
    scenario = SCENARIO.replace(faults=sleep, values=50_000, protocol=protocol, lost_after="60s")

    run = simulate(scenario, seed=1, record="nothing", checks=[])

    slept, awake = run.leader_histories["leader-0"], run.leader_histories["leader-1"]
    assert run.stats.simulated_us > 5_000_000
    assert run.stats.messages["CatchUpRequest"] == run.stats.messages["CatchUp"]
    assert 100 <= run.stats.messages["CatchUp"] <= 101
    assert (slept.length, slept.chain) == (50_000, awake.chain)


def of(run: Run, event: str) -> list[tuple[str, Any]]:
    """Return the node and the slot of each entry of one event."""
    return [(entry["node"], entry.get("slot")) for entry in run.trace if entry["event"] == event]
