"""Which checks see a bug: all judge the same run, and none ends it, so each says what it would say
alone.
"""

import time
from collections.abc import Iterable
from typing import NamedTuple

import msgspec

from paxos_des.checks.judges import CHECKS, Judges
from paxos_des.checks.verdict import Violation
from paxos_des.cluster.cluster import Cluster
from paxos_des.cluster.scenario import Scenario
from paxos_des.engine.choices import Decision
from paxos_des.museum import EXHIBITS
from paxos_des.run import judges_of, simulate

LOOK_S = 6.0
"""CPU time after which no further seed of an exhibit is looked at."""


class Look(NamedTuple):
    """What is looked at: so many seeds of an exhibit's own weather, from 0 on."""

    exhibit: str
    seeds: int


class Seen(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """Who saw what, under some seeds of an exhibit's own weather.

    Attributes
    ----------
    seeds_max, seeds
        So many were to be looked at, and so many were in the time that there is.
    saw, first
        By check: under how many seeds it was violated, and was before all others.
    broke
        Under so many, an assertion of the protocol's broke; what was seen before counts.
    """

    exhibit: str
    seeds_max: int
    seeds: int
    cpu_s: float
    saw: dict[str, int] = {}
    first: dict[str, int] = {}
    broke: int = 0

    @property
    def name(self) -> str:
        return self.exhibit

    @property
    def says(self) -> int:
        return self.seeds

    def settles(self, look: Look) -> bool:
        return self.exhibit == look.exhibit and self.seeds_max >= look.seeds


class Sighting(NamedTuple):
    """What all checks say of one run, in the order of time; and whether it broke off."""

    violations: tuple[Violation, ...]
    broke: bool


def seen_of(look: Look) -> Seen:
    """Look at an exhibit, in this process."""
    scenario = EXHIBITS[look.exhibit].scenario
    saw: dict[str, int] = {}
    first: dict[str, int] = {}
    began_s, cpu_s = time.process_time(), 0.0
    seeds = broke = 0
    while seeds < look.seeds and cpu_s < LOOK_S:
        sighting = seen_by(scenario, seed=seeds)
        broke += sighting.broke
        names = first_seen(sighting)
        for name in names:
            saw[name] = saw.get(name, 0) + 1
        for name in names[:1]:
            first[name] = first.get(name, 0) + 1
        seeds += 1
        cpu_s = time.process_time() - began_s
    return Seen(look.exhibit, look.seeds, seeds, round(cpu_s, 6), saw, first, broke)


def first_seen(sighting: Sighting) -> tuple[str, ...]:
    """Return the names of checks that are violated; of those at one time, in their own order."""
    return tuple(violation.check for violation in sighting.violations)


def seen_by(
    scenario: Scenario, *, seed: int | None = None, schedule: Iterable[Decision] | None = None
) -> Sighting:
    """Run once, and let every check judge to the end."""
    judges: list[Judges] = []

    def watch(cluster: Cluster) -> None:
        judges.append(judges_of(scenario, CHECKS, cluster.trace))

    try:
        run = simulate(
            scenario, seed=seed, schedule=schedule, record="nothing", checks=(), extend=watch
        )
    except AssertionError:
        return Sighting(judges[0].violations, broke=True)
    judges[0].finish(run.stats.simulated_us)
    judges[0].dissolve()
    return Sighting(judges[0].violations, broke=False)
