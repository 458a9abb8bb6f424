"""Each check sees a bug that no other sees; of two that see none alone, what they are for."""

from itertools import count

import pytest

from paxos_des import simulate
from paxos_des.checks.judges import CHECKS
from paxos_des.museum import EXHIBITS
from paxos_des.run import Run

NEEDS = {
    "agreement": "keeps-chain-on-install",
    "chosen-once": "longest-log-wins",
    "learned-chosen": "learns-from-one-vote",
    "validity": "fills-with-a-value",
    "ballots": "cloned-index",
    "promises": "same-value-below-promise",
    "reported-votes": "keeps-first-ballot",
    "durability": "answers-before-chosen",
    "integrity": "retry-applied-twice",
    "order": "applies-out-of-order",
    "linearizability": "stale-local-read",
    "liveness": "refuses-higher-accept",
}
"""By check: an exhibit that goes unseen without it."""


def run(name: str, seed: int, *checks: str) -> Run:
    return simulate(EXHIBITS[name].scenario, seed=seed, record="nothing", checks=checks)


def first_seen(name: str, check: str) -> int:
    """Return the first seed whose weather shows it."""
    return next(seed for seed in count() if run(name, seed, check).verdict == "violated")


def others(check: str) -> tuple[str, ...]:
    return tuple(name for name in CHECKS if name != check)


@pytest.mark.parametrize("check", NEEDS)
def test_a_bug_goes_unseen_without_the_check(check: str) -> None:
    name = NEEDS[check]
    seed = first_seen(name, check)

    assert run(name, seed, *others(check)).verdict != "violated"


@pytest.mark.deep
@pytest.mark.parametrize("check", NEEDS)
def test_nor_do_the_others_see_it_in_many_more_runs(check: str) -> None:
    name = NEEDS[check]

    assert all(run(name, seed, *others(check)).verdict != "violated" for seed in range(1_000))


def test_whoever_unlearns_disagrees_too() -> None:
    """So `never-unlearned` is needed by no exhibit: it says whose fault it is."""
    seed = first_seen("unlearns", "never-unlearned")

    assert run("unlearns", seed, "agreement").verdict == "violated"


def test_where_time_has_no_bound_only_progress_says_that_nothing_is_chosen() -> None:
    """It is violated by nothing: without it, a run that proves nothing would be ok."""
    scenario = EXHIBITS["python-3-division"].scenario.replace(live_within="none")

    assert simulate(scenario, seed=0).verdicts["progress"] == "unknown"
    assert simulate(scenario, seed=0, checks=others("progress")).verdict == "ok"
