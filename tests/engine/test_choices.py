"""The one door for chance: bits from a seed, the same one by one, in blocks and everywhere."""

from itertools import pairwise

import numpy as np
import pytest

from paxos_des.engine.choices import (
    KINDS,
    Chooser,
    Decision,
    Key,
    Weather,
    chance,
    first_blocks,
    stream_of,
)

DELAYS = stream_of("delay", ("a", "b"))
DROPS = stream_of("drop", ("a", "b"))
SEEDS = (0, 1, 7, -1, 2**64, 10**30, -(10**30))

GOLDEN = {
    0: (0xF10D418BE920D064, 0x57678618F50D8D04, 0xB06AA66F48710E43),
    7: (0x45E2C59867845DDD, 0x34C21957588F284E, 0x1897351388970B2A),
    -1: (0xC06A0E0075C63893, 0x9E02390F763B20B0, 0x6981A0010B0B329F),
    10**30: (0xD6FB517A0CE2631B, 0x223531F528596C1E, 0x9042A59CF4C8114E),
}
"""Numbers 0, 1 and 1,000 of a stream. A change of these changes every run there ever was."""


@pytest.mark.parametrize("seed", GOLDEN)
def test_bits_stay_what_they_are(seed: int) -> None:
    weather = Weather(seed)

    assert tuple(weather.bits(DELAYS, count) for count in (0, 1, 1_000)) == GOLDEN[seed]


def test_streams_stay_what_they_are() -> None:
    assert stream_of("delay", ("a", "b")) == 0xFC8E88D172DC7D3A
    assert stream_of("timer", ("leader-0",), '{"name":"back-off"}') == 0x07A1E69065257E27


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize(("start", "size"), [(0, 1), (0, 16), (16, 64), (5_000, 100)])
def test_a_block_holds_what_is_drawn_one_by_one(seed: int, start: int, size: int) -> None:
    weather = Weather(seed)
    streams = np.array([[DELAYS, DROPS], [0, 2**64 - 1]], dtype=np.uint64)

    block = weather.block(streams, start, size)

    assert block.shape == (2, 2, size)
    assert block.tolist() == [
        [[weather.bits(int(stream), start + count) for count in range(size)] for stream in row]
        for row in streams
    ]


def test_seeds_differ_and_so_do_streams_and_counts() -> None:
    bits = [
        Weather(seed).bits(stream, count)
        for seed in SEEDS
        for stream in (DELAYS, DROPS, 0, 1)
        for count in range(50)
    ]

    assert len(set(bits)) == len(bits)


def test_places_kinds_and_names_have_streams_of_their_own() -> None:
    places = (("a", "b"), ("b", "a"), ("a",), ("ab",))
    streams = {stream_of(kind, place, name) for kind in KINDS for place in places for name in "xy"}

    assert len(streams) == len(KINDS) * len(places) * 2


def test_first_blocks_of_many_seeds_are_those_of_each() -> None:
    streams = np.array([[DELAYS], [DROPS]], dtype=np.uint64)

    drawn = first_blocks(SEEDS, streams, 5)

    alone = [Weather(seed).block(streams, 0, 5).tolist() for seed in SEEDS]
    assert drawn.tolist() == alone


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("shift", [58, 29, 0])
def test_bits_are_about_uniform(seed: int, shift: int) -> None:
    """Chi-square over 64 bins has a mean of 63 and a standard deviation of 11."""
    size = 6_400
    drawn = Weather(seed).block(np.array([DELAYS], dtype=np.uint64), 0, size)[0]

    bins = np.bincount(((drawn >> np.uint64(shift)) & np.uint64(63)).astype(np.int64), minlength=64)

    expected = size / 64
    assert 25 < sum((found - expected) ** 2 / expected for found in bins.tolist()) < 115


def test_answers_that_follow_each_other_are_about_independent() -> None:
    """How often two in a row fall on the same side: half of 4,000, give or take 32."""
    weather = Weather(1)
    sides = [weather.bits(DELAYS, count) >> 63 for count in range(4_001)]

    assert 1_850 < sum(one == other for one, other in pairwise(sides)) < 2_150


def test_neighbouring_seeds_are_about_independent() -> None:
    sides = [Weather(seed).bits(DELAYS, 0) >> 63 for seed in range(2_000)]

    assert 900 < sum(sides) < 1_100


def test_a_chance_is_exact_at_its_ends_and_in_the_middle() -> None:
    assert chance(0) == 0
    assert chance(0.5) == 2**63
    assert chance(1) == 2**64
    assert chance(2**-64) == 1


def test_a_chance_is_rounded_down() -> None:
    assert chance(2**-65) == 0
    assert chance(0.1) / 2**64 == 0.1


@pytest.mark.parametrize(("low_us", "high_us"), [(10, 13), (0, 1), (0, 6)])
def test_a_timer_may_take_each_time_of_its_range_both_ends_included(
    low_us: int, high_us: int
) -> None:
    picked = {
        Chooser(seed).timer_us("leader-0", {"name": "back-off"}, low_us, high_us)
        for seed in range(200)
    }

    assert picked == set(range(low_us, high_us + 1))


def test_a_timer_is_drawn_anew_each_time_it_is_set() -> None:
    chooser = Chooser(1)
    picked = [chooser.timer_us("leader-0", {"name": "back-off"}, 0, 10**6) for _ in range(20)]

    assert len(set(picked)) == 20


def test_timers_of_other_names_and_nodes_take_no_number_from_each_other() -> None:
    alone, among = Chooser(1), Chooser(1)
    for _ in range(5):
        among.timer_us("leader-0", {"name": "resend"}, 0, 10**6)
        among.timer_us("leader-1", {"name": "back-off"}, 0, 10**6)

    first, second = (
        one.timer_us("leader-0", {"name": "back-off"}, 0, 10**6) for one in (alone, among)
    )

    assert first == second


def test_the_dull_timer_is_the_lowest() -> None:
    assert Chooser(None).timer_us("leader-0", {"name": "back-off"}, 10, 50) == 10


def test_a_timer_without_a_range_is_a_decision_that_chance_has_no_part_in() -> None:
    chooser = Chooser(1, remember="decisions")

    assert chooser.timer_us("leader-0", {"name": "beat"}, 10, 10) == 10
    assert [decision.answer for decision in chooser.remembered] == [10]
    beat = chooser.remembered[0].key
    early = Chooser(1, [Decision(beat, 3)])
    assert early.timer_us("leader-0", {"name": "beat"}, 10, 10) == 3


def test_remembering_timers_does_not_change_them() -> None:
    plain, careful = Chooser(1), Chooser(1, remember="decisions")
    drawn = [
        [one.timer_us("leader-0", {"name": "back-off"}, 0, 10**6) for _ in range(9)]
        for one in (plain, careful)
    ]

    assert drawn[0] == drawn[1]
    assert [decision.answer for decision in careful.remembered] == drawn[0]
    assert [decision.key.copy for decision in careful.remembered] == list(range(1, 10))


def test_an_intervention_overrides_the_weather_for_its_question_only() -> None:
    key = Key("timer", ("leader-0",), '{"name":"back-off"}', 2)
    plain, told = Chooser(1), Chooser(1, [Decision(key, 99)])
    name = {"name": "back-off"}

    drawn = [[one.timer_us("leader-0", name, 0, 10**6) for _ in range(3)] for one in (plain, told)]

    assert drawn[1] == [drawn[0][0], 99, drawn[0][2]]
    assert told.unused == ()


def test_an_intervention_that_was_never_asked_for_is_unused() -> None:
    never = Decision(Key("timer", ("leader-0",), '{"name":"back-off"}', 2), 99)
    chooser = Chooser(1, [never])
    chooser.timer_us("leader-0", {"name": "back-off"}, 0, 10)

    assert chooser.unused == (never,)


def test_a_schedule_remembers_only_what_was_not_dull() -> None:
    chooser = Chooser(None, [Decision(Key("timer", ("a",), '"x"', 2), 7)], remember="schedule")
    for _ in range(3):
        chooser.timer_us("a", "x", 5, 10)

    assert chooser.remembered == [Decision(Key("timer", ("a",), '"x"', 2), 7)]


def test_two_choosers_in_one_process_are_strangers() -> None:
    first, second = Chooser(1), Chooser(1)
    for _ in range(3):
        first.timer_us("a", "x", 0, 10**6)
        first.count(DELAYS)
        first.copy(("a",), "x")

    assert second.count(DELAYS) == 0
    assert second.copy(("a",), "x") == 1
