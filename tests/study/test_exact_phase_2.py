"""The time of phase 2: order statistics by hand, by all throws of dice, and by SciPy."""

from itertools import pairwise
from math import comb

import numpy as np
import pytest
from scipy.integrate import quad
from scipy.stats import gamma

from paxos_des.engine.delays import (
    Bimodal,
    Constant,
    Delay,
    Exponential,
    Lognormal,
    Quantiles,
    Samples,
    Uniform,
    table,
)
from paxos_des.engine.knots import ALL
from paxos_des.errors import InputError
from paxos_des.protocol.quorum import Flexible, Grid, Majority
from paxos_des.study.exact.lattice import Moments, RoundTrip, masses
from paxos_des.study.exact.order_statistics import (
    constant_wait_us,
    kth_exponential_us,
    kth_smallest,
    quorum_wait,
)

NONE = Constant(0)
DELAYS: list[Delay] = [
    Constant(700), Uniform(low_us=200, high_us=1_000), Exponential(mean_us=5_000, minimum_us=300),
    Lognormal(median_us=2_000, sigma=0.8), Bimodal(fast_us=100, slow_us=9_000, slow_share=0.1),
    Quantiles(((0, 100), (0.5, 200), (1, 5_000))), Samples((3, 1, 4, 1, 5, 9, 2, 6)),
]  # fmt: skip


def die(sides: int) -> Uniform:
    return Uniform(low_us=1, high_us=sides)


def of_table(delay: Delay) -> tuple[float, float]:
    """Return mean and variance of what a table draws, from the values of each segment."""
    mean = square = 0.0
    for width, low, span in table(delay).segments():
        values = np.arange(low, low + max(span, 1), dtype=float)
        mean += width / ALL * values.mean()
        square += width / ALL * (values**2).mean()
    return mean, square - mean**2


def test_dice_by_hand() -> None:
    """Of two dice the lower has the mean 91/36, the higher 161/36; a pair of dice has 7."""
    two = [RoundTrip(die(6), NONE)] * 2

    assert kth_smallest(two, 1).mean_us == pytest.approx(91 / 36)
    assert kth_smallest(two, 2).mean_us == pytest.approx(161 / 36)
    assert kth_smallest([RoundTrip(die(6), die(6))], 1) == pytest.approx(Moments(7, 35 / 6))


def test_dice_that_differ_by_all_their_throws() -> None:
    sides = (3, 4, 6)
    throws = np.array([sorted(throw) for throw in np.ndindex(*sides)]) + 1

    for k in (1, 2, 3):
        found = kth_smallest([RoundTrip(die(one), NONE) for one in sides], k)
        assert found.mean_us == pytest.approx(throws[:, k - 1].mean())
        assert found.variance == pytest.approx(throws[:, k - 1].var())


@pytest.mark.parametrize("delay", DELAYS, ids=lambda one: type(one).__name__)
def test_a_lattice_of_microseconds_holds_what_a_table_draws(delay: Delay) -> None:
    low, high = table(delay).delay_us(0), table(delay).delay_us(ALL - 1)
    found = masses(delay, low, 1, high - low + 2)
    mean, variance = of_table(delay)

    at_us = low + np.arange(len(found))
    assert found.sum() == pytest.approx(1)
    assert found @ at_us == pytest.approx(mean)
    assert found @ (at_us - mean) ** 2 == pytest.approx(variance)


@pytest.mark.parametrize("delay", DELAYS, ids=lambda one: type(one).__name__)
def test_one_round_trip_takes_the_sum_of_two_means(delay: Delay) -> None:
    mean, variance = of_table(delay)

    found = kth_smallest([RoundTrip(delay, Uniform(low_us=0, high_us=9))], 1)
    assert found.mean_us == pytest.approx(mean + 4.5)
    assert found.variance == pytest.approx(variance + 99 / 12)


def test_all_of_n_together_take_n_times_the_mean() -> None:
    trips = [RoundTrip(one, other) for one, other in pairwise(DELAYS)]
    means = [sum(of_table(delay)[0] for delay in trip) for trip in trips]

    found = sum(kth_smallest(trips, k).mean_us for k in range(1, len(trips) + 1))
    assert found == pytest.approx(sum(means))


@pytest.mark.parametrize("n", [3, 5, 9])
def test_exponentials_alone_are_a_sum_of_mean_over_how_many_are_left(n: int) -> None:
    trips = [RoundTrip(Exponential(mean_us=10_000), NONE)] * n

    for k in range(1, n + 1):
        expected = kth_exponential_us(10_000, n=n, k=k)
        assert kth_smallest(trips, k).mean_us == pytest.approx(expected, rel=1e-3)
    assert kth_exponential_us(12, n=3, k=3) == pytest.approx(12 * (1 / 3 + 1 / 2 + 1))


@pytest.mark.parametrize(("n", "k"), [(1, 1), (5, 3), (9, 5), (9, 9), (101, 51)])
@pytest.mark.parametrize("mean_us", [1_000, 2_000_000])
def test_sums_of_two_exponentials_are_as_scipys_gamma(n: int, k: int, mean_us: int) -> None:
    """Also on the coarser lattice of delays of seconds."""

    def density(time: float) -> float:
        below, above = gamma.cdf(time, 2), gamma.sf(time, 2)
        places = k * comb(n, k) * below ** (k - 1) * above ** (n - k)
        return float(time * places * gamma.pdf(time, 2))

    expected, _ = quad(density, 0, 40, limit=200)
    delay = Exponential(mean_us=mean_us)
    found = kth_smallest([RoundTrip(delay, delay)] * n, k)
    assert found.mean_us / mean_us == pytest.approx(expected, rel=1e-3)


def test_a_coarser_lattice_changes_next_to_nothing() -> None:
    """A tail that is never drawn, and long, makes the lattice coarse."""
    tail = Quantiles(((0, 0), (0.5, 1_000), (1 - 1e-9, 3_000), (1, 8_000_000)))
    plain = Quantiles(((0, 0), (0.5, 1_000), (1, 3_000)))

    coarse = kth_smallest([RoundTrip(tail, tail)] * 5, 3).mean_us
    fine = kth_smallest([RoundTrip(plain, plain)] * 5, 3).mean_us
    assert coarse == pytest.approx(fine, rel=2e-4)


def test_acceptors_alike_and_apart_are_one_when_they_are_alike() -> None:
    """The way for those that differ against the binomial for those that do not."""
    fast, same = Uniform(low_us=0, high_us=99), Quantiles(((0, 0), (1, 100)))
    mixed = [RoundTrip(fast, NONE)] * 3 + [RoundTrip(same, NONE)] * 2

    for k in range(1, 6):
        alike = kth_smallest([RoundTrip(fast, NONE)] * 5, k)
        assert kth_smallest(mixed, k) == pytest.approx(alike)


def test_a_grid_waits_for_its_first_whole_row_or_column() -> None:
    """Of six dice in two rows and three columns: by all throws, with and without the first."""
    sides = (2, 3, 4, 5, 6, 7)
    trips = {place: RoundTrip(die(one), NONE) for place, one in enumerate(sides)}
    quorums = Grid(acceptors=6, rows=2, columns=3)
    throws = np.array(list(np.ndindex(*sides))) + 1
    columns = [throws[:, [column, column + 3]].max(axis=1) for column in range(3)]
    rows = [throws[:, :3].max(axis=1), throws[:, 3:].max(axis=1)]

    for phase, lines in ((1, rows), (2, columns)):
        whole = quorum_wait(trips, quorums, phase=phase).moments()
        others = {place: trip for place, trip in trips.items() if place}
        without = quorum_wait(others, quorums, phase=phase).moments()
        assert whole.mean_us == pytest.approx(np.min(lines, axis=0).mean())
        assert without.mean_us == pytest.approx(np.min(lines[1:], axis=0).mean())


def test_constant_round_trips_are_put_in_order() -> None:
    ways = enumerate((50, 10, 700_000))
    trips = {place: RoundTrip(Constant(us), Constant(3)) for place, us in ways}
    quorums = Flexible(acceptors=3, phase1=3, phase2=1)

    assert [kth_smallest(list(trips.values()), k) for k in (1, 2, 3)] == [
        (13, 0), (53, 0), (700_003, 0),
    ]  # fmt: skip
    assert constant_wait_us(trips, Majority(3)) == 53
    assert constant_wait_us(trips, quorums) == 13
    assert constant_wait_us(trips, quorums, phase=1) == 700_003
    assert quorum_wait(trips, quorums, phase=1).moments() == (700_003, 0)


def test_what_is_no_quorum_or_no_kth_is_refused() -> None:
    with pytest.raises(InputError, match="found the 4-th smallest of 3; allowed are 1 to 3"):
        kth_smallest([RoundTrip(NONE, die(6))] * 3, 4)
    with pytest.raises(InputError, match="found 1 acceptors that answer; allowed is a quorum"):
        quorum_wait({0: RoundTrip(NONE, die(6))}, Majority(3))
    with pytest.raises(InputError, match="found 1 acceptors that answer; allowed is a quorum"):
        constant_wait_us({0: RoundTrip(NONE, NONE)}, Majority(3))
