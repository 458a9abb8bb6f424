"""The world: SimPy's order, whole microseconds, and errors at once and as themselves."""

from collections.abc import Generator
from typing import Any

import pytest
import simpy

from paxos_des.engine.world import World

Steps = Generator[simpy.Event, Any, Any]


class OddError(Exception):
    """Cannot be made anew from its `args`, as SimPy would."""

    def __init__(self, *, slot: int) -> None:
        super().__init__("odd", slot, "one too many")


class ControlError(BaseException):
    """As Hypothesis has them, to end a test case."""


def fail_after(world: World, delay_us: int, error: BaseException) -> Steps:
    yield world.timeout(delay_us)
    raise error


@pytest.mark.parametrize("error", [OddError(slot=1), ControlError(), KeyboardInterrupt()])
def test_raises_the_original_of_an_error_that_nobody_waits_for(error: BaseException) -> None:
    world = World()
    world.process(fail_after(world, 5, error))

    with pytest.raises(type(error)) as caught:
        world.run()

    assert caught.value is error
    assert world.active_process is None


def test_raises_before_anything_else_of_that_instant() -> None:
    world = World()
    world.process(fail_after(world, 5, OddError(slot=1)))
    called: list[str] = []
    world.run(until=1)
    world.call_at(5, called.append, "too late")

    with pytest.raises(OddError):
        world.run()

    assert called == []


def test_throws_the_original_into_the_process_that_waits() -> None:
    world, error = World(), OddError(slot=1)
    caught: list[BaseException] = []

    def parent() -> Steps:
        try:
            yield world.process(fail_after(world, 5, error))
        except OddError as found:
            caught.append(found)

    world.process(parent())
    world.run()

    assert caught[0] is error


def test_throws_the_original_of_a_failed_event() -> None:
    world, error = World(), OddError(slot=1)
    event = world.event()
    caught: list[BaseException] = []

    def waiter() -> Steps:
        try:
            yield event
        except OddError as found:
            caught.append(found)

    world.process(waiter())
    event.fail(error)
    world.run()

    assert caught[0] is error


def test_raises_the_original_of_a_failed_event_that_nobody_handles() -> None:
    world, error = World(), OddError(slot=1)
    world.event().fail(error)

    with pytest.raises(OddError) as caught:
        world.run()

    assert caught.value is error


def test_a_control_error_passes_by_the_process_that_waits() -> None:
    world, error = World(), ControlError()

    taken: list[BaseException] = []

    def parent() -> Steps:
        try:
            yield world.process(fail_after(world, 5, error))
        except ControlError as found:
            taken.append(found)

    world.process(parent())

    with pytest.raises(ControlError) as caught:
        world.run()

    assert caught.value is error
    assert taken == []


def test_runs_on_after_a_failure() -> None:
    world = World()
    failed = world.process(fail_after(world, 5, OddError(slot=1)))
    with pytest.raises(OddError):
        world.run()
    called: list[str] = []
    world.call_at(9, called.append, "later")

    world.run()

    assert called == ["later"]
    assert failed.processed


def test_a_horizon_is_before() -> None:
    world = World()
    called: list[int] = []
    for at_us in (9, 10, 11):
        world.call_at(at_us, called.append, at_us)

    world.run(until=10)

    assert called == [9]
    assert world.now == 10


def test_equal_times_go_to_who_came_first_event_or_call() -> None:
    world = World()
    order: list[str] = []
    world.call_at(5, order.append, "call 1")
    world.timeout(5).callbacks.append(lambda _: order.append("event 2"))
    reserved = world.take_number()
    world.call_at(5, order.append, "call 4")
    world.call_numbered(5, reserved, order.append, "call 3")
    world.call_numbered(5, (1 << 64) + world.take_number(), order.append, "ranked last")

    world.run()

    assert order == ["call 1", "event 2", "call 3", "call 4", "ranked last"]


@pytest.mark.parametrize("time", [1.0, "1", True])
def test_refuses_a_time_that_is_no_int(time: Any) -> None:  # noqa: ANN401 - what is wrong
    world = World()

    for refused in (
        World,
        world.timeout,
        lambda at: world.run(until=at),
        lambda at: world.call_at(at, print, None),
        lambda at: world.schedule(world.event(), delay=at),
    ):
        with pytest.raises((TypeError, ValueError)):
            refused(time)


def test_a_refusal_names_what_it_found_and_what_is_allowed() -> None:
    with pytest.raises(TypeError, match=r"delay: found 1\.5, a float; allowed is an int"):
        World().timeout(1.5)


def test_stops_after_the_current_call_and_runs_on_later() -> None:
    world = World()
    called: list[str] = []

    def stop_twice(name: str) -> None:
        world.stop()
        world.stop()
        called.append(name)

    world.call_at(5, stop_twice, "one")
    world.call_at(5, called.append, "two")
    world.call_at(200, called.append, "past the first horizon")

    world.run(until=100)
    stopped = list(called)
    world.run()

    assert stopped == ["one"]
    assert called == ["one", "two", "past the first horizon"]


def test_a_stop_outside_a_run_stops_no_later_one() -> None:
    world = World()
    called: list[int] = []
    world.call_at(5, called.append, 5)
    world.stop()

    world.run()

    assert called == [5]


def test_refuses_a_run_inside_a_run() -> None:
    world = World()
    world.call_at(1, lambda _: world.run(), None)

    with pytest.raises(RuntimeError, match="inside a run"):
        world.run()


def test_counts_the_calls_it_has_made() -> None:
    world = World()
    for at_us in range(5):
        world.call_at(at_us, lambda _: None, None)
    world.call_at(50, lambda _: None, None)
    before = world.events

    world.run(until=10)

    assert (before, world.events) == (0, 6)  # five calls and the horizon


def test_an_abandoned_get_swallows_the_next_item_as_in_simpy() -> None:
    """This is why timers fire into the mailbox: SimPy's trap is still there."""
    world = World()
    store = simpy.Store(world)
    got: list[object] = []

    def reader() -> Steps:
        yield store.get() | world.timeout(10)
        got.append((yield store.get()))

    world.process(reader())
    world.call_at(20, store.put, "first")
    world.call_at(21, store.put, "second")
    world.run()

    assert got == ["second"]


def test_an_interrupted_get_stays_queued_as_in_simpy() -> None:
    """This is why a new life takes a new mailbox."""
    world = World()
    store = simpy.Store(world)

    def reader() -> Steps:
        try:
            yield store.get()
        except simpy.Interrupt:
            return

    process = world.process(reader())
    world.call_at(5, process.interrupt, "crash")
    world.run()

    assert len(store.get_queue) == 1


def test_the_resources_of_simpy_work() -> None:
    world = World()
    machine = simpy.Resource(world, capacity=1)
    tank = simpy.Container(world, capacity=10)
    done: list[tuple[str, int]] = []

    def work(name: str) -> Steps:
        with machine.request() as request:
            yield request
            yield world.timeout(3)
        yield tank.put(5)
        done.append((name, world.now))

    def drain() -> Steps:
        yield tank.get(10)
        done.append(("drained", world.now))

    for steps in (work("first"), work("second"), drain()):
        world.process(steps)
    world.run()

    assert done == [("first", 3), ("second", 6), ("drained", 6)]
