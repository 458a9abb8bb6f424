"""The time of phase 2: order statistics by hand, by SciPy, and of simulated slots."""

from collections.abc import Sequence
from itertools import pairwise
from math import comb
from typing import Any

import numpy as np
import pytest
from scipy.integrate import quad
from scipy.stats import chi2, gamma

from paxos_des import Scenario, simulate
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
from paxos_des.study.exact import EXACT
from paxos_des.study.exact.lattice import Moments, RoundTrip, masses
from paxos_des.study.exact.order_statistics import (
    constant_wait_us,
    kth_exponential_us,
    kth_smallest,
    phase_2,
    quorum_wait,
)
from paxos_des.study.plan import Measure

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


LINKS = [
    {"from": "*", "to": "acceptor-[01]", "delay": "uniform 5ms 30ms"},
    {"from": "acceptor-[01]", "to": "*", "delay": "lognormal 3ms 0.7"},
    {"from": "acceptor-4", "to": "*", "delay": "bimodal 2ms 20ms 0.3"},
]  # fmt: skip
SIMULATED: list[dict[str, Any]] = [
    {"acceptors": 5},
    {"acceptors": 5, "links": LINKS},
    {"acceptors": 7, "links": LINKS, "failed_acceptors": 1, "quorums": "flexible 6 2"},
    {"acceptors": 7, "links": LINKS, "failed_acceptors": 3},
    {"acceptors": 9, "links": LINKS, "quorums": "grid 3 3"},
    {"acceptors": 9, "links": LINKS, "quorums": "grid 3 3", "failed_acceptors": 1},
    {"acceptors": 6, "links": LINKS, "phase1": "per-slot", "in_flight": "all"},
    {"acceptors": 5, "links": LINKS, "leaders": 3, "primaries": "all", "phase1": "per-slot"},
]  # fmt: skip
SLOTS = 400


def scenario_of(keys: dict[str, Any]) -> Scenario:
    patient = {"resend_after": "900s", "retry_after": "900s", "fill_after": "900s"}
    return Scenario(**{
        "leaders": 1, "values": SLOTS, "in_flight": 1, "delay": "exponential 8ms",
        "heartbeats": "off", "horizon": "1000s", **patient, **keys,
    })  # fmt: skip


def simulated_us(scenario: Scenario, seed: int) -> list[int]:
    """Return, slot by slot, how long after its first Accept the leader that sent it had learned."""
    run = simulate(scenario, seed=seed, record="trace", checks=())
    sent: dict[tuple[str, int], int] = {}
    times: list[int] = []
    for entry in run.trace:
        if entry["event"] == "send" and entry["message"]["type"] == "Accept":
            sent.setdefault((entry["node"], entry["message"]["slot"]), entry["at_us"])
        elif entry["event"] == "learn" and (entry["node"], entry["slot"]) in sent:
            times.append(entry["at_us"] - sent[entry["node"], entry["slot"]])
    assert len(times) == SLOTS, "each slot once, by one leader"
    return times


def test_simulated_slots_take_as_long_as_the_closed_form_says() -> None:
    """One joint test at 99.9 %, and the same with means a fifth longer, which must fail."""
    total = beside = 0.0
    for seed, keys in enumerate(SIMULATED):
        waiting = phase_2(scenario_of(keys))
        assert waiting is not None, keys
        mean_us, variance = waiting.moments()
        found = float(np.mean(simulated_us(scenario_of(keys), seed)))
        total += (found - mean_us) ** 2 / (variance / SLOTS)
        beside += (found - 1.2 * mean_us) ** 2 / (variance / SLOTS)

    bound = chi2.ppf(0.999, len(SIMULATED))
    assert total < bound < beside


def value(**keys: Any) -> float | None:  # noqa: ANN401 - keys of a scenario
    return EXACT["phase-2"].value(scenario_of(keys), Measure())


def test_failed_acceptors_lengthen_phase_2() -> None:
    values = [value(acceptors=5, failed_acceptors=failed) for failed in range(3)]
    delay = Exponential(mean_us=8_000)
    expected = [kth_smallest([RoundTrip(delay, delay)] * n, 3) for n in (5, 4, 3)]

    assert values == [one.mean_us for one in expected]


REFUSED: Sequence[dict[str, Any]] = [
    {"acceptors": 5, "failed_acceptors": 3},
    {"drop": 0.01},
    {"duplicate": 0.01},
    {"links": [{"from": "leader-0", "to": "acceptor-0", "drop": 0.1}]},
    {"pump": "adversarial"},
    {"faults": [{"at": "1ms", "crash": "acceptor-0", "for": "1ms"}]},
    {"faults": [{"at": "1ms", "bandwidth": ["leader-0", "acceptor-0"], "by": "1ms"}]},
    {"nemesis": {"kinds": ["crash"], "until": "1s"}},
    {"fsync": "1ms"},
    {"clocks": [{"node": "leader-0", "rate": 1.1}]},
    {"values": 0},
    {"primaries": "none"},
    {"leaders": 2, "primaries": "all"},
    {"leaders": 2, "primaries": "all", "phase1": "per-slot", "send_to": "spread"},
    {"leaders": 2, "primaries": "all", "phase1": "per-slot", "retry_after": "900ms"},
    {"leaders": 2, "primaries": ["leader-0"], "failed_leaders": 1},
    {"leaders": 2, "heartbeats": "on", "heartbeat_every": "1900ms", "heartbeat_timeout": "2s"},
    {"resend_after": "20ms"},
    {"acceptors": 3, "spares": 1, "reconfigure_after": 10},
    {"protocol": "naive-2009"},
]  # fmt: skip


@pytest.mark.parametrize("keys", REFUSED, ids=str)
def test_nothing_is_said_where_nothing_is_known(keys: dict[str, Any]) -> None:
    assert value(**keys) is None


@pytest.mark.parametrize("keys", [
    {},
    {"leaders": 2, "heartbeats": "on"},
    {"leaders": 2, "failed_leaders": 1, "heartbeats": "on"},
    {"leaders": 2, "primaries": ["leader-0"]},
    {"leaders": 2, "primaries": "all", "phase1": "per-slot"},
    {"resend_after": "300ms"},
], ids=str)  # fmt: skip
def test_what_is_beside_those_is_known(keys: dict[str, Any]) -> None:
    assert value(**keys) is not None
