"""Many runs of many scenarios: plans, the sweeps that carry them out, what is measured, what it is
worth, and what theory says.

    from paxos_des.study import Plan, sweep
"""

from typing import TYPE_CHECKING

from paxos_des.late import late

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

# A plan needs no Arrow.
__getattr__ = late(__name__, _HOMES)
