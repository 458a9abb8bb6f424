"""The acceptor: a message in, the whole list of effects out."""

from paxos_des.protocol.acceptor import Acceptor
from paxos_des.protocol.ballot import Ballot, Command, Vote
from paxos_des.protocol.effects import Broadcast, Persist, Promised, Recovered, Send, Voted
from paxos_des.protocol.messages import Accept, Accepted, Nack, Prepare, Promise

LEADERS = ("leader-0", "leader-1")
LEADER = "leader-1"
LOW, MIDDLE, HIGH = Ballot(1, 1), Ballot(2, 0), Ballot(2, 1)
VALUE = Command("client-0", 0, ("put", "x", 0))
OTHER = Command("client-0", 1, ("put", "x", 1))


def test_persists_a_promise_before_it_answers() -> None:
    acceptor = Acceptor(LEADERS)

    effects = acceptor.on_message(LEADER, Prepare(LOW, slot=3))

    assert effects == [Persist(Promised(LOW, slot=3)), Send(LEADER, Promise(LOW, (), slot=3))]


def test_persists_a_vote_before_it_tells_the_leaders() -> None:
    acceptor = Acceptor(LEADERS)

    effects = acceptor.on_message(LEADER, Accept(0, LOW, VALUE))

    told = Accepted(0, LOW, VALUE)
    assert effects == [Persist(Voted(0, LOW, VALUE)), Broadcast(LEADERS, told)]


def test_refuses_an_accept_below_its_promise() -> None:
    """PMS 2.2, P1a: "An acceptor can accept a proposal numbered n iff it has not responded to a
    prepare request having a number greater than n"."""
    acceptor = Acceptor(LEADERS)
    acceptor.on_message(LEADER, Prepare(HIGH, slot=0))

    effects = acceptor.on_message("leader-0", Accept(0, MIDDLE, VALUE))

    assert effects == [Send("leader-0", Nack(MIDDLE, HIGH, slot=0))]
    assert acceptor.votes == {}


def test_refuses_a_prepare_below_its_promise() -> None:
    acceptor = Acceptor(LEADERS)
    acceptor.on_message(LEADER, Prepare(HIGH, slot=0))

    effects = acceptor.on_message("leader-0", Prepare(LOW, slot=0))

    assert effects == [Send("leader-0", Nack(LOW, HIGH, slot=0))]


def test_compares_rounds_before_leaders() -> None:
    """*The Part-Time Parliament* 2.3: ballot numbers are pairs, ordered by number first."""
    acceptor = Acceptor(LEADERS)
    acceptor.on_message("leader-0", Prepare(MIDDLE, slot=0))

    effects = acceptor.on_message(LEADER, Accept(0, LOW, VALUE))

    assert effects == [Send(LEADER, Nack(LOW, MIDDLE, slot=0))]


def test_a_vote_raises_the_promise() -> None:
    """Brooker 2021 on PMS: accepting n must bind like a promise to n, or a lower vote may
    overwrite a higher one."""
    acceptor = Acceptor(LEADERS)
    acceptor.on_message(LEADER, Accept(0, HIGH, VALUE))

    effects = acceptor.on_message("leader-0", Accept(0, MIDDLE, OTHER))

    assert effects == [Send("leader-0", Nack(MIDDLE, HIGH, slot=0))]


def test_promises_with_its_last_vote() -> None:
    """PMS 2.2, phase 1b: "with the highest-numbered proposal (if any) that it has accepted"."""
    acceptor = Acceptor(LEADERS)
    acceptor.on_message(LEADER, Accept(0, LOW, VALUE))

    effects = acceptor.on_message("leader-0", Prepare(MIDDLE, slot=0))

    promise = Promise(MIDDLE, (Vote(0, LOW, VALUE),), slot=0)
    assert effects == [Persist(Promised(MIDDLE, slot=0)), Send("leader-0", promise)]


def test_one_slots_promise_does_not_bind_another() -> None:
    acceptor = Acceptor(LEADERS)
    acceptor.on_message(LEADER, Prepare(HIGH, slot=0))

    effects = acceptor.on_message(LEADER, Accept(1, LOW, VALUE))

    assert Persist(Voted(1, LOW, VALUE)) in effects


def test_a_promise_for_all_slots_reports_the_votes_from_there_on_in_order() -> None:
    acceptor = Acceptor(LEADERS)
    for slot in (5, 2, 3):
        acceptor.on_message(LEADER, Accept(slot, LOW, VALUE))

    effects = acceptor.on_message("leader-0", Prepare(MIDDLE, from_slot=3))

    votes = (Vote(3, LOW, VALUE), Vote(5, LOW, VALUE))
    assert effects == [
        Persist(Promised(MIDDLE, from_slot=3)),
        Send("leader-0", Promise(MIDDLE, votes, from_slot=3)),
    ]


def test_a_promise_for_all_slots_binds_every_slot() -> None:
    acceptor = Acceptor(LEADERS)
    acceptor.on_message(LEADER, Prepare(HIGH, from_slot=3))

    effects = acceptor.on_message("leader-0", Accept(0, MIDDLE, VALUE))

    assert effects == [Send("leader-0", Nack(MIDDLE, HIGH, slot=0))]


def test_refuses_to_promise_all_slots_below_what_it_promised_for_one() -> None:
    acceptor = Acceptor(LEADERS)
    acceptor.on_message(LEADER, Prepare(HIGH, slot=7))

    effects = acceptor.on_message("leader-0", Prepare(MIDDLE, from_slot=3))

    assert effects == [Send("leader-0", Nack(MIDDLE, HIGH, from_slot=3))]


def test_answers_a_repeated_prepare_again_without_persisting_again() -> None:
    acceptor = Acceptor(LEADERS)
    for prepare in (Prepare(LOW, slot=0), Prepare(HIGH, from_slot=0)):
        acceptor.on_message(LEADER, prepare)

        effects = acceptor.on_message(LEADER, prepare)

        assert [type(effect) for effect in effects] == [Send]


def test_tells_of_a_vote_again_without_voting_again() -> None:
    acceptor = Acceptor(LEADERS)
    acceptor.on_message(LEADER, Accept(0, LOW, VALUE))

    effects = acceptor.on_message(LEADER, Accept(0, LOW, VALUE))

    assert effects == [Broadcast(LEADERS, Accepted(0, LOW, VALUE))]


def test_recovers_what_it_wrote() -> None:
    acceptor = Acceptor(LEADERS)
    records = [
        effect.record
        for message in (Prepare(LOW, slot=0), Accept(0, LOW, VALUE), Prepare(HIGH, from_slot=0))
        for effect in acceptor.on_message(LEADER, message)
        if isinstance(effect, Persist)
    ]

    recovered = Acceptor(LEADERS)
    effects = recovered.recover(records)

    assert len(records) == 3
    promised = (Promised(LOW, slot=0), Promised(HIGH, from_slot=0))
    assert effects == [Recovered(promised, (Vote(0, LOW, VALUE),))]
    assert recovered == acceptor
