"""Votes that are news reach the checks that judge values, also after the slot is chosen."""

import pytest

from paxos_des.checks.judges import Judges
from paxos_des.engine.trace import Trace
from paxos_des.names import acceptor_name
from paxos_des.protocol.ballot import Ballot, Command, Value
from paxos_des.protocol.effects import Voted
from paxos_des.protocol.quorum import Majority

LOW, HIGH = Ballot(1, 0), Ballot(2, 1)
X, Y = Command("client-0", 0, ("put", "x", 0)), Command("client-0", 1, ("put", "x", 1))

Vote = tuple[int, Ballot, Value]
"""An acceptor's index, the ballot and the value of its vote in slot 0."""

CHOSEN: list[Vote] = [(0, LOW, X), (1, LOW, X), (2, LOW, X)]


def violated(votes: list[Vote], check: str) -> bool:
    """Whether a check says so of these votes, one after another, of five acceptors."""
    trace, judges = Trace("nothing"), Judges(Majority(5), [check])
    judges.observe(trace.observers, trace.watching)
    for index, ballot, value in votes:
        trace.add_record(0, acceptor_name(index), Voted(0, ballot, value))
    return judges.verdicts[check] == "violated"


@pytest.mark.parametrize(
    "votes",
    [
        [(0, LOW, X), (1, LOW, Y)],
        [*CHOSEN, (3, LOW, Y)],
        [*CHOSEN, (3, HIGH, X), (4, HIGH, Y)],
        [*CHOSEN, (3, HIGH, Y), (4, HIGH, X)],
        [(0, LOW, X), (9, LOW, Y)],  # not an acceptor of the cluster
    ],
)
def test_two_values_in_a_ballot_are_seen_whoever_votes_for_them(votes: list[Vote]) -> None:
    assert violated(votes, "ballots")


def test_votes_for_one_value_in_many_ballots_break_no_rule_of_ballots() -> None:
    assert not violated([*CHOSEN, (3, HIGH, X), (4, HIGH, X), (0, HIGH, X)], "ballots")


@pytest.mark.parametrize("votes", [[(0, LOW, X)], [*CHOSEN], [(9, LOW, X)]])
def test_a_vote_for_what_nobody_asked_for_is_seen_whoever_casts_it(votes: list[Vote]) -> None:
    assert violated(votes, "validity")


def test_a_value_that_only_looks_like_the_chosen_one_is_judged() -> None:
    """`true` equals 1 in Python, and is another value."""
    one, true = Command("client-0", 0, ("put", "x", 1)), Command("client-0", 0, ("put", "x", True))

    assert violated([(0, LOW, one), (1, LOW, one), (2, LOW, one), (3, LOW, true)], "ballots")
