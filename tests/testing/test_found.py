"""What is broken is found in few examples, and made small by Hypothesis alone.

The promise-ignoring acceptor in those of Hypothesis's default profile; what is met more rarely in
those of the profile for continuous integration.
"""

from dataclasses import dataclass, field

import pytest
from hypothesis import HealthCheck, Phase, given, seed, settings

from paxos_des import Scenario
from paxos_des.explore.core import causal_core
from paxos_des.explore.shrink import shrink
from paxos_des.failure import Failure, violated_by
from paxos_des.museum import EXHIBITS
from paxos_des.report.words import page_of
from paxos_des.testing import Schedule, schedules

DUEL = Scenario.named("duel")
DEFAULT = settings(
    max_examples=100,
    database=None,
    deadline=None,
    report_multiple_bugs=False,
    suppress_health_check=list(HealthCheck),
    phases=[Phase.generate, Phase.shrink],
)


@dataclass
class Found:
    schedule: Schedule | None = None
    sizes: list[int] = field(default_factory=list)


def hypothesis_finds(scenario: Scenario, check: str, number: int, examples: int = 100) -> Found:
    found = Found()

    @seed(number)
    @settings(DEFAULT, max_examples=examples)
    @given(schedules(scenario))
    def holds(schedule: Schedule) -> None:
        if violated_by(scenario, schedule, check):
            found.schedule = schedule
            found.sizes.append(len(schedule))
            raise AssertionError

    try:
        holds()
    except AssertionError:
        assert found.schedule is not None
    return found


@pytest.mark.parametrize(
    ("check", "number", "size"),
    [("chosen-once", 0, 14), ("agreement", 1, 18)],
    ids=["chosen-once", "agreement"],
)
def test_the_promise_ignoring_acceptor_shrinks_to_the_core_that_shrink_has(
    check: str, number: int, size: int
) -> None:
    broken = DUEL.replace(protocol="accept-below-promise")

    found = hypothesis_finds(broken, check, number).schedule

    assert found is not None
    failure = Failure.of(broken, found, check)
    assert failure is not None
    ours = causal_core(shrink(failure).failure)
    assert len(causal_core(failure).events) <= len(ours.events) + 1
    assert len(ours.events) == size
    assert all(f"  {number}  {line}" in page_of(failure) for number, line in lines_of(found))


def test_what_the_dull_run_does_not_show_is_found_and_made_small() -> None:
    exhibit = EXHIBITS["own-value"]
    assert violated_by(exhibit.scenario, (), exhibit.check) is None

    found = hypothesis_finds(exhibit.scenario, exhibit.check, 0, examples=300)

    assert found.schedule is not None
    assert len(found.schedule) <= 4
    assert max(found.sizes) > len(found.schedule)


def lines_of(schedule: Schedule) -> list[tuple[int, str]]:
    """Return the sentences of a schedule, as far as the first line of a page has them."""
    return [(number, line[:70]) for number, line in enumerate(schedule.sentences, 1)]
