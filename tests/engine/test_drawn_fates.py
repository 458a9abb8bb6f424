"""Fates that are drawn compiled are those that NumPy draws, number for number."""

from typing import Any

import numpy as np
import pytest
from built import compiled
from hypothesis import given, settings
from hypothesis import strategies as st
from world import A_TO_B, Post

from paxos_des.engine import choices
from paxos_des.engine.choices import Weather, stream_of
from paxos_des.engine.delays import (
    DELAY_US_MAX,
    Bimodal,
    Constant,
    Delay,
    DelayTable,
    Exponential,
    Lognormal,
    Quantiles,
    Samples,
    Uniform,
)
from paxos_des.engine.fast import FAST
from paxos_des.engine.knots import ALL
from paxos_des.engine.links import LinkGroup, LinkModel
from paxos_des.engine.trace import Recording

pytestmark = compiled

LATEST = 2**62
"""A number of a message that no run comes to."""

whole = st.integers(0, 10**6) | st.sampled_from([0, 1, DELAY_US_MAX])
pairs = st.tuples(whole, whole).map(sorted)
shares = st.floats(0, 1)
words = st.integers(0, ALL - 1) | st.sampled_from([0, 1, 2**32, 2**63, ALL - 1])


def quantiles_of(inner: dict[float, int], ends: list[int]) -> Quantiles:
    """Return quantiles whose delays do not fall, whatever was drawn."""
    drawn = sorted([*inner.values(), *ends])
    return Quantiles(tuple(zip([0.0, *sorted(inner), 1.0], drawn, strict=True)))


delays: st.SearchStrategy[Delay] = st.one_of(
    st.builds(Constant, whole),
    pairs.map(lambda ends: Uniform(low_us=ends[0], high_us=ends[1])),
    st.sampled_from([
        Exponential(mean_us=0), Exponential(mean_us=10_000, minimum_us=5),
        Exponential(mean_us=DELAY_US_MAX // 17),
        Lognormal(median_us=5_000, sigma=1.0), Lognormal(median_us=100, sigma=3.0),
    ]),
    st.builds(
        lambda ends, share: Bimodal(fast_us=ends[0], slow_us=ends[1], slow_share=share),
        pairs, shares,
    ),
    st.builds(
        quantiles_of,
        st.dictionaries(shares.filter(lambda share: 0 < share < 1), whole, max_size=5),
        st.lists(whole, min_size=2, max_size=2),
    ),
    st.lists(whole, min_size=1, max_size=9).map(lambda found: Samples(tuple(found))),
)  # fmt: skip
chances = st.sampled_from([0.0, 2.0**-64, 0.05, 0.5, 1 - 2**-53, 1.0])
models = st.builds(LinkModel, delays, chances, chances)
ends = st.lists(st.tuples(*[st.sampled_from("abcd")] * 2), min_size=1, max_size=4, unique=True)
starts = st.integers(0, 2_000) | st.integers(0, LATEST)


@settings(deadline=None, max_examples=120)
@given(
    model=models, places=ends, seed=st.integers(), start=starts, size=st.integers(0, 40),
    data=st.data(),
)  # fmt: skip
def test_the_next_fates_are_those_that_numpy_draws(
    model: LinkModel,
    places: list[tuple[str, str]],
    seed: int,
    start: int,
    size: int,
    data: st.DataObject,
) -> None:
    group, weather = LinkGroup(model, places), Weather(seed)
    link = data.draw(st.integers(0, len(places) - 1))

    (meant,) = group.fates(weather.block(group.streams[link, np.newaxis], start, size))

    assert group.drawn.next(weather.root, link, start, size) == meant


@settings(deadline=None, max_examples=60)
@given(model=models, places=ends, seed=st.integers(), size=st.integers(0, 40))
def test_the_first_fates_are_those_that_numpy_draws(
    model: LinkModel, places: list[tuple[str, str]], seed: int, size: int
) -> None:
    group, weather = LinkGroup(model, places), Weather(seed)

    meant = group.fates(weather.block(group.streams, 0, size))

    assert group.first_fates(weather, size) == meant


@settings(deadline=None, max_examples=60)
@given(seed=st.integers(), place=st.integers(0, 9), steps=st.tuples(*[st.integers(-1, 1)] * 2))
def test_a_chance_that_is_as_large_as_what_is_drawn_is_missed(
    seed: int, place: int, steps: tuple[int, int]
) -> None:
    """Only what is below it comes to pass; by chance, no draw would ever be so near."""
    group, weather = (
        LinkGroup(LinkModel(Uniform(low_us=0, high_us=99), 0.5, 0.5), [A_TO_B]),
        Weather(seed),
    )
    bits = weather.block(group.streams, 0, 10)
    group.drop_below = min(int(bits[0, 1, place]) + steps[0], ALL)
    group.duplicate_below = min(int(bits[0, 2, place]) + steps[1], ALL)

    assert drawn_by(group).first(weather.root, 10) == group.fates(bits)


@settings(deadline=None, max_examples=100)
@given(
    seed=st.integers(),
    edges=st.lists(st.tuples(st.integers(0, 9), st.integers(-1, 1) | st.integers(-(2**33), 2**33))),
    spans=st.lists(whole, min_size=12, max_size=12),
)
def test_on_the_edges_of_segments_fates_are_those_that_numpy_draws(
    seed: int, edges: list[tuple[int, int]], spans: list[int]
) -> None:
    """Segments of a few bits' width too: there, parts of 2**32 are not of one size."""
    group, weather = LinkGroup(LinkModel(Constant(1)), [A_TO_B]), Weather(seed)
    bits = weather.block(group.streams, 0, 10)
    knots = {0, ALL}
    for place, step in edges:
        knots.add(min(max(int(bits[0, 0, place]) + step, 0), ALL))
    ordered = sorted(knots)
    group.table = DelayTable(
        ((low, span), (high, span + spans[0]))
        for low, high, span in zip(ordered, ordered[1:], spans * len(ordered), strict=False)
    )

    assert drawn_by(group).first(weather.root, 10) == group.fates(bits)


def drawn_by(group: LinkGroup) -> Any:  # noqa: ANN401 - compiled
    """Return what draws the fates of a group that was changed by hand."""
    return FAST.Fates(
        group.table.parts(), group.streams.tolist(), [], group.drop_below, group.duplicate_below
    )


@settings(deadline=None, max_examples=40)
@given(
    delay=delays,
    drop=st.sampled_from([0.0, 0.2]),
    duplicate=st.sampled_from([0.05, 0.5, 1.0]),
    seed=st.integers(),
    count=st.integers(1, 60),
    recording=st.sampled_from(["trace", "digest", "nothing"]),
)
def test_what_is_doubled_comes_when_its_two_fates_say(
    delay: Delay, drop: float, duplicate: float, seed: int, count: int, recording: Recording
) -> None:
    model = LinkModel(delay, drop, duplicate)
    post, weather = Post(model, seed=seed, recording=recording), Weather(seed)
    group = LinkGroup(model, [A_TO_B])
    post.send(range(count))

    (fates,) = group.fates(weather.block(group.streams, 0, count))
    meant = list[tuple[int, int]]()
    for number, fate in enumerate(reversed(fates)):
        if fate >= 0:
            meant.append((fate, number))
        elif fate < -1:
            meant.append((-2 - fate, number))
            again = weather.bits(stream_of("duplicate-delay", A_TO_B), number)
            meant.append((group.table.delay_us(again), number))
    assert [(one.at_us, one.number) for one in post.deliver()] == sorted(meant)


@settings(deadline=None)
@given(root=words, stream=words, count=words)
def test_bits_of_any_stream_and_count_are_those_of_plain_python(
    root: int, stream: int, count: int
) -> None:
    weather = Weather(0)
    weather.root = root
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(choices, "FAST", None)
        meant = weather.bits(stream, count)

    assert FAST.bits_of(root, stream, count) == weather.bits(stream, count) == meant
