"""A leader that runs phase 1 once for all slots."""

from roles import ACCEPTORS, a_leader, command

from paxos_des.protocol.ballot import NOOP, Ballot, Command, Vote
from paxos_des.protocol.effects import Adopted, Broadcast, Persist, Reserved, Send, SetTimer, Timer
from paxos_des.protocol.leader import FILL, RESEND, Leader
from paxos_des.protocol.messages import Accept, Accepted, Nack, Prepare, Promise, Request

BALLOT, NEXT = Ballot(1, 1), Ballot(2, 1)
X, Y, Z = command(0), command(1), command(2)


def test_prepares_all_slots_when_it_becomes_primary() -> None:
    leader = a_leader(told="leader-1", phase1="stable")

    effects = leader.on_believe("leader-1")

    prepare = Broadcast(ACCEPTORS, Prepare(BALLOT, from_slot=0))
    assert effects[:2] == [Persist(Reserved(64)), prepare]


def test_asks_for_votes_at_once_when_it_leads() -> None:
    """PMS 3: after one phase 1 for all instances, a command needs phase 2 only."""
    leader = leading()

    effects = leader.on_message("client-0", Request(X))

    assert effects == [Broadcast(ACCEPTORS, Accept(0, BALLOT, X))]


def test_keeps_no_more_slots_in_flight_than_its_window() -> None:
    leader = leading(X, Y)

    assert leader.on_message("client-0", Request(Z)) == []


def test_uses_the_window_again_when_a_slot_is_learned() -> None:
    leader = leading(X, Y, Z)
    leader.on_message("acceptor-0", Accepted(0, BALLOT, X))

    effects = leader.on_message("acceptor-1", Accepted(0, BALLOT, X))

    assert effects[-1] == Broadcast(ACCEPTORS, Accept(2, BALLOT, Z))


def test_proposes_reported_votes_again_and_noops_in_the_gaps() -> None:
    """PMS 3: instances whose outcome phase 1 constrains are proposed again; gaps are filled
    with "a special 'no-op' command"."""
    leader = a_leader(told="leader-1", phase1="stable")
    leader.on_believe("leader-1")
    low, high = Vote(2, Ballot(1, 0), X), Vote(2, Ballot(1, 2), Y)
    leader.on_message("acceptor-0", Promise(BALLOT, (high,), from_slot=0))

    effects = leader.on_message("acceptor-2", Promise(BALLOT, (low,), from_slot=0))

    assert effects == [
        Adopted(BALLOT, ("acceptor-0", "acceptor-2"), from_slot=0),
        Broadcast(ACCEPTORS, Accept(0, BALLOT, NOOP)),
        Broadcast(ACCEPTORS, Accept(1, BALLOT, NOOP)),
        Broadcast(ACCEPTORS, Accept(2, BALLOT, Y)),
    ]


def test_a_preempted_leader_backs_off_and_keeps_its_commands() -> None:
    leader = leading(X)
    refused = leader.on_message("acceptor-0", Nack(BALLOT, Ballot(4, 2), slot=0))
    again = leader.on_timer(Timer("back-off"))
    higher = Ballot(5, 1)
    leader.on_message("acceptor-0", Promise(higher, (), from_slot=0))

    effects = leader.on_message("acceptor-1", Promise(higher, (), from_slot=0))

    assert refused == [SetTimer(timer=Timer("back-off"), delay_us_min=10_000, delay_us_max=50_000)]
    assert again == [Broadcast(ACCEPTORS, Prepare(higher, from_slot=0))]
    assert effects[1:] == [
        Broadcast(ACCEPTORS, Accept(0, higher, NOOP)),
        Broadcast(ACCEPTORS, Accept(1, higher, X)),
    ]


def test_a_command_that_a_vote_reports_is_not_proposed_twice() -> None:
    leader = leading(X)
    leader.on_message("acceptor-0", Nack(BALLOT, Ballot(4, 2), slot=0))
    leader.on_timer(Timer("back-off"))
    vote = Vote(0, BALLOT, X)
    leader.on_message("acceptor-0", Promise(Ballot(5, 1), (vote,), from_slot=0))

    effects = leader.on_message("acceptor-1", Promise(Ballot(5, 1), (), from_slot=0))

    asked = [one.message for one in effects if isinstance(one, Broadcast)]
    assert asked == [Accept(0, Ballot(5, 1), X)]


def test_sends_unanswered_accepts_again() -> None:
    leader = leading(X)
    leader.on_message("acceptor-2", Accepted(0, BALLOT, X))
    leader.on_timer(RESEND)

    effects = leader.on_timer(RESEND)

    accept = Accept(0, BALLOT, X)
    assert effects[:-1] == [Send("acceptor-0", accept), Send("acceptor-1", accept)]


def test_prepares_again_when_another_leaders_slot_leaves_a_gap() -> None:
    leader = leading()
    leader.on_message("acceptor-0", Accepted(3, Ballot(1, 0), X))
    leader.on_timer(FILL)

    effects = leader.on_timer(FILL)

    assert Broadcast(ACCEPTORS, Prepare(NEXT, from_slot=0)) in effects


def test_a_demoted_leader_asks_for_nothing_more() -> None:
    leader = leading(X, Y, Z)
    leader.on_believe("leader-2")
    leader.on_message("acceptor-0", Accepted(0, BALLOT, X))

    effects = leader.on_message("acceptor-1", Accepted(0, BALLOT, X))

    assert not any(isinstance(effect, Broadcast) for effect in effects)


def leading(*commands: Command) -> Leader:
    """Return a leader in its ballot, which was asked for these commands."""
    leader = a_leader(told="leader-1", phase1="stable")
    leader.on_believe("leader-1")
    for name in ACCEPTORS[:2]:
        leader.on_message(name, Promise(BALLOT, (), from_slot=0))
    for one in commands:
        leader.on_message("client-0", Request(one))
    return leader
