"""Each exhibit shows where it says so, and the right protocol does not."""

import pytest

from paxos_des import Scenario, simulate
from paxos_des.checks.judges import CHECKS
from paxos_des.cluster.registry import MULTI_PAXOS
from paxos_des.museum import EXHIBITS
from paxos_des.museum.exhibit import Exhibit

SHOWN = [exhibit for exhibit in EXHIBITS.values() if exhibit.within is not None]


def named(exhibit: Exhibit) -> str:
    return exhibit.name


@pytest.mark.parametrize("exhibit", SHOWN, ids=named)
def test_the_weather_shows_it_within_the_seeds_that_it_states(exhibit: Exhibit) -> None:
    assert exhibit.within is not None
    seeds = range(exhibit.within)

    assert any(is_violated(exhibit.scenario, seed, (exhibit.check,)) for seed in seeds)


@pytest.mark.parametrize("exhibit", EXHIBITS.values(), ids=named)
def test_the_right_protocol_passes_every_check_where_it_shows(exhibit: Exhibit) -> None:
    scenario = exhibit.scenario_of(MULTI_PAXOS.name)

    assert not any(is_violated(scenario, seed, CHECKS) for seed in range(60))


@pytest.mark.deep
@pytest.mark.parametrize("exhibit", EXHIBITS.values(), ids=named)
def test_the_right_protocol_passes_many_more(exhibit: Exhibit) -> None:
    scenario = exhibit.scenario_of(MULTI_PAXOS.name)

    assert not any(is_violated(scenario, seed, CHECKS) for seed in range(3_000))


@pytest.mark.parametrize("exhibit", EXHIBITS.values(), ids=named)
def test_something_is_chosen_nearly_always(exhibit: Exhibit) -> None:
    """Else nothing could go wrong, nor right."""
    scenario = exhibit.scenario_of(MULTI_PAXOS.name)

    chosen = [simulate(scenario, seed=seed, record="nothing").stats.chosen for seed in range(10)]
    assert sum(map(bool, chosen)) >= 9


@pytest.mark.parametrize("exhibit", EXHIBITS.values(), ids=named)
def test_it_says_what_it_is(exhibit: Exhibit) -> None:
    assert exhibit.check in CHECKS
    assert exhibit.source
    assert exhibit.story.count(". ") == 1
    assert exhibit.story.endswith(".")
    assert exhibit.mutation.__doc__


def is_violated(scenario: Scenario, seed: int, checks: tuple[str, ...]) -> bool:
    return simulate(scenario, seed=seed, record="nothing", checks=checks).verdict == "violated"
