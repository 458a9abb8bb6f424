"""The shipped scenarios of faults: what each promises is kept, and what it is about happens."""

from collections import Counter
from collections.abc import Iterable
from concurrent.futures import ProcessPoolExecutor
from functools import cache, partial

import pytest

from experiments.faults.run import Outcome, outcome_of
from paxos_des import Scenario, simulate
from paxos_des.cluster.fault_model import LABELS

SHIPPED: dict[str, tuple[str, ...]] = {
    "crashes": ("crash", "storm"),
    "partitions": (
        "bandwidth", "clog", "cut", "filter", "flap", "hold",
        *(label for label in LABELS if label.startswith("partition ")),
    ),
    "disk-faults": ("crash", "fsync-fails", "misdirect", "rot", "slow-disk"),
    "skewed-clocks": ("crash", "pause", "rate", "step"),
    "reconfigure": ("crash", "cut", "pause"),
    "everything": tuple(label for label in LABELS if label != "partition"),
}  # fmt: skip
"""What each is about; a partition counts by its shape."""

FEW = 10
"""So many seeds show every kind of fault of a scenario, but for those of `everything`."""


@cache
def few(name: str) -> tuple[Outcome, ...]:
    return tuple(outcome_of(Scenario.named(name), seed) for seed in range(FEW))


def assert_kept(name: str, outcomes: Iterable[Outcome]) -> Counter[str]:
    """Assert that runs are safe and live; return in how many each kind of fault happened."""
    happened: Counter[str] = Counter()
    for outcome in outcomes:
        happened.update(outcome.happened)
        assert outcome.verdict == "ok", outcome
        assert outcome.is_whole or not outcome.is_bounded, outcome
        assert outcome.is_bounded or name == "everything", outcome
    return happened


@pytest.mark.parametrize("name", SHIPPED)
def test_a_scenario_of_faults_is_survived_and_meets_what_it_is_about(name: str) -> None:
    """No violation, nothing unknown; every request answered, and all leaders' histories equal."""
    happened = assert_kept(name, few(name))

    assert set(happened) <= set(SHIPPED[name])
    if name != "everything":
        assert set(happened) == set(SHIPPED[name])


@pytest.mark.deep
@pytest.mark.parametrize("name", SHIPPED)
def test_a_scenario_of_faults_is_survived_under_a_thousand_seeds(name: str) -> None:
    scenario = Scenario.named(name)
    with ProcessPoolExecutor(2) as pool:
        outcomes = list(pool.map(partial(outcome_of, scenario), range(1_000), chunksize=25))

    happened = assert_kept(name, outcomes)

    assert set(happened) == set(SHIPPED[name])


def test_the_swarm_draws_both_bounds_and_other_kinds_each_time() -> None:
    outcomes = few("everything")

    assert {outcome.is_bounded for outcome in outcomes} == {True, False}
    assert len({outcome.happened for outcome in outcomes}) == FEW


@pytest.mark.parametrize(
    "name", ["crashes", "partitions", "disk-faults", "skewed-clocks", "reconfigure"]
)
def test_a_scenario_says_what_it_did_and_that_it_was_bounded(name: str) -> None:
    run = simulate(Scenario.named(name), seed=1)

    assert run.nemesis is not None
    assert run.nemesis.bounded
    assert sum(run.nemesis.happened.values()) > 10


def test_a_reconfigured_cluster_ends_with_other_acceptors_than_it_began_with() -> None:
    """All five changes are chosen, and those that came in vote."""
    scenario = Scenario.named("reconfigure")
    for seed in range(2):
        run = simulate(scenario, seed=seed, record="trace")
        voted = {
            one["node"]
            for one in run.trace
            if one["event"] == "durable" and one["record"]["type"] == "Voted"
        }

        asked = [one for one in run.client_history if one.operation[0] == "reconfigure"]
        assert Counter(one.type for one in asked) == {"invoke": 5, "ok": 5}
        assert {"acceptor-3", "acceptor-4", "acceptor-5"} <= voted
