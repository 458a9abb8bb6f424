"""Mailboxes: handed over within the call, in order, to one process with one life."""

from collections.abc import Generator
from typing import Any

import pytest
import simpy

from paxos_des.engine.mailbox import Mailbox
from paxos_des.engine.world import World

Steps = Generator[simpy.Event, Any, Any]


class OddError(Exception):
    """Cannot be made anew from its `args`, as SimPy would."""

    def __init__(self, *, slot: int) -> None:
        super().__init__("odd", slot, "one too many")


class Reader:
    """Notes what it receives and when, and works on each item for as long as it is told."""

    def __init__(self, world: World, *, work_us: int = 0) -> None:
        self.world = world
        self.work_us = work_us
        self.mailbox = Mailbox(world)
        self.got: list[tuple[object, int]] = []
        self.process = self.mailbox.start(self._steps())

    def _steps(self) -> Steps:
        while True:
            try:
                item = yield self.mailbox.receive
            except simpy.Interrupt as interrupt:
                item = interrupt.cause
            self.got.append((item, self.world.now))
            if item == "echo":
                assert self.mailbox.put("echoed")
                self.got.append(("put", self.world.now))
            if item == "close":
                self.mailbox.close()
            if isinstance(item, BaseException):
                raise item
            if self.work_us:
                yield self.world.timeout(self.work_us)


def test_hands_an_item_over_within_the_call() -> None:
    world = World()
    reader = Reader(world)
    world.run()

    taken = reader.mailbox.put("item")

    assert taken
    assert reader.got == [("item", 0)]
    assert world.peek() == float("inf")  # nothing was scheduled
    assert world.active_process is None


def test_queues_what_comes_before_the_process_has_started() -> None:
    world = World()
    reader = Reader(world)
    for item in "ab":
        reader.mailbox.put(item)

    world.run()

    assert reader.got == [("a", 0), ("b", 0)]


def test_queues_what_comes_while_the_process_waits_elsewhere() -> None:
    world = World()
    reader = Reader(world, work_us=5)
    for item in "abc":
        world.call_at(1, reader.mailbox.put, item)

    world.run()

    assert reader.got == [("a", 1), ("b", 6), ("c", 11)]


def test_a_node_may_put_into_its_own_mailbox() -> None:
    world = World()
    reader = Reader(world)
    world.run()

    reader.mailbox.put("echo")

    assert reader.got == [("echo", 0), ("put", 0), ("echoed", 0)]


def test_the_process_that_puts_is_active_again_afterwards() -> None:
    world = World()
    reader = Reader(world)
    active: list[object] = []

    def writer() -> Steps:
        yield world.timeout(1)
        reader.mailbox.put("item")
        active.append(world.active_process)

    process = world.process(writer())
    world.run()

    assert active == [process]


def test_an_interrupt_spoils_nothing() -> None:
    world = World()
    reader = Reader(world)
    world.call_at(1, reader.process.interrupt, "interrupted")
    world.call_at(2, reader.mailbox.put, "after")
    world.call_at(3, reader.process.interrupt, "again")

    world.run()

    assert reader.got == [("interrupted", 1), ("after", 2), ("again", 3)]


def test_an_interrupt_elsewhere_spoils_nothing() -> None:
    world = World()
    reader = Reader(world)
    reader.work_us = 0
    other = Mailbox(world)

    def steps() -> Steps:
        reader.got.append(((yield other.receive), world.now))
        with pytest.raises(simpy.Interrupt):
            yield world.timeout(100)
        reader.got.append(((yield other.receive), world.now))

    process = other.start(steps())
    world.call_at(1, other.put, "a")
    world.call_at(2, other.put, "b")
    world.call_at(3, process.interrupt, None)
    world.run()

    assert reader.got == [("a", 1), ("b", 3)]


@pytest.mark.parametrize("work_us", [0, 5])
def test_a_closed_mailbox_takes_nothing(work_us: int) -> None:
    world = World()
    reader = Reader(world, work_us=work_us)
    world.call_at(1, reader.mailbox.put, "a")
    world.call_at(2, lambda _: reader.mailbox.close(), None)
    world.run()

    taken = reader.mailbox.put("b")

    assert not taken
    assert reader.got == [("a", 1)]
    assert not reader.process.is_alive


def test_a_mailbox_closed_before_its_process_starts_stays_silent() -> None:
    world = World()
    reader = Reader(world)
    reader.mailbox.put("a")
    reader.mailbox.close()

    world.run()

    assert reader.got == []
    assert not reader.process.is_alive


@pytest.mark.parametrize("work_us", [0, 5])
def test_a_process_that_closes_its_own_mailbox_ends_when_it_yields(work_us: int) -> None:
    world = World()
    reader = Reader(world, work_us=work_us)
    for item in ("a", "close", "b"):
        world.call_at(1, reader.mailbox.put, item)

    world.run()

    assert [item for item, _ in reader.got] == ["a", "close"]
    assert not reader.process.is_alive
    assert not reader.mailbox.put("c")


def test_raises_the_original_error_at_once() -> None:
    world = World()
    reader, error = Reader(world), OddError(slot=1)
    world.call_at(5, reader.mailbox.put, error)
    world.call_at(5, reader.mailbox.put, "too late")

    with pytest.raises(OddError) as caught:
        world.run()

    assert caught.value is error
    assert reader.got == [(error, 5)]
    assert world.active_process is None
    assert not reader.mailbox.put("later")


def test_whoever_waits_for_the_process_gets_its_error() -> None:
    world = World()
    reader, error = Reader(world), OddError(slot=1)
    caught: list[BaseException] = []

    def parent() -> Steps:
        try:
            yield reader.process
        except OddError as found:
            caught.append(found)

    world.process(parent())
    world.call_at(5, reader.mailbox.put, error)
    world.run()

    assert caught[0] is error


def test_ends_with_its_process() -> None:
    world = World()
    mailbox = Mailbox(world)

    def once() -> Steps:
        return (yield mailbox.receive)

    process = mailbox.start(once())
    world.call_at(5, mailbox.put, "only")

    assert world.run(until=process) == "only"
    assert not mailbox.put("later")


def test_has_one_life() -> None:
    world = World()
    reader = Reader(world)

    with pytest.raises(RuntimeError, match="one life"):
        reader.mailbox.start(reader._steps())


def test_refuses_to_be_part_of_a_condition() -> None:
    """The losing receive would swallow the next item."""
    world = World()
    reader = Reader(world)

    with pytest.raises(RuntimeError, match="outside of conditions"):
        _ = reader.mailbox.receive | world.timeout(10)


def test_refuses_a_process_that_is_not_its_own() -> None:
    world = World()
    reader = Reader(world)

    def stranger() -> Steps:
        yield reader.mailbox.receive

    world.process(stranger())

    with pytest.raises(RuntimeError, match="a stranger"):
        world.run()


class Pump:
    """A process that waits for nothing but its mailbox, and empties it first, as plain pumps do."""

    def __init__(self, world: World) -> None:
        self.mailbox = Mailbox(world)
        self.got: list[object] = []
        self.process = self.mailbox.start_at_once(self._steps())

    def _steps(self) -> Steps:
        receive, items = self.mailbox.receive, self.mailbox.items
        while True:
            item = items.popleft() if items else (yield receive)
            if item == "echo":
                assert self.mailbox.put("echoed")
            if isinstance(item, BaseException):
                raise item
            self.got.append(item)


def test_a_process_that_starts_at_once_receives_before_the_world_runs() -> None:
    world = World()
    pump = Pump(world)

    pump.mailbox.put("early")

    assert pump.got == ["early"]
    assert world.peek() == float("inf")
    assert pump.process.is_alive


def test_a_process_that_starts_at_once_must_wait_for_its_mailbox() -> None:
    world = World()

    def elsewhere() -> Steps:
        yield world.timeout(1)

    with pytest.raises(RuntimeError, match="waits elsewhere"):
        Mailbox(world).start_at_once(elsewhere())


def test_what_the_world_resumes_directly_may_put_into_its_own_mailbox() -> None:
    world = World()
    pump = Pump(world)
    for item in ("echo", "after"):
        world.call_at(1, pump.mailbox.resume, item)

    world.run()

    assert pump.got == ["echo", "echoed", "after"]


def test_what_the_world_resumes_directly_fails_as_itself_and_at_once() -> None:
    world = World()
    pump, error = Pump(world), OddError(slot=1)
    world.call_at(5, pump.mailbox.resume, error)
    world.call_at(5, pump.mailbox.resume, "too late")

    with pytest.raises(OddError) as caught:
        world.run()

    assert caught.value is error
    assert pump.got == []


def test_an_interrupt_reaches_a_process_that_started_at_once() -> None:
    world = World()
    pump = Pump(world)
    world.call_at(1, pump.process.interrupt, "why")

    with pytest.raises(simpy.Interrupt, match="why"):
        world.run()
