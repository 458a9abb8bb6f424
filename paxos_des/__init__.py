"""paxos_des: a whole Paxos system as SimPy processes, deterministic, and made to be broken.

    from paxos_des import Scenario, simulate

    run = simulate(Scenario.named("2009"), seed=7)

A run is a pure function of its scenario and its seed.
"""

from typing import TYPE_CHECKING

from paxos_des.late import late

if TYPE_CHECKING:
    from paxos_des.cluster.scenario import Scenario
    from paxos_des.run import Run, simulate

__version__ = "0.1.0"
__all__ = ["Run", "Scenario", "__version__", "simulate"]

_HOMES = {
    "Run": "paxos_des.run",
    "Scenario": "paxos_des.cluster.scenario",
    "simulate": "paxos_des.run",
}

# `paxos-des version` needs no NumPy.
__getattr__ = late(__name__, _HOMES)
