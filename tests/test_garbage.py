"""A run goes when its last user does: nothing is left for the garbage collector to find."""

import gc

import pytest

from paxos_des import Scenario, simulate
from paxos_des.engine.trace import Recording


@pytest.mark.parametrize("record", ["digest", "nothing", "trace"])
@pytest.mark.parametrize("name", Scenario.names())
def test_a_run_leaves_no_garbage(name: str, record: Recording) -> None:
    scenario = Scenario.named(name)
    scenario = scenario.replace(values=min(scenario.values, 20))
    simulate(scenario, seed=1)  # what a first run imports and keeps is no garbage
    gc.collect()
    gc.disable()
    try:
        simulate(scenario, seed=2, record=record)
        found = gc.collect()
    finally:
        gc.enable()

    assert found == 0
