"""Closed forms: what theory says that a sweep should measure.

Each is a function of a point's scenario and of how metrics measure; None where it does not apply.
"""

from collections.abc import Callable
from dataclasses import dataclass

from paxos_des.cluster.scenario import Scenario
from paxos_des.study.plan import Measure

__all__ = ["EXACT", "Exact"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Exact:
    """One closed form.

    Attributes
    ----------
    name
        By which a figure names it.
    says
        What it is, in a sentence, with its source.
    column
        The measured column that it is of.
    value
        Computes it.
    """

    name: str
    says: str
    column: str
    value: Callable[[Scenario, Measure], float | None]


EXACT: dict[str, Exact] = {}
"""By name."""
