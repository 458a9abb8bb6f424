"""Schedules that Hypothesis draws: every one runs, and shrinking takes out what is not needed."""

from collections.abc import Callable, Collection

import pytest
from hypothesis import HealthCheck, Phase, find, given, settings

from paxos_des import Scenario, simulate
from paxos_des.checks.judges import CHECKS
from paxos_des.cluster.faults import Fault
from paxos_des.engine.words import says
from paxos_des.errors import InputError
from paxos_des.testing import Schedule, fault_plans, schedules

DUEL = Scenario.named("duel")
CRASHES = Scenario.named("crashes").replace(
    nemesis="none", live_within="none", values=6, horizon="2s"
)
FEW = settings(max_examples=25, deadline=None, database=None, derandomize=True)


@FEW
@given(schedules(DUEL))
def test_every_schedule_runs_and_replays(schedule: Schedule) -> None:
    run = simulate(DUEL, schedule=schedule)

    assert run.verdict in ("ok", "unknown")
    assert simulate(DUEL, schedule=run.schedule).digest == run.digest


@FEW
@given(schedules(CRASHES))
def test_schedules_may_crash_where_there_are_disks(schedule: Schedule) -> None:
    assert simulate(CRASHES, schedule=schedule).verdict in ("ok", "unknown")


@FEW
@given(schedules(DUEL, max_interventions=2))
def test_there_are_no_more_interventions_than_asked_for(schedule: Schedule) -> None:
    assert len(schedule) <= 2


@FEW
@given(schedules(DUEL))
def test_no_intervention_is_dull_or_comes_twice(schedule: Schedule) -> None:
    dull: dict[object, object] = {
        decision.key: decision.answer for decision in simulate(DUEL, schedule=()).decisions
    }

    assert len({decision.key for decision in schedule}) == len(schedule)
    assert all(dull.get(key) != answer for key, answer in as_pairs(schedule))


def test_the_simplest_schedule_is_the_dull_run() -> None:
    assert smallest(lambda _: True) == ()


def test_shrinking_spares_every_intervention_but_the_one_that_matters() -> None:
    found = smallest(lambda schedule: any(one.key.kind == "duplicate" for one in schedule))

    assert [one.key.kind for one in found] == ["duplicate"]


def test_a_schedule_prints_as_its_sentences() -> None:
    found = smallest(lambda schedule: len(schedule) > 1)

    assert repr(found).splitlines() == ["Schedule:", *(f"    {says(one)}" for one in found)]
    assert repr(Schedule()) == "Schedule: the dull run"


@FEW
@given(fault_plans(CRASHES))
def test_every_fault_plan_is_one_that_the_scenario_allows(plan: tuple[Fault, ...]) -> None:
    run = simulate(CRASHES.replace(faults=plan), seed=0, record="nothing", checks=CHECKS[:3])

    assert run.verdict in ("ok", "unknown")


@pytest.mark.parametrize(
    ("kinds", "said"), [(["crush"], "did you mean 'crash'"), (["drop"], "allowed: crash")]
)
def test_a_kind_of_fault_that_is_none_is_refused(kinds: Collection[str], said: str) -> None:
    with pytest.raises(InputError, match=said):
        fault_plans(DUEL, kinds=kinds)


def test_what_is_no_scenario_is_refused() -> None:
    with pytest.raises(InputError, match="scenario: found 'duel'; allowed is a Scenario"):
        schedules("duel")  # type: ignore[arg-type] # the very mistake
    with pytest.raises(InputError, match="max_interventions: found -1"):
        schedules(DUEL, max_interventions=-1)


def smallest(is_found: Callable[[Schedule], bool]) -> Schedule:
    return find(
        schedules(DUEL),
        is_found,
        settings=settings(
            max_examples=200, database=None, derandomize=True, deadline=None,
            phases=[Phase.generate, Phase.shrink], suppress_health_check=list(HealthCheck),
        ),
    )  # fmt: skip


def as_pairs(schedule: Schedule) -> list[tuple[object, object]]:
    return [(one.key, one.answer) for one in schedule]
