"""The client: asks until it is answered, wherever it is sent."""

from typing import Any

import pytest
from roles import LEADERS, command

from paxos_des.names import NodeId
from paxos_des.protocol.ballot import Command
from paxos_des.protocol.client import ARRIVE, RETRY, Client
from paxos_des.protocol.effects import (
    Answered,
    Asked,
    CancelTimer,
    Compact,
    Completed,
    Effect,
    Invoked,
    Persist,
    Record,
    Send,
    SetTimer,
    Timer,
)
from paxos_des.protocol.habits import Habits
from paxos_des.protocol.messages import Redirect, Reply, Request

X, Y, Z = (command(sequence) for sequence in range(3))
ARRIVING = SetTimer(timer=ARRIVE, delay_us_min=10, delay_us_max=50)
LATER = SetTimer(timer=RETRY, delay_us_min=2_000_000, delay_us_max=2_000_000)


def test_notes_that_it_asks_before_it_asks() -> None:
    client = a_client(values=1)

    assert client.on_start() == [Invoked(X), asked("leader-2", X), LATER]


def test_asks_for_all_at_once() -> None:
    client = a_client(values=3)

    effects = client.on_start()

    assert effects == [
        Invoked(X), asked("leader-2", X), Invoked(Y), asked("leader-2", Y),
        Invoked(Z), asked("leader-2", Z), LATER,
    ]  # fmt: skip


def test_a_client_without_commands_does_nothing() -> None:
    assert a_client(values=0).on_start() == []


def test_asks_for_one_more_than_there_was_to_be() -> None:
    client = a_client(values=0)
    client.on_start()

    assert client.ask_for_one_more() == [Invoked(X), asked("leader-2", X), LATER]
    assert client.ask_for_one_more() == [Invoked(Y), asked("leader-2", Y)]


def test_keeps_a_number_in_flight() -> None:
    client = a_client(values=3, in_flight=2)

    start = client.on_start()
    effects = client.on_message("leader-2", Reply(1, 7))

    assert start == [Invoked(X), asked("leader-2", X), Invoked(Y), asked("leader-2", Y), LATER]
    assert effects == [Completed(Y, "ok", 7), Invoked(Z), asked("leader-2", Z)]


def test_asks_no_more_than_it_has() -> None:
    client = a_client(values=1, in_flight=10)

    assert client.on_start() == [Invoked(X), asked("leader-2", X), LATER]


def test_an_answer_completes_its_command_with_its_slot() -> None:
    client = a_client(values=2)
    client.on_start()

    assert client.on_message("leader-2", Reply(0, 5)) == [Completed(X, "ok", 5)]


def test_the_last_answer_ends_the_retries() -> None:
    client = a_client(values=1)
    client.on_start()

    effects = client.on_message("leader-2", Reply(0, 5))

    assert effects == [Completed(X, "ok", 5), CancelTimer(RETRY)]


@pytest.mark.parametrize("source", ["leader-2", "leader-0"])
def test_a_repeated_answer_is_ignored(source: NodeId) -> None:
    client = a_client(values=2, in_flight=1)
    client.on_start()
    client.on_message("leader-2", Reply(0, 5))

    assert client.on_message(source, Reply(0, 5)) == []
    assert client.on_message(source, Reply(0, 9)) == []


def test_an_answer_to_what_it_never_asked_is_ignored() -> None:
    client = a_client(values=2, in_flight=1)
    client.on_start()

    assert client.on_message("leader-2", Reply(1, 5)) == []


def test_sends_new_commands_to_whoever_answered() -> None:
    client = a_client(values=2, in_flight=1)
    client.on_start()

    effects = client.on_message("leader-0", Reply(0, 5))

    assert effects[-1] == asked("leader-0", Y)


def test_follows_a_redirect_and_asks_there_from_then_on() -> None:
    client = a_client(values=2, in_flight=1)
    client.on_start()

    redirected = client.on_message("leader-2", Redirect(0, "leader-1"))
    client.on_message("leader-1", Reply(0, 5))

    assert redirected == [asked("leader-1", X)]
    assert client.asking[1].leader == "leader-1"


def test_follows_one_redirect_between_two_retries() -> None:
    """Two leaders that each take the other for the primary would send it to and fro for ever."""
    client = a_client(values=1)
    client.on_start()
    client.on_message("leader-2", Redirect(0, "leader-1"))

    assert client.on_message("leader-1", Redirect(0, "leader-2")) == []


def test_follows_a_redirect_again_after_a_retry() -> None:
    client = a_client(values=1)
    client.on_start()
    client.on_message("leader-2", Redirect(0, "leader-1"))
    waited(client, periods=2)

    assert client.asking[0].leader == "leader-2"
    assert client.on_message("leader-2", Redirect(0, "leader-1")) == [asked("leader-1", X)]


def test_a_redirect_to_where_it_asks_already_is_ignored() -> None:
    client = a_client(values=1)
    client.on_start()

    assert client.on_message("leader-1", Redirect(0, "leader-2")) == []


def test_a_redirect_of_what_is_answered_is_ignored() -> None:
    client = a_client(values=2)
    client.on_start()
    client.on_message("leader-2", Reply(0, 5))

    assert client.on_message("leader-1", Redirect(0, "leader-0")) == []
    assert client.primary == "leader-2"


def test_waits_a_whole_period_before_it_asks_again() -> None:
    client = a_client(values=1)
    client.on_start()

    assert client.on_timer(RETRY) == [LATER]
    assert client.on_timer(RETRY) == [asked("leader-0", X), LATER]


def test_a_redirect_begins_a_new_period() -> None:
    client = a_client(values=1)
    client.on_start()
    client.on_timer(RETRY)
    client.on_message("leader-2", Redirect(0, "leader-1"))

    assert client.on_timer(RETRY) == [LATER]
    assert client.on_timer(RETRY) == [asked("leader-2", X), LATER]


def test_asks_one_leader_after_the_other() -> None:
    client = a_client(values=1)
    client.on_start()
    client.on_timer(RETRY)

    tried = [waited(client, periods=1)[0] for _ in range(4)]

    assert tried == [asked(name, X) for name in ("leader-0", "leader-1", "leader-2", "leader-0")]


def test_asks_again_for_what_is_unanswered_only() -> None:
    client = a_client(values=3)
    client.on_start()
    client.on_message("leader-2", Reply(1, 5))

    assert waited(client, periods=2) == [asked("leader-0", X), asked("leader-0", Z), LATER]


def test_does_not_note_twice_that_it_asks() -> None:
    client = a_client(values=1)
    client.on_start()

    effects = waited(client, periods=3)

    assert not any(isinstance(effect, Invoked) for effect in effects)


def test_doubts_a_primary_that_does_not_answer() -> None:
    client = a_client(values=3, in_flight=2)
    client.on_start()
    client.on_message("leader-2", Redirect(0, "leader-1"))
    assert client.primary == "leader-1"

    waited(client, periods=2)

    assert client.primary is None


def test_a_late_answer_of_a_leader_that_it_gave_up_completes_all_the_same() -> None:
    client = a_client(values=1)
    client.on_start()
    waited(client, periods=2)

    effects = client.on_message("leader-2", Reply(0, 5))

    assert effects == [Completed(X, "ok", 5), CancelTimer(RETRY)]


def test_spreads_its_first_requests_as_it_is_told() -> None:
    client = a_client(values=3)
    client.first_leader = lambda sequence: LEADERS[sequence]

    assert client.on_start()[1::2] == [
        asked(*pair) for pair in zip(LEADERS, (X, Y, Z), strict=True)
    ]


def test_an_answer_tells_the_result() -> None:
    client = a_client(values=2)
    client.on_start()

    assert client.on_message("leader-2", Reply(0, 5, 7)) == [Completed(X, "ok", 5, 7)]


def test_a_read_under_a_lease_has_no_slot() -> None:
    client = a_client(values=2)
    client.on_start()

    answered = client.on_message("leader-2", Reply(0, None, 7))

    assert answered == [Completed(X, "ok", None, 7)]


def test_a_leader_that_points_to_a_silent_one_does_not_keep_it_from_the_others() -> None:
    """leader-1 is silent, leader-2 takes it for the primary, and leader-0 is it."""
    client = a_client(values=1)
    client.on_start()
    tried = set()
    for _ in range(12):
        tried.add(client.asking[0].leader)
        if client.asking[0].leader == "leader-2":
            client.on_message("leader-2", Redirect(0, "leader-1"))
        client.on_timer(RETRY)

    assert tried == set(LEADERS)


def test_makes_an_operation_when_it_asks_for_it() -> None:
    client = a_client(values=1_000_000, in_flight=2)
    made: list[int] = []
    client.operation_of = made.append
    client.on_start()
    client.on_message("leader-2", Reply(0, 5))

    assert made == [0, 1, 2]


# Retries: longer each time, and not all at once.


def test_waits_twice_as_long_after_each_retry_in_vain_up_to_the_longest() -> None:
    client = a_client(values=1, retry_us_max=7_000_000)
    client.on_start()

    waits = [client.on_timer(RETRY)[-1] for _ in range(5)]

    assert waits == [waiting(us) for us in (2_000_000, 4_000_000, 7_000_000, 7_000_000, 7_000_000)]


def test_an_answer_ends_the_long_waits() -> None:
    client = a_client(values=3, in_flight=2, retry_us_max=8_000_000)
    client.on_start()
    waited(client, periods=3)

    effects = client.on_message("leader-0", Reply(0, 5))

    assert effects == [Completed(X, "ok", 5), Invoked(Z), asked("leader-0", Z), LATER]


def test_a_wait_is_longer_by_a_share_that_its_node_draws() -> None:
    client = a_client(values=1, retry_jitter=0.25)

    assert client.on_start()[-1] == waiting(2_000_000, 2_500_000)


# The window of sequence numbers.


def test_asks_for_no_number_that_is_a_window_above_one_that_is_open() -> None:
    client = a_client(values=4, in_flight=2, is_windowed=True)
    client.on_start()

    blocked = client.on_message("leader-2", Reply(1, 5))
    freed = client.on_message("leader-2", Reply(0, 6))

    assert blocked == [Completed(Y, "ok", 5)]
    assert freed == [
        Completed(X, "ok", 6),
        *(effect for one in (2, 3) for effect in (Invoked(command(one)),
                                                  asked("leader-2", command(one)))),
    ]  # fmt: skip


# Thinking between an answer and the next request.


def test_thinks_before_it_asks_again() -> None:
    client = a_client(values=2, in_flight=1, think_us_min=10, think_us_max=50)
    client.on_start()

    answered = client.on_message("leader-2", Reply(0, 5))
    thought = client.on_timer(Timer("think 0"))

    assert answered == [Completed(X, "ok", 5), thinking(0), CancelTimer(RETRY)]
    assert thought == [Invoked(Y), asked("leader-2", Y), LATER]


def test_whoever_is_answered_thinks_alone() -> None:
    client = a_client(values=5, in_flight=3, think_us_min=10, think_us_max=50)
    client.on_start()

    first = client.on_message("leader-2", Reply(1, 5))
    second = client.on_message("leader-2", Reply(0, 6))
    thought = client.on_timer(Timer("think 0"))
    third = client.on_message("leader-2", Reply(3, 7))

    assert first == [Completed(Y, "ok", 5), thinking(0)]
    assert second == [Completed(X, "ok", 6), thinking(1)]
    assert thought == [Invoked(command(3)), asked("leader-2", command(3))]
    assert third == [Completed(command(3), "ok", 7), thinking(0)]


def test_who_has_nothing_left_to_ask_does_not_think() -> None:
    client = a_client(values=1, in_flight=1, think_us_min=10, think_us_max=50)
    client.on_start()

    effects = client.on_message("leader-2", Reply(0, 5))

    assert effects == [Completed(X, "ok", 5), CancelTimer(RETRY)]


# Requests that arrive on their own.


def test_requests_arrive_one_after_another() -> None:
    client = a_client(values=2, arrivals="open", every_us_min=10, every_us_max=50)

    assert client.on_start() == [ARRIVING]
    assert client.on_timer(ARRIVE) == [ARRIVING, Invoked(X), asked("leader-2", X), LATER]
    assert client.on_timer(ARRIVE) == [Invoked(Y), asked("leader-2", Y)]


def test_what_arrives_while_all_may_be_open_are_waits_for_its_turn() -> None:
    client = a_client(values=3, in_flight=1, arrivals="open", every_us_min=10, every_us_max=50)
    client.on_start()
    client.on_timer(ARRIVE)

    queued = client.on_timer(ARRIVE)
    answered = client.on_message("leader-2", Reply(0, 5))
    idle = client.on_message("leader-2", Reply(1, 6))

    assert queued == [ARRIVING]
    assert answered == [Completed(X, "ok", 5), Invoked(Y), asked("leader-2", Y)]
    assert idle == [Completed(Y, "ok", 6), CancelTimer(RETRY)]


# Clients with a disk.


def test_a_number_is_durable_before_anybody_hears_of_it() -> None:
    client = a_client(values=1, is_durable=True)

    assert client.on_start() == [Persist(Asked(X)), Invoked(X), asked("leader-2", X), LATER]


def test_an_answer_is_durable_before_the_next_request() -> None:
    client = a_client(values=2, in_flight=1, is_durable=True)
    client.on_start()

    effects = client.on_message("leader-2", Reply(0, 5))

    assert effects == [
        Completed(X, "ok", 5), Persist(Answered(0)),
        Persist(Asked(Y)), Invoked(Y), asked("leader-2", Y),
    ]  # fmt: skip


def test_a_client_without_a_disk_keeps_nothing() -> None:
    client = a_client(values=2, in_flight=1)

    effects = [*client.on_start(), *client.on_message("leader-2", Reply(0, 5))]

    assert not any(isinstance(effect, Persist | Compact) for effect in effects)


def test_one_that_comes_back_asks_again_and_goes_on_with_the_next_number() -> None:
    client = a_client(values=4, in_flight=2, is_durable=True)

    effects = client.recover([Asked(X), Asked(Y), Answered(0)])

    assert effects == [
        Invoked(Y), asked("leader-2", Y),
        Persist(Asked(Z)), Invoked(Z), asked("leader-2", Z), LATER,
    ]  # fmt: skip


def test_one_that_comes_back_to_an_empty_disk_begins() -> None:
    client = a_client(values=1, is_durable=True)

    assert client.recover([]) == [Persist(Asked(X)), Invoked(X), asked("leader-2", X), LATER]


def test_one_that_comes_back_keeps_its_window() -> None:
    client = a_client(values=9, in_flight=3, is_windowed=True, is_durable=True)

    effects = client.recover([Asked(X), Asked(Y), Asked(Z), Answered(1), Answered(2)])

    assert effects == [Invoked(X), asked("leader-2", X), LATER]


def test_one_that_comes_back_awaits_new_arrivals_only() -> None:
    client = a_client(values=9, arrivals="open", every_us_min=10, every_us_max=50, is_durable=True)

    effects = client.recover([Asked(X), Answered(0), Asked(Y)])

    assert effects == [Invoked(Y), asked("leader-2", Y), ARRIVING, LATER]


def test_its_log_stays_bounded() -> None:
    """A record in three is one that it makes last: what it keeps now and then, it goes on from."""
    client = a_client(values=5_000, in_flight=3, is_durable=True)
    log: list[Record] = []
    longest = 0
    answers = iter(range(4_000))
    effects = client.on_start()
    while True:
        for effect in effects:
            if isinstance(effect, Persist):
                log.append(effect.record)
            elif isinstance(effect, Compact):
                log[:] = effect.records
        longest = max(longest, len(log))
        sequence = next(answers, None)
        if sequence is None:
            break
        effects = client.on_message("leader-2", Reply(sequence, sequence))

    again = a_client(values=5_000, in_flight=3, is_durable=True)
    again.recover(log)

    assert longest < 1_010
    assert (again.asked, list(again.asking)) == (client.asked, list(client.asking))


def test_the_number_of_what_is_answered_is_kept_too() -> None:
    client = a_client(values=2_000, in_flight=1, is_durable=True)
    client.on_start()
    for sequence in range(1_999):
        client.on_message("leader-2", Reply(sequence, sequence))
    client._records = 1_000

    effects = client.on_message("leader-2", Reply(1_999, 1_999))
    again = a_client(values=2_000, in_flight=1, is_durable=True)

    assert Compact((Answered(1_999),)) in effects
    assert again.recover([Answered(1_999)]) == []


def test_a_timer_of_another_is_a_bug() -> None:
    with pytest.raises(AssertionError, match="retry"):
        a_client(values=1).on_timer(Timer("resend"))


def a_client(*, values: int, in_flight: int | None = None, **habits: Any) -> Client:  # noqa: ANN401
    """Return a client that asks leader-2 at first."""
    return Client(
        "client-0",
        LEADERS,
        lambda sequence: ("put", "x", sequence),
        values,
        lambda _: "leader-2",
        Habits(in_flight=in_flight, retry_after_us=2_000_000, **habits),
    )


def waiting(low_us: int, high_us: int | None = None) -> Effect:
    return SetTimer(timer=RETRY, delay_us_min=low_us, delay_us_max=high_us or low_us)


def thinking(number: int) -> Effect:
    return SetTimer(timer=Timer(f"think {number}"), delay_us_min=10, delay_us_max=50)


def asked(leader: NodeId, what: Command) -> Effect:
    return Send(leader, Request(what))


def waited(client: Client, *, periods: int) -> list[Effect]:
    """Let periods pass without an answer; return what the last one's end brought."""
    for _ in range(periods - 1):
        client.on_timer(RETRY)
    return client.on_timer(RETRY)
