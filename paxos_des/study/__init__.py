"""Many runs of many scenarios: plans, the sweeps that carry them out, what is measured, what it is
worth, and what theory says.

    from paxos_des.study import Plan, sweep
"""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from paxos_des.study.plan import Plan
    from paxos_des.study.results import Results
    from paxos_des.study.sweeps import Swept, read_results, sweep

__all__ = ["Plan", "Results", "Swept", "read_results", "sweep"]

_HOMES = {
    "Plan": "paxos_des.study.plan",
    "Results": "paxos_des.study.results",
    "Swept": "paxos_des.study.sweeps",
    "read_results": "paxos_des.study.sweeps",
    "sweep": "paxos_des.study.sweeps",
}


def __getattr__(name: str) -> Any:  # noqa: ANN401 - whatever the name stands for
    """Import what is asked for when it is: a plan needs no Arrow."""
    if name not in _HOMES:
        message = f"module {__name__!r} has no attribute {name!r}"
        raise AttributeError(message)
    from importlib import import_module  # noqa: PLC0415 - only needed here

    return getattr(import_module(_HOMES[name]), name)
