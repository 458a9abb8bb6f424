"""What a hunt comes to: its report, and what it says while it goes on."""

from dataclasses import dataclass
from functools import cached_property

from paxos_des.checks.verdict import Verdict
from paxos_des.cluster.scenario import Scenario
from paxos_des.explore.finds import Find
from paxos_des.explore.green import failure_bound, missed_chance, unseen_chance
from paxos_des.explore.strategies import strategy_named


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a hunt is.

    Attributes
    ----------
    schedules
        So many are tried and judged.
    behaviours
        About so many are distinct.
    failures
        So many are distinct.
    is_shrinking
        The hunt waits for a failure to become small.
    """

    schedules: int
    behaviours: int
    failures: int
    is_shrinking: bool


@dataclass(frozen=True, slots=True)
class Depth:
    """What PCT promises for bugs of one depth: that need so many orderings.

    Attributes
    ----------
    each
        The least chance that one schedule finds such a bug.
    missed
        The most chance that all of them missed it.
    """

    depth: int
    each: float
    missed: float


@dataclass(frozen=True, kw_only=True)
class Report:
    """A hunt that has ended.

    Attributes
    ----------
    seeds
        What was asked for; `schedules` says how many of them were tried.
    schedules, unknown, violated
        How many were tried, and how many of them were so.
    broken
        Seeds under which an assertion broke, and what it says; they are among the unknown.
    behaviours, once
        How many were distinct, and how many of them came once.
    steps
        Events in the longest run.
    finds
        The bugs, in the order in which they came.
    not_shrunk, not_again
        As `Finds` has them.
    before
        So many of the schedules were tried before, by a hunt that this one goes on with.
    seconds
        How long this one took, by the wall clock.
    learns
        The strategy learns: its schedules are not independent.
    note
        What the strategy has to say about the scenario: what it leaves out, and why.
    """

    scenario: Scenario
    strategy: str
    checks: tuple[str, ...]
    seeds: range
    schedules: int
    unknown: int
    broken: tuple[tuple[int, str], ...]
    violated: int
    behaviours: int
    once: int
    steps: int
    finds: tuple[Find, ...]
    not_shrunk: dict[str, int]
    not_again: tuple[int, ...]
    before: int
    seconds: float
    jobs: int
    learns: bool
    note: str | None

    @property
    def verdict(self) -> Verdict:
        """Violated if any schedule was, unknown if all were or an assertion broke, else ok."""
        if self.violated:
            return "violated"
        return "unknown" if self.broken or self.unknown == self.schedules else "ok"

    @cached_property
    def failure_bound(self) -> float:
        """The most that the chance of a failure may be, at 95 %."""
        return failure_bound(self.schedules, self.violated)

    @property
    def unseen_chance(self) -> float:
        """The estimated chance that the next schedule shows a behaviour not seen before."""
        return unseen_chance(self.once, self.schedules)

    @cached_property
    def depths(self) -> tuple[Depth, ...]:
        """What PCT promises, from depth 1 on; nothing, where the strategy promises nothing."""
        bound = strategy_named(self.strategy).bound
        if bound is None or not self.steps:
            return ()
        nodes = len(self.scenario.node_names)
        return tuple(
            Depth(depth, each, missed_chance(each, self.schedules))
            for depth, each in enumerate(bound(nodes, self.steps), 1)
        )
