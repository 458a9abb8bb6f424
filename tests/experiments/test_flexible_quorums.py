"""`experiments/flexible-quorums`: what small phase-2 quorums save is what order statistics say;
what they cost is what Flexible Paxos says: who leads needs k of n, who comes next n - k + 1.
"""

from collections.abc import Callable
from math import inf, sqrt
from statistics import fmean, stdev

import pytest
from order_statistics import Moments, moments, one_alone, sum_of_two
from scipy.integrate import quad
from scipy.stats import binom, chi2
from study_runs import quick_results, results_of, rows_of, shipped_plan

from paxos_des.study.results import Results

MEAN_US = 20_000
ACCEPTORS = 7
PAIRS = [(n, k) for n in (3, 5, 7, 9) for k in range(1, n + 1)]
BOUND = float(chi2.ppf(0.999, len(PAIRS)))
Theory = Callable[[int, int], Moments]


@pytest.fixture(scope="module")
def results() -> Results:
    return quick_results("flexible-quorums")


def statistic(results: Results, theory: Theory) -> float:
    """Return the sum of squared deviations of all pairs' means, each in standard deviations as
    theory has them: chi-square with 24 degrees of freedom, if it is right.

    For that the pairs must be independent: the case gives each of them weather of its own.
    """
    total = 0.0
    for n, k in PAIRS:
        rows = rows_of(results, case="order-statistics", acceptors=n, quorums_phase2=k)
        slots = sum(row["phase2_count"] for row in rows)
        mean = sum(row["phase2_mean_us"] * row["phase2_count"] for row in rows) / slots / MEAN_US
        expected, variance = theory(n, k)
        total += (mean - expected) ** 2 / (variance / slots)
    return total


def right(n: int, k: int) -> Moments:
    return moments(n, k, sum_of_two)


def longer(n: int, k: int) -> Moments:
    mean, variance = right(n, k)
    return Moments(1.01 * mean, variance)


def neighbour(beside: int) -> Theory:
    """Return what is said of the next smaller, or larger, of n; the first has no smaller one."""
    return lambda n, k: moments(n, min(max(k + beside, 1), n), sum_of_two)


def test_the_pairs_are_independent_and_none_is_missing(results: Results) -> None:
    rows = rows_of(results, case="order-statistics")

    assert [(row["acceptors"], row["quorums_phase2"]) for row in rows] == PAIRS
    assert all(
        row["quorums_phase1"] + row["quorums_phase2"] == row["acceptors"] + 1 for row in rows
    )
    assert len({row["seed"] for row in rows}) == len(PAIRS)


def test_phase_2_takes_the_kth_smallest_of_n_in_the_quick_form_too(results: Results) -> None:
    assert statistic(results, right) < BOUND


@pytest.mark.parametrize("beside", [-1, 1])
def test_the_quick_form_is_enough_to_reject_the_neighbour(results: Results, beside: int) -> None:
    assert statistic(results, neighbour(beside)) > BOUND


@pytest.mark.deep
def test_phase_2_takes_the_kth_smallest_of_n_jointly_at_all_24_pairs() -> None:
    """The whole case: 10,000 slots a pair. A right simulator fails once in a thousand."""
    whole = results_of(shipped_plan("flexible-quorums"), "order-statistics")

    found = statistic(whole, right)
    print(f"chi-square {found:.2f}, 99.9 % below {BOUND:.2f}")  # noqa: T201 - shown with -s

    assert found < BOUND
    assert statistic(whole, neighbour(-1)) > 100 * BOUND
    assert statistic(whole, neighbour(1)) > 100 * BOUND
    assert statistic(whole, lambda n, k: moments(n, k, one_alone)) > 100 * BOUND
    assert statistic(whole, longer) > BOUND, "a percent beside is seen"


NEEDED = {
    "before-a-leader": lambda row: max(row["quorums_phase1"], row["quorums_phase2"]),
    "under-a-leader": lambda row: row["quorums_phase2"],
    "leader-lost": lambda row: max(row["quorums_phase1"], row["quorums_phase2"]),
}


@pytest.mark.parametrize("case", NEEDED)
def test_so_many_failures_are_survived_and_not_one_more(results: Results, case: str) -> None:
    rows = rows_of(results, case=case)
    found = [(row, row["failed_acceptors"] if row["failed"] is None else row["failed"])
             for row in rows]  # fmt: skip

    assert {row["all_completed"] for row in rows} == {0, 1}
    for row, failed in found:
        assert row["all_completed"] == (ACCEPTORS - failed >= NEEDED[case](row)), row
    assert "violated" not in {row["verdict"] for row in rows}


def downtime(k: int, failed: int) -> float:
    """Return what the loss of a leader costs, in mean delays.

    The other one suspects it after 2; then its phase 1 takes the (n - k + 1)-th fastest of the
    round trips that are left. The client turns to it after 2.5. The value is chosen with the k-th
    acceptor that has it.
    """
    alive, needed = ACCEPTORS - failed, ACCEPTORS - k + 1
    after, _ = quad(lambda time: binom.cdf(needed - 1, alive, sum_of_two(time)), 0.5, inf)
    return 2.5 + float(after) + moments(alive, k, one_alone).mean


@pytest.mark.deep
def test_a_new_leader_pays_for_phase_1_what_its_quorum_takes() -> None:
    whole = results_of(shipped_plan("flexible-quorums"), "leader-lost")
    survived = 0
    for k in range(1, ACCEPTORS + 1):
        for failed in range(5):
            rows = rows_of(whole, case="leader-lost", quorums_phase2=k, failed=failed)
            if rows[0]["all_completed"]:
                times = [row["downtime_mean_us"] / MEAN_US for row in rows]
                error = stdev(times) / sqrt(len(times))

                assert abs(fmean(times) - downtime(k, failed)) < 4 * error, (k, failed)
                survived += 1

    assert survived == 16


@pytest.mark.deep
def test_a_leader_that_stays_finds_its_small_quorum_where_a_new_one_finds_none() -> None:
    plan = shipped_plan("flexible-quorums")
    found = results_of(plan, "crash-and-repair", runs_max=4)
    up, available = (
        {
            k: fmean(row[name] for row in rows_of(found, quorums_phase2=k))
            for k in range(1, ACCEPTORS + 1)
        }
        for name in ("quorum_up_share", "available_share")
    )

    assert all(available[k] > up[k] for k in up)
    assert available[1] > 0.999
    assert up[1] < 0.35
    assert up[1] == up[ACCEPTORS], "common weather: the acceptors fall at the same times"
