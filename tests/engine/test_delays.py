"""Delay tables: close to theory, monotone, and the same integers on every machine."""

import decimal
import subprocess
import sys
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from paxos_des.engine import knots
from paxos_des.engine.delays import (
    Bimodal,
    Constant,
    Delay,
    DelayTable,
    Exponential,
    Lognormal,
    Quantiles,
    Samples,
    Uniform,
    median_us,
    table,
)
from paxos_des.errors import ScenarioError, shorten

ALL = 2**64
MEASURED = Quantiles(((0.0, 1_000), (0.5, 2_000), (0.99, 10_000), (1.0, 50_000)))
DELAYS: tuple[Delay, ...] = (
    Constant(7),
    Uniform(low_us=200, high_us=1_000),
    Uniform(low_us=0, high_us=2**31 - 1),
    Exponential(mean_us=10_000, minimum_us=5),
    Exponential(mean_us=0),
    Lognormal(median_us=5_000, sigma=1.0),
    Lognormal(median_us=100, sigma=3.0),
    Bimodal(fast_us=1, slow_us=9, slow_share=0.01),
    MEASURED,
    Samples((7,)),
    Samples((3_000, 1_000, 2_000, 2_000, 50_000, 0, 9)),
)


def bits_of_interest(delays: DelayTable) -> NDArray[np.uint64]:
    """Return the ends of all segments and their neighbours, and bits spread over all of 2**64."""
    starts = [0]
    for width, _, _ in delays.segments():
        starts.append(starts[-1] + width)
    edges = {start + step for start in starts for step in (-1, 0, 1)}
    spread = {place * 0x9E3779B97F4A7C15 % ALL for place in range(5_000)}
    return np.array(sorted(bits for bits in edges | spread if 0 <= bits < ALL), dtype=np.uint64)


def mean_and_variance(delay: Delay) -> tuple[Fraction, Fraction]:
    """Return the two moments of a table, added up segment by segment: exact, no sampling."""
    mean = square = Fraction(0)
    for width, low_us, span_us in table(delay).segments():
        share = Fraction(width, ALL)
        mean += share * (low_us + Fraction(span_us, 2))
        square += share * (low_us**2 + low_us * span_us + Fraction(span_us**2, 3))
    return mean, square - mean**2


@pytest.mark.parametrize("delay", DELAYS, ids=repr)
def test_one_delay_is_what_many_delays_are(delay: Delay) -> None:
    delays = table(delay)
    bits = bits_of_interest(delays)

    many = delays.delays_us(bits)

    assert many.dtype == np.int64
    assert many.tolist() == [delays.delay_us(int(one)) for one in bits]


@pytest.mark.parametrize("delay", DELAYS, ids=repr)
def test_more_bits_never_give_a_shorter_delay(delay: Delay) -> None:
    delays = table(delay)

    many = delays.delays_us(bits_of_interest(delays))

    assert bool((np.diff(many) >= 0).all())
    assert int(many[0]) >= 0


@pytest.mark.parametrize("delay", DELAYS, ids=repr)
def test_the_segments_share_out_all_probability(delay: Delay) -> None:
    widths = [width for width, _, _ in table(delay).segments()]

    assert sum(widths) == ALL
    assert min(widths) > 0


@pytest.mark.parametrize("shape", [(0,), (3,), (2, 5)])
def test_answers_in_the_shape_of_the_question(shape: tuple[int, ...]) -> None:
    bits = np.full(shape, ALL // 2, dtype=np.uint64)

    many = table(MEASURED).delays_us(bits)

    assert many.shape == shape
    assert many.tolist() == np.full(shape, 2_000).tolist()


def test_leaves_the_bits_as_they_were() -> None:
    bits = np.array([0, ALL // 2, ALL - 1], dtype=np.uint64)
    before = bits.tolist()

    table(MEASURED).delays_us(bits)

    assert bits.tolist() == before


@pytest.mark.parametrize(
    ("delay", "lowest_us", "middle_us", "highest_us"),
    [
        (Constant(7), 7, 7, 7),
        (Uniform(low_us=200, high_us=1_000), 200, 600, 1_000),
        (Exponential(mean_us=10_000), 0, 6_931, 166_355),
        (Exponential(mean_us=10_000, minimum_us=500), 500, 7_431, 166_855),
        (Lognormal(median_us=10_000, sigma=0.5), 708, 10_000, 141_166),
        (Lognormal(median_us=5_000, sigma=1.0), 25, 5_000, 996_393),
        (Bimodal(fast_us=1, slow_us=9, slow_share=0.01), 1, 1, 9),
        (Bimodal(fast_us=1, slow_us=9, slow_share=0.0), 1, 1, 1),
        (Bimodal(fast_us=1, slow_us=9, slow_share=1.0), 9, 9, 9),
        (MEASURED, 1_000, 2_000, 49_999),
        (Samples((9, 1, 5)), 1, 5, 9),
        (Samples((9, 1, 5, 7)), 1, 5, 9),
    ],
    ids=repr,
)
def test_the_ends_and_the_median_are_pinned(
    delay: Delay, lowest_us: int, middle_us: int, highest_us: int
) -> None:
    """Other values would be other runs under the same seeds."""
    delays = table(delay)

    assert delays.delay_us(0) == lowest_us
    assert median_us(delay) == middle_us
    assert delays.delay_us(ALL - 1) == highest_us


# Theory, in the same order: 1053.6 2876.8 13862.9 23025.9 46051.7 92103.4 µs, and
# 5268.8 7137.3 14010.8 18979.5 32000.7 64205.8 µs: chords lie a little beside a curve.
PINNED_US = [
    (Exponential(mean_us=10_000), [1_054, 2_877, 13_863, 23_027, 46_054, 92_104]),
    (Lognormal(median_us=10_000, sigma=0.5), [5_268, 7_137, 14_011, 18_980, 32_002, 64_206]),
]


@pytest.mark.parametrize(("delay", "pinned_us"), PINNED_US, ids=repr)
def test_delays_along_the_curve_are_pinned(delay: Delay, pinned_us: list[int]) -> None:
    shares = [Fraction(text) for text in ("0.1", "0.25", "0.75", "0.9", "0.99", "0.9999")]

    found_us = [table(delay).delay_us(int(ALL * share)) for share in shares]

    assert found_us == pinned_us


def test_an_exponential_has_the_moments_of_theory() -> None:
    mean, variance = mean_and_variance(Exponential(mean_us=10_000))

    assert abs(mean / 10_000 - 1) < Fraction("0.0002")
    assert abs(variance / 10_000**2 - 1) < Fraction("0.0005")


@pytest.mark.parametrize(
    ("sigma", "mean_in_theory", "variance_in_theory"),
    [
        # exp(sigma²/2) and (exp(sigma²) - 1) · exp(sigma²), for a median of 1
        (0.5, Fraction("1.1331484530668263"), Fraction("0.3646958540123867")),
        (1.0, Fraction("1.6487212707001282"), Fraction("4.670774270471604")),
    ],
)
def test_a_lognormal_has_the_moments_of_theory(
    sigma: float, mean_in_theory: Fraction, variance_in_theory: Fraction
) -> None:
    mean, variance = mean_and_variance(Lognormal(median_us=10_000, sigma=sigma))

    assert abs(mean / 10_000 / mean_in_theory - 1) < Fraction("0.0005")
    assert abs(variance / 10_000**2 / variance_in_theory - 1) < Fraction("0.005")


def test_all_values_of_a_uniform_are_alike() -> None:
    mean, _ = mean_and_variance(Uniform(low_us=0, high_us=3))
    cells = [table(Uniform(low_us=0, high_us=3)).delay_us(ALL * eighth // 8) for eighth in range(8)]

    assert mean == 2  # of the segment, before it is rounded down to 0, 1, 2 or 3
    assert cells == [0, 0, 1, 1, 2, 2, 3, 3]


@pytest.mark.parametrize("share", [0.0, 0.001, 0.25, 0.5, 1.0])
def test_a_bimodal_is_slow_in_its_share_of_all_bits(share: float) -> None:
    segments = table(Bimodal(fast_us=1, slow_us=9, slow_share=share)).segments()

    slow = sum(width for width, low_us, _ in segments if low_us == 9)

    assert slow == int(Fraction(share) * ALL)
    assert {span_us for _, _, span_us in segments} == {0}


def test_quantiles_are_met_at_their_shares() -> None:
    delays = table(MEASURED)

    assert [delays.delay_us(_of_all(share)) for share, _ in MEASURED.points[:-1]] == [
        1_000, 2_000, 10_000,
    ]  # fmt: skip
    assert delays.delay_us(ALL // 4) == 1_500


@pytest.mark.parametrize("count", [1, 2, 3, 7, 10_000])
def test_each_sample_has_its_even_share_of_all_bits(count: int) -> None:
    segments = table(Samples(tuple(range(count)))).segments()

    assert [low_us for _, low_us, _ in segments] == list(range(count))
    assert {span_us for _, _, span_us in segments} == {0}
    assert {width for width, _, _ in segments} <= {ALL // count, ALL // count + 1}


def test_a_sample_that_was_measured_twice_comes_twice_as_often() -> None:
    delays = table(Samples((5, 1, 5, 9)))

    assert [delays.delay_us(ALL * eighth // 8) for eighth in range(8)] == [1, 1, 5, 5, 5, 5, 9, 9]


def test_the_order_in_which_samples_were_measured_says_nothing() -> None:
    several: Any = [5, 1, 9]

    assert Samples(several) == Samples((9, 5, 1))
    assert hash(Samples(several)) == hash(Samples((9, 5, 1)))


def test_a_uniform_reaches_both_of_its_ends() -> None:
    delays = table(Uniform(low_us=200, high_us=1_000))
    each = ALL // 801

    assert delays.delay_us(each - 1) == 200
    assert delays.delay_us(each + 2**33) == 201
    assert delays.delay_us(ALL - each + 2**33) == 1_000
    assert delays.delay_us(ALL - each - 2**33) == 999


def _of_all(share: float) -> int:
    return -int(-Fraction(share) * ALL // 1)


STRANGE = decimal.Context(
    prec=4,
    rounding=decimal.ROUND_UP,
    Emin=-5,
    Emax=5,
    clamp=1,
    traps=[decimal.Inexact, decimal.FloatOperation, decimal.Rounded, decimal.Subnormal],
)


def test_a_callers_decimal_context_changes_no_table_and_stays_as_it_was() -> None:
    curved = (Exponential(mean_us=10_000), Lognormal(median_us=10_000, sigma=0.5))
    before = [table(delay).segments() for delay in curved]
    forget_tables()

    with decimal.localcontext(STRANGE) as context:
        found = [table(delay).segments() for delay in curved]
        flags = [signal for signal, is_raised in context.flags.items() if is_raised]

    forget_tables()
    assert found == before
    assert flags == []


def test_a_changed_default_context_changes_no_table() -> None:
    """What a context leaves open is filled in from the default one, when it is made."""
    code = """
import decimal
for name in ("prec", "rounding", "Emin", "Emax", "clamp"):
    setattr(decimal.DefaultContext, name, {"prec": 4, "rounding": decimal.ROUND_UP,
        "Emin": -5, "Emax": 5, "clamp": 1}[name])
decimal.DefaultContext.traps[decimal.Inexact] = True
decimal.DefaultContext.traps[decimal.FloatOperation] = True
decimal.setcontext(decimal.DefaultContext.copy())
from paxos_des.engine.delays import Exponential, Lognormal, table
print(hash(tuple(table(Exponential(mean_us=10_000)).segments())),
      hash(tuple(table(Lognormal(median_us=10_000, sigma=0.5)).segments())))
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)

    curved = (Exponential(mean_us=10_000), Lognormal(median_us=10_000, sigma=0.5))
    expected = [str(hash(tuple(table(delay).segments()))) for delay in curved]
    assert (done.stdout.split(), done.stderr) == (expected, "")


def forget_tables() -> None:
    table.cache_clear()
    knots._exponential_deviates.cache_clear()
    knots._normal_deviates.cache_clear()


def test_a_list_of_quantiles_is_as_good_as_a_tuple() -> None:
    points: Any = [[0, 1_000], [1, 2_000]]

    assert Quantiles(points) == Quantiles(((0.0, 1_000), (1.0, 2_000)))
    assert table(Quantiles(points)) is table(Quantiles(((0.0, 1_000), (1.0, 2_000))))


def test_a_table_is_made_once() -> None:
    assert table(Exponential(mean_us=123)) is table(Exponential(mean_us=123))


def refusals() -> list[tuple[str, type[Delay], dict[str, object]]]:
    nan = float("nan")
    most = 2**31
    return [
        ("delay", Constant, {"delay_us": -1}),
        ("delay", Constant, {"delay_us": True}),
        ("delay", Constant, {"delay_us": 1.5}),
        ("delay", Constant, {"delay_us": most}),
        ("delay", Constant, {"delay_us": 10**5_000}),
        ("delay", Constant, {"delay_us": "2ms"}),
        ("sigma", Lognormal, {"median_us": 1, "sigma": "1"}),
        ("sigma", Lognormal, {"median_us": 1, "sigma": True}),
        ("slow_share", Bimodal, {"fast_us": 1, "slow_us": 2, "slow_share": None}),
        ("low up to high", Uniform, {"low_us": 2, "high_us": 1}),
        ("mean", Exponential, {"mean_us": -1}),
        ("minimum", Exponential, {"mean_us": 1, "minimum_us": -1}),
        ("tail", Exponential, {"mean_us": most // 2}),
        ("sigma", Lognormal, {"median_us": 1, "sigma": 0.0}),
        ("sigma", Lognormal, {"median_us": 1, "sigma": 3.5}),
        ("sigma", Lognormal, {"median_us": 1, "sigma": nan}),
        ("tail", Lognormal, {"median_us": most // 2, "sigma": 1.0}),
        ("fast up to slow", Bimodal, {"fast_us": 2, "slow_us": 1, "slow_share": 0.5}),
        ("slow_share", Bimodal, {"fast_us": 1, "slow_us": 2, "slow_share": 1.5}),
        ("slow_share", Bimodal, {"fast_us": 1, "slow_us": 2, "slow_share": nan}),
        ("two or more", Quantiles, {"points": ()}),
        ("first 0", Quantiles, {"points": ((0.5, 1), (1.0, 2))}),
        ("last 1", Quantiles, {"points": ((0.0, 1), (0.5, 2))}),
        ("share", Quantiles, {"points": ((0.0, 1), (nan, 2), (1.0, 3))}),
        ("share", Quantiles, {"points": ((0.0, 1), (10**5_000, 2), (1.0, 3))}),
        ("rising", Quantiles, {"points": ((0.0, 1), (0.5, 2), (0.5, 2), (1.0, 3))}),
        ("pairs", Quantiles, {"points": ((0.0, 1, 2), (1.0, 3))}),
        ("pairs", Quantiles, {"points": 5}),
        ("up to 10,000", Quantiles, {"points": ((0.0, 1),) * 10_001}),
        ("no samples", Samples, {"delays_us": ()}),
        ("10,001 samples", Samples, {"delays_us": (1,) * 10_001}),
        ("sample", Samples, {"delays_us": (1, -1)}),
        ("sample", Samples, {"delays_us": (1.5,)}),
        ("sample", Samples, {"delays_us": (True,)}),
        ("sample", Samples, {"delays_us": (most,)}),
        ("measured delays", Samples, {"delays_us": 5}),
        ("do not fall", Quantiles, {"points": ((0.0, 2), (1.0, 1))}),
        ("quantile", Quantiles, {"points": ((0.0, -2), (1.0, 1))}),
    ]


@pytest.mark.parametrize(("says", "kind", "parts"), refusals(), ids=shorten)
def test_refuses_a_delay_that_cannot_be(
    says: str, kind: type[Delay], parts: dict[str, object]
) -> None:
    with pytest.raises(ScenarioError, match=says) as refused:
        kind(**parts)  # type: ignore[arg-type] # what is wrong is the point

    assert "found" in str(refused.value)
    assert "allowed" in str(refused.value)


def test_the_dullest_of_two_delays_that_are_alike_is_the_lower_one() -> None:
    assert median_us(Samples((1, 9))) == 1
    assert median_us(Bimodal(fast_us=1, slow_us=9, slow_share=0.5)) == 1
    assert median_us(Bimodal(fast_us=1, slow_us=9, slow_share=0.51)) == 9
