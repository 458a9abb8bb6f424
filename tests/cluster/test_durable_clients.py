"""Clients that crash come back: every request is asked once, answered once, and none is lost."""

from collections import Counter
from typing import Any

import pytest

from paxos_des import Scenario, simulate
from paxos_des.cluster.cluster import Cluster
from paxos_des.engine.delays import Constant
from paxos_des.engine.disk import DiskModel

SCENARIO = Scenario(
    values=40, in_flight=3, retry_after="20ms", think_max="2ms", replica="kv", operations={"put": 1}
)


@pytest.mark.parametrize("seed", range(10))
def test_one_that_crashes_now_and_then_completes_all_once(seed: int) -> None:
    run = simulate(SCENARIO, seed=seed, extend=crash_now_and_then, record="trace")

    entries = list(run.trace)
    invoked = numbers(entries, "invoke")
    assert run.verdict == "ok"
    assert run.goal_met
    assert Counter(entry["event"] for entry in entries)["restart"] > 5
    assert invoked == list(range(40))
    assert sorted(numbers(entries, "complete")) == invoked


def crash_now_and_then(cluster: Cluster) -> None:
    """Give the client a disk, on which a crash tears what is on its way, and crash it."""
    node = cluster.nodes["client-0"]
    node.use_disk(DiskModel(fsync=Constant(700), torn=0.5))
    node.seats.clear()
    node.furnish(node)
    for at_us in range(1_500, 30_000, 3_700):
        cluster.world.call_at(at_us, lambda _: cluster.crash("client-0"), None)
        cluster.world.call_at(at_us + 1_000, lambda _: cluster.restart("client-0"), None)
    for at_us in range(40_000, 80_000, 9_000):
        cluster.world.call_at(at_us, lambda _: cluster.crash("client-0", "before-durable"), None)
        cluster.world.call_at(
            at_us + 4_000, lambda _: cluster.crash("client-0", "after-durable"), None
        )
        for after_us in (3_000, 7_000):
            cluster.world.call_at(at_us + after_us, lambda _: cluster.restart("client-0"), None)


def numbers(entries: list[dict[str, Any]], event: str) -> list[int]:
    return [entry["command"][1] for entry in entries if entry["event"] == event]
