"""paxos_des: a whole Paxos system as SimPy processes, deterministic, and made to be broken.

    from paxos_des import Scenario, simulate

    run = simulate(Scenario.named("2009"), seed=7)

A run is a pure function of its scenario and its seed.
"""

from typing import TYPE_CHECKING, Any

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


def __getattr__(name: str) -> Any:  # noqa: ANN401 - whatever the name stands for
    """Import what is asked for when it is: `paxos-des version` needs no NumPy."""
    if name not in _HOMES:
        message = f"module {__name__!r} has no attribute {name!r}"
        raise AttributeError(message)
    from importlib import import_module  # noqa: PLC0415 - only needed here

    found = getattr(import_module(_HOMES[name]), name)
    globals()[name] = found
    return found
