"""Links that are clogged, held, filtered and narrow; fates in blocks or one by one, alike."""

from collections.abc import Callable
from itertools import pairwise

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from world import A_TO_B, Post

from paxos_des.engine.choices import Remember
from paxos_des.engine.delays import Constant, Uniform
from paxos_des.engine.link_faults import LinkFaults
from paxos_des.engine.links import LinkModel

FAST = Uniform(low_us=200, high_us=1_000)
BOTH_MODES = pytest.mark.parametrize("remember", ["nothing", "decisions"])
FAULTS: dict[str, Callable[[LinkFaults], object]] = {
    "cut": lambda faults: faults.set_cut(*A_TO_B, is_cut=True),
    "uncut": lambda faults: faults.set_cut(*A_TO_B, is_cut=False),
    "clog": lambda faults: faults.clog(*A_TO_B, 700),
    "unclog": lambda faults: faults.clog(*A_TO_B, 0),
    "hold": lambda faults: faults.hold(*A_TO_B),
    "release": lambda faults: faults.release(*A_TO_B),
    "filter": lambda faults: faults.set_filter(*A_TO_B, ["Note"]),
    "filter others": lambda faults: faults.set_filter(*A_TO_B, ["Other"]),
    "unfilter": lambda faults: faults.set_filter(*A_TO_B, []),
    "narrow": lambda faults: faults.set_bandwidth(*A_TO_B, 90),
    "widen": lambda faults: faults.set_bandwidth(*A_TO_B, 0),
    "mend": lambda faults: faults.mend(*A_TO_B),
    "mend all": lambda faults: faults.mend_all(),
}


class Other(msgspec.Struct, frozen=True, tag_field="type", tag=True):
    """Another message of no protocol."""

    number: int


@BOTH_MODES
def test_a_clogged_link_is_later_by_so_much_and_loses_nothing(remember: Remember) -> None:
    clogged, free = Post(LinkModel(FAST), remember=remember), Post(LinkModel(FAST))
    clogged.network.faults.clog(*A_TO_B, 5_000)
    for post in (clogged, free):
        post.send(range(100))
        post.deliver()

    assert [one.at_us for one in clogged.arrivals] == [one.at_us + 5_000 for one in free.arrivals]


@BOTH_MODES
def test_a_held_link_delivers_nothing_until_it_is_released_and_then_all(remember: Remember) -> None:
    post = Post(LinkModel(FAST), remember=remember)
    post.network.faults.hold(*A_TO_B)
    post.send(range(50))
    post.world.run(until=10_000)
    before = list(post.arrivals)
    post.network.faults.release(*A_TO_B)

    arrivals = post.deliver()

    assert before == []
    assert sorted(one.number for one in arrivals) == list(range(50))
    assert min(one.at_us for one in arrivals) >= 10_200
    assert max(one.at_us for one in arrivals) <= 11_000


@BOTH_MODES
def test_what_was_held_goes_on_in_order_each_with_its_own_delay(remember: Remember) -> None:
    held, free = Post(LinkModel(FAST), remember=remember), Post(LinkModel(FAST))
    held.network.faults.hold(*A_TO_B)
    for post in (held, free):
        post.send(range(50))
    held.world.run(until=10_000)
    held.network.faults.release(*A_TO_B)

    assert [(one.at_us - 10_000, one.number) for one in held.deliver()] == [
        (one.at_us, one.number) for one in free.deliver()
    ]


def test_what_was_held_keeps_its_order_where_delays_are_alike() -> None:
    post = Post(LinkModel(Constant(5)))
    post.network.faults.hold(*A_TO_B)
    post.send(range(20))
    post.network.faults.release(*A_TO_B)
    post.send(range(20, 30))

    assert [one.number for one in post.deliver()] == list(range(30))


@BOTH_MODES
def test_a_filter_loses_messages_of_its_types_alone(remember: Remember) -> None:
    post = Post(LinkModel(FAST), remember=remember)
    post.network.faults.set_filter(*A_TO_B, ["Other"])
    send = post.network.sender("a")
    send(("b", "c"), Other(1))
    post.send(range(2, 4))
    post.sent_at_us |= {("c", 1): 0}

    arrivals = post.deliver()

    assert sorted((one.target, one.number) for one in arrivals) == [("b", 2), ("b", 3), ("c", 1)]
    assert ("cut", *A_TO_B, 1) in post.events()


@BOTH_MODES
def test_a_narrow_link_spaces_what_arrives(remember: Remember) -> None:
    post = Post(LinkModel(Constant(1_000)), remember=remember)
    post.network.faults.set_bandwidth(*A_TO_B, 300)
    post.send(range(10))

    arrivals = post.deliver()

    assert [one.at_us for one in arrivals] == [1_000 + 300 * place for place in range(1, 11)]
    assert [one.number for one in arrivals] == list(range(10))


def test_a_narrow_link_that_is_idle_delays_a_message_by_its_own_time_alone() -> None:
    post = Post(LinkModel(Constant(1_000)))
    post.network.faults.set_bandwidth(*A_TO_B, 300)
    post.send(range(1))
    post.world.run(until=5_000)
    post.send(range(1, 2))

    assert [one.at_us for one in post.deliver()] == [1_300, 6_300]


def test_what_was_held_on_a_narrow_link_goes_on_one_after_another() -> None:
    post = Post(LinkModel(Constant(1_000)))
    post.network.faults.set_bandwidth(*A_TO_B, 300)
    post.network.faults.hold(*A_TO_B)
    post.send(range(5))
    post.world.run(until=10_000)
    post.network.faults.release(*A_TO_B)

    at_us = [one.at_us for one in post.deliver()]

    assert at_us[0] == 11_300
    assert {later - earlier for earlier, later in pairwise(at_us)} == {300}


def test_undoing_one_fault_leaves_the_others() -> None:
    post = Post(LinkModel(Constant(1_000)))
    faults = post.network.faults
    faults.set_cut(*A_TO_B, is_cut=True)
    faults.clog(*A_TO_B, 500)
    post.send(range(1))
    faults.set_cut(*A_TO_B, is_cut=False)
    post.send(range(1, 2))
    faults.clog(*A_TO_B, 0)
    post.send(range(2, 3))

    assert [(one.at_us, one.number) for one in post.deliver()] == [(1_000, 2), (1_500, 1)]
    assert faults.troubled() == ()


def test_mending_a_link_releases_what_it_held() -> None:
    post = Post(LinkModel(FAST))
    for trouble in ("hold", "clog", "narrow"):
        FAULTS[trouble](post.network.faults)
    post.send(range(9))

    post.network.faults.mend_all()

    assert len(post.deliver()) == 9
    assert max(post.delays_us()) <= 1_000
    assert post.network.faults.troubled() == ()


def test_a_fault_is_of_its_own_link_alone() -> None:
    post, free = Post(LinkModel(FAST)), Post(LinkModel(FAST))
    post.network.faults.hold(*A_TO_B)
    for one in (post, free):
        one.send(range(20), target="c")

    assert post.deliver() == free.deliver()


@pytest.mark.parametrize("trouble", ["cut", "clog", "hold", "filter", "narrow"])
def test_after_any_fault_a_link_goes_on_with_the_weather_it_would_have_had(trouble: str) -> None:
    post, free = Post(LinkModel(FAST, 0.1, 0.1)), Post(LinkModel(FAST, 0.1, 0.1))
    for one in (post, free):
        one.send(range(5))
        if one is post:
            FAULTS[trouble](one.network.faults)
        one.send(range(5, 40))
        one.network.faults.mend_all()
        one.send(range(40, 100))
        one.deliver()

    assert [one for one in post.arrivals if one.number >= 40] == [
        one for one in free.arrivals if one.number >= 40
    ]


deeds = st.lists(st.one_of(st.sampled_from(tuple(FAULTS)), st.integers(1, 30)), max_size=25)


@settings(max_examples=150, deadline=None)
@given(
    deeds=deeds, ties=st.sampled_from(["first-come", "shuffled"]), drop=st.sampled_from([0, 0.2])
)
def test_any_faults_are_the_same_in_blocks_and_one_by_one(
    deeds: list[str | int], ties: str, drop: float
) -> None:
    """Also what is lost, doubled or held; and nothing that is held is lost."""
    model = LinkModel(FAST, drop, drop)
    posts = [Post(model, ties=ties, remember=mode) for mode in ("nothing", "decisions")]
    for post in posts:
        sent = 0
        for time, deed in enumerate(deeds, start=1):
            if isinstance(deed, int):
                post.send(range(sent, sent + deed))
                post.send(range(sent, sent + deed), target="c")
                sent += deed
            else:
                FAULTS[deed](post.network.faults)
            post.world.run(until=time * 150)
        post.network.faults.mend_all()
        post.deliver()

    blocks, one_by_one = posts
    assert blocks.arrivals == one_by_one.arrivals
    assert blocks.trace.digest() == one_by_one.trace.digest()
    lost = {number for event, _, peer, number in blocks.events()
            if event in ("cut", "drop") and peer == "b"}  # fmt: skip
    arrived = {one.number for one in blocks.arrivals if one.target == "b"}
    assert arrived == {number for target, number in blocks.sent_at_us if target == "b"} - lost
