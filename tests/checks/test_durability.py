"""What was acknowledged to anyone survives: `durability`, on records made by hand."""

from typing import Any

import pytest
from story import ACCEPTORS, HIGH, LEADERS, LOW, Story, command

from paxos_des.protocol.ballot import Ballot, Vote

A0, A1, A2 = ACCEPTORS
L0, L1 = LEADERS
X, Y = command(0), command(1)


def voter() -> Story:
    """Return a story in which acceptor-0 has voted for X in slot 0, and promised more."""
    story = Story()
    story.invoke(X)
    story.invoke(Y)
    story.promise(A0, LOW)
    story.vote(A0, 0, X)
    story.promise(A0, HIGH, slot=3)
    story.fault("crash", A0)
    story.fault("restart", A0)
    return story


def test_an_acceptor_that_comes_back_with_all_it_had_is_ok() -> None:
    story = voter()
    story.recover(A0, (Vote(0, LOW, X),), to_all=LOW, promised={3: HIGH})

    assert story.violated == set()


def test_what_reached_the_disk_and_was_told_to_nobody_may_be_there_too() -> None:
    story = voter()
    story.recover(A0, (Vote(0, HIGH, Y), Vote(1, LOW, X)), to_all=HIGH)
    story.say_promise(A0, Ballot(3, 0), slot=7)

    assert story.violated == set()


def test_a_vote_that_nobody_was_told_of_before_the_crash_counts() -> None:
    """The acceptor has it, and tells of it when it is asked again."""
    story = Story()
    story.invoke(X)
    story.vote(A1, 0, X)
    story.recover(A0, (Vote(0, LOW, X),))
    story.learn(L0, 0, X)

    assert story.violated == set()


@pytest.mark.parametrize(
    ("kept", "lost"),
    [
        ({"votes": ()}, "its vote for client-0's command 0"),
        ({"votes": (Vote(0, Ballot(0, 1), X),)}, "its vote"),
        ({"votes": (Vote(0, LOW, Y),)}, "its vote"),
        ({"to_all": None}, "its promise of ballot (1, 0) for all slots"),
        ({"promised": {3: LOW}}, "its promise of ballot (2, 1) in slot 3"),
    ],
)
def test_an_acceptor_that_comes_back_without_something_is_seen(
    kept: dict[str, Any], lost: str
) -> None:
    whole: dict[str, Any] = {"votes": (Vote(0, LOW, X),), "to_all": LOW, "promised": {3: HIGH}}
    story = voter()
    story.recover(A0, **{**whole, **kept})

    assert "durability" in story.violated
    assert lost in story.what("durability")


def test_a_vote_that_was_told_of_binds_though_it_was_never_durable() -> None:
    story = Story()
    story.promise(A0, LOW)
    story.say_accepted(A0, 0, X)
    story.recover(A0, to_all=LOW)

    assert story.violated == {"durability"}


def test_one_that_refuses_to_come_back_breaks_no_rule_until_it_speaks() -> None:
    story = voter()
    story.recover(A0, refused="sector 2 is rotten")

    assert story.violated == set()
    story.vote(A0, 5, X)
    assert story.violated == {"durability"}
    assert "refused" in story.what("durability")


@pytest.mark.parametrize("how", ["said", "on disk"])
def test_what_an_acceptor_has_forgotten_need_not_come_back(how: str) -> None:
    story = voter()
    if how == "said":
        story.forget(1, A0)
    else:  # the crash came before it could say so
        story.forget_on_disk(A0, 1)
    story.recover(A0, to_all=LOW, promised={3: HIGH})

    assert story.violated == set()


def test_a_vote_in_a_forgotten_slot_is_seen() -> None:
    story = voter()
    story.forget(1, A0)
    story.vote(A0, 0, X, ballot=HIGH)

    assert story.violated == {"durability"}


@pytest.mark.parametrize("covered", [{"slot": 0}, {"from_slot": 0}])
def test_a_promise_in_a_forgotten_slot_is_seen(covered: dict[str, int]) -> None:
    story = voter()
    story.forget(1, A0)
    story.say_promise(A0, Ballot(3, 0), **covered)

    assert story.violated == {"durability"}


def test_a_promise_above_what_is_forgotten_is_ok() -> None:
    story = voter()
    story.forget(1, A0)
    story.say_promise(A0, Ballot(3, 0), from_slot=1)

    assert story.violated == set()


def learned() -> Story:
    story = Story()
    for slot in range(4):
        story.pass_through(slot)
    return story


def test_a_leader_starts_again_from_its_snapshot() -> None:
    story = learned()
    story.snapshot(L0, 2)
    story.fault("restart", L0)
    story.learn(L0, 2, command(2))
    story.apply(L0, 2, command(2), 2)

    assert story.violated == set()


def test_a_leader_that_starts_lower_than_its_snapshot_is_seen() -> None:
    story = learned()
    story.snapshot(L0, 2)
    story.fault("restart", L0)
    story.learn(L0, 1, command(1))

    assert story.violated == {"durability"}


def test_a_leader_without_a_snapshot_starts_from_nothing() -> None:
    story = learned()
    story.fault("restart", L0)
    story.learn(L0, 0, command(0))

    assert story.violated == set()


@pytest.mark.parametrize("deed", ["install", "forget"])
def test_a_leader_that_learns_below_what_it_installed_or_forgot_is_seen(deed: str) -> None:
    story = learned()
    if deed == "install":
        story.install(L0, 4)
    else:
        story.forget(4, L0)
    story.learn(L0, 3, command(3))

    assert story.violated == {"durability"}


def test_an_older_snapshot_is_not_installed_over_a_newer() -> None:
    story = learned()
    story.install(L0, 4)
    story.install(L0, 3, "another")

    assert story.violated == {"durability", "order"}


def test_an_answer_for_what_is_not_chosen_is_seen() -> None:
    story = Story()
    story.invoke(X)
    story.vote(A0, 0, X)
    story.complete(X, 0)

    assert story.violated == {"durability"}


def test_another_value_learned_where_a_command_was_answered_is_seen() -> None:
    story = learned()
    story.choose(0, command(1))
    story.learn(L1, 0, command(1))

    assert "durability" in story.violated


def test_agreement_covers_all_lives_of_a_leader() -> None:
    """Nobody else has learned it: what it knew before the crash is all there is."""
    story = Story()
    story.invoke(X)
    story.invoke(Y)
    story.choose(0, X)
    story.learn(L0, 0, X)
    story.fault("crash", L0)
    story.fault("restart", L0)
    story.learn(L0, 0, Y)

    assert {"agreement", "never-unlearned"} <= story.violated


def test_snapshots_of_the_same_slots_have_the_same_chain() -> None:
    story = learned()
    story.snapshot(L0, 4)
    story.snapshot(L1, 3, "d")

    assert story.violated == set()
    story.install(L1, 4, "d")
    assert story.violated == {"agreement"}


@pytest.mark.parametrize("deed", ["vote", "learn"])
def test_what_all_have_forgotten_is_still_judged(deed: str) -> None:
    """By who speaks of it: there is nothing to compare it with any more."""
    story = learned()
    story.forget(4)
    assert not story.judges.votes.chosen
    if deed == "vote":
        story.vote(A1, 0, Y, ballot=HIGH)
    else:
        story.learn(L1, 0, Y)

    assert story.violated == {"durability"}


def test_a_command_whose_slot_is_forgotten_may_be_chosen_again() -> None:
    """Because of a retry: it was asked for, it counts once, and it takes no effect."""
    story = learned()
    story.forget(4)
    story.choose(4, command(0))
    story.learn(L0, 4, command(0))
    story.apply(L0, 4, command(0), again=1)

    assert story.violated == set()
    assert story.judges.votes.commands.count == 4
    assert story.judges.votes.slots == 5


def test_an_acceptor_that_never_spoke_does_not_stop_the_checks_from_forgetting() -> None:
    story = Story(acceptors=5)
    story.pass_through(0)
    story.forget(1, *LEADERS, *ACCEPTORS)

    assert not story.judges.votes.chosen


def test_a_leader_that_has_not_forgotten_stops_them() -> None:
    story = learned()
    story.forget(4, L0, *ACCEPTORS)

    assert len(story.judges.votes.chosen) == 4
    story.install(L1, 4)
    assert len(story.judges.votes.chosen) == 4  # a crash may come before it is durable
    story.snapshot(L1, 4)
    assert not story.judges.votes.chosen


def test_votes_count_by_the_acceptors_of_their_slot() -> None:
    """In slot 0 two of three are enough; from slot 2 on it takes two of the two that are named."""
    change = replace_operation(X, ("reconfigure", ("acceptor-1", "acceptor-7")))
    story = Story(reconfigure_after=2)
    story.invoke(change)
    story.invoke(Y)
    story.vote(A0, 0, change)
    story.vote(A1, 0, change)
    for acceptor in (A0, A1, A2):
        story.vote(acceptor, 1, Y)
        story.vote(acceptor, 2, Y)

    assert set(story.judges.votes.chosen) == {0, 1}
    story.vote("acceptor-7", 2, Y)
    assert set(story.judges.votes.chosen) == {0, 1, 2}


def replace_operation(of: Any, operation: object) -> Any:  # noqa: ANN401 - a Command
    return type(of)(of.client, of.sequence, operation)
