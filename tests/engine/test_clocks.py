"""A node's own clock, and the timers that run on it."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from paxos_des.engine.clocks import RIGHT_PPM, Clock, LocalTimers
from paxos_des.engine.timers import Timers
from paxos_des.engine.world import World

DOUBLE, HALF, THIRD = 2_000_000, 500_000, 333_333


class Alarms:
    """Timers on a clock in a world, and what fired when."""

    def __init__(self, offset_us: int = 0, rate_ppm: int = RIGHT_PPM) -> None:
        self.world = World()
        self.clock = Clock(self.world, offset_us, rate_ppm)
        self.timers = LocalTimers(self.world, self.note, self.clock)
        self.fired: list[tuple[object, int]] = []

    def note(self, timer: object) -> None:
        self.fired.append((timer, self.world.now))

    def at(self, at_us: int, deed: str, amount: int) -> None:
        """Let the clock be stepped, or its rate be set."""
        self.world.call_at(
            at_us, self.clock.step if deed == "step" else self.clock.set_rate, amount
        )

    def run(self) -> list[tuple[object, int]]:
        self.world.run()
        return self.fired


def test_a_clock_shows_its_offset_and_gains_by_its_rate() -> None:
    world = World(100)
    clock = Clock(world, offset_us=-40, rate_ppm=1_010_000)
    shown = [clock.local_us()]
    for at_us in (199, 200):
        world.run(until=at_us)
        shown.append(clock.local_us())

    assert shown == [60, 159, 161]  # 159.99 is not 160 yet


def test_changes_of_rate_round_nothing_off() -> None:
    world = World()
    clock = Clock(world, rate_ppm=THIRD)
    for at_us in range(1, 1_000_001, 50_000):
        world.run(until=at_us)
        clock.set_rate(THIRD)
    world.run(until=1_000_000)

    assert clock.ticks() == 1_000_000 * THIRD
    assert clock.local_us() == THIRD


@pytest.mark.parametrize(("rate_ppm", "at_us"), [
    (RIGHT_PPM, 10), (DOUBLE, 5), (HALF, 20), (THIRD, 31), (1_010_000, 10), (10_000_000, 1),
    (100_000, 100),
])  # fmt: skip
def test_a_timer_counts_local_time_and_never_fires_before_it(rate_ppm: int, at_us: int) -> None:
    alarms = Alarms(offset_us=7, rate_ppm=rate_ppm)
    alarms.timers.set("tea", 10)

    assert alarms.run() == [("tea", at_us)]


def test_a_change_of_rate_moves_what_is_set() -> None:
    alarms = Alarms()
    alarms.timers.set("tea", 100)
    alarms.at(50, "rate", DOUBLE)
    alarms.at(60, "rate", HALF)

    assert alarms.run() == [("tea", 120)]  # 50 + 20 + 60 / 2


def test_a_step_forwards_fires_at_once_what_it_jumps_over() -> None:
    alarms = Alarms()
    for after_us in (40, 30, 90):
        alarms.timers.set(after_us, after_us)
    alarms.at(10, "step", 50)

    assert alarms.run() == [(30, 10), (40, 10), (90, 40)]


def test_a_step_does_not_fire_from_within_itself() -> None:
    alarms = Alarms()
    alarms.timers.set("tea", 5)
    alarms.clock.step(10)

    assert alarms.fired == []
    assert alarms.run() == [("tea", 0)]


def test_a_step_backwards_delays() -> None:
    alarms = Alarms()
    alarms.timers.set("tea", 30)
    alarms.at(20, "step", -100)

    assert alarms.run() == [("tea", 130)]


def test_a_step_to_and_fro_changes_nothing() -> None:
    alarms = Alarms()
    alarms.timers.set("tea", 30)
    for step_us in (-5, 5, 1, -1):
        alarms.at(20, "step", step_us)

    assert alarms.run() == [("tea", 30)]


def test_a_cancelled_timer_does_not_come_back_when_the_clock_changes() -> None:
    alarms = Alarms()
    alarms.timers.set("tea", 30)
    alarms.timers.set("cake", 40)
    alarms.timers.cancel("tea")
    alarms.at(10, "step", 5)

    assert alarms.run() == [("cake", 35)]


def test_closed_timers_fire_no_more_and_hear_of_no_change() -> None:
    alarms = Alarms()
    alarms.timers.set("tea", 30)
    alarms.timers.close()
    alarms.at(10, "step", 5)

    assert alarms.run() == []
    assert alarms.clock.on_change == []


def test_closed_timers_without_a_clock_fire_no_more_either() -> None:
    world, fired = World(), list[object]()
    timers = Timers(world, fired.append)
    timers.set("tea", 30)
    timers.close()
    world.run()

    assert fired == []


def test_a_rate_is_an_integer_above_0() -> None:
    for rate in (0, -1, 1.5):
        with pytest.raises(ValueError, match="allowed is an integer from 1"):
            Clock(World(), rate_ppm=rate)  # type: ignore[arg-type] # what is refused


deeds = st.lists(
    st.tuples(
        st.integers(0, 60),
        st.sampled_from(("set", "cancel", "mark")),
        st.sampled_from("abc"),
        st.integers(0, 30),
    ),
    max_size=25,
)


@settings(max_examples=200, deadline=None)
@given(deeds)
def test_on_a_clock_that_is_right_they_fire_in_the_very_order_of_timers_without_one(
    deeds: list[tuple[int, str, str, int]],
) -> None:
    seen = []
    for has_clock in (False, True):
        world, fired = World(), list[tuple[int, object]]()

        def note(
            timer: object, world: World = world, fired: list[tuple[int, object]] = fired
        ) -> None:
            fired.append((world.now, timer))

        clock = Clock(world, offset_us=5)
        timers = LocalTimers(world, note, clock) if has_clock else Timers(world, note)

        def do(
            deed: tuple[str, str, int],
            world: World = world,
            timers: Timers | LocalTimers = timers,
        ) -> None:
            what, timer, after_us = deed
            if what == "set":
                timers.set(timer, after_us)
            elif what == "cancel":
                timers.cancel(timer)
            else:
                world.call_at(world.now + after_us, note, "message " + timer)

        for at_us, what, timer, after_us in deeds:
            world.call_at(at_us, do, (what, timer, after_us))
        world.run()
        seen.append(fired)

    assert seen[0] == seen[1]


@settings(max_examples=200, deadline=None)
@given(
    st.lists(st.integers(0, 100), min_size=1, max_size=6),
    st.lists(
        st.tuples(
            st.integers(0, 200),
            st.one_of(
                st.tuples(st.just("step"), st.integers(-50, 50)),
                st.tuples(st.just("rate"), st.integers(300_000, 10_000_000)),
            ),
        ),
        max_size=6,
        unique_by=lambda change: change[0],  # what is due between two of one instant fires
    ),
)
def test_every_timer_fires_once_at_the_first_moment_when_its_clock_has_reached_its_time(
    afters_us: list[int], changes: list[tuple[int, tuple[str, int]]]
) -> None:
    alarms = Alarms()
    for timer, after_us in enumerate(afters_us):
        alarms.timers.set(timer, after_us)
    for at_us, (deed, amount) in changes:
        alarms.at(at_us, deed, amount)
    expected = {}
    watched = Alarms()
    for at_us, (deed, amount) in changes:
        watched.at(at_us, deed, amount)
    for now_us in range(1_200):
        if now_us:
            watched.world.run(until=now_us)  # changes of this instant come after this
        for timer, after_us in enumerate(afters_us):
            ticks = watched.clock.ticks()
            if timer not in expected and ticks >= after_us * RIGHT_PPM:
                expected[timer] = now_us

    fired = dict(alarms.run())

    assert len(alarms.fired) == len(afters_us)
    for name, at_us in fired.items():
        assert isinstance(name, int)
        # A step in the same instant may make it due in that instant, which is seen one later here.
        assert expected[name] - 1 <= at_us <= expected[name]
