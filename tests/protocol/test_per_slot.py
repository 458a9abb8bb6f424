"""A leader that runs both phases in every slot, as in 2009."""

from roles import ACCEPTORS, LEADERS, a_leader, command

from paxos_des.protocol.ballot import NOOP, Ballot, Command, Vote
from paxos_des.protocol.effects import (
    Adopted,
    Believe,
    Broadcast,
    CancelTimer,
    Learned,
    Persist,
    Reserved,
    Send,
    SetTimer,
    Timer,
)
from paxos_des.protocol.leader import FILL, RESEND, Leader
from paxos_des.protocol.messages import (
    Accept,
    Accepted,
    Nack,
    Prepare,
    Promise,
    Redirect,
    Reply,
    Request,
)

FIRST, SECOND = Ballot(1, 1), Ballot(2, 1)
X, Y = command(0), command(1)


def test_the_one_that_is_told_believes_that_it_is_primary() -> None:
    leader = a_leader(told="leader-1")

    assert leader.on_start() == [Believe("leader-1")]


def test_prepares_the_next_slot_for_a_request() -> None:
    leader = primary()

    effects = leader.on_message("client-0", Request(X))

    assert effects == [Persist(Reserved(64)), Broadcast(ACCEPTORS, Prepare(FIRST, slot=0))]


def test_asks_for_votes_once_a_quorum_has_promised() -> None:
    leader = primary(X)
    leader.on_message("acceptor-0", Promise(FIRST, (), slot=0))

    effects = leader.on_message("acceptor-2", Promise(FIRST, (), slot=0))

    assert effects == [
        Adopted(FIRST, ("acceptor-0", "acceptor-2"), slot=0),
        Broadcast(ACCEPTORS, Accept(0, FIRST, X)),
    ]


def test_counts_acceptors_not_promises() -> None:
    leader = primary(X)
    leader.on_message("acceptor-0", Promise(FIRST, (), slot=0))

    effects = leader.on_message("acceptor-0", Promise(FIRST, (), slot=0))

    assert effects == []


def test_proposes_the_value_of_the_highest_vote_reported() -> None:
    """PMS 2.2, phase 2a: "v is the value of the highest-numbered proposal among the responses,
    or is any value if the responses reported no proposals"."""
    leader = primary(X)
    low, high = Vote(0, Ballot(1, 0), Y), Vote(0, Ballot(2, 0), NOOP)
    third = leader.on_message("acceptor-1", Nack(FIRST, Ballot(2, 0), slot=0))
    ballot = Ballot(3, 1)
    leader.on_timer(Timer("back-off", 0))
    leader.on_message("acceptor-0", Promise(ballot, (high,), slot=0))

    effects = leader.on_message("acceptor-1", Promise(ballot, (low,), slot=0))

    assert isinstance(third[0], SetTimer)
    assert Broadcast(ACCEPTORS, Accept(0, ballot, NOOP)) in effects


def test_promises_for_an_older_ballot_do_not_count() -> None:
    leader = primary(X)
    leader.on_message("acceptor-1", Nack(FIRST, Ballot(1, 5), slot=0))
    leader.on_timer(Timer("back-off", 0))
    leader.on_message("acceptor-0", Promise(SECOND, (), slot=0))

    effects = leader.on_message("acceptor-2", Promise(FIRST, (), slot=0))

    assert effects == []


def test_a_refused_ballot_is_followed_by_one_above_the_refusing_one() -> None:
    """PMS 2.2: an acceptor that refuses "should probably inform the proposer, who should then
    abandon its proposal"; a Nack says which ballot to go on above."""
    leader = primary(X)
    effects = leader.on_message("acceptor-0", Nack(FIRST, Ballot(9, 0), slot=0))

    again = leader.on_timer(Timer("back-off", 0))

    timer = Timer("back-off", 0)
    assert effects == [SetTimer(timer=timer, delay_us_min=10_000, delay_us_max=50_000)]
    assert again == [Broadcast(ACCEPTORS, Prepare(Ballot(10, 1), slot=0))]


def test_learns_when_a_quorum_voted_in_one_ballot_and_answers() -> None:
    leader = primary(X)
    leader.on_message("acceptor-0", Accepted(0, FIRST, X))

    effects = leader.on_message("acceptor-2", Accepted(0, FIRST, X))

    learned = Learned(0, X, FIRST, ("acceptor-0", "acceptor-2"))
    assert effects == [learned, Send("client-0", Reply(0, 0))]


def test_counts_voters_not_votes() -> None:
    leader = primary(X)
    leader.on_message("acceptor-0", Accepted(0, FIRST, X))

    effects = leader.on_message("acceptor-0", Accepted(0, FIRST, X))

    assert effects == []


def test_votes_of_different_ballots_do_not_add_up() -> None:
    """PMS 2.2: a value is chosen when a majority has accepted one proposal, number and value."""
    leader = primary(X)
    leader.on_message("acceptor-0", Accepted(0, FIRST, X))

    effects = leader.on_message("acceptor-2", Accepted(0, SECOND, X))

    assert effects == []


def test_a_command_that_lost_its_slot_goes_on_in_the_next() -> None:
    leader = primary(X)
    leader.on_message("acceptor-0", Accepted(0, SECOND, Y))

    effects = leader.on_message("acceptor-2", Accepted(0, SECOND, Y))

    assert effects[-1] == Broadcast(ACCEPTORS, Prepare(SECOND, slot=1))


def test_sends_again_what_was_not_answered_for_a_whole_period() -> None:
    leader = primary(X)
    leader.on_message("acceptor-0", Promise(FIRST, (), slot=0))
    first = leader.on_timer(RESEND)

    second = leader.on_timer(RESEND)

    again = Prepare(FIRST, slot=0)
    assert [effect for effect in first if isinstance(effect, Send)] == []
    assert second[:-1] == [Send("acceptor-1", again), Send("acceptor-2", again)]


def test_fills_a_gap_with_a_noop_by_a_fresh_phase_one() -> None:
    leader = primary()
    leader.on_message("acceptor-0", Accepted(1, Ballot(1, 0), Y))
    leader.on_message("acceptor-1", Accepted(1, Ballot(1, 0), Y))
    first = leader.on_timer(FILL)

    second = leader.on_timer(FILL)

    assert not any(isinstance(effect, Broadcast) for effect in first)
    assert Broadcast(ACCEPTORS, Prepare(FIRST, slot=0)) in second


def test_answers_a_repeated_request_from_what_it_has_learned() -> None:
    leader = primary(X)
    for name in ACCEPTORS:
        leader.on_message(name, Accepted(0, FIRST, X))

    effects = leader.on_message("client-0", Request(X))

    assert effects == [Send("client-0", Reply(0, 0))]


def test_a_request_that_is_in_flight_is_not_proposed_twice() -> None:
    leader = primary(X)

    assert leader.on_message("client-0", Request(X)) == []


def test_redirects_clients_to_the_leader_that_it_takes_for_the_primary() -> None:
    leader = a_leader("leader-0", told="leader-1")
    leader.on_believe("leader-1")

    effects = leader.on_message("client-0", Request(X))

    assert effects == [Send("client-0", Redirect(0, "leader-1"))]


def test_gives_its_slots_up_when_it_is_demoted() -> None:
    leader = primary(X)

    effects = leader.on_believe("leader-2")

    assert effects == [CancelTimer(RESEND), CancelTimer(FILL)]
    assert leader.on_message("acceptor-0", Promise(FIRST, (), slot=0)) == []


def test_a_command_waits_for_no_slot_where_there_is_none_left() -> None:
    leader = a_leader(told="leader-1", slots=1)
    leader.on_believe("leader-1")
    leader.on_message("client-0", Request(X))

    assert leader.on_message("client-0", Request(Y)) == []


def primary(*commands: Command) -> Leader:
    """Return a primary that was asked for these commands."""
    leader = a_leader(told="leader-1")
    leader.on_believe("leader-1")
    for one in commands:
        leader.on_message("client-0", Request(one))
    assert leader.leadership.name in LEADERS
    return leader
