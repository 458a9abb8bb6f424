from toy_pool import Toy

from paxos_des.cluster.scenario import Scenario
from paxos_des.engine.pool import Event
from paxos_des.explore.strategies.delay_bounded import DelayBounded, Deviating, Deviations

DUEL = Scenario.named("duel")


def exploring() -> DelayBounded:
    return DelayBounded(DUEL, ("agreement",))


def schedule(deviations: Deviations) -> tuple[tuple[str, int], ...]:
    toy = Toy().run(Deviating(deviations), steps=9)
    return tuple((deed, event.number) for deed, event in toy.picked)


def all_of(most: int, before: Deviations = ()) -> list[Deviations]:
    """Return all sets of up to so many deviations, by running each."""
    policy = Deviating(before)
    Toy().run(policy, steps=9)
    found, start = [before], before[-1][0] + 1 if before else 0
    if most:
        for point in range(start, len(policy.options)):
            for option in range(policy.options[point]):
                found += all_of(most - 1, (*before, (point, option)))
    return found


def test_seed_0_is_the_dull_schedule_oldest_first_and_timers_last() -> None:
    assert exploring().deviations(0) == ()
    toy = Toy().run(Deviating())

    numbers = [event.number for _, event in toy.picked if event.kind == "deliver"]
    assert numbers == sorted(numbers)


def test_first_come_all_with_one_deviation_then_those_with_two() -> None:
    strategy = exploring()
    strategy.deviations(0)
    singles = sum(strategy._dull)

    assert {len(strategy.deviations(seed)) for seed in range(1, singles + 1)} == {1}
    assert {len(strategy.deviations(seed)) for seed in range(singles + 1, singles + 100)} == {2}


def test_each_single_deviation_comes_once() -> None:
    strategy = exploring()
    strategy.deviations(0)
    found = [strategy.deviations(seed)[0] for seed in range(1, sum(strategy._dull) + 1)]

    expected = [
        (point, option) for point, size in enumerate(strategy._dull) for option in range(size)
    ]
    assert sorted(found) == expected


def test_each_pair_comes_once_and_then_more_are_drawn() -> None:
    strategy = exploring()
    strategy.deviations(0)
    first = sum(strategy._dull) + 1
    strategy.deviations(first)
    assert strategy._pairs is not None
    pairs = [strategy.deviations(seed) for seed in range(first, first + 300)]
    drawn = [strategy.deviations(first + strategy._pairs[-1] + seed) for seed in range(50)]

    assert len(set(pairs)) == 300
    assert all(one[0] < other[0] for one, other in pairs)
    assert {len(found) for found in drawn} == {2, 3, 4}


def test_no_two_sets_of_deviations_make_the_same_schedule() -> None:
    sets = all_of(2)
    schedules = [schedule(deviations) for deviations in sets]

    assert len(sets) > 400
    assert len(set(schedules)) == len(sets)


def test_there_are_never_more_deviations_than_asked_for() -> None:
    strategy = exploring()
    for seed in (0, 1, 77, 5_000, 10**9):
        deviations = strategy.deviations(seed)
        policy = Deviating(deviations)
        Toy().run(policy)

        assert policy.deviated <= len(deviations) <= 4


def test_a_message_that_is_put_off_comes_behind_all_others_and_before_timers() -> None:
    events = [Event(number, "deliver", "a", "b", None, -1) for number in range(3)]
    events.insert(0, Event(9, "timer", "a", "", None, -1))
    policy, order = Deviating(((0, 0),)), []
    while events:
        picked = policy.pick(events, frozenset(("happen",)))
        assert picked is not None
        order.append(events.pop(picked[1]).number)

    assert order == [1, 2, 0, 9]
    assert policy.deviated == 1


def test_a_seed_has_the_same_deviations_whatever_was_asked_before() -> None:
    one, other = exploring(), exploring()
    for seed in range(30):
        one.deviations(seed)

    assert one.deviations(1_000) == other.deviations(1_000)
