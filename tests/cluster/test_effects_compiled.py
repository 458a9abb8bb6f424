"""What a role asks for is done alike, whether a node's server was compiled or not."""

from collections.abc import Callable
from typing import Any

import pytest
from built import compiled
from hypothesis import given, settings
from hypothesis import strategies as st
from nodes import DELAY_US, Hearer, Pair

from paxos_des.cluster import seat
from paxos_des.engine.clocks import SteppedClock
from paxos_des.engine.fast import FAST
from paxos_des.engine.trace import Recording, Trace
from paxos_des.protocol.ballot import Ballot
from paxos_des.protocol.effects import (
    Broadcast,
    CancelTimer,
    Effect,
    Learned,
    Persist,
    Promised,
    Send,
    SetTimer,
    Timer,
    Voted,
)
from paxos_des.protocol.messages import Message

ALARM, BELL = Timer("alarm"), Timer("bell", 1)
KINDS: dict[str, Callable[[list[Effect]], Any]] = {
    "list": list, "tuple": tuple, "generator": lambda effects: (one for one in effects),
}  # fmt: skip
"""In what a role may return its effects: its interface says a list, and any will do."""


class Note(Message, frozen=True, gc=False):
    """A message of no protocol."""

    number: int


class Told(Hearer):
    """Answers each thing it hears of, at its start too, with the next of its answers."""

    def __init__(self, answers: list[tuple[str, list[Effect]]]) -> None:
        super().__init__()
        self.answers = list(answers)
        self.answer = self.next

    def next(self, *_: object) -> Any:  # noqa: ANN401 - a list, or what will do
        kind, effects = self.answers.pop(0) if self.answers else ("list", [])
        return KINDS[kind](effects)

    def on_start(self) -> list[Effect]:
        effects: list[Effect] = self.next()
        return effects

    def on_timer(self, timer: Timer) -> list[Effect]:
        self.heard.append(timer)
        effects: list[Effect] = self.next()
        return effects


class Served(Pair):
    """A pair of nodes, of which the second does what it is told to; and what came of that."""

    def __init__(
        self,
        answers: list[tuple[str, list[Effect]]],
        *,
        has_plain_server: bool = False,
        has_clock: bool = False,
        recording: Recording = "trace",
    ) -> None:
        self.told = Told(answers)
        with pytest.MonkeyPatch.context() as patch:
            if has_plain_server:
                patch.setattr(seat, "FAST", None)
            super().__init__(trace=Trace(recording), roles=[Hearer(), self.told])
        self.observed: list[object] = []
        for what in ("learn", "durable"):
            self.trace.observers.setdefault(what, []).append(self.observed.append)
        self.trace.watching[Voted].append(self.observed.append)
        node = self.nodes[1]
        if has_clock:
            node.clock = SteppedClock(self.world)
        assert (node.seats[0].server is None) == (has_plain_server or FAST is None)
        node.start()

    def run(self, sent: list[bool]) -> list[object]:
        """Let the second node hear of the first, before each of them be deaf for a while, or not;
        return all that befell.
        """
        for number, is_deaf in enumerate(sent):
            if is_deaf:
                self.nodes[1].fail()
                self.world.run(until=self.world.now + 6)
                self.nodes[1].heal()
            self.send(Note(number))
            self.world.run(until=self.world.now + DELAY_US + 7)
        if self.nodes[1].clock is not None:
            self.nodes[1].clock.step(-2 * DELAY_US)
        self.world.run()
        heard = [role.heard for role in self.roles]
        world, trace = self.world, self.trace
        return [*heard, self.observed, world.now, world.events, trace.numbers, trace.digest()]


timers = st.sampled_from([ALARM, BELL])
delays = st.tuples(st.integers(0, 9), st.integers(0, 9)) | st.just((3 * DELAY_US, 3 * DELAY_US))
set_timers = st.builds(
    lambda timer, ends, clock: SetTimer(
        timer=timer, delay_us_min=min(ends), delay_us_max=max(ends), clock=clock
    ),
    timers, delays, st.sampled_from(["own", "own", "steady"]),
)  # fmt: skip
notes = st.builds(Note, st.integers(0, 3))
targets = st.sampled_from([(), ("a",), ("a", "a")])
ballots = st.just(Ballot(1, 0))
records = st.just(Voted(0, Ballot(1, 0), "noop")) | st.just(Promised(Ballot(1, 0), 0))
effects: st.SearchStrategy[Any] = st.one_of(
    set_timers, set_timers, st.builds(CancelTimer, timers), st.builds(Send, st.just("a"), notes),
    st.builds(Broadcast, targets, notes), st.builds(Persist, records),
    st.builds(Learned, st.integers(0, 3), st.just("noop"), ballots, st.just(("a",))),
)  # fmt: skip
answers = st.lists(
    st.tuples(st.sampled_from(sorted(KINDS)), st.lists(effects, max_size=4)), max_size=6
)


@compiled
@settings(deadline=None, max_examples=100)
@given(
    told=answers,
    sent=st.lists(st.booleans(), max_size=4),
    recording=st.sampled_from(["trace", "digest", "nothing"]),
    has_clock=st.booleans(),
)
def test_a_server_does_what_a_plain_one_does(
    *, told: list[tuple[str, list[Effect]]], sent: list[bool], recording: Recording, has_clock: bool
) -> None:
    one, other = (
        Served(told, has_plain_server=is_plain, has_clock=has_clock, recording=recording)
        for is_plain in (False, True)
    )

    assert one.run(sent) == other.run(sent)


@pytest.mark.parametrize("kind", KINDS)
def test_effects_are_done_in_order_whatever_they_come_in(kind: str) -> None:
    vote = Voted(0, Ballot(1, 0), "noop")
    asked: list[Effect] = [Send("a", Note(1)), Persist(vote), Broadcast(("a", "a"), Note(2))]
    pair = Served([("list", []), (kind, asked)])
    pair.run([False])

    assert pair.roles[0].heard == [Note(1), Note(2), Note(2)]
    assert len(pair.observed) == 2


def test_what_is_done_before_a_generator_fails_stays_done() -> None:
    def asked() -> Any:  # noqa: ANN401 - a generator
        yield Send("a", Note(1))
        raise ArithmeticError

    pair = Pair()
    pair.roles[1].answer = lambda *_: asked()
    pair.send(Note(0))

    with pytest.raises(ArithmeticError):
        pair.world.run()
    pair.world.run()

    assert pair.roles[0].heard == [Note(1)]


def test_a_timer_that_fired_and_is_set_again_before_it_is_handed_over_fires_later_only() -> None:
    """Two are late, for the node was deaf: the first that is handed over sets the second anew."""
    late: list[Effect] = [alarm(ALARM, 5), alarm(BELL, 6)]
    pair = Served([("list", late), ("list", [alarm(BELL, 100)])])
    pair.nodes[1].fail()
    pair.world.run(until=10)
    assert pair.nodes[1].seats[0].fired == {ALARM, BELL}

    pair.world.call_at(20, lambda _: pair.nodes[1].heal(), None)
    pair.world.run(until=50)
    assert pair.told.heard == [ALARM]
    pair.world.run()

    assert pair.told.heard == [ALARM, BELL]
    assert pair.world.now == 120


def test_a_timer_that_goes_by_the_steady_clock_is_not_moved_by_a_step() -> None:
    effects: list[Effect] = [alarm(ALARM, 10), alarm(BELL, 20, clock="steady")]
    pair = Served([("list", effects)], has_clock=True)
    clock = pair.nodes[1].clock
    assert clock is not None
    clock.step(-100)
    pair.world.run()

    assert pair.told.heard == [BELL, ALARM]


def alarm(timer: Timer, after_us: int, **more: Any) -> SetTimer:  # noqa: ANN401 - which clock
    return SetTimer(timer=timer, delay_us_min=after_us, delay_us_max=after_us, **more)
