"""The players of 2009: a message in, effects out, mistakes included."""

from roles import ACCEPTORS, LEADERS, command, settings

from paxos_des.museum.naive_2009.acceptor_mistakes import NaiveAcceptor
from paxos_des.museum.naive_2009.leader_mistakes import NaiveLeader
from paxos_des.museum.naive_2009.words import (
    BEAT,
    DUE,
    DUE_US,
    NEVER,
    NOTHING,
    NOTHING_US,
    SILENCE,
    Turned,
    WentDeaf,
    wait,
)
from paxos_des.names import NodeId
from paxos_des.protocol.ballot import NOOP, Ballot, Slot, Value, Vote
from paxos_des.protocol.effects import (
    Adopted,
    Broadcast,
    Effect,
    Learned,
    Noted,
    Persist,
    Promised,
    Send,
    Voted,
)
from paxos_des.protocol.heartbeat import Leadership
from paxos_des.protocol.messages import (
    Accept,
    Accepted,
    Heartbeat,
    Nack,
    Prepare,
    Promise,
    Request,
)

LOW, HIGH, OTHER = Ballot(1, 0), Ballot(2, 1), Ballot(3, 2)
AWAIT = wait(NOTHING, NOTHING_US)
ONE, TWO = command(1), command(2)


def an_acceptor() -> NaiveAcceptor:
    return NaiveAcceptor("acceptor-0", settings())


def a_leader(name: NodeId = "leader-1") -> NaiveLeader:
    """Return a leader that is told to be the primary."""
    return NaiveLeader(Leadership(name), settings(), name)


def agree(leader: NaiveLeader, ballot: Ballot, slot: Slot, *votes: Vote) -> list[Effect]:
    """Let the same acceptor agree twice: it counts as two; return what follows from the second."""
    leader.on_message("acceptor-0", Promise(ballot, votes=(), slot=slot))
    return leader.on_message("acceptor-0", Promise(ballot, votes=votes, slot=slot))[1:]


def decide(leader: NaiveLeader, ballot: Ballot, slot: Slot, value: Value) -> list[Effect]:
    """Let the same acceptor say twice that it accepted."""
    leader.on_message("acceptor-0", Accepted(slot, ballot, value))
    return leader.on_message("acceptor-0", Accepted(slot, ballot, value))[1:]


# The acceptor.


def test_agrees_to_a_lower_proposal_and_reports_the_highest_seen_with_its_value() -> None:
    acceptor = an_acceptor()
    acceptor.on_message("leader-0", Prepare(LOW, 0))
    acceptor.on_message("leader-0", Accept(0, LOW, ONE))
    acceptor.on_message("leader-1", Prepare(HIGH, 0))

    effects = acceptor.on_message("leader-0", Prepare(LOW, 0))

    promise = Promise(LOW, votes=(Vote(0, HIGH, ONE),), slot=0)
    assert effects == [Persist(Promised(LOW, 0)), Send("leader-0", promise)]


def test_accepts_what_it_agreed_to_whatever_it_promised_since_and_tells_every_leader() -> None:
    acceptor = an_acceptor()
    for source, ballot in (("leader-0", LOW), ("leader-1", HIGH)):
        acceptor.on_message(source, Prepare(ballot, 0))
    acceptor.on_message("leader-1", Accept(0, HIGH, TWO))

    effects = acceptor.on_message("leader-0", Accept(0, LOW, ONE))

    assert effects == [Persist(Voted(0, LOW, ONE)), Broadcast(LEADERS, Accepted(0, LOW, ONE))]
    assert acceptor.votes[0] == Vote(0, LOW, ONE), "it overwrites"


def test_a_second_accept_kills_it() -> None:
    acceptor = an_acceptor()
    acceptor.on_message("leader-0", Prepare(LOW, 0))
    acceptor.on_message("leader-0", Accept(0, LOW, ONE))

    (noted,) = acceptor.on_message("leader-0", Accept(0, LOW, ONE))

    assert isinstance(noted, Noted)
    assert isinstance(noted.what, WentDeaf)
    assert acceptor.on_message("leader-1", Prepare(HIGH, 0)) == []


def test_an_accept_for_what_it_never_saw_kills_it() -> None:
    acceptor = an_acceptor()

    acceptor.on_message("leader-0", Accept(0, LOW, ONE))

    assert acceptor.is_deaf


def test_a_count_as_high_as_a_port_is_what_it_takes_not_to_agree() -> None:
    acceptor = an_acceptor()
    acceptor.on_message("leader-2", Prepare(Ballot(40_001, 2), 0))

    assert acceptor.on_message("leader-0", Prepare(LOW, 0)) == []


# The leader.


def test_a_proposal_takes_the_next_instance_as_it_starts() -> None:
    leader = a_leader()
    leader.on_message("client-0", Request(ONE))

    effects = leader.on_message("client-0", Request(TWO))

    assert effects == [AWAIT, Broadcast(ACCEPTORS, Prepare(Ballot(2, 1), 1))]


def test_adopts_the_value_in_the_agree_that_completes_the_quorum() -> None:
    leader = a_leader()
    leader.on_message("client-0", Request(ONE))

    effects = agree(leader, Ballot(1, 1), 0, Vote(0, LOW, TWO))

    assert effects == [
        Adopted(Ballot(1, 1), ("acceptor-0",), 0),
        Broadcast(ACCEPTORS, Accept(0, Ballot(1, 1), TWO)),
    ]


def test_does_not_look_at_the_agrees_before_it() -> None:
    leader = a_leader()
    leader.on_message("client-0", Request(ONE))
    leader.on_message("acceptor-1", Promise(Ballot(1, 1), votes=(Vote(0, LOW, TWO),), slot=0))

    effects = leader.on_message("acceptor-2", Promise(Ballot(1, 1), votes=(), slot=0))

    assert effects[-1] == Broadcast(ACCEPTORS, Accept(0, Ballot(1, 1), ONE))


def test_a_refused_proposal_moves_to_a_new_instance_with_its_counter_raised() -> None:
    """No acceptor of 2009 refuses, but the leader knows what it would do."""
    leader = a_leader()
    leader.on_message("client-0", Request(ONE))
    nack = Nack(Ballot(1, 1), Ballot(7, 2), 0)
    leader.on_message("acceptor-0", nack)

    effects = leader.on_message("acceptor-1", nack)

    assert effects == [AWAIT, Broadcast(ACCEPTORS, Prepare(Ballot(8, 1), 1))]


def test_learns_what_it_never_proposed_and_lets_it_be_replaced() -> None:
    leader = a_leader()
    decide(leader, LOW, 4, ONE)

    assert decide(leader, HIGH, 4, TWO) == [Learned(4, TWO, HIGH, ("acceptor-0",))]
    assert leader.learned == {4: TWO}
    assert leader.highest == 4


def test_never_reports_instance_0() -> None:
    leader = a_leader()
    decide(leader, LOW, 0, ONE)

    assert leader.learned == {}


def test_who_is_no_primary_ignores_all_but_acceptances_and_heartbeats() -> None:
    leader = NaiveLeader(Leadership("leader-0"), settings(), "leader-1")

    assert leader.on_message("client-0", Request(ONE)) == [AWAIT]
    assert leader.on_message("acceptor-0", Promise(OTHER, votes=(), slot=9)) == [AWAIT]
    assert decide(leader, LOW, 0, ONE) == [Learned(0, ONE, LOW, ("acceptor-0",))]


def test_an_answer_to_what_it_does_not_know_makes_it_deaf_while_its_heartbeats_go_on() -> None:
    leader = a_leader()
    leader.on_message("acceptor-0", Promise(OTHER, votes=(), slot=9))

    assert leader.is_deaf
    assert leader.on_message("leader-2", Heartbeat()) == []
    assert leader.on_timer(NOTHING) == []
    assert leader.on_timer(BEAT) == [
        wait(BEAT, 1_000_000),
        Broadcast(("leader-0", "leader-2"), Heartbeat()),
    ]


def test_a_higher_heartbeat_demotes_a_lower_one_ends_the_wait_and_silence_promotes() -> None:
    leader, waiting = a_leader(), wait(SILENCE, 2_000_000)

    assert leader.on_message("leader-0", Heartbeat()) == [AWAIT, waiting]
    assert leader.on_message("leader-2", Heartbeat()) == [
        AWAIT, waiting, Noted(Turned("secondary")),
    ]  # fmt: skip
    assert leader.on_timer(SILENCE) == [waiting, Noted(Turned("primary"))]


# Housekeeping.


def test_fills_gaps_from_1_to_the_one_before_the_highest_once_in_15_seconds() -> None:
    leader = a_leader()
    for sequence in range(4):
        leader.on_message("client-0", Request(command(sequence)))
    decide(leader, Ballot(2, 1), 1, ONE)

    assert leader.on_nothing() == [AWAIT]
    leader.on_timer(DUE)
    effects = leader.on_timer(NOTHING)

    assert effects == [
        AWAIT, wait(DUE, DUE_US), Broadcast(ACCEPTORS, Prepare(Ballot(5, 1), 2)),
    ]  # fmt: skip
    assert leader.on_nothing() == [AWAIT]
    assert agree(leader, Ballot(5, 1), 2)[-1] == Broadcast(ACCEPTORS, Accept(2, Ballot(5, 1), NOOP))


def test_then_forgets_what_is_accepted_so_that_a_late_agree_makes_it_deaf() -> None:
    leader = a_leader()
    leader.on_message("client-0", Request(ONE))
    agree(leader, Ballot(1, 1), 0)
    decide(leader, Ballot(1, 1), 0, ONE)
    leader.on_timer(DUE)
    leader.on_nothing()

    (_, noted) = leader.on_message("acceptor-2", Promise(Ballot(1, 1), votes=(), slot=0))

    assert noted == Noted(WentDeaf("KeyError: instance 0, proposal (1, 1)"))


def test_keeps_no_house_while_it_is_no_primary() -> None:
    leader = NaiveLeader(Leadership("leader-0"), settings(), None)
    leader.on_timer(DUE)

    assert leader.on_nothing() == [AWAIT]
    assert leader.is_due


def test_an_id_that_was_never_seen_is_below_all() -> None:
    assert Ballot(0, 0) > NEVER
