"""The world: a SimPy environment in which a run is the same every time.

It keeps SimPy's total order exactly (time, then priority, then who was scheduled first), and
differs from `simpy.Environment` in three things:

- Time is an int of microseconds. A float is refused, because it would one day decide an order.
- A failure is raised at once, as itself. SimPy first runs what else is due at that instant, and
  then raises `type(error)(*error.args)`: a TypeError where the error has a constructor of its
  own, and a stranger to whoever raised the original and waits to catch it.
- The queue holds plain calls `(time, priority, number, function, argument)`. An event of SimPy
  is a call that runs the event's callbacks. So a message or a timer costs one heap entry and
  one call, without an event, a list of callbacks or a process.
"""

from collections.abc import Callable
from functools import partial
from heapq import heappop, heappush
from itertools import count
from typing import Any

import simpy
from simpy.core import EmptySchedule, StopSimulation
from simpy.events import NORMAL, URGENT, Event, EventPriority, ProcessGenerator

from paxos_des.engine.calls import LATEST_US, Call, Calls
from paxos_des.engine.fast import FAST
from paxos_des.engine.process import WorldProcess

_RESUMED = EventPriority(-1)
"""For the rest of an event whose first callbacks have run: before all else of its instant."""

_STOP = EventPriority(-2)
"""For `World.stop`: before anything else."""


class World(simpy.Environment):
    """A deterministic SimPy environment, with time in whole microseconds.

    Parameters
    ----------
    initial_time
        The first instant, in microseconds.

    Attributes
    ----------
    push
        Puts a call into the queue.
    take_number
        Reserves the next place in the order of equal times, for `call_numbered`.

    Raises
    ------
    TypeError
        When a time or a delay is anything but an int, here and in every method.
    """

    # Hot loops elsewhere push onto `_queue` themselves, and read `_now`: keep the names. A slot is
    # found at one place in any world.
    __slots__ = ("_now",)

    _now: int
    _queue: Calls  # type: ignore[assignment] # SimPy's entries are (…, event)
    _eid: "count[int]"  # in quotes: Python has no way to say so

    def __init__(self, initial_time: int = 0) -> None:
        require_microseconds("initial_time", initial_time)
        # What SimPy sets, past its look for what this class might bind early: nothing.
        self._now = initial_time
        self._active_proc = None
        if FAST is None:
            self._queue = Calls()
            self._eid = count()
            self.push: Callable[[Call], object] = partial(heappush, self._queue)
        else:
            self._queue = FAST.Calls()
            self._eid = FAST.Counter()
            self.push = self._queue.push
        self.take_number: Callable[[], int] = self._eid.__next__
        self._running = False
        self._stopping = False

    @property
    def now(self) -> int:
        return self._now

    @property
    def events(self) -> int:
        """How many calls have been made: all numbers given out, less those still queued.

        A horizon counts as one, and so does a number that was taken and never used.
        """
        # A count shows where it stands in its repr only: copying one ends with Python 3.14.
        given = int(repr(self._eid).removeprefix("count(").removesuffix(")"))
        return given - len(self._queue)

    def process(self, generator: ProcessGenerator) -> WorldProcess:
        """Start a process; if it fails and nobody waits for it, `run` raises its error at once."""
        return WorldProcess(self, generator)

    def schedule(
        self,
        event: Event,
        priority: EventPriority = NORMAL,
        delay: int = 0,  # type: ignore[override] # a float is what we refuse
    ) -> None:
        """Schedule an event of SimPy; for its own classes, which call this when triggered."""
        if type(delay) is not int:
            require_microseconds("delay", delay)
        at_us = self._now + delay
        if at_us > LATEST_US:
            require_microseconds("delay", at_us)
        call: Call = (at_us, priority, next(self._eid), _run_callbacks, event)
        self.push(call)

    def call_at(self, at_us: int, function: Callable[[Any], object], argument: object) -> None:
        """Call `function(argument)` at `at_us`, after all that is due then already."""
        self.call_numbered(at_us, next(self._eid), function, argument)

    def call_numbered(
        self, at_us: int, number: int, function: Callable[[Any], object], argument: object
    ) -> None:
        """Call `function(argument)` at `at_us`, in the place that `number` has among equals.

        A caller may fold a rank into the bits above a number that it took; each number may be
        used once.
        """
        require_microseconds("at_us", at_us)
        assert at_us >= self._now, f"a call for {at_us} us, which is before now, {self._now} us"
        self.push((at_us, NORMAL, number, function, argument))

    def stop(self) -> None:
        """Make `run` return None once the current call is done; outside `run`, do nothing."""
        if self._running and not self._stopping:
            self._stopping = True
            # It takes no number, so that a run is numbered alike whether or not it is stopped.
            stop: Call = (self._now, _STOP, 0, _raise_stop, None)
            self.push(stop)

    def step(self) -> None:
        """Make the next call.

        Raises
        ------
        simpy.core.EmptySchedule
            When there is none.
        """
        if not self._queue:
            raise EmptySchedule
        self._now, _, _, function, argument = self._queue.take()
        function(argument)

    def run(self, until: int | Event | None = None) -> Any:  # type: ignore[override] # noqa: ANN401 - the value of any event
        """Make all calls in order: every one, those before a horizon, or until an event.

        Parameters
        ----------
        until
            A horizon in microseconds, at which time stands afterwards: calls due at the horizon
            itself are not made. Or an event, whose value is returned.

        Raises
        ------
        TypeError
            When `until` is neither an int, nor an event, nor None.
        ValueError
            When the horizon is not after `now`.
        RuntimeError
            When nothing is left to do and the event has not happened, or inside a run.
        """
        if self._running:
            message = "found run() inside a run; allowed is one at a time: yield an event instead"
            raise RuntimeError(message)
        if isinstance(until, Event) and until.callbacks is None:
            return until.value

        horizon = self._arm(until)
        self._running = True
        queue, pop = self._queue, heappop
        try:
            if FAST is not None:
                FAST.make_calls(self, queue)
            # Not `while queue`: CPython 3.11 would not specialize a loop that ends in a test, and
            # a long run is one such loop.
            while True:
                if not queue:
                    break
                self._now, _, _, function, argument = pop(queue)
                function(argument)
        except StopSimulation as stop:
            return stop.args[0]
        finally:
            self._running = False
            self._disarm(until, horizon)
        if isinstance(until, Event):
            message = f'No scheduled events left but "until" event was not triggered: {until}'
            raise RuntimeError(message)  # noqa: TRY004 - the type is right, it did not happen
        return None

    def _arm(self, until: int | Event | None) -> Call | None:
        """Have the run stopped where it should end; return the horizon's call, if it has one."""
        if until is None:
            return None
        if isinstance(until, Event):
            until.callbacks.append(StopSimulation.callback)
            return None
        require_microseconds("until", until)
        if until <= self._now:
            message = (
                f"until ({until}) must be greater than the current simulation time "
                f"({self._now}); give a later one, in microseconds"
            )
            raise ValueError(message)
        horizon: Call = (until, URGENT, next(self._eid), _raise_stop, None)
        self.push(horizon)
        return horizon

    def _disarm(self, until: int | Event | None, horizon: Call | None) -> None:
        """Take back what would end a later run too early, if this one ended otherwise."""
        if self._stopping:
            self._stopping = False
            if self._queue and self._queue[0][1] == _STOP:
                self._queue.take()
        if horizon is not None:
            self._queue.take_back(horizon)
        if isinstance(until, Event) and until.callbacks is not None:
            until.callbacks[:] = [
                callback for callback in until.callbacks if callback != StopSimulation.callback
            ]


def _run_callbacks(event: Event) -> None:
    """Process an event of SimPy: the function of every stock entry in the queue."""
    callbacks, event.callbacks = event.callbacks, None  # type: ignore[assignment] # as SimPy does
    try:
        for callback in callbacks:
            callback(event)
    except StopSimulation:
        # The run ends in the middle of this event. A later one goes on with the other callbacks.
        event.callbacks = callbacks[callbacks.index(callback) + 1 :]
        event.env.schedule(event, _RESUMED)
        raise
    if not event._ok and not event.defused:
        raise event._value


def _raise_stop(_: None) -> None:
    raise StopSimulation(None)


def require_microseconds(name: str, found: object) -> None:
    """Refuse what is no time that a world may have.

    Raises
    ------
    TypeError, ValueError
        With what was found, and what is allowed.
    """
    if type(found) is not int:
        message = (
            f"{name}: found {found!r}, a {type(found).__name__}; "
            "allowed is an int: give whole microseconds, as in 2_000 for 2 ms"
        )
        raise TypeError(message)
    if found > LATEST_US:
        message = f"{name}: found {found} us; allowed are {LATEST_US} at most, 146,000 years"
        raise ValueError(message)


if FAST is not None:
    FAST.know_world(World, LATEST_US, require_microseconds)
