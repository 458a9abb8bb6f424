"""The beginning of a run: how long it is, and whether it is still in what was measured."""

import numpy as np

from paxos_des.study.warm_up import differs_at_first, mean_series, warm_up_of


def runs_of(count: int, length: int, *, slow: int = 0, seed: int = 0) -> list[list[int]]:
    """Return runs of skew times, of which so many at first take twice as long."""
    chance = np.random.default_rng(seed)
    factors = np.where(np.arange(length) < slow, 2.0, 1.0)
    return [(chance.exponential(1000, length) * factors).astype(int).tolist() for _ in range(count)]


def test_mser_5_leaves_out_the_beginning() -> None:
    series = [9.0] * 20 + [1.0, 2.0] * 90

    assert warm_up_of(series) == 20
    assert warm_up_of([1.0, 2.0] * 100) == 0


def test_the_beginning_shows_in_the_mean_of_runs() -> None:
    assert warm_up_of(mean_series(runs_of(30, 300, slow=40))) == 40


def test_a_series_that_never_settles_is_too_short_to_tell() -> None:
    assert warm_up_of([float(number) for number in range(200)]) is None
    assert warm_up_of([1.0] * 20) is None
    assert warm_up_of(mean_series([])) is None


def test_a_series_has_as_many_as_the_shortest_run() -> None:
    assert mean_series([[1, 2, 3], [3, 4]]).tolist() == [2, 3]


def test_a_slow_first_tenth_is_seen_and_none_is_not() -> None:
    assert differs_at_first(runs_of(20, 200, slow=20))
    assert differs_at_first([times[::-1] for times in runs_of(20, 200, slow=180)])
    assert not differs_at_first(runs_of(20, 200))
    assert not differs_at_first(runs_of(9, 200, slow=20))  # too few
    assert not differs_at_first([[1, 2]] * 20)


def test_chance_alone_is_seldom_taken_for_a_beginning() -> None:
    """Of 150 sweeps of times with rare long ones, one in a thousand: none, or else one."""
    alarms = 0
    for seed in range(150):
        chance = np.random.default_rng(seed)
        times = 1000 + 500_000 * (chance.random((12, 100)) < 0.01)
        alarms += differs_at_first(times.tolist())

    assert alarms <= 1


def test_times_that_are_all_the_same_have_no_beginning() -> None:
    assert not differs_at_first([[7] * 100] * 20)
