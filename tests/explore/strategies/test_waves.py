from paxos_des.engine.pool import Event, EventKind
from paxos_des.explore.strategies.waves import Waves


def event(
    number: int, parent: int, node: str, peer: str = "", kind: EventKind = "deliver"
) -> Event:
    return Event(number, kind, node, peer, "retry", parent)


def parts(*events: Event) -> list[str]:
    waves = Waves()
    return [waves.part[one.number] for one in waves.fresh(list(events))]


def test_a_request_begins_a_wave_that_asks_is_answered_and_tells_others() -> None:
    found = parts(
        event(0, -1, "leader-0", "client-0"),
        event(1, 0, "acceptor-0", "leader-0"),
        event(2, 1, "leader-0", "acceptor-0"),
        event(3, 1, "leader-1", "acceptor-0"),
    )

    assert found == ["beginning", "asking", "answer", "news"]


def test_a_timer_that_news_set_is_a_reaction_and_begins_a_wave() -> None:
    waves = Waves()
    waves.fresh([event(0, -1, "leader-0", "client-0")])
    waves.fresh([event(1, 0, "leader-0", kind="timer")])
    waves.fresh([event(2, 1, "acceptor-0", "leader-0")])

    assert waves.part[1] == "reaction"
    assert waves.of == {0: 0, 1: 1, 2: 1}


def test_a_timer_that_sets_itself_is_routine_and_so_is_one_from_the_start() -> None:
    found = parts(event(0, -1, "leader-0", kind="timer"), event(1, 0, "leader-0", kind="timer"))

    assert found == ["routine", "routine"]


def test_each_event_is_fresh_once() -> None:
    waves = Waves()
    first, second = event(0, -1, "a", "b"), event(1, -1, "a", "b")

    assert waves.fresh([first]) == [first]
    assert waves.fresh([first, second]) == [second]
    assert waves.fresh([first, second]) == []
