"""A strategy for tests of hunts: which seeds fail, and with what, is said beforehand."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any

import pytest

from paxos_des import Scenario
from paxos_des.checks.verdict import Violation
from paxos_des.engine.choices import Decision
from paxos_des.explore.attempt import Attempt, StrategySpec
from paxos_des.explore.hunt import hunt
from paxos_des.explore.hunted import Report
from paxos_des.explore.strategies import STRATEGIES
from paxos_des.explore.strategies.weather import Weather

NAME = "as-told"
BROKEN = Scenario.named("duel").replace(protocol="accept-below-promise")


@cache
def failing_schedule(check: str) -> tuple[Decision, ...]:
    """Return a schedule that violates a check, as chance has it."""
    weather = Weather(BROKEN, (check,))
    attempts = (weather.attempt(seed) for seed in range(30))
    return next((one.schedule() for one in attempts if one.verdict == "violated"), ())


@dataclass
class AsTold:
    """Fails with the checks, and does not decide, under the seeds that it was told."""

    fails: Mapping[int, str] = field(default_factory=dict)
    unknown: frozenset[int] = frozenset()
    tried: list[int] = field(default_factory=list)
    species: int = 10

    def attempt(self, seed: int) -> Attempt:
        self.tried.append(seed)
        check = self.fails.get(seed)
        violation = None if check is None else Violation(check, "broken", 1, ())
        return Attempt(
            "unknown" if seed in self.unknown else "violated" if violation else "ok",
            violation,
            seed % self.species,
            seed,
            BROKEN,
            lambda: failing_schedule(check or "agreement"),
        )


def use(strategy: Any, monkeypatch: pytest.MonkeyPatch) -> None:  # noqa: ANN401 - whatever it is
    """Have hunts find a strategy by `NAME`."""
    spec = StrategySpec(name=NAME, says="what it was told", make=lambda *_: strategy)
    monkeypatch.setitem(STRATEGIES, NAME, spec)


def told(report: Report) -> dict[str, Any]:
    """Return what two hunts agree on that tried the same."""
    return {
        "schedules": report.schedules,
        "verdict": report.verdict,
        "violated": report.violated,
        "unknown": report.unknown,
        "behaviours": (report.behaviours, report.once),
        "finds": [
            (one.check, one.shape, one.first, one.seeds, one.count, one.before, one.after, one.file)
            for one in report.finds
        ],
        "not_shrunk": report.not_shrunk,
        "not_again": report.not_again,
    }


def hunt_as_told(strategy: AsTold, monkeypatch: pytest.MonkeyPatch, **keys: Any) -> Report:  # noqa: ANN401 - as hunt has them
    use(strategy, monkeypatch)
    seeds = keys.pop("seeds", range(100))
    return hunt(BROKEN, seeds, strategy=NAME, **keys)
