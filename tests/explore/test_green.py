"""What green means: against the textbook, and against SciPy."""

from itertools import pairwise

import pytest
from scipy.stats import beta

from paxos_des.explore.green import failure_bound, missed_chance, unseen_chance


@pytest.mark.parametrize("runs", [1, 2, 10, 1_000, 200_000, 10**8])
def test_without_failures_the_bound_is_the_rule_of_three(runs: int) -> None:
    assert failure_bound(runs) == pytest.approx(1 - 0.05 ** (1 / runs), rel=1e-7)


def test_the_rule_of_three_is_about_three_in_so_many() -> None:
    assert failure_bound(10_000) == pytest.approx(3 / 10_000, rel=0.01)


@pytest.mark.parametrize(
    ("runs", "failures"),
    [
        (2, 1),
        (10, 1),
        (10, 9),
        (1_000, 1),
        (1_000, 500),
        (200_000, 3),
        (10**6, 999_000),
        (10**7, 7),
    ],
)
def test_with_failures_the_bound_is_clopper_and_pearsons(runs: int, failures: int) -> None:
    expected = beta.ppf(0.95, failures + 1, runs - failures)

    assert failure_bound(runs, failures) == pytest.approx(expected, rel=1e-6)


def test_the_bound_rises_with_failures_to_one() -> None:
    bounds = [failure_bound(50, failures) for failures in range(51)]

    assert all(low < high for low, high in pairwise(bounds))
    assert bounds[-1] == 1


def test_nothing_is_known_before_the_first_run() -> None:
    assert failure_bound(0) == 1
    assert unseen_chance(0, 0) == 1


def test_good_and_turing_count_what_was_seen_once() -> None:
    assert unseen_chance(20, 1_000) == 0.02


def test_what_each_finds_surely_is_missed_by_none() -> None:
    assert missed_chance(1.0, 1) == 0
    assert missed_chance(0.5, 3) == pytest.approx(0.125)
    assert missed_chance(1e-9, 1_000) == pytest.approx(1 - 1e-6)
