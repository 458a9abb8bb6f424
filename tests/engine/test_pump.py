"""Message pumps: first come, first served; or late and in any order, and none lost."""

from typing import Any

import pytest
from world import entry

from paxos_des.engine.choices import Chooser, Decision, Key, Remember
from paxos_des.engine.entries import MessageEntry
from paxos_des.engine.mailbox import Mailbox
from paxos_des.engine.pump import NOTHING, AdversarialPump
from paxos_des.engine.world import World

WAIT_US = 100_000


class Owner:
    """A node behind an adversarial pump, and what it was handed when."""

    def __init__(
        self,
        *,
        seed: int | None = 1,
        nothing: float = 0.05,
        remember: Remember = "nothing",
        schedule: tuple[Decision, ...] = (),
        tells_nothing: bool = False,
    ) -> None:
        self.world = World()
        self.is_deaf = False
        self.handed: list[tuple[object, int]] = []
        self.chooser = Chooser(seed, schedule, remember=remember)
        self.mailbox = Mailbox(self.world)
        pump = AdversarialPump(
            self.world,
            self.chooser,
            "b",
            wait_us=WAIT_US,
            nothing=nothing,
            is_deaf=lambda: self.is_deaf,
            tells_nothing=tells_nothing,
        )
        self.mailbox.start(pump.run(self.mailbox, self.hand_over))

    def hand_over(self, item: Any) -> None:  # noqa: ANN401 - a pump's owner takes anything
        number = item.message.number if isinstance(item, MessageEntry) else item
        self.handed.append((number, self.world.now))

    def put(self, numbers: range, *, every_us: int = 0) -> None:
        """Let envelopes of these numbers arrive, one after another."""
        for place, number in enumerate(numbers):
            envelope = entry(number)
            self.world.call_at(place * every_us, self.mailbox.put, envelope)

    def run(self) -> list[tuple[object, int]]:
        self.world.run()
        return self.handed

    @property
    def numbers(self) -> list[object]:
        return [number for number, _ in self.handed]


@pytest.mark.parametrize("seed", range(10))
@pytest.mark.parametrize("every_us", [0, 10, 150_000])
def test_loses_none_and_doubles_none(seed: int, every_us: int) -> None:
    owner = Owner(seed=seed)
    owner.put(range(60), every_us=every_us)

    owner.run()

    assert sorted(map(str, owner.numbers)) == sorted(map(str, range(60)))


def test_hands_over_in_any_order() -> None:
    orders = set()
    for seed in range(10):
        owner = Owner(seed=seed, nothing=0.5)
        owner.put(range(10))
        owner.run()
        orders.add(tuple(owner.numbers))

    assert len(orders) > 5


def test_delays_some_messages_behind_many_others() -> None:
    owner = Owner(nothing=0.2)
    owner.put(range(200), every_us=10)

    owner.run()

    late = [place - number for place, number in enumerate(owner.numbers)
            if isinstance(number, int)]  # fmt: skip
    assert max(late) > 20


@pytest.mark.parametrize("seed", range(3))
def test_hands_over_nothing_with_about_the_given_chance(seed: int) -> None:
    """2,000 looks at 20 %: 400 of them in vain, with a standard deviation of 18."""
    owner = Owner(seed=seed, nothing=0.2)
    owner.put(range(2_000), every_us=1)
    owner.world.run(until=2_000)

    assert 340 < 2_000 - len(owner.handed) < 460


def test_with_no_chance_of_nothing_a_lone_message_is_handed_over_at_once() -> None:
    owner = Owner(nothing=0)
    owner.put(range(100), every_us=10)

    assert owner.run() == [(number, 10 * number) for number in range(100)]


def test_the_dull_pick_is_the_oldest() -> None:
    """Three are left over by interventions, and from then on it is three behind."""
    keys = [Key("pick", ("b",), what(number), 1) for number in range(3)]
    owner = Owner(seed=None, schedule=tuple(Decision(key, "nothing") for key in keys))
    owner.put(range(10), every_us=10)

    owner.run()

    assert owner.numbers == list(range(10))
    assert owner.handed[:2] == [(0, 30), (1, 40)]
    assert owner.chooser.unused == ()


def test_the_dull_run_is_a_plain_pump() -> None:
    owner = Owner(seed=None)
    owner.put(range(30), every_us=10)

    assert owner.run() == [(number, 10 * number) for number in range(30)]


def test_when_nothing_comes_it_hands_one_over_each_time_it_has_waited() -> None:
    keys = [Key("pick", ("b",), what(number), 1) for number in range(3)]
    owner = Owner(seed=None, schedule=tuple(Decision(key, "nothing") for key in keys))
    owner.put(range(3))

    assert owner.run() == [(0, WAIT_US), (1, 2 * WAIT_US), (2, 3 * WAIT_US)]


def test_a_message_puts_the_wait_off() -> None:
    """It waits for as long again from the last message on, not from the first."""
    keep = Decision(Key("pick", ("b",), what(0), 1), "nothing")
    keep_too = Decision(Key("pick", ("b",), what(1), 1), "nothing")
    owner = Owner(seed=None, schedule=(keep, keep_too))
    owner.put(range(2), every_us=60_000)

    assert owner.run() == [(0, 160_000), (1, 260_000)]


def test_an_empty_pump_sleeps() -> None:
    owner = Owner(nothing=0)
    owner.put(range(5))
    owner.run()

    assert owner.world.now == 0


def test_timers_are_handed_over_at_once_and_past_the_pool() -> None:
    keep = Decision(Key("pick", ("b",), what(0), 1), "nothing")
    owner = Owner(seed=None, schedule=(keep,))
    owner.put(range(1))
    owner.world.call_at(5, owner.mailbox.put, "timer")

    assert owner.run() == [("timer", 5), (0, WAIT_US)]


def test_timers_draw_nothing() -> None:
    quiet, ringing = Owner(seed=4, nothing=0.5), Owner(seed=4, nothing=0.5)
    for owner in (quiet, ringing):
        owner.put(range(50), every_us=10)
    for at_us in range(0, 500, 3):
        ringing.world.call_at(at_us, ringing.mailbox.put, "timer")
    ringing.run()

    assert [one for one in ringing.handed if one[0] != "timer"] == quiet.run()


def test_a_deaf_node_holds_its_messages_back_until_it_hears() -> None:
    owner = Owner(nothing=0)
    owner.is_deaf = True
    owner.put(range(5))
    owner.world.call_at(250_000, lambda _: setattr(owner, "is_deaf", False), None)

    owner.run()

    assert sorted(map(str, owner.numbers)) == list("01234")
    assert [at_us for _, at_us in owner.handed] == [300_000 + place * WAIT_US for place in range(5)]


def test_the_same_seed_hands_over_the_same() -> None:
    first, second, other = Owner(seed=3), Owner(seed=3), Owner(seed=4)
    for owner in (first, second, other):
        owner.put(range(100), every_us=10)
        owner.run()

    assert first.handed == second.handed
    assert first.handed != other.handed


def test_naming_what_is_picked_does_not_change_it() -> None:
    plain, careful = Owner(nothing=0.3), Owner(nothing=0.3, remember="decisions")
    for owner in (plain, careful):
        owner.put(range(100), every_us=10)

    assert plain.run() == careful.run()
    answers = [decision.answer for decision in careful.chooser.remembered]
    assert len(answers) - answers.count("nothing") == 100


def test_an_intervention_names_the_message_not_its_place() -> None:
    keep = Decision(Key("pick", ("b",), what(0), 1), "nothing")
    second = Decision(Key("pick", ("b",), what(1), 1), named(1))
    owner = Owner(seed=None, schedule=(keep, second))
    owner.put(range(3), every_us=10)

    owner.run()

    assert owner.numbers == [1, 0, 2]


def test_a_schedule_remembers_the_picks_that_were_not_the_oldest_only() -> None:
    dull, wild = Owner(seed=None, remember="schedule"), Owner(nothing=0.5, remember="schedule")
    for owner in (dull, wild):
        owner.put(range(30), every_us=10)
        owner.run()

    assert dull.chooser.remembered == []
    replayed = Owner(seed=None, schedule=tuple(wild.chooser.remembered))
    replayed.put(range(30), every_us=10)
    assert replayed.run() == wild.handed


def test_a_message_that_is_not_there_is_as_good_as_none_named() -> None:
    absent = Decision(Key("pick", ("b",), what(0), 1), named(99))
    owner = Owner(seed=None, schedule=(absent,))
    owner.put(range(2), every_us=10)

    assert owner.run() == [(0, 0), (1, 10)]


def what(number: int) -> str:
    """Return what a pick is about: the pump looked because this message had come."""
    return f'{{"after":{named(number)}}}'


def named(number: int) -> str:
    return f'{{"from":"a","message":{{"type":"Note","number":{number}}}}}'


def test_tells_an_owner_that_wants_to_know_when_it_has_nothing_also_of_an_empty_pool() -> None:
    owner = Owner(nothing=0, tells_nothing=True)
    owner.put(range(1))

    owner.world.run(until=3 * WAIT_US + 1)

    assert owner.handed == [(0, 0), *((NOTHING, wait * WAIT_US) for wait in (1, 2, 3))]


def test_tells_it_when_chance_has_nothing_handed_over() -> None:
    owner = Owner(seed=2, nothing=0.5, tells_nothing=True)
    owner.put(range(40), every_us=10)
    owner.world.run(until=400)

    told = [item for item, _ in owner.handed if item is NOTHING]
    assert len(owner.handed) == 40
    assert 10 < len(told) < 30


def test_tells_a_deaf_owner_nothing() -> None:
    owner = Owner(tells_nothing=True)
    owner.is_deaf = True

    owner.world.run(until=5 * WAIT_US)

    assert owner.handed == []
