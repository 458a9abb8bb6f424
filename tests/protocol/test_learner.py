"""The learner: a value is chosen once one quorum of acceptors has voted for it in one ballot."""

from itertools import permutations

import pytest
from roles import command

from paxos_des.names import NodeId, acceptor_name
from paxos_des.protocol.ballot import NOOP, Ballot
from paxos_des.protocol.effects import Learned
from paxos_des.protocol.learner import Learner
from paxos_des.protocol.quorum import Flexible, Grid, Majority

LOW, HIGH = Ballot(1, 1), Ballot(2, 0)
X, Y = command(0), command(1)
A, B, C = (acceptor_name(index) for index in range(3))


def test_learns_by_the_vote_that_completes_a_quorum_and_names_the_voters() -> None:
    """PMS 2.3: "a learner must find out that a proposal has been accepted by a majority of
    acceptors"."""
    learner = a_learner()

    first = learner.on_vote(A, 0, LOW, X)
    second = learner.on_vote(C, 0, LOW, X)

    assert first is None
    assert second == Learned(0, X, LOW, (A, C))
    assert learner.learned == {0: X}


@pytest.mark.parametrize("order", list(permutations((A, B, C))))
def test_learns_once_in_whatever_order_the_votes_come(order: tuple[NodeId, ...]) -> None:
    learner = a_learner()

    learned = [learner.on_vote(voter, 0, LOW, X) for voter in order]

    assert learned == [None, Learned(0, X, LOW, order[:2]), None]


def test_a_repeated_vote_counts_once() -> None:
    learner = a_learner()

    assert [learner.on_vote(A, 0, LOW, X) for _ in range(3)] == [None] * 3
    assert learner.voters(0, LOW) == {A: None}


def test_votes_of_different_ballots_do_not_add_up_even_for_one_value() -> None:
    learner = a_learner()
    learner.on_vote(A, 0, LOW, X)

    assert learner.on_vote(B, 0, HIGH, X) is None


def test_a_late_vote_of_a_lower_ballot_still_counts_in_that_ballot() -> None:
    learner = a_learner()
    learner.on_vote(A, 0, LOW, X)
    learner.on_vote(B, 0, HIGH, X)

    assert learner.on_vote(C, 0, LOW, X) == Learned(0, X, LOW, (A, C))


def test_votes_of_different_slots_do_not_add_up() -> None:
    learner = a_learner()
    learner.on_vote(A, 0, LOW, X)

    assert learner.on_vote(B, 1, LOW, X) is None


def test_votes_for_a_learned_slot_say_nothing_new() -> None:
    learner = a_learner()
    for voter in (A, B):
        learner.on_vote(voter, 0, LOW, X)

    assert [learner.on_vote(voter, 0, HIGH, X) for voter in (A, B, C)] == [None] * 3
    assert learner.voters(0, HIGH) == {}


def test_forgets_who_voted_once_a_slot_is_learned() -> None:
    learner = a_learner()
    learner.on_vote(A, 0, HIGH, X)
    for voter in (A, B):
        learner.on_vote(voter, 0, LOW, X)

    assert learner.voters(0, LOW) == {}
    assert learner._voters == {}


def test_the_first_unlearned_slot_waits_for_the_gap_before_it() -> None:
    learner = a_learner()
    firsts = []
    for slot in (1, 2, 4, 0, 3):
        for voter in (A, B):
            learner.on_vote(voter, slot, LOW, command(slot))
        firsts.append(learner.first_unlearned)

    assert firsts == [0, 0, 0, 3, 5]


def test_a_command_that_was_chosen_twice_counts_in_the_slot_that_was_learned_first() -> None:
    learner = a_learner()
    for slot in (5, 3):
        for voter in (A, B):
            learner.on_vote(voter, slot, LOW, X)

    assert learner.learned == {5: X, 3: X}
    assert learner.slots_of == {("client-0", 0): 5}


def test_a_noop_is_learned_and_is_no_command() -> None:
    learner = a_learner()
    for voter in (A, B):
        learner.on_vote(voter, 0, LOW, NOOP)

    assert learner.learned == {0: NOOP}
    assert learner.slots_of == {}
    assert (Y.client, Y.sequence) not in learner.slots_of


def test_a_command_is_learned_by_its_name() -> None:
    learner = a_learner()
    for voter in (A, B):
        learner.on_vote(voter, 0, LOW, X)

    assert (X.client, X.sequence) in learner.slots_of
    assert (Y.client, Y.sequence) not in learner.slots_of


def test_a_flexible_quorum_of_phase_two_may_be_smaller_than_a_majority() -> None:
    learner = Learner(Flexible(acceptors=5, phase1=4, phase2=2))
    learner.on_vote(A, 0, LOW, X)

    assert learner.on_vote(B, 0, LOW, X) == Learned(0, X, LOW, (A, B))


def test_a_grid_chooses_by_a_whole_column_however_many_voted_elsewhere() -> None:
    """Places 0 1 2 over 3 4 5: a column is 0 and 3, 1 and 4, or 2 and 5."""
    learner = Learner(Grid(acceptors=6, rows=2, columns=3))
    for index in (0, 1, 2):
        assert learner.on_vote(acceptor_name(index), 0, LOW, X) is None

    learned = learner.on_vote(acceptor_name(4), 0, LOW, X)

    assert learned is not None
    assert learned.votes == tuple(acceptor_name(index) for index in (0, 1, 2, 4))


def a_learner() -> Learner:
    return Learner(Majority(3))
