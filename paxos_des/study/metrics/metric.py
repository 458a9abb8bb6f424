"""What a metric is."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

from paxos_des.checks.votes import Votes
from paxos_des.cluster.cluster import Cluster
from paxos_des.cluster.scenario import Scenario
from paxos_des.engine.ledger import Observer
from paxos_des.run import Run, checks_of
from paxos_des.study.columns import Cell, Column

if TYPE_CHECKING:
    from paxos_des.study.plan import Measure

PAXOS = ("Prepare", "Promise", "Accept", "Accepted", "Nack")
"""The messages of Paxos itself, by name."""

_Kind = TypeVar("_Kind")


@dataclass(frozen=True, slots=True)
class Observed:
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
    _shared: dict[Callable[..., Any], Any] = field(default_factory=dict, init=False, repr=False)

    @property
    def scenario(self) -> Scenario:
        return self.cluster.scenario

    @property
    def is_paxos(self) -> bool:
        """Whether values are chosen at all: another protocol's runs have no such record."""
        return "chosen-once" in checks_of(self.scenario)

    def paxos_messages(self, run: Run) -> int | None:
        """Return how many messages of Paxos itself were sent; None where what is chosen is chosen
        by messages of another kind.
        """
        messages = sum(run.stats.messages.get(kind, 0) for kind in PAXOS)
        return messages if self.is_paxos and (messages or not run.stats.chosen) else None

    def shared(self, kind: Callable[["Observed"], _Kind]) -> _Kind:
        """Return the run's one observer of a kind: meters that need the same things share it, so
        that they are noted once.
        """
        found: _Kind | None = self._shared.get(kind)
        if found is None:
            found = self._shared[kind] = kind(self)
        return found

    def on_event(self, event: str, observer: Observer) -> None:
        """Have the entries of an event observed; those of messages are not to be had so."""
        self.cluster.trace.observers.setdefault(event, []).append(observer)

    def on_send(self, kind: type, observer: Observer) -> None:
        """Have messages of a kind observed as they are sent: of a broadcast, one entry."""
        self.cluster.trace.watching[kind].append(observer)


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
