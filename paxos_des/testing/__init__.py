"""Testing with Hypothesis and pytest: schedules, faults and clusters that are drawn, and shrink.

Only here are Hypothesis and pytest imported: `pip install "paxos_des[testing]"`.
"""

from paxos_des.testing.faults import fault_plans
from paxos_des.testing.schedules import Schedule, schedules

__all__ = ["Schedule", "fault_plans", "schedules"]
