"""`weather`: the seed's own weather in the timed network, as `paxos-des run --seed` has it."""

from dataclasses import dataclass

from paxos_des.cluster.scenario import Scenario
from paxos_des.explore.attempt import Attempt, StrategySpec
from paxos_des.explore.behaviour import Behaviour
from paxos_des.run import simulate


@dataclass(frozen=True, slots=True)
class Weather:
    """Runs a scenario under one seed after the other."""

    scenario: Scenario
    checks: tuple[str, ...]

    def attempt(self, seed: int) -> Attempt:
        behaviour = Behaviour()
        run = simulate(
            self.scenario,
            seed=seed,
            record="nothing",
            checks=self.checks,
            extend=behaviour.observe,
        )
        return Attempt(
            run.verdict,
            run.first_violation,
            behaviour.digest(),
            run.stats.events,
            self.scenario,
            lambda: run.schedule,
        )


WEATHER = StrategySpec(
    name="weather",
    says="the seed's own weather, as `run --seed` has it: delays, drops, duplicates, faults",
    make=Weather,
)
