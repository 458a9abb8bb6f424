"""Each command takes effect once, in order: `integrity` and `order`, on records made by hand."""

import pytest
from story import LEADERS, Story, command

L0, L1 = LEADERS
X, Y = command(0), command(1)


def chosen(*values: object) -> Story:
    """Return a story in which these are chosen, from slot 0 on, and both leaders learned them."""
    story = Story()
    for number in range(3):
        story.invoke(command(number))
    for slot, value in enumerate(values):
        story.choose(slot, value)  # type: ignore[arg-type] # commands and no-ops
        for leader in LEADERS:
            story.learn(leader, slot, value)  # type: ignore[arg-type]
    return story


def test_two_replicas_that_do_the_same_are_ok() -> None:
    story = chosen(X, "noop", X, Y)
    for leader in LEADERS:
        story.apply(leader, 0, X, 10)
        story.apply(leader, 1, "noop")
        story.apply(leader, 2, X, 10, again=1)
        story.apply(leader, 3, Y, 11)
    story.complete(X, 0, 10)
    story.complete(Y, 3, 11)

    assert story.violated == set()


def test_a_command_that_takes_effect_in_two_slots_is_seen() -> None:
    story = chosen(X, X)
    story.apply(L0, 0, X, 10)
    story.apply(L0, 1, X, 10)

    assert story.violated == {"integrity"}


def test_a_command_that_takes_effect_again_long_after_is_seen() -> None:
    story = chosen(X, X)
    for leader in LEADERS:
        story.apply(leader, 0, X, 10)
    story.forget(1)
    story.apply(L0, 1, X, 10)

    assert story.violated == {"integrity"}


def test_a_repetition_of_what_never_took_effect_is_seen() -> None:
    story = chosen(X)
    story.apply(L0, 0, X, 10, again=1)

    assert story.violated == {"integrity"}


def test_what_was_answered_under_a_lease_may_be_refused_later() -> None:
    story = chosen(X)
    story.complete(X, None, 7)
    story.apply(L0, 0, X, again=1)

    assert story.violated == set()


@pytest.mark.parametrize(("result", "again"), [(11, 0), (10, 1)])
def test_two_replicas_that_differ_in_a_slot_are_seen(result: int, again: int) -> None:
    story = chosen(X)
    story.apply(L0, 0, X, 10)
    story.apply(L1, 0, X, result, again=again)

    assert story.violated == {"integrity"}


def test_another_result_in_another_life_is_seen() -> None:
    story = chosen(X)
    story.apply(L0, 0, X, 10)
    story.fault("restart", L0)
    story.apply(L0, 0, X, True)

    assert story.violated == {"integrity"}


def test_a_repetition_that_has_another_result_is_seen() -> None:
    story = chosen(X, X, X)
    story.apply(L0, 0, X, 10)
    story.apply(L0, 1, X, None, again=1)

    assert story.violated == set()
    story.apply(L0, 2, X, 11, again=1)
    assert story.violated == {"integrity"}


@pytest.mark.parametrize(("slot", "result"), [(0, 11), (1, 10)])
def test_an_answer_that_is_not_what_was_applied_is_seen(slot: int, result: int) -> None:
    story = chosen(X, Y)
    story.apply(L0, 0, X, 10)
    story.apply(L0, 1, Y, 12)
    story.complete(X, slot, result)

    assert "integrity" in story.violated


def test_an_answer_before_anyone_applied_it_is_seen() -> None:
    story = chosen(X, Y)
    story.apply(L0, 0, X, 10)
    story.complete(Y, 1, 10)

    assert story.violated == {"integrity"}


def test_a_gap_and_a_step_back_are_seen() -> None:
    for slots in ((0, 2), (0, 0), (1,)):
        story = chosen(X, "noop", "noop")
        for slot in slots:
            story.apply(L0, slot, X if slot == 0 else "noop")

        assert story.violated == {"order"}, slots


def test_a_replica_that_applies_what_it_did_not_learn_is_seen() -> None:
    story = chosen(X)
    story.choose(1, Y)
    story.apply(L0, 0, X, 10)
    story.apply(L0, 1, Y, 11)

    assert story.violated == {"order"}
    assert "had learned nothing" in story.what("order")


def test_a_replica_starts_again_from_its_snapshot_and_goes_on_from_one_installed() -> None:
    story = chosen("noop", "noop", "noop", "noop", "noop")
    for slot in range(3):
        story.apply(L0, slot, "noop")
    story.snapshot(L0, 2)
    story.fault("restart", L0)
    story.apply(L0, 2, "noop")
    story.install(L1, 3)
    story.apply(L1, 3, "noop")

    assert story.violated == set()
    story.apply(L1, 3, "noop")
    assert story.violated == {"order"}


@pytest.mark.parametrize("slot", [1, 4])
def test_a_life_that_starts_elsewhere_is_seen(slot: int) -> None:
    story = chosen("noop", "noop", "noop", "noop", "noop")
    for one in range(3):
        story.apply(L0, one, "noop")
    story.snapshot(L0, 2)
    story.fault("restart", L0)
    story.apply(L0, slot, "noop")

    assert "order" in story.violated


def test_a_snapshot_that_nobody_was_told_of_may_have_reached_the_disk() -> None:
    story = chosen("noop", "noop", "noop", "noop")
    for one in range(3):
        story.apply(L0, one, "noop")
    story.fault("restart", L0)
    story.apply(L0, 3, "noop")

    assert story.violated == set()
