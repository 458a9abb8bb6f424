"""Links that delay, drop, duplicate and are cut, drawn in blocks or one by one, alike."""

from itertools import pairwise

import pytest
from world import A_TO_B, Note, Post

from paxos_des.engine.choices import Remember, Weather, stream_of
from paxos_des.engine.delays import (
    Bimodal,
    Constant,
    Delay,
    Exponential,
    Lognormal,
    Quantiles,
    Uniform,
    median_us,
    table,
)
from paxos_des.engine.entries import MessageEntry
from paxos_des.engine.links import LinkModel
from paxos_des.engine.network import FIRST_BLOCK, LARGEST_BLOCK
from paxos_des.engine.trace import Recording

FAST = Uniform(low_us=200, high_us=1_000)
DELAYS: dict[str, tuple[Delay, int, int]] = {
    "constant": (Constant(700), 700, 700),
    "uniform": (FAST, 200, 1_000),
    "exponential": (Exponential(mean_us=1_000, minimum_us=50), 50, 50 + 17 * 1_000),
    "lognormal": (Lognormal(median_us=1_000, sigma=0.5), 60, 17_000),
    "bimodal": (Bimodal(fast_us=100, slow_us=9_000, slow_share=0.3), 100, 9_000),
    "quantiles": (Quantiles(((0.0, 10), (0.5, 100), (1.0, 5_000))), 10, 5_000),
}
BLOCK_ENDS = (7, 8, 9, 39, 40, 41, 168, 680, 5_000)
"""Blocks hold 8, 32, 128, 512, then 1024 messages."""


@pytest.mark.parametrize("name", DELAYS)
def test_delivers_each_message_within_the_range_of_its_delay(name: str) -> None:
    delay, low_us, high_us = DELAYS[name]
    post = Post(LinkModel(delay))
    post.send(range(1_000))

    arrivals = post.deliver()

    assert sorted(arrival.number for arrival in arrivals) == list(range(1_000))
    assert min(post.delays_us()) >= low_us
    assert max(post.delays_us()) <= high_us


@pytest.mark.parametrize("name", DELAYS)
@pytest.mark.parametrize(("drop", "duplicate"), [(0, 0), (0.2, 0), (0, 0.2), (0.2, 0.3), (0, 1)])
def test_deciding_one_by_one_delivers_what_the_blocks_deliver(
    name: str, drop: float, duplicate: float
) -> None:
    model = LinkModel(DELAYS[name][0], drop, duplicate)
    blocks, one_by_one = Post(model), Post(model, remember="decisions")
    for post in (blocks, one_by_one):
        post.send(range(200))
        post.send(range(150), target="c")

    assert blocks.deliver() == one_by_one.deliver()
    assert blocks.trace.digest() == one_by_one.trace.digest()


@pytest.mark.parametrize("duplicate", [0, 0.5])
def test_naming_shuffled_ties_does_not_change_them(duplicate: float) -> None:
    model = LinkModel(Constant(5), 0.1, duplicate)
    plain, named = Post(model, ties="shuffled"), Post(model, ties="shuffled", remember="decisions")
    for post in (plain, named):
        post.send(range(200))

    assert plain.deliver() == named.deliver()
    assert plain.arrivals != sorted(plain.arrivals)


@pytest.mark.parametrize("size", BLOCK_ENDS)
@pytest.mark.parametrize("loss", [0, 0.1])
def test_the_last_message_before_and_the_first_after_a_refill_are_like_any_other(
    size: int, loss: float
) -> None:
    model = LinkModel(FAST, loss, loss)
    blocks, one_by_one = Post(model), Post(model, remember="decisions")
    for post in (blocks, one_by_one):
        post.send(range(size + 1))
        post.deliver()

    assert blocks.arrivals == one_by_one.arrivals
    assert FIRST_BLOCK == 8
    assert LARGEST_BLOCK == 1_024


def test_the_kth_message_on_a_link_meets_the_kth_weather() -> None:
    """Over all refills, none is skipped and none comes twice."""
    post = Post(LinkModel(FAST), seed=7)
    post.send(range(3_000))

    post.deliver()

    stream, quantiles = stream_of("delay", A_TO_B), table(FAST)
    at_us = {arrival.number: arrival.at_us for arrival in post.arrivals}
    weather = Weather(7)
    assert at_us == {k: quantiles.delay_us(weather.bits(stream, k)) for k in range(3_000)}


def test_broadcasts_over_a_refill_number_their_envelopes_one_by_one() -> None:
    post = Post(LinkModel(FAST))
    for number in range(40):
        post.network.sender("a")(("b", "c"), Note(number))
    post.deliver()

    sent = [(peer, number) for event, _, peer, number in post.events() if event == "send"]

    assert sent == [(peer, number) for number in range(40) for peer in ("b", "c")]
    assert post.network.sent == {Note: 80}


@pytest.mark.parametrize("seed", range(4))
def test_drops_about_as_many_as_it_should(seed: int) -> None:
    """4,000 at 20 %: a standard deviation is 25."""
    post = Post(LinkModel(FAST, drop=0.2), seed=seed)
    post.send(range(4_000))

    lost = 4_000 - len(post.deliver())

    assert 700 < lost < 900
    assert [event for event, *_ in post.events()].count("drop") == lost


@pytest.mark.parametrize("seed", range(4))
def test_doubles_about_as_many_as_it_should(seed: int) -> None:
    post = Post(LinkModel(FAST, duplicate=0.2), seed=seed)
    post.send(range(4_000))

    more = len(post.deliver()) - 4_000

    assert 700 < more < 900


def test_drops_and_duplicates_are_independent_of_each_other() -> None:
    """A message that is dropped is not doubled: 4,000 · 0.5 · 1.5 arrive."""
    post = Post(LinkModel(FAST, drop=0.5, duplicate=0.5))
    post.send(range(4_000))

    assert 2_800 < len(post.deliver()) < 3_200


def test_a_drop_of_one_loses_all() -> None:
    post = Post(LinkModel(FAST, drop=1, duplicate=1))
    post.send(range(500))

    assert post.deliver() == []


def test_a_drop_of_none_loses_nothing() -> None:
    post = Post(LinkModel(FAST, drop=0))
    post.send(range(2_000))

    assert len(post.deliver()) == 2_000


def test_a_double_has_a_delay_of_its_own() -> None:
    post = Post(LinkModel(FAST, duplicate=1))
    post.send(range(300))

    post.deliver()

    at_us = {number: [one.at_us for one in post.arrivals if one.number == number]
             for number in range(300)}  # fmt: skip
    assert {len(times) for times in at_us.values()} == {2}
    assert sum(first != second for first, second in at_us.values()) > 290


def test_random_delays_reorder() -> None:
    post = Post(LinkModel(FAST))
    post.send(range(100))

    numbers = [arrival.number for arrival in post.deliver()]

    assert any(later < earlier for earlier, later in pairwise(numbers))


@pytest.mark.parametrize("seed", [None, 1, 2])
def test_constant_delays_do_not_reorder(seed: int | None) -> None:
    post = Post(LinkModel(Constant(700), drop=0.1), seed=seed)
    post.send(range(300))

    numbers = [arrival.number for arrival in post.deliver()]

    assert numbers == sorted(numbers)


def test_shuffled_ties_reorder_what_arrives_together() -> None:
    orders = set()
    for seed in range(10):
        post = Post(LinkModel(Constant(5)), seed=seed, ties="shuffled")
        post.send(range(3))
        orders.add(tuple(arrival.number for arrival in post.deliver()))

    assert len(orders) > 2


def test_without_a_seed_shuffled_ties_are_first_come_first_served() -> None:
    post = Post(LinkModel(Constant(5)), seed=None, ties="shuffled")
    post.send(range(50))

    assert [arrival.number for arrival in post.deliver()] == list(range(50))


def test_a_rank_moves_a_message_within_its_instant_only() -> None:
    post = Post(LinkModel(Constant(5)), ties="shuffled")
    post.send(range(20))
    post.world.call_at(1, lambda _: post.send(range(20, 40)), None)

    numbers = [arrival.number for arrival in post.deliver()]

    assert sorted(numbers[:20]) == list(range(20))
    assert sorted(numbers[20:]) == list(range(20, 40))


def test_a_cut_link_loses_what_is_sent_over_it_and_says_so() -> None:
    post = Post(LinkModel(FAST))
    post.network.faults.set_cut(*A_TO_B, is_cut=True)
    post.send(range(1))
    post.send(range(1, 2), target="c")

    arrivals = post.deliver()

    assert [(arrival.target, arrival.number) for arrival in arrivals] == [("c", 1)]
    assert post.events() == [("send", *A_TO_B, 0), ("cut", *A_TO_B, 0), ("send", "a", "c", 1)]


def test_what_is_on_its_way_when_a_link_is_cut_arrives() -> None:
    post = Post(LinkModel(FAST))
    post.send(range(1))
    post.network.faults.set_cut(*A_TO_B, is_cut=True)

    assert len(post.deliver()) == 1


@pytest.mark.parametrize("remember", ["nothing", "decisions"])
def test_a_mended_link_goes_on_with_the_weather_that_it_would_have_had(
    remember: Remember,
) -> None:
    """The k-th message on a link meets the k-th weather, whatever became of the others."""
    cut = Post(LinkModel(FAST), remember=remember)
    whole = Post(LinkModel(FAST))
    cut.send(range(5))
    cut.network.faults.set_cut(*A_TO_B, is_cut=True)
    cut.send(range(5, 30))
    cut.network.faults.set_cut(*A_TO_B, is_cut=True)
    cut.send(range(30, 40))
    cut.network.faults.set_cut(*A_TO_B, is_cut=False)
    cut.send(range(40, 100))
    whole.send(range(100))

    arrivals = cut.deliver()

    assert arrivals == [one for one in whole.deliver() if not 5 <= one.number < 40]


def test_the_weather_of_a_link_does_not_depend_on_traffic_elsewhere() -> None:
    quiet, busy = Post(LinkModel(FAST, 0.1, 0.1)), Post(LinkModel(FAST, 0.1, 0.1))
    for number in range(100):
        busy.send(range(7), target="c")
        busy.send(range(number, number + 1))
        quiet.send(range(number, number + 1))

    busy.deliver()

    assert [one for one in busy.arrivals if one.target == "b"] == quiet.deliver()


def test_two_links_have_different_weather() -> None:
    post = Post(LinkModel(FAST))
    post.send(range(100))
    post.send(range(100), target="c")
    post.deliver()

    to_b, to_c = (
        [one.at_us for one in sorted(post.arrivals, key=lambda one: one.number)
         if one.target == target] for target in "bc"
    )  # fmt: skip

    assert sum(one == other for one, other in zip(to_b, to_c, strict=True)) < 5


@pytest.mark.parametrize("name", DELAYS)
def test_without_a_seed_every_message_takes_the_median_and_none_is_lost(name: str) -> None:
    delay = DELAYS[name][0]
    post = Post(LinkModel(delay, drop=0.9, duplicate=0.9), seed=None)
    post.send(range(100))

    post.deliver()

    assert post.delays_us() == [median_us(delay)] * 100


@pytest.mark.parametrize("recording", ["trace", "digest", "nothing"])
def test_watchers_see_the_first_entry_of_a_broadcast_when_it_is_sent(recording: Recording) -> None:
    post = Post(LinkModel(FAST), recording=recording)
    seen: list[MessageEntry] = []
    post.trace.watching[Note] = [seen.append]
    post.network.sender("a")(("b", "c"), Note(7))

    post.deliver()

    assert [(one.n, one.event, one.message) for one in seen] == [(0, "send", Note(7))]
    assert post.trace.numbers == 2
