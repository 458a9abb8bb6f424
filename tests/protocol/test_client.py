"""The client: asks until it is answered, wherever it is sent."""

from typing import Any

import pytest
from roles import LEADERS, command

from paxos_des.names import NodeId
from paxos_des.protocol.ballot import Command
from paxos_des.protocol.client import RETRY, Client
from paxos_des.protocol.effects import (
    CancelTimer,
    Completed,
    Effect,
    Invoked,
    Send,
    SetTimer,
    Timer,
)
from paxos_des.protocol.habits import Habits
from paxos_des.protocol.messages import Redirect, Reply, Request

X, Y, Z = (command(sequence) for sequence in range(3))
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


def asked(leader: NodeId, what: Command) -> Effect:
    return Send(leader, Request(what))


def waited(client: Client, *, periods: int) -> list[Effect]:
    """Let periods pass without an answer; return what the last one's end brought."""
    for _ in range(periods - 1):
        client.on_timer(RETRY)
    return client.on_timer(RETRY)
