"""Phase 2 takes what theory says: the k-th smallest of n sums of two exponential delays.

With one slot in flight, and exponential delays between a leader and its n acceptors, an Accept
and the Accepted that answers it take a sum of two delays; a phase-2 quorum of k is there with the
k-th smallest of n such sums. Its mean and variance are integrals of order statistics.
"""

from collections.abc import Callable

import numpy as np
import pytest
from numpy.typing import NDArray
from order_statistics import Chance, Moments, moments, one_alone, sum_of_two
from scipy.stats import chi2

from paxos_des import Scenario, simulate
from paxos_des.study.exact import EXACT
from paxos_des.study.exact.order_statistics import phase_2
from paxos_des.study.plan import Measure

MEAN_US = 100_000
SLOTS = 1_000
PAIRS = [(n, k) for n in (3, 5, 7, 9) for k in range(1, n + 1)]
BOUND = float(chi2.ppf(0.999, len(PAIRS)))


def scenario_of(n: int, k: int) -> Scenario:
    return Scenario(
        acceptors=n, leaders=1, values=SLOTS, in_flight=1, quorums=f"flexible {n - k + 1} {k}",
        delay="0us", heartbeats="off", horizon="100000s",
        resend_after="90000s", retry_after="90000s", fill_after="90000s",
        links=[
            {"from": "leader-0", "to": "acceptor-*", "delay": f"exponential {MEAN_US}us"},
            {"from": "acceptor-*", "to": "leader-0", "delay": f"exponential {MEAN_US}us"},
        ],
    )  # fmt: skip


def phase2_us(n: int, k: int, seed: int) -> NDArray[np.int64]:
    """Return, slot by slot, how long after the Accepts went out the k-th Accepted was in."""
    run = simulate(scenario_of(n, k), seed=seed, record="trace", checks=())
    assert run.stats.answered == SLOTS
    out_us: dict[int, int] = {}
    in_us: dict[int, list[int]] = {slot: [] for slot in range(SLOTS)}
    for entry in run.trace:
        message = entry.get("message", {})
        if entry["event"] == "send" and message["type"] == "Accept":
            out_us.setdefault(message["slot"], entry["at_us"])
        elif entry["event"] == "deliver" and message["type"] == "Accepted":
            in_us[message["slot"]].append(entry["at_us"])
    times_us = [in_us[slot][k - 1] - out_us[slot] for slot in range(SLOTS)]
    assert all(out_us[slot + 1] >= out_us[slot] + times_us[slot] for slot in range(SLOTS - 1))
    return np.array(times_us)


@pytest.fixture(scope="module")
def measured() -> dict[tuple[int, int], float]:
    """The mean of each pair, in mean delays; each pair has a seed, and so a weather, of its own."""
    return {(n, k): float(phase2_us(n, k, seed=100 * n + k).mean()) / MEAN_US for n, k in PAIRS}


@pytest.fixture(scope="module")
def closed_forms() -> dict[tuple[int, int], Moments]:
    """What the package says of the same scenarios, in mean delays."""
    found = {}
    for pair in PAIRS:
        waiting = phase_2(scenario_of(*pair))
        assert waiting is not None
        mean_us, variance = waiting.moments()
        found[pair] = Moments(mean_us / MEAN_US, variance / MEAN_US**2)
    return found


def statistic(measured: dict[tuple[int, int], float], theory: Callable[..., Moments]) -> float:
    """Return the sum of squared deviations, each in standard deviations of its mean: chi-square,
    with as many degrees of freedom as there are pairs, if theory is right.
    """
    total = 0.0
    for pair in PAIRS:
        mean, variance = theory(*pair)
        total += (measured[pair] - mean) ** 2 / (variance / SLOTS)
    return total


def test_phase_2_takes_the_kth_smallest_of_n_sums_of_two_delays(
    measured: dict[tuple[int, int], float],
) -> None:
    found = statistic(measured, lambda n, k: moments(n, k, sum_of_two))

    print(f"chi-square {found:.2f}, 99.9 % below {BOUND:.2f}")  # noqa: T201 - shown with -s
    assert found < BOUND


def test_the_closed_form_beside_sweeps_is_the_same(
    closed_forms: dict[tuple[int, int], Moments],
) -> None:
    """It goes by the tables that delays are drawn from, which are nearly true exponentials."""
    for n, k in PAIRS:
        mean, variance = moments(n, k, sum_of_two)

        assert closed_forms[n, k].mean == pytest.approx(mean, rel=1e-3)
        assert closed_forms[n, k].variance == pytest.approx(variance, rel=2e-3)

    value = EXACT["phase-2"].value(scenario_of(9, 5), Measure())
    assert value == pytest.approx(closed_forms[9, 5].mean * MEAN_US)


def test_the_closed_form_beside_sweeps_agrees_with_the_simulation(
    measured: dict[tuple[int, int], float], closed_forms: dict[tuple[int, int], Moments]
) -> None:
    assert statistic(measured, lambda n, k: closed_forms[n, k]) < BOUND


@pytest.mark.parametrize("beside", [-1, 1])
def test_the_neighbour_of_the_kth_is_rejected(
    measured: dict[tuple[int, int], float], beside: int
) -> None:
    """A test that cannot fail proves nothing. The first has no smaller one, the last no larger."""
    found = statistic(measured, lambda n, k: moments(n, min(max(k + beside, 1), n), sum_of_two))

    assert found > 100 * BOUND


def test_the_sum_of_one_delay_is_rejected(measured: dict[tuple[int, int], float]) -> None:
    found = statistic(measured, lambda n, k: moments(n, k, one_alone))

    assert found > 100 * BOUND


def test_a_mean_that_is_a_few_percent_beside_is_rejected(
    measured: dict[tuple[int, int], float],
) -> None:
    found = statistic({pair: 1.03 * mean for pair, mean in measured.items()},
                      lambda n, k: moments(n, k, sum_of_two))  # fmt: skip

    assert found > BOUND


@pytest.mark.parametrize(
    ("n", "k", "chance", "mean", "variance"),
    [
        (1, 1, one_alone, 1.0, 1.0),
        (1, 1, sum_of_two, 2.0, 2.0),
        (5, 1, one_alone, 0.2, 0.04),
        (3, 3, one_alone, 1 + 1 / 2 + 1 / 3, 1 + 1 / 4 + 1 / 9),
        (2, 1, sum_of_two, 1.25, 0.6875),
    ],
)
def test_the_integrals_are_what_can_be_had_by_hand(
    n: int, k: int, chance: Chance, mean: float, variance: float
) -> None:
    assert moments(n, k, chance) == pytest.approx((mean, variance), rel=1e-9)
