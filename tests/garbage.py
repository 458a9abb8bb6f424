"""What runs leave for the garbage collector to find."""

import gc

from paxos_des import Scenario, simulate
from paxos_des.engine.trace import Recording


def garbage_of(scenario: Scenario, record: Recording = "digest") -> int:
    """Return how much a run leaves; of a scenario that was run before, for what a first run imports
    and keeps is no garbage.
    """
    gc.collect()
    gc.disable()
    try:
        simulate(scenario, seed=2, record=record)
        return gc.collect()
    finally:
        gc.enable()
