"""A run goes when its last user does: nothing is left for the garbage collector to find."""

from functools import cache

import pytest
from garbage import garbage_of

from paxos_des import Scenario, simulate
from paxos_des.engine.trace import Recording


@cache
def few_values(name: str) -> Scenario:
    """Return a scenario that was run once: what a first run imports and keeps is no garbage."""
    scenario = Scenario.named(name)
    scenario = scenario.replace(values=min(scenario.values, 20))
    simulate(scenario, seed=1)
    return scenario


@pytest.mark.parametrize("record", ["digest", "nothing", "trace"])
@pytest.mark.parametrize("name", Scenario.names())
def test_a_run_leaves_no_garbage(name: str, record: Recording) -> None:
    assert garbage_of(few_values(name), record) == 0
