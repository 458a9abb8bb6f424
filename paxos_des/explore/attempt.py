"""What a strategy is, and what comes of one schedule that it tried."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Protocol

from paxos_des.checks.verdict import Verdict, Violation
from paxos_des.cluster.scenario import Scenario
from paxos_des.engine.choices import Decision


@dataclass(frozen=True, slots=True)
class Attempt:
    """One schedule that was tried.

    Attributes
    ----------
    violation
        The first; its entries are not looked up.
    behaviour
        What happened, in the abstract, as 64 bits: runs that differ in times alone are alike.
    steps
        How many events there were.
    scenario, schedule
        What replays it, in the timed network and without a seed; made when it is called.
    """

    verdict: Verdict
    violation: Violation | None
    behaviour: int
    steps: int
    scenario: Scenario
    schedule: Callable[[], tuple[Decision, ...]]


class Strategy(Protocol):
    """Chooses schedules of one scenario, one for each seed.

    The same seed gives the same schedule, unless the strategy learns from what it has seen: then
    it is the same after the same attempts.
    """

    def attempt(self, seed: int) -> Attempt: ...


MakeStrategy = Callable[[Scenario, tuple[str, ...]], Strategy]
"""From a scenario and the names of the checks that judge.

It raises a ScenarioError where the strategy cannot explore such a scenario: a pooled one where
safety rests on clocks.
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class StrategySpec:
    """A strategy, by name.

    Attributes
    ----------
    says
        What it does, in one line.
    bound
        From the number of nodes that take steps and of steps in the longest run: the least chance
        that one schedule finds a bug of depth `d`, by d from 1; None where nothing is known.
    """

    name: str
    says: str
    make: MakeStrategy
    bound: Callable[[int, int], tuple[float, ...]] | None = field(default=None)
