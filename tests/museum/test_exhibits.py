"""Each exhibit shows where it says so, and the right protocol does not."""

import json

import pytest

from paxos_des import Scenario, simulate
from paxos_des.checks.judges import CHECKS
from paxos_des.cluster.registry import MULTI_PAXOS
from paxos_des.museum import EXHIBITS
from paxos_des.museum.exhibit import Exhibit
from paxos_des.run_checks import known_checks

A_LONG_RUN = 100
SHOWN = [exhibit for exhibit in EXHIBITS.values() if exhibit.within is not None]

CATALOGUE = (
    "promise-any", "promise-compares-leader-first", "accept-below-promise",
    "accept-against-last-vote", "accept-keeps-promise", "reports-promised-ballot",
    "nack-as-promise", "dies-of-duplicates", "refuses-higher-accept", "forgets-after-chosen",
    "last-promise-only", "own-value", "first-report", "highest-by-leader",
    "counts-promises-not-acceptors", "mixed-ballot-promises", "ballot-reuse",
    "noop-without-phase-1", "retries-in-a-new-slot", "adopted-never-proposed",
    "counter-not-raised", "refusal-unanswered", "ignores-promised-log",
    "counts-votes-not-acceptors", "votes-across-ballots", "unlearns", "applies-own-entry",
    "applies-out-of-order", "cumulative-ack-over-a-gap", "volatile-promise", "volatile-vote",
    "answers-before-fsync", "truncates-at-corruption", "copies-state-on-recovery", "half-of-four",
    "flexible-sum-n", "python-3-division", "stale-local-read", "lease-without-drift",
    "read-confirmed-by-old-acks", "retry-applied-twice", "minority-vote-read",
    "single-server-change", "config-applied-late", "old-quorum-dropped-early",
)  # fmt: skip
"""The published bugs that the museum set out to show."""


def named(exhibit: Exhibit) -> str:
    return exhibit.name


def names(exhibits: list[Exhibit]) -> str:
    return ", ".join(map(named, exhibits))


def by_scenario() -> list[list[Exhibit]]:
    """Return exhibits that show in the same scenario together: the right protocol need not run in
    it again for each of them.
    """
    groups: dict[str, list[Exhibit]] = {}
    for exhibit in EXHIBITS.values():
        scenario = json.dumps(exhibit.scenario_of(MULTI_PAXOS.name).to_dict(), sort_keys=True)
        groups.setdefault(scenario, []).append(exhibit)
    return list(groups.values())


BY_SCENARIO = by_scenario()


def test_every_bug_of_the_catalogue_is_on_show() -> None:
    assert len(CATALOGUE) == 45
    assert set(CATALOGUE) <= set(EXHIBITS)


@pytest.mark.parametrize("exhibit", SHOWN, ids=named)
def test_the_weather_shows_it_within_the_seeds_that_it_states(exhibit: Exhibit) -> None:
    assert exhibit.within is not None
    seeds = range(exhibit.within)

    assert any(is_violated(exhibit.scenario, seed, (exhibit.check,)) for seed in seeds)


@pytest.mark.parametrize("exhibits", BY_SCENARIO, ids=names)
def test_the_right_protocol_passes_every_check_where_it_shows(exhibits: list[Exhibit]) -> None:
    scenario = exhibits[0].scenario_of(MULTI_PAXOS.name)

    assert not any(is_violated(scenario, seed, CHECKS) for seed in seeds_of(scenario, 40))


@pytest.mark.deep
@pytest.mark.parametrize("exhibits", BY_SCENARIO, ids=names)
def test_the_right_protocol_passes_many_more(exhibits: list[Exhibit]) -> None:
    scenario = exhibits[0].scenario_of(MULTI_PAXOS.name)

    assert not any(is_violated(scenario, seed, CHECKS) for seed in seeds_of(scenario, 10_000))


@pytest.mark.parametrize("exhibits", BY_SCENARIO, ids=names)
def test_something_is_chosen_nearly_always(exhibits: list[Exhibit]) -> None:
    """Else nothing could go wrong, nor right."""
    scenario = exhibits[0].scenario_of(MULTI_PAXOS.name)

    seeds = seeds_of(scenario, 10)
    chosen = [simulate(scenario, seed=seed, record="nothing").stats.chosen for seed in seeds]
    assert sum(map(bool, chosen)) >= 0.9 * len(seeds)


@pytest.mark.parametrize("exhibit", EXHIBITS.values(), ids=named)
def test_it_says_what_it_is(exhibit: Exhibit) -> None:
    assert exhibit.check in known_checks(exhibit.scenario)
    assert exhibit.source
    assert exhibit.story.count(". ") == 1
    assert exhibit.story.endswith(".")
    assert exhibit.mutation.__doc__


def seeds_of(scenario: Scenario, count: int) -> range:
    """Return so many seeds, or fewer of a run that is as long as a hundred others."""
    return range(count if scenario.values < A_LONG_RUN else max(1, count // 40))


def is_violated(scenario: Scenario, seed: int, checks: tuple[str, ...]) -> bool:
    return simulate(scenario, seed=seed, record="nothing", checks=checks).verdict == "violated"
