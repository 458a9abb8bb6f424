"""Failures for tests: one that chance finds at once; others that hold all kinds of decision."""

from functools import cache

from paxos_des import Scenario, simulate
from paxos_des.failure import Failure

DUEL = Scenario.named("duel").replace(protocol="accept-below-promise")


@cache
def duel_failure() -> Failure:
    """Return what the first seed finds, where acceptors ignore their promises."""
    run = simulate(DUEL, seed=0, checks=("agreement",))
    found = Failure.of(DUEL, run.schedule, "agreement", {"seed": 0, "strategy": "weather"})
    assert found is not None
    return found


@cache
def supposed_failures() -> tuple[Failure, ...]:
    """Return schedules that break nothing, and say that they do: with pumps, disks and faults."""
    scenarios = (
        Scenario.named("2009-adversarial").replace(
            values=2, drop=0.1, duplicate=0.1, ties="shuffled", replica="list",
            operations={"append": 1, "read": 1},
        ),
        Scenario.named("crashes").replace(values=3),
        Scenario.named("everything").replace(values=3),
        Scenario.named("disk-faults").replace(values=3),
    )  # fmt: skip
    return tuple(
        Failure(
            scenario=scenario,
            check="agreement",
            what="something was supposed to break",
            at_us=1_000,
            schedule=simulate(scenario, seed=seed).schedule,
            digest="0" * 64,
            found={"seed": seed},
        )
        for seed, scenario in enumerate(scenarios)
    )
