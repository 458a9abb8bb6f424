"""Testing with Hypothesis and pytest: schedules, faults and clusters that are drawn, and shrink.

Only here are Hypothesis and pytest imported: `pip install "paxos_des[testing]"`.
"""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from paxos_des.testing.drawn_scenarios import Case, Workload, runs, scenarios, workloads
    from paxos_des.testing.drawn_schedules import Schedule, schedules
    from paxos_des.testing.faults import FaultPlan, fault_plans
    from paxos_des.testing.live import LiveCluster
    from paxos_des.testing.machine import ClusterMachine
    from paxos_des.testing.safe import UnsafeError, assert_safe

__all__ = [
    "Case",
    "ClusterMachine",
    "FaultPlan",
    "LiveCluster",
    "Schedule",
    "UnsafeError",
    "Workload",
    "assert_safe",
    "fault_plans",
    "runs",
    "scenarios",
    "schedules",
    "workloads",
]

_HOMES = {
    "Case": "drawn_scenarios",
    "ClusterMachine": "machine",
    "FaultPlan": "faults",
    "LiveCluster": "live",
    "Schedule": "drawn_schedules",
    "UnsafeError": "safe",
    "Workload": "drawn_scenarios",
    "assert_safe": "safe",
    "fault_plans": "faults",
    "runs": "drawn_scenarios",
    "scenarios": "drawn_scenarios",
    "schedules": "drawn_schedules",
    "workloads": "drawn_scenarios",
}


def __getattr__(name: str) -> Any:  # noqa: ANN401 - whatever the name stands for
    """Import what is asked for when it is: pytest imports the plugin at each of its starts, and a
    regression test needs no Hypothesis.
    """
    if name not in _HOMES:
        message = f"module {__name__!r} has no attribute {name!r}"
        raise AttributeError(message)
    from importlib import import_module  # noqa: PLC0415 - only needed here

    found = getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
    globals()[name] = found
    return found
