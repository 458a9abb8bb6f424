"""Heartbeats: a higher leader demotes, silence promotes, and a lower one ends the wait only."""

import pytest

from paxos_des.names import NodeId
from paxos_des.protocol.effects import Believe, Broadcast, Effect, SetTimer, Timer
from paxos_des.protocol.heartbeat import (
    BEAT,
    SILENCE,
    HeartbeatListener,
    HeartbeatSender,
    Leadership,
)
from paxos_des.protocol.messages import Heartbeat

EVERY_US, TIMEOUT_US = 1_000_000, 2_000_000
NEXT_BEAT = SetTimer(timer=BEAT, delay_us_min=EVERY_US, delay_us_max=EVERY_US)
WAIT = SetTimer(timer=SILENCE, delay_us_min=TIMEOUT_US, delay_us_max=TIMEOUT_US)


def test_a_leader_that_nobody_told_knows_of_no_primary() -> None:
    leadership = Leadership("leader-0")

    assert leadership.primary is None
    assert not leadership.is_primary


def test_the_sender_waits_before_its_first_heartbeat() -> None:
    assert sender(primary="leader-1").on_start() == [NEXT_BEAT]


def test_the_sender_tells_every_other_leader_while_its_own_is_primary() -> None:
    effects = sender(primary="leader-1").on_timer(BEAT)

    assert effects == [Broadcast(("leader-0", "leader-2"), Heartbeat()), NEXT_BEAT]


@pytest.mark.parametrize("primary", [None, "leader-2"])
def test_the_sender_is_silent_while_its_leader_is_not_primary(primary: NodeId | None) -> None:
    assert sender(primary=primary).on_timer(BEAT) == [NEXT_BEAT]


def test_the_sender_goes_by_what_its_leader_believes_when_it_beats() -> None:
    beating = sender(primary=None)
    beating.leadership.primary = "leader-1"

    assert len(beating.on_timer(BEAT)) == 2


def test_the_sender_hears_nothing() -> None:
    with pytest.raises(AssertionError, match="hears nothing"):
        sender(primary=None).on_message("leader-2", Heartbeat())


def test_a_timer_of_another_is_a_bug() -> None:
    with pytest.raises(AssertionError, match="beat"):
        sender(primary=None).on_timer(SILENCE)
    with pytest.raises(AssertionError, match="silence"):
        listener("leader-0").on_timer(Timer("beat"))


def test_the_listener_waits_from_the_start() -> None:
    assert listener("leader-0").on_start() == [WAIT]


@pytest.mark.parametrize("primary", [None, "leader-1", "leader-0"])
def test_a_higher_leader_demotes(primary: NodeId | None) -> None:
    effects = listener("leader-1", primary).on_message("leader-2", Heartbeat())

    assert effects == [Believe("leader-2"), WAIT]


def test_a_higher_leader_that_is_taken_for_the_primary_ends_the_wait_only() -> None:
    assert heard("leader-1", by="leader-0", primary="leader-1") == [WAIT]


@pytest.mark.parametrize("primary", [None, "leader-1", "leader-2"])
def test_a_lower_leader_changes_no_role_but_ends_the_wait(primary: NodeId | None) -> None:
    assert heard("leader-0", by="leader-1", primary=primary) == [WAIT]


@pytest.mark.parametrize("primary", [None, "leader-2", "leader-0"])
def test_silence_promotes(primary: NodeId | None) -> None:
    effects = listener("leader-1", primary).on_timer(SILENCE)

    assert effects == [Believe("leader-1"), WAIT]


def test_silence_is_what_a_primary_expects() -> None:
    assert listener("leader-1", "leader-1").on_timer(SILENCE) == [WAIT]


def test_indices_are_compared_not_names() -> None:
    """As names, leader-10 comes before leader-9."""
    assert heard("leader-10", by="leader-9", primary="leader-9") == [Believe("leader-10"), WAIT]
    assert heard("leader-9", by="leader-10", primary="leader-10") == [WAIT]


def test_the_listener_leaves_the_change_to_its_leader() -> None:
    hearing = listener("leader-1", "leader-1")
    hearing.on_message("leader-2", Heartbeat())
    hearing.on_timer(SILENCE)

    assert hearing.leadership.primary == "leader-1"


def sender(*, primary: NodeId | None) -> HeartbeatSender:
    return HeartbeatSender(Leadership("leader-1", primary), ("leader-0", "leader-2"), EVERY_US)


def listener(name: NodeId, primary: NodeId | None = None) -> HeartbeatListener:
    return HeartbeatListener(Leadership(name, primary), TIMEOUT_US)


def heard(source: NodeId, *, by: NodeId, primary: NodeId | None) -> list[Effect]:
    return listener(by, primary).on_message(source, Heartbeat())
