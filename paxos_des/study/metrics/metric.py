"""What a metric is."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple, Protocol

from paxos_des.checks.votes import Votes
from paxos_des.cluster.cluster import Cluster
from paxos_des.run import Run
from paxos_des.study.columns import Cell, Column

if TYPE_CHECKING:
    from paxos_des.study.plan import Measure


class Observed(NamedTuple):
    """What a meter may observe, before the run begins.

    Attributes
    ----------
    cluster
        Its trace has observers of events, and of messages sent; its scenario is known.
    votes
        Tells what is chosen: `on_chosen` has commands, each when it is chosen for the first time.
    """

    cluster: Cluster
    votes: Votes
    measure: "Measure"


class Meter(Protocol):
    """Measures one run."""

    def cells(self, run: Run) -> Mapping[str, Cell]:
        """Return what its columns hold, by name; what is left out is None."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Metric:
    """One metric.

    Attributes
    ----------
    says
        What it measures, in a sentence.
    meter
        Makes the meter of a run.
    """

    name: str
    says: str
    columns: tuple[Column, ...]
    meter: Callable[[Observed], Meter]
