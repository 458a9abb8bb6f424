"""What runs are worth: intervals against published ones, and what makes them worth little."""

import math
import subprocess
import sys
from typing import Any

import numpy as np
import pytest
from scipy import stats
from study_tables import table

from paxos_des.errors import InputError
from paxos_des.study.columns import Column
from paxos_des.study.estimates import (
    NOTHING,
    Estimate,
    estimate_of,
    estimates,
    is_narrow,
    quantile_of,
    quantiles,
)
from paxos_des.study.plan import Plan, Stop
from paxos_des.study.pooled import Pooled

ONES = Column("all_completed", "int", "1 if all were", "share", "share")
SHARE = Column("completed_share", "float", "a share in each run", "share")
TIME = Column("reply_mean_us", "float", "a time in each run", "µs")
MEDIAN = Column("reply_p50_us", "int", "a time in each run", "µs", "median")


@pytest.mark.parametrize(
    ("ones", "runs", "low", "high"),
    [
        (81, 263, 0.2553, 0.3662),
        (15, 148, 0.0624, 0.1605),
        (0, 20, 0.0000, 0.1611),
        (1, 29, 0.0061, 0.1718),
    ],
)
def test_a_share_of_runs_has_wilsons_interval(
    ones: int, runs: int, low: float, high: float
) -> None:
    """The values of Newcombe (Statistics in Medicine 17, 1998), table I, method 3."""
    found = estimate_of(ONES, [1] * ones + [0] * (runs - ones))

    assert found.value == ones / runs
    assert found.runs == runs
    assert found[1:3] == pytest.approx((low, high), abs=5e-5)
    assert not found.warning


def test_a_mean_has_students_interval() -> None:
    cells = [3.0, 5.5, 4.0, 8.0, 6.5, 7.0, 2.5, 5.0, 6.0, 4.5]

    found = estimate_of(TIME, cells)

    exact = stats.ttest_1samp(cells, 0).confidence_interval(0.95)
    assert found.value == 5.2
    assert found[1:3] == pytest.approx((exact.low, exact.high))
    assert not found.warning


def test_a_mean_of_shares_is_a_share() -> None:
    found = estimate_of(SHARE, [1.0] * 10 + [0.7, 0.9])

    assert found.high == 1.0
    assert found.low is not None
    assert 0.9 < found.low < 0.97


def test_the_order_of_runs_changes_no_estimate() -> None:
    cells = [0.1 * number**2 for number in range(30)]

    for column in (TIME, MEDIAN):
        assert estimate_of(column, cells) == estimate_of(column, cells[::-1])


def test_where_no_run_differs_a_share_has_a_bound_and_not_an_interval_of_no_width() -> None:
    """If runs said 1 with this probability and 0 else, all twenty would with 2.5 %."""
    found = estimate_of(SHARE, [1.0] * 20)

    assert found.low == pytest.approx(0.025 ** (1 / 20))
    assert found.high == 1.0
    assert "no run differs" in found.warning
    assert estimate_of(SHARE, [0.0] * 20).high == pytest.approx(1 - 0.025 ** (1 / 20))
    middle = estimate_of(SHARE, [0.5] * 20)
    assert middle.low is not None
    assert middle.high is not None
    assert middle.low < 0.5 < middle.high


def test_where_no_time_differs_the_estimate_says_that_it_has_no_width() -> None:
    found = estimate_of(TIME, [2000.0] * 12)

    assert (found.low, found.high) == (2000, 2000)
    assert "no run differs" in found.warning


@pytest.mark.parametrize(("runs", "place"), [(6, 1), (10, 2), (20, 6), (50, 18), (100, 40)])
def test_a_median_is_between_the_published_order_statistics(runs: int, place: int) -> None:
    """Conover, Practical Nonparametric Statistics, table A3; Hahn and Meeker, table A.15."""
    found = estimate_of(MEDIAN, list(range(1, runs + 1)))

    assert found.value == (runs + 1) / 2
    assert (found.low, found.high) == (place, runs + 1 - place)


def test_the_median_of_few_runs_says_how_little_it_is_worth() -> None:
    found = estimate_of(MEDIAN, [1, 2, 3, 4])

    assert (found.low, found.high) == (1, 4)
    assert "at 88%" in found.warning


def test_of_no_runs_nothing_is_said_and_of_one_no_interval() -> None:
    assert estimate_of(TIME, []) == NOTHING
    for column in (TIME, SHARE, MEDIAN):
        value, low, high, runs, warning = estimate_of(column, [0.5])
        assert (value, low, high, runs) == (0.5, None, None, 1)
        assert "one run" in warning
    assert estimate_of(ONES, [1]).low == pytest.approx(0.2065, abs=1e-4)


def test_few_and_skew_runs_are_warned_of() -> None:
    straight = [float(number) for number in range(30)]

    assert "9 runs are few" in estimate_of(TIME, straight[:9]).warning
    assert not estimate_of(TIME, straight).warning
    assert "so skew" in estimate_of(TIME, [*[1.0] * 29, 500.0]).warning


def test_a_point_has_runs_enough_when_its_interval_is_narrow() -> None:
    cells = [100.0, 101.0] * 10
    half = 2.093 * 0.513 / math.sqrt(20)

    def stops(**keys: Any) -> bool:  # noqa: ANN401 - a stop's
        return is_narrow(Stop(column="reply_mean_us", **keys), TIME, cells)

    assert stops(half_width=half * 1.01)
    assert not stops(half_width=half * 0.99)
    assert stops(relative=half * 1.01 / 100.5)
    assert not stops(relative=half * 0.99 / 100.5)
    assert not stops(half_width=100, least=21)
    assert not is_narrow(Stop(column="all_completed", half_width=0.05), ONES, [1.0] * 20)
    assert is_narrow(Stop(column="all_completed", half_width=0.05), ONES, [1.0] * 80)


def test_a_quantile_is_of_all_times_and_its_interval_of_runs() -> None:
    """Times of a run resemble each other. As many strangers would make a narrow interval."""
    chance = np.random.default_rng(4)
    runs = [(chance.exponential(1000, 40) * factor).astype(int).tolist()
            for factor in chance.uniform(0.5, 2, 30)]  # fmt: skip
    times = sorted(time for run in runs for time in run)

    found = quantile_of(runs, 0.9)
    strangers = quantile_of([[time] for time in times], 0.9)

    assert found.value == times[math.ceil(0.9 * len(times)) - 1] == strangers.value
    assert found.runs == 30
    assert found == quantile_of(runs, 0.9)  # no chance but that of the runs
    assert width(found) > 1.3 * width(strangers)
    assert not found.warning


def test_a_quantile_that_few_times_exceed_is_warned_of() -> None:
    runs = [list(range(20)) for _ in range(12)]

    assert not quantile_of(runs, 0.9).warning
    assert "some 2.4 of 240 times lie beyond it" in quantile_of(runs, 0.99).warning
    assert quantile_of([[], []], 0.5) == NOTHING
    assert quantile_of([[1, 2, 3], []], 0.5)[:4] == (2, None, None, 1)


def test_quantiles_of_drawn_runs_are_those_of_their_times() -> None:
    chance = np.random.default_rng(5)
    for _ in range(40):
        runs = [chance.integers(0, 50, chance.integers(1, 30)) for _ in range(7)]
        drawn = chance.integers(0, 7, (5, 7))
        for share in (0.1, 0.25, 0.5, 0.9, 0.99):
            found = Pooled(runs).quantiles_of(drawn, share)
            for row, quantile in zip(drawn, found, strict=True):
                times = np.concatenate([runs[run] for run in row])
                assert quantile == np.quantile(times, share, method="inverted_cdf")


@pytest.mark.deep
@pytest.mark.parametrize("share", [0.5, 0.9])
def test_quantiles_lie_within_their_intervals_as_often_as_they_say(share: float) -> None:
    """Of 200 intervals at 95 %, made of 30 runs: bootstraps of so few hold a little less often."""
    chance = np.random.default_rng(11)
    factors = chance.uniform(0.5, 2, 200_000)
    exact = np.quantile(chance.exponential(1000, 200_000) * factors, share)
    inside = 0
    for _ in range(200):
        runs = [(chance.exponential(1000, 20) * factor).astype(int).tolist()
                for factor in chance.choice(factors, 30)]  # fmt: skip
        _, low, high, *_ = quantile_of(runs, share)
        assert low is not None
        assert high is not None
        inside += int(low <= exact <= high)

    assert 0.89 <= inside / 200 <= 0.98


def plan(**keys: Any) -> Plan:  # noqa: ANN401 - a plan's
    return Plan(**{"name": "x", "metrics": ["completed", "reply", "replies"], **keys})


def test_runs_that_say_nothing_are_counted() -> None:
    """A mean over the runs in which something happened is of these alone."""
    cells: list[Any] = [1.0, None, 2.0, 3.0, *[2.0] * 10]

    found = estimates(table(plan(), {"reply_mean_us": [cells]}), "reply_mean_us")[0]

    assert found.runs == 13
    assert "1 of 14 runs have none" in found.warning


def test_a_violated_run_is_in_no_estimate() -> None:
    results = table(plan(), {"reply_mean_us": [[1.0, 2.0, 99.0]]}, bad=99.0)

    assert estimates(results, "reply_mean_us")[0].runs == 2


def test_a_mean_of_quantiles_of_few_requests_is_warned_of() -> None:
    times = [1000 + number for number in range(12)]
    results = table(plan(), {"reply_p99_us": [times], "completed": [[50] * 12]})
    enough = table(plan(), {"reply_p99_us": [times], "completed": [[100] * 12]})

    assert "50 requests a run, its 99 % quantile" in estimates(results, "reply_p99_us")[0].warning
    assert not estimates(enough, "reply_p99_us")[0].warning


def test_quantiles_of_a_table_are_by_point() -> None:
    results = table(plan(), {"reply_us": [[(1, 2, 3), (4, 5), None]]})

    assert quantiles(results, "reply_us", 0.5)[0].value == 3


def test_what_has_no_numbers_is_refused() -> None:
    results = table(plan(), {"reply_mean_us": [[1.0]]})

    with pytest.raises(InputError, match=r"found the column verdict, of text; allowed is one of"):
        estimates(results, "verdict")
    with pytest.raises(InputError, match=r"found no column 'reply_maen_us'.*did you mean"):
        estimates(results, "reply_maen_us")
    with pytest.raises(InputError, match=r"found the column reply_mean_us, of float; allowed is"):
        quantiles(results, "reply_mean_us", 0.5)


@pytest.mark.parametrize("module", ["scipy.stats", "scipy.special"])
def test_without_scipy_one_sentence_says_how_to_get_it(
    monkeypatch: pytest.MonkeyPatch, module: str
) -> None:
    monkeypatch.setitem(sys.modules, module, None)

    with pytest.raises(InputError, match=r"found no scipy; allowed is .* 'paxos_des\[study\]'"):
        print(estimate_of(ONES, [1, 0]), estimate_of(TIME, [1, 0]))  # noqa: T201 - one of both


def test_a_plan_is_read_without_what_estimates_need() -> None:
    """Nor do its estimates' modules need SciPy before they estimate."""
    code = (
        "import sys; import paxos_des.study.summary, paxos_des.study.compare\n"
        "from paxos_des.study.plan import Plan; Plan(name='x').digest\n"
        "sys.exit(', '.join({'scipy', 'pyarrow', 'matplotlib'} & set(sys.modules)) or 0)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)

    assert (done.returncode, done.stderr) == (0, "")


def width(estimate: Estimate) -> float:
    assert estimate.low is not None
    assert estimate.high is not None
    return estimate.high - estimate.low
