"""The queue of the world, in plain Python and compiled: a sorted list, but quicker."""

import gc
import weakref
from collections.abc import Callable
from itertools import permutations, product
from typing import Any

import pytest
from built import compiled
from hypothesis import given, settings
from hypothesis import strategies as st

from paxos_des.engine.calls import LATEST_US, Call, Calls
from paxos_des.engine.dice import Dice
from paxos_des.engine.fast import FAST
from paxos_des.engine.world import World

KINDS = [Calls] if FAST is None else [Calls, FAST.Calls]
RANK_SHIFT = 48
"""As the network folds a rank into a number."""


class Holder:
    """Hears what it is called with, and may hold a queue."""

    queue: Any = None

    def hear(self, _: object) -> None:
        raise AssertionError(self)

    def miss(self, _: object) -> None:
        raise AssertionError(self)


SOMEBODY, ANOTHER = Holder(), Holder()

each = pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__module__.split(".")[-1])

times = st.sampled_from([0, 1, 2, -7, LATEST_US])
priorities = st.integers(-2, 1)
ranks = st.sampled_from([0, 1, 2**16 - 1, 2**16, 2**16 + 1, 2**32 - 1])
places = st.integers(0, 10**6)
functions: st.SearchStrategy[Callable[[Any], object]] = st.sampled_from(
    [(SOMEBODY, "hear"), (SOMEBODY, "miss"), (ANOTHER, "hear")]
).map(lambda one: getattr(*one))
"""A method is bound anew whenever it is asked for: equal to what waits, and not the same."""
pushes = st.tuples(st.just("push"), times, priorities, ranks, functions)
others = st.one_of(
    st.tuples(st.just("take")),
    st.tuples(st.sampled_from(["take back", "take back what is gone"]), places),
    st.tuples(st.just("reroute"), functions, functions),
)
operations = st.lists(pushes | pushes | others | st.tuples(st.just("clear")), max_size=60)
"""Twice as many pushes as anything else: so the queue grows, and what is free is used again."""


class Model:
    """A queue, and beside it a sorted list to which the same is done."""

    def __init__(self, queue: Any) -> None:  # noqa: ANN401 - of either kind
        self.queue = queue
        self.calls: list[Call] = []
        self.gone: list[Call] = []
        self.pushed = 0

    def do(self, name: str, *given: Any) -> None:  # noqa: ANN401 - as the operation has it
        match name:
            case "push":
                self.push(*given)
            case "take":
                self.take()
            case "take back":
                self.take_back(self.calls, *given)
            case "take back what is gone":
                self.take_back(self.gone, *given)
            case "reroute":
                self.reroute(*given)
            case _:
                self.queue.clear()
                self.gone += self.calls
                self.calls.clear()

    def push(self, at_us: int, priority: int, rank: int, function: Callable[[Any], object]) -> None:
        self.pushed += 1
        number = self.pushed + (rank << RANK_SHIFT)
        call = (at_us, priority, number, function, f"argument {self.pushed}")
        self.queue.push(call)
        self.calls.append(call)
        self.calls.sort(key=place_of)

    def take(self) -> None:
        if self.calls:
            call = self.queue.take()
            assert call == self.calls.pop(0)
            self.gone.append(call)
        else:
            with pytest.raises(IndexError):
                self.queue.take()

    def take_back(self, calls: list[Call], place: int) -> None:
        if calls:
            call = calls[place % len(calls)]
            self.queue.take_back(call)
            if call in self.calls:
                self.calls.remove(call)
                self.gone.append(call)

    def reroute(self, old: Callable[[Any], object], new: Callable[[Any], object]) -> None:
        self.queue.reroute(old, new)
        self.calls = [
            (*call[:3], new if call[3] == old else call[3], call[4]) for call in self.calls
        ]

    def check(self) -> None:
        assert len(self.queue) == len(self.calls)
        assert bool(self.queue) == bool(self.calls)
        assert sorted(self.queue, key=place_of) == self.calls
        assert list(self.queue) == [self.queue[place] for place in range(len(self.calls))]
        if self.calls:
            assert self.queue[0] == self.calls[0]
        else:
            with pytest.raises(IndexError):
                self.queue[0]


def place_of(call: Call) -> tuple[int, int, int]:
    return call[:3]


@each
@settings(deadline=None, max_examples=200)
@given(done=operations)
def test_calls_are_a_sorted_list_whatever_is_done_to_them(
    kind: type[Any], done: list[tuple[Any, ...]]
) -> None:
    model = Model(kind())
    for operation in done:
        model.do(*operation)
        model.check()

    while model.calls:
        model.take()
    model.check()


@each
def test_time_decides_before_priority_and_priority_before_number(kind: type[Any]) -> None:
    numbers = (0, 1, 2**48, 2**63, 2**64 - 1, 2**64, 2**64 + 1, 2**79)
    moments = list(product((-7, 0, LATEST_US), range(-2, 2), numbers))

    for one, other in permutations(moments, 2):
        queue = kind()
        queue.push((*one, abs, None))
        queue.push((*other, abs, None))
        assert place_of(queue.take()) == min(one, other)


@each
@pytest.mark.parametrize("size", [63, 64, 65, 128, 129, 1_000])
def test_more_calls_than_there_was_room_for_come_in_order(kind: type[Any], size: int) -> None:
    model, dice = Model(kind()), Dice(size, "calls")
    for _ in range(size):
        model.push(dice.below(size), dice.below(4) - 2, 0, str)
    for _ in range(size // 4):
        model.take_back(model.calls, dice.below(size))
        model.take()
        model.push(dice.below(size), 1, 0, str)
    model.check()

    while model.calls:
        model.take()


@each
def test_what_was_taken_is_held_no_more(kind: type[Any]) -> None:
    queue, holders = kind(), [Holder() for _ in range(3)]
    taken, taken_back, cleared = (weakref.ref(holder) for holder in holders)
    calls: list[Call] = [(at, 1, at, holder.hear, holder) for at, holder in enumerate(holders)]
    for call in calls:
        queue.push(call)
    holders.clear()

    queue.take()
    queue.take_back(calls[1])
    del call
    calls.clear()

    assert (taken(), taken_back()) == (None, None)
    assert cleared() is not None
    queue.clear()
    assert cleared() is None


@each
@pytest.mark.parametrize("name", ["function", "argument"])
def test_a_cycle_through_a_queue_is_garbage(kind: type[Any], name: str) -> None:
    holder = Holder()
    holder.queue = kind()
    holder.queue.push((0, 1, 0, holder.hear if name == "function" else abs, holder))
    seen = weakref.ref(holder)

    del holder
    gc.collect()

    assert seen() is None


@compiled
@pytest.mark.parametrize("call", [
    (0, 1, 0, abs), (0, 1, 0, abs, 1, 2), ("0", 1, 0, abs, 1), (2**63, 1, 0, abs, 1),
    (0, 2**15, 0, abs, 1), (0, 1, 2**80, abs, 1), (0, 1, -1, abs, 1),
])  # fmt: skip
def test_what_is_no_call_is_refused_and_changes_nothing(call: tuple[object, ...]) -> None:
    queue = FAST.Calls()

    with pytest.raises((TypeError, OverflowError)):
        queue.push(call)

    assert len(queue) == 0


@compiled
def test_places_are_used_again() -> None:
    queue = FAST.Calls()
    for number in range(1_000):
        queue.push((number, 1, number, abs, number))
        if number >= 10:
            queue.take()

    (what,) = gc.get_referents(queue)
    assert len(queue) == 10
    assert len(what) <= 2 * 11


def test_what_was_called_is_held_no_more() -> None:
    world, holders = World(), [Holder() for _ in range(3)]
    seen = [weakref.ref(holder) for holder in holders]
    for at_us, holder in enumerate(holders):
        world.call_at(at_us, str, holder)
    world.call_at(2, holders.append, None)
    holders.clear()
    del holder

    world.run()

    assert [one() for one in seen] == [None, None, None]


def test_an_abandoned_world_that_would_call_itself_is_garbage() -> None:
    world = World()
    world.call_at(5, world.process, None)
    seen = weakref.ref(world)

    del world
    gc.collect()

    assert seen() is None
