"""A leader that was deaf, is restarted or slow asks its peers for what is chosen."""

from typing import Literal

import pytest
from roles import ACCEPTORS, a_leader, command

from paxos_des.protocol.ballot import Ballot
from paxos_des.protocol.effects import (
    Believe,
    Broadcast,
    CancelTimer,
    Effect,
    Learned,
    Persist,
    Reserved,
    Send,
    SetTimer,
    Timer,
    Told,
)
from paxos_des.protocol.heartbeat import SILENCE, HeartbeatListener, HeartbeatSender
from paxos_des.protocol.leader import FILL, Leader
from paxos_des.protocol.messages import (
    Accepted,
    CatchUp,
    CatchUpRequest,
    Gone,
    Heartbeat,
    Prepare,
    Promise,
    Request,
)
from paxos_des.run_record import LeaderHistory

BALLOT = Ballot(1, 2)
CATCH_UP = Timer("catch-up")
LOOK = SetTimer(timer=CATCH_UP, delay_us_min=500_000, delay_us_max=500_000)
WAIT = SetTimer(timer=SILENCE, delay_us_min=2, delay_us_max=2)


def test_a_woken_leader_asks_the_primary_first() -> None:
    leader = a_leader("leader-0")
    leader.on_believe("leader-2")

    assert leader.on_wake() == [Send("leader-2", CatchUpRequest(0)), LOOK]


def test_a_restarted_leader_asks_and_begins_above_its_reserved_ballots() -> None:
    leader = a_leader("leader-1", told="leader-1", phase1="stable")
    HeartbeatListener(leader.leadership, 2)

    effects = leader.recover((Reserved(64), Reserved(128)))

    prepare = Prepare(Ballot(129, 1), from_slot=0)
    assert effects == [Send("leader-0", CatchUpRequest(0)), LOOK]
    assert leader.on_believe("leader-1")[:2] == [
        Persist(Reserved(192)),
        Broadcast(ACCEPTORS, prepare),
    ]


def test_a_restarted_leader_takes_over_at_once_where_no_heartbeats_tell() -> None:
    leader = a_leader("leader-1", told="leader-1")

    effects = leader.recover(())

    assert effects == [Believe("leader-1"), Send("leader-0", CatchUpRequest(0)), LOOK]


def test_tells_one_piece_from_where_the_other_is() -> None:
    leader = knowing(10, batch=4)

    effects = leader.on_message("leader-0", CatchUpRequest(3))

    piece = CatchUp(3, tuple(map(command, range(3, 7))), learned=10)
    assert effects == [Send("leader-0", piece)]


def test_tells_nothing_to_one_that_knows_more() -> None:
    leader = knowing(2)

    assert leader.on_message("leader-0", CatchUpRequest(5)) == [Send("leader-0", CatchUp(5, (), 2))]


def test_learns_a_piece_and_asks_for_the_next_at_once() -> None:
    leader = a_leader("leader-0")
    leader.on_wake()

    effects = leader.on_message("leader-1", CatchUp(0, (command(0), command(1)), learned=5))

    assert effects == [
        Told(0, command(0), "leader-1"),
        Told(1, command(1), "leader-1"),
        Send("leader-1", CatchUpRequest(2)),
    ]


def test_the_last_piece_ends_the_asking() -> None:
    leader = a_leader("leader-0")
    leader.on_wake()

    effects = leader.on_message("leader-1", CatchUp(0, (command(0),), learned=1))

    assert effects == [Told(0, command(0), "leader-1"), CancelTimer(CATCH_UP)]


def test_a_late_copy_of_a_piece_asks_for_nothing() -> None:
    leader = a_leader("leader-0")
    leader.on_wake()
    piece = CatchUp(0, (command(0), command(1)), learned=5)
    leader.on_message("leader-1", piece)

    assert leader.on_message("leader-1", piece) == []


def test_asks_the_next_peer_when_nothing_has_moved_between_two_looks() -> None:
    leader = a_leader("leader-0")
    leader.on_believe("leader-1")
    leader.on_wake()

    effects = leader.on_timer(CATCH_UP)

    assert effects == [Send("leader-2", CatchUpRequest(0)), LOOK]
    assert leader.on_timer(CATCH_UP) == [Send("leader-1", CatchUpRequest(0)), LOOK]


def test_waits_while_pieces_come() -> None:
    leader = a_leader("leader-0")
    leader.on_wake()
    leader.on_message("leader-1", CatchUp(0, (command(0),), learned=9))

    assert leader.on_timer(CATCH_UP) == [LOOK]


def test_one_that_is_alone_asks_nobody() -> None:
    leader = a_leader("leader-0", leaders=("leader-0",))

    assert leader.on_wake() == []


def test_heartbeats_say_how_far_the_primary_is() -> None:
    leader = knowing(3)
    leader.on_believe("leader-1")
    sender = HeartbeatSender(leader.leadership, ("leader-0",), 1)

    assert sender.on_timer(Timer("beat"))[0] == Broadcast(("leader-0",), Heartbeat(3))


def test_asks_for_what_the_primary_had_learned_one_beat_ago() -> None:
    """What it learned since then may still be on its way."""
    leader = a_leader("leader-0")
    leader.on_believe("leader-2")
    listener = HeartbeatListener(leader.leadership, 2)

    first = listener.on_message("leader-2", Heartbeat(3))
    second = listener.on_message("leader-2", Heartbeat(7))
    third = listener.on_message("leader-2", Heartbeat(7))

    assert first == [WAIT]
    assert second == [WAIT, Send("leader-2", CatchUpRequest(0))]
    assert third == [WAIT, Send("leader-1", CatchUpRequest(0))]


def test_a_leader_that_keeps_up_asks_for_nothing() -> None:
    leader = knowing(7)
    leader.on_believe("leader-2")
    listener = HeartbeatListener(leader.leadership, 2)
    listener.on_message("leader-2", Heartbeat(7))

    assert listener.on_message("leader-2", Heartbeat(9)) == [WAIT]


def test_the_silence_that_a_leader_slept_through_promotes_nobody() -> None:
    leader = a_leader("leader-0")
    listener = HeartbeatListener(leader.leadership, 2)
    leader.on_wake()

    slept, awake = listener.on_timer(SILENCE), listener.on_timer(SILENCE)

    assert slept == [WAIT]
    assert awake == [Believe("leader-0"), WAIT]


def test_minds_a_gap_where_no_heartbeat_tells_of_it() -> None:
    leader = a_leader("leader-0")
    first = votes_for(leader, 1)
    effects = leader.on_timer(CATCH_UP)

    assert first == [Learned(1, command(1), BALLOT, ACCEPTORS[:2]), LOOK]
    assert effects == [Send("leader-1", CatchUpRequest(0, seen=2)), LOOK]


def test_looks_no_more_when_a_gap_has_closed() -> None:
    leader = a_leader("leader-0")
    votes_for(leader, 1)
    votes_for(leader, 0)

    assert leader.on_timer(CATCH_UP) == []


def test_a_primary_asks_for_an_old_gap_and_fills_it() -> None:
    leader = a_leader("leader-1")
    leader.on_believe("leader-1")
    votes_for(leader, 1)
    leader.on_timer(FILL)

    effects = leader.on_timer(FILL)

    assert effects[:4] == [
        Send("leader-0", CatchUpRequest(0, seen=2)),
        LOOK,
        Persist(Reserved(64)),
        Broadcast(ACCEPTORS, Prepare(Ballot(1, 1), slot=0)),
    ]


@pytest.mark.parametrize("phase1", ["per-slot", "stable"])
def test_a_primary_drops_what_it_is_told_from_flight(phase1: Literal["per-slot", "stable"]) -> None:
    leader = a_leader("leader-1", phase1=phase1)
    leader.on_believe("leader-1")
    leader.on_message("client-0", Request(command(0)))
    if phase1 == "stable":
        for name in ACCEPTORS[:2]:
            leader.on_message(name, Promise(Ballot(1, 1), (), from_slot=0))

    assert leader.proposer.is_in_flight(0)

    leader.on_message("leader-0", CatchUp(0, (command(9),), learned=1))

    assert not leader.proposer.is_in_flight(0)
    assert leader.proposer.is_in_flight(1)  # the command lost its slot, and goes on in the next


def test_asks_peers_for_what_acceptors_have_forgotten() -> None:
    leader = a_leader("leader-1", phase1="stable")
    leader.on_believe("leader-1")

    effects = leader.on_message("acceptor-0", Gone(2))

    assert effects == [Send("leader-0", CatchUpRequest(0)), LOOK]
    assert leader.on_message("acceptor-1", Gone(2)) == []


def test_prepares_again_when_it_knows_what_acceptors_have_forgotten() -> None:
    leader = a_leader("leader-1", phase1="stable")
    leader.on_believe("leader-1")
    leader.on_message("acceptor-0", Gone(2))

    effects = leader.on_message("leader-0", CatchUp(0, (command(0), command(1)), learned=2))

    assert effects == [
        Told(0, command(0), "leader-0"),
        Told(1, command(1), "leader-0"),
        Broadcast(ACCEPTORS, Prepare(Ballot(2, 1), from_slot=2)),
        CancelTimer(CATCH_UP),
    ]


def test_goes_on_asking_until_it_knows_what_is_forgotten() -> None:
    """A peer that knows no more than this leader is not the last to ask."""
    leader = a_leader("leader-1")
    leader.on_message("acceptor-0", Gone(2))
    leader.on_message("leader-0", CatchUp(0, (), learned=0))

    assert leader.on_timer(CATCH_UP) == [Send("leader-2", CatchUpRequest(0)), LOOK]


def test_50_000_slots_take_a_hundred_requests() -> None:
    """The bound of `catching_up`: ceil(slots / batch) requests, and as many answers."""
    knower, sleeper = knowing(50_000), a_leader("leader-0")
    sent = [one for one in sleeper.on_wake() if isinstance(one, Send)]
    requests = 0
    while sent:
        requests += 1
        [request], sent = sent, []
        assert isinstance(request.message, CatchUpRequest)
        for answer in sends(knower.on_message("leader-0", request.message)):
            assert isinstance(answer.message, CatchUp)
            sent += sends(sleeper.on_message("leader-1", answer.message))

    assert requests == 100
    histories = [LeaderHistory(leader.learner.learned) for leader in (knower, sleeper)]
    assert histories[0] == histories[1]
    assert (histories[0].length, histories[0].chain) == (50_000, histories[1].chain)


def knowing(slots: int, *, batch: int = 500) -> Leader:
    """Return a leader that has learned so many slots."""
    leader = a_leader("leader-1", catch_up_batch=batch)
    for slot in range(slots):
        leader.learner.on_told(slot, command(slot))
    return leader


def votes_for(leader: Leader, slot: int) -> list[Effect]:
    for name in ACCEPTORS[:2]:
        effects = leader.on_message(name, Accepted(slot, BALLOT, command(slot)))
    return effects


def sends(effects: list[Effect]) -> list[Send]:
    return [one for one in effects if isinstance(one, Send)]


def test_tells_a_primary_what_it_lacks_since_one_beat() -> None:
    """Nobody tells it by heartbeats: it sends them."""
    catching_up = a_leader("leader-1").catching_up
    catching_up.learner.on_told(0, command(0))

    first = catching_up.on_heartbeat("leader-2", 0)
    second = catching_up.on_heartbeat("leader-2", 0)

    assert first == []
    assert second == [Send("leader-2", CatchUp(0, (command(0),), 1))]


def test_asks_about_a_slot_that_is_in_use_and_that_no_beat_settles() -> None:
    leader = a_leader("leader-1")
    leader.on_message("acceptor-0", Accepted(1, BALLOT, command(1)))

    first = leader.catching_up.on_heartbeat("leader-2", 0)

    assert first == [Send("leader-2", CatchUpRequest(0, seen=2))]


def test_a_primary_hears_which_slots_are_in_use() -> None:
    leader = a_leader("leader-1")

    leader.on_message("leader-2", CatchUpRequest(0, seen=3))

    assert leader.campaign.next_slot == 3
