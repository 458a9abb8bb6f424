"""Scenarios and workloads that Hypothesis draws: all of them are allowed, and of many shapes."""

import pytest
from hypothesis import Phase, find, given, settings

from paxos_des import Scenario
from paxos_des.cluster.registry import MULTI_PAXOS, registered
from paxos_des.errors import InputError
from paxos_des.testing import Case, Workload, runs, scenarios, schedules, workloads
from paxos_des.testing.profiles import PROFILES

FEW = settings(PROFILES["ci"], max_examples=25, phases=[Phase.generate])


@FEW
@given(scenarios(acceptors_max=4, leaders_max=2))
def test_scenarios_are_as_small_as_asked_for_and_round_trip(scenario: Scenario) -> None:
    assert scenario.acceptors <= 4
    assert scenario.leaders <= 2
    assert Scenario.from_dict(scenario.to_dict(), where="drawn") == scenario


@FEW
@given(workloads())
def test_workloads_fit_any_scenario(workload: Workload) -> None:
    assert Scenario().replace(**workload).values >= 1


@FEW
@given(runs())
def test_runs_are_of_any_scenario(case: Case) -> None:
    assert case.run().verdict in ("ok", "unknown")


@FEW
@given(runs(Scenario.named("duel"), max_interventions=3))
def test_a_run_has_a_seed_or_a_schedule(case: Case) -> None:
    assert case.scenario.name == "duel"
    assert (case.seed is None) or not case.schedule
    assert len(case.schedule) <= 3


@pytest.mark.parametrize("what", ["grid", "flexible", "per-slot", "list", "adversarial"])
def test_all_shapes_are_drawn(what: str) -> None:
    def is_there(scenario: Scenario) -> bool:
        said = (str(scenario.quorums), scenario.phase1, scenario.replica, scenario.pump)
        return any(one.startswith(what) for one in said)

    assert find(scenarios(), is_there, settings=settings(FEW, max_examples=500))


def test_the_simplest_scenario_is_small() -> None:
    simplest = find(scenarios(), lambda _: True, settings=PROFILES["ci"])

    assert (simplest.acceptors, simplest.leaders, simplest.clients, simplest.values) == (3, 1, 1, 1)


def test_a_protocol_may_be_registered_after_its_schedules_are_asked_for() -> None:
    strategy = schedules(Scenario.named("duel").replace(protocol="later"))

    with registered(MULTI_PAXOS.but("later")):
        assert find(strategy, lambda schedule: not schedule, settings=PROFILES["ci"]) == ()


def test_clusters_of_nobody_are_refused() -> None:
    with pytest.raises(InputError, match="acceptors_max: found 0; allowed is an integer from 1"):
        scenarios(acceptors_max=0)
