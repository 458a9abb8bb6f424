"""Clients that crash come back: every request is asked once, answered once, and none is lost."""

from collections import Counter
from typing import Any

import pytest

from paxos_des import Scenario, simulate

SCENARIO = Scenario(
    values=40,
    in_flight=3,
    retry_after="20ms",
    think_max="2ms",
    replica="kv",
    operations={"put": 1},
    fsync="700us",
    disk_faults={"torn": 0.5},
    faults=[
        {"at": f"{at}us", "crash": "client-0", "when": when, "for": "1ms"}
        for first, when in ((1_500, "now"), (31_000, "before-durable"), (60_000, "after-durable"))
        for at in range(first, first + 28_000, 3_700)
    ],
)


@pytest.mark.parametrize("seed", range(10))
def test_one_that_crashes_now_and_then_completes_all_once(seed: int) -> None:
    run = simulate(SCENARIO, seed=seed, record="trace")

    entries = list(run.trace)
    invoked = numbers(entries, "invoke")
    assert run.verdict == "ok"
    assert run.goal_met
    assert Counter(entry["event"] for entry in entries)["restart"] > 5
    assert invoked == list(range(40))
    assert sorted(numbers(entries, "complete")) == invoked


def numbers(entries: list[dict[str, Any]], event: str) -> list[int]:
    return [entry["command"][1] for entry in entries if entry["event"] == event]
