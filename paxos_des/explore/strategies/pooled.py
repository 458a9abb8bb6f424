"""What the strategies of the pooled network share: one policy for each seed, and one run of it."""

from collections.abc import Callable
from dataclasses import dataclass

from paxos_des.cluster.scenario import Scenario
from paxos_des.engine.pool import Event, Policy
from paxos_des.explore.attempt import Attempt, MakeStrategy
from paxos_des.explore.pooled import attempt_of, pooled_scenario, run_pooled, steps_of

VALUES_MAX = 2
"""So many values at most are asked for by a client in the pool."""

MakePolicy = Callable[[int, int], Policy]
"""From a seed, and how many events a run has at most."""


@dataclass(frozen=True, slots=True)
class Pooled:
    """Runs a scenario in the pool, under a policy made from each seed."""

    scenario: Scenario
    checks: tuple[str, ...]
    make: MakePolicy
    steps_max: int

    def attempt(self, seed: int) -> Attempt:
        policy = self.make(seed, self.steps_max)
        return attempt_of(run_pooled(self.scenario, policy, self.checks, seed=seed))


def pooled(make: MakePolicy) -> MakeStrategy:
    """Return what makes a strategy from what makes its policies; it raises a ScenarioError where
    a scenario cannot be run in the pool.
    """

    def strategy(scenario: Scenario, checks: tuple[str, ...]) -> Pooled:
        scenario = small(scenario)
        return Pooled(scenario, checks, make, steps_of(scenario)[1])

    return strategy


def small(scenario: Scenario) -> Scenario:
    """Return what is run in the pool, and small: each client asks for two values at most.

    A step costs the more the more there is to pick from, and what can go wrong goes wrong in a
    small scope as well: two requests of a client are enough for whatever one does to the next.

    Raises
    ------
    ScenarioError
        Where a scenario cannot be run in the pool.
    """
    scenario = pooled_scenario(scenario)
    return scenario.replace(values=min(scenario.values, VALUES_MAX * scenario.clients))


def is_prompt(event: Event) -> bool:
    """Whether an event needs nothing unusual: a message arrives, or a disk is done."""
    return event.kind in ("deliver", "fsync")
