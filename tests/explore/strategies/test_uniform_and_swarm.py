from collections import Counter

from toy_pool import Toy

from paxos_des.engine.pool import Event
from paxos_des.explore.strategies.swarm import NEVER, Swarm
from paxos_des.explore.strategies.uniform import Uniform
from paxos_des.explore.strategies.waves import Waves


def message(number: int, node: str = "a", peer: str = "b", parent: int = -1) -> Event:
    return Event(number, "deliver", node, peer, "m", parent)


def first_picks(events: list[Event], runs: int = 4000) -> Counter[int]:
    found: Counter[int] = Counter()
    for seed in range(runs):
        picked = Uniform(seed).pick(events, frozenset(("happen",)))
        assert picked is not None
        found[picked[1]] += 1
    return found


def test_uniform_takes_all_messages_alike() -> None:
    picks = first_picks([message(number) for number in range(4)])

    assert all(900 < picks[place] < 1100 for place in range(4)), picks


def test_uniform_takes_a_timer_a_quarter_as_often_as_a_message() -> None:
    picks = first_picks([message(0), Event(1, "timer", "a", "", "resend", -1)])

    assert 3100 < picks[0] < 3300, picks


def test_uniform_bends_no_message_where_it_may_not() -> None:
    toys = [Toy().run(Uniform(seed), may=frozenset(("happen",))) for seed in range(20)]

    assert {deed for toy in toys for deed, _ in toy.picked} == {"happen"}


def test_uniform_loses_and_doubles_where_it_may() -> None:
    toys = [Toy().run(Uniform(seed)) for seed in range(20)]

    assert {deed for toy in toys for deed, _ in toy.picked} == {"happen", "lose", "double"}


def test_swarm_turns_each_feature_off_in_some_runs_and_on_in_others() -> None:
    swarms = [Swarm(seed) for seed in range(100)]

    for feature in ("loses", "doubles", "news", "spares", "answers_at_once"):
        found = {bool(getattr(swarm, feature)) for swarm in swarms}
        assert found == {False, True}, feature
    assert {swarm.crash for swarm in swarms} > {NEVER}


def test_swarm_never_loses_in_a_run_without_that_feature() -> None:
    without = [seed for seed in range(60) if not Swarm(seed).loses]
    toys = [Toy().run(Swarm(seed)) for seed in without]

    assert "lose" not in {deed for toy in toys for deed, _ in toy.picked}


def test_swarm_lets_no_leader_hear_news_while_anything_else_can_happen() -> None:
    seed = next(seed for seed in range(1000) if Swarm(seed).news == NEVER)
    swarm, waves = Swarm(seed), Waves()

    class Watched:
        def pick(self, events: list[Event], may: frozenset[str]) -> tuple[str, int] | None:
            waves.fresh(events)
            picked = swarm.pick(events, may)  # type: ignore[arg-type] # deeds are texts
            assert picked is not None
            part = waves.part[events[picked[1]].number]
            others = [event for event in events if waves.part[event.number] != "news"]
            assert part != "news" or not others, events
            return picked

    Toy().run(Watched())  # type: ignore[arg-type] # likewise
