"""Timers that were compiled, beside plain ones: the same firings, among the same other calls."""

from collections.abc import Callable
from typing import Any

from built import compiled
from hypothesis import given, settings
from hypothesis import strategies as st

from paxos_des.engine.calls import LATEST_US
from paxos_des.engine.timers import PlainTimers, Timers
from paxos_des.engine.world import World

pytestmark = compiled

names = st.sampled_from(["tea", "cake", "tea", "cake", ("a", 1), None])
times = st.just(2) | st.integers(0, 4) | st.just(9)
"""Few of both: then timers are set again, and are due at equal times."""
refused = st.sampled_from([1.5, True, "5", None, LATEST_US + 1, 2**70])
sets = st.tuples(st.just("set"), names, times)
cancels = st.tuples(st.just("cancel"), names)
simple = sets | sets | cancels
others: st.SearchStrategy[tuple[Any, ...]] = st.one_of(
    st.tuples(st.just("set"), names | st.just([]), refused | st.just(1)),
    st.tuples(st.just("close")),
    st.tuples(st.just("call"), times, simple | st.none()),
    st.tuples(st.just("when it fires"), names, st.lists(simple | st.tuples(st.just("fail")))),
    st.tuples(st.just("go on"), st.integers(1, 6)),
)
operations = st.lists(simple | others, max_size=40)


class Alarms:
    """Timers in a world of their own, and all that befell them."""

    def __init__(self, kind: Callable[..., Any]) -> None:
        self.world = World()
        self.timers = kind(self.world, self.fire)
        self.befell: list[object] = []
        self.then: dict[Any, list[tuple[Any, ...]]] = {}

    def fire(self, timer: object) -> None:
        self.befell.append(("fired", timer, self.world.now, len(self.world._queue)))
        for operation in self.then.pop(timer, ()):
            self.do(operation)

    def be_called(self, operation: tuple[Any, ...] | None) -> None:
        self.befell.append(("called", operation, self.world.now))
        if operation is not None:
            self.do(operation)

    def do(self, operation: tuple[Any, ...]) -> None:
        match operation:
            case ("set", timer, after_us):
                self.timers.set(timer, after_us)
            case ("cancel", timer):
                self.timers.cancel(timer)
            case ("close",):
                self.timers.close()
            case ("call", after_us, deed):
                self.world.call_at(self.world.now + after_us, self.be_called, deed)
            case ("when it fires", timer, deeds):
                self.then[timer] = deeds
            case ("go on", for_us):
                self.world.run(until=self.world.now + for_us)
            case ("run",):
                self.world.run()
            case _:
                raise ArithmeticError

    def try_to(self, operation: tuple[Any, ...]) -> None:
        """Do it, or note how it failed; then note what there is to see of a world."""
        try:
            self.do(operation)
        except (ArithmeticError, TypeError, ValueError) as error:
            self.befell.append((type(error), str(error)))
        world = self.world
        self.befell.append((world.now, world.events, len(world._queue), len(self.timers._heap)))


@settings(deadline=None, max_examples=150)
@given(done=operations)
def test_timers_do_what_plain_ones_do(done: list[tuple[Any, ...]]) -> None:
    compiled, plain = Alarms(Timers), Alarms(PlainTimers)
    # A run that failed goes on with the next one.
    for operation in (*done, *[("run",)] * 3):
        compiled.try_to(operation)
        plain.try_to(operation)

        assert compiled.befell == plain.befell


def test_a_timer_may_fire_at_the_last_moment_that_a_world_has() -> None:
    for kind in (Timers, PlainTimers):
        alarms = Alarms(kind)
        for after_us in (LATEST_US, LATEST_US - 1):
            alarms.timers.set(after_us, after_us)
        alarms.do(("run",))

        assert [one[1] for one in alarms.befell] == [LATEST_US - 1, LATEST_US]  # type: ignore[index]
