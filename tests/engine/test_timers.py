"""A role's timers: named, set and cancelled, and one entry in the world's queue for them all."""

from collections.abc import Callable
from typing import Any

import pytest

from paxos_des.engine.timers import Timers
from paxos_des.engine.world import World


class Alarms:
    """Timers in a world, and what fired when."""

    def __init__(self) -> None:
        self.world = World()
        self.timers = Timers(self.world, self.note)
        self.fired: list[tuple[object, int]] = []

    def note(self, timer: object) -> None:
        self.fired.append((timer, self.world.now))

    def at(self, at_us: int, deed: Callable[[], object]) -> None:
        self.world.call_at(at_us, lambda _: deed(), None)

    def run(self) -> list[tuple[object, int]]:
        self.world.run()
        return self.fired


def test_fires_once_and_when_it_is_due() -> None:
    alarms = Alarms()
    alarms.timers.set("tea", 5)

    assert alarms.run() == [("tea", 5)]


def test_timers_fire_by_time_not_in_the_order_in_which_they_were_set() -> None:
    alarms = Alarms()
    for after_us in (30, 10, 20):
        alarms.timers.set(after_us, after_us)

    assert alarms.run() == [(10, 10), (20, 20), (30, 30)]


def test_equal_times_fire_in_the_order_in_which_they_were_set() -> None:
    alarms = Alarms()
    for timer in "cab":
        alarms.timers.set(timer, 5)

    assert alarms.run() == [("c", 5), ("a", 5), ("b", 5)]


def test_setting_a_timer_again_moves_it_behind_its_equals() -> None:
    alarms = Alarms()
    for timer in "aba":
        alarms.timers.set(timer, 5)

    assert alarms.run() == [("b", 5), ("a", 5)]


def test_a_cancelled_timer_does_not_fire() -> None:
    alarms = Alarms()
    alarms.timers.set("tea", 5)
    alarms.timers.set("cake", 6)
    alarms.timers.cancel("tea")

    assert alarms.run() == [("cake", 6)]


def test_cancelling_what_is_not_set_does_nothing() -> None:
    alarms = Alarms()
    alarms.timers.cancel("tea")
    alarms.timers.set("cake", 6)
    alarms.at(7, lambda: alarms.timers.cancel("cake"))

    assert alarms.run() == [("cake", 6)]


def test_setting_a_timer_later_replaces_it() -> None:
    alarms = Alarms()
    alarms.timers.set("tea", 5)
    alarms.at(4, lambda: alarms.timers.set("tea", 5))

    assert alarms.run() == [("tea", 9)]


def test_setting_a_timer_earlier_replaces_it() -> None:
    alarms = Alarms()
    alarms.timers.set("tea", 50)
    alarms.at(4, lambda: alarms.timers.set("tea", 5))

    assert alarms.run() == [("tea", 9)]


def test_a_timer_that_is_cancelled_and_set_anew_fires_at_its_new_time_only() -> None:
    alarms = Alarms()
    alarms.timers.set("tea", 5)
    alarms.timers.cancel("tea")
    alarms.timers.set("tea", 5)
    alarms.timers.cancel("tea")
    alarms.timers.set("tea", 3)

    assert alarms.run() == [("tea", 3)]


def test_a_stale_alarm_wakes_the_next_timer_up_in_time() -> None:
    """The alarm of the cancelled timer rings first, and finds the other one due at that instant."""
    alarms = Alarms()
    alarms.timers.set("tea", 5)
    alarms.timers.set("cake", 5)
    alarms.timers.set("dinner", 8)
    alarms.timers.cancel("tea")

    assert alarms.run() == [("cake", 5), ("dinner", 8)]


def test_a_timer_may_be_set_again_while_it_fires() -> None:
    alarms = Alarms()
    fired: list[int] = []

    def beat(timer: object) -> None:
        fired.append(alarms.world.now)
        if len(fired) < 3:
            again.set(timer, 10)

    again = Timers(alarms.world, beat)
    again.set("beat", 10)
    alarms.world.run()

    assert fired == [10, 20, 30]


def test_a_timer_may_cancel_its_equal() -> None:
    alarms = Alarms()
    fired: list[object] = []

    def first_come(timer: object) -> None:
        fired.append(timer)
        rivals.cancel("b")

    rivals = Timers(alarms.world, first_come)
    rivals.set("a", 5)
    rivals.set("b", 5)
    alarms.world.run()

    assert fired == ["a"]


def test_many_timers_are_one_entry_in_the_queue() -> None:
    alarms = Alarms()
    for after_us in range(1, 1_001):
        alarms.timers.set(after_us, after_us)

    assert len(alarms.world._queue) == 1
    assert len(alarms.run()) == 1_000


def test_a_nearer_timer_takes_an_entry_of_its_own_until_it_has_fired() -> None:
    alarms = Alarms()
    alarms.timers.set("far", 100)
    for after_us in range(1, 51):
        alarms.timers.set(after_us, after_us)

    assert len(alarms.world._queue) == 2
    assert alarms.run()[-1] == ("far", 100)


def test_a_timer_that_is_put_off_for_ever_keeps_the_queue_short() -> None:
    """As a listener's silence is, by each heartbeat."""
    alarms = Alarms()
    entries: list[int] = []

    def put_off() -> None:
        alarms.timers.set("silence", 2_000)
        entries.append(sum(call[3] == alarms.timers._ring for call in alarms.world._queue))

    for beat in range(100):
        alarms.at(beat * 1_000, put_off)
    alarms.run()

    assert alarms.fired == [("silence", 101_000)]
    assert max(entries) == 1
    assert alarms.timers._heap == []


def test_what_was_set_before_a_message_was_sent_comes_before_it() -> None:
    """Also where the timer's alarm is put into the queue after the message was."""
    alarms = Alarms()
    alarms.timers.set("first", 3)
    alarms.timers.set("second", 5)
    alarms.world.call_at(5, alarms.note, "message")
    alarms.timers.set("third", 5)

    assert alarms.run() == [("first", 3), ("second", 5), ("message", 5), ("third", 5)]


def test_a_timer_set_for_now_fires_after_what_is_due_now() -> None:
    alarms = Alarms()
    alarms.at(5, lambda: alarms.timers.set("timer", 0))
    alarms.world.call_at(5, alarms.note, "message")

    assert alarms.run() == [("message", 5), ("timer", 5)]


@pytest.mark.parametrize(("after_us", "error"), [(1.5, TypeError), (2**62 + 1, ValueError)])
def test_a_time_that_no_world_has_is_refused(after_us: Any, error: type[Exception]) -> None:  # noqa: ANN401 - what is wrong
    alarms = Alarms()

    with pytest.raises(error):
        alarms.timers.set("tea", after_us)

    assert alarms.run() == []
