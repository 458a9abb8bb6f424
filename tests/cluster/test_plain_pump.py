"""Under a plain pump a node's role gets what arrives, when it arrives, first come, first served."""

import pytest

from paxos_des import Scenario, simulate

DELAY_US = 1_000


@pytest.mark.parametrize("phase1", ["stable", "per-slot"])
def test_hands_over_everything_in_order_and_at_once(phase1: str) -> None:
    scenario = Scenario(
        values=30, in_flight=7, clients=2, phase1=phase1, delay=f"{DELAY_US}us", settle="10ms"
    )
    run = simulate(scenario, seed=1)
    sent = {one["envelope"]: one["at_us"] for one in run.trace if one["event"] == "send"}
    heard: dict[str, list[tuple[int, int]]] = {}
    for one in run.trace:
        if one["event"] == "deliver":
            heard.setdefault(one["node"], []).append((one["at_us"], one["envelope"]))

    assert len(heard) == len(scenario.node_names)
    for handed in heard.values():
        assert handed == sorted(handed)
        assert all(at_us == sent[envelope] + DELAY_US for at_us, envelope in handed)
