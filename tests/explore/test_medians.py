"""Medians with an interval around each, and of samples some of which are only known to be large."""

from math import comb, inf

import pytest

from paxos_des.explore.measure.medians import median_of, rank


def test_of_twenty_values_the_sixth_and_the_fifteenth_bound_the_median() -> None:
    median = median_of(range(1, 21))

    assert rank(20) == 6
    assert median == (10.5, 6, 15)


@pytest.mark.parametrize("count", range(6, 40))
def test_the_interval_holds_the_median_often_enough_and_a_smaller_one_would_not(count: int) -> None:
    """Summed up from the outcomes of so many coins, not by the formula."""
    found = rank(count)

    def held(lower: int) -> float:
        return float(
            sum(comb(count, heads) for heads in range(lower, count - lower + 1)) / 2**count
        )

    assert held(found) >= 0.95
    assert held(found + 1) < 0.95


def test_few_values_bound_no_median() -> None:
    assert rank(5) == 0
    assert median_of([3, 4, 5]) == (4, 0, inf)


def test_a_censored_hunt_is_longer_than_all_others() -> None:
    median = median_of([None] * 8 + list(range(12)))

    assert median == (9.5, 5, inf)
