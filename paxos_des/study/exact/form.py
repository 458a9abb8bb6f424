"""What a closed form is, to those who draw it."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from paxos_des.cluster.scenario import Scenario

if TYPE_CHECKING:
    from paxos_des.study.plan import Measure


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
        Computes it from a point's scenario and how metrics measure; None where it does not apply.
    """

    name: str
    says: str
    column: str
    value: Callable[[Scenario, "Measure"], float | None]
