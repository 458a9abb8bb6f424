"""After the faults, everything comes to pass in time; and if not, the check says why."""

import pytest
from story import ACCEPTORS, LEADERS, Story, command

from paxos_des.protocol.ballot import Ballot
from paxos_des.protocol.messages import Prepare, Request

L0, L1 = LEADERS
X, Y = command(0), command(1)
WITHIN_US = 1_000


def told(*, bounds: str | None = None) -> Story:
    """Return a story that is asked for liveness, in which X was asked for and nothing answered."""
    story = Story(live_within_us=WITHIN_US)
    if bounds is not None:
        story.fault("nemesis", L0, bounds)
    story.invoke(X)
    return story


def verdict_at(story: Story, end_us: int) -> str:
    story.judges.finish(end_us)
    return story.judges.verdicts["liveness"]


def answer(story: Story, *, at_us: int) -> None:
    story.now_us = at_us
    story.choose(0, X)
    for leader in LEADERS:
        story.learn(leader, 0, X)
    story.complete(X, 0)


def test_nobody_asks_and_nothing_is_judged() -> None:
    story = Story()
    story.invoke(X)

    assert verdict_at(story, 10**9) == "ok"


@pytest.mark.parametrize(("at_us", "verdict"), [(1_000, "ok"), (1_001, "violated")])
def test_a_request_has_so_long_from_the_start(at_us: int, verdict: str) -> None:
    story = told()
    answer(story, at_us=at_us)

    assert verdict_at(story, 5_000) == verdict


@pytest.mark.parametrize(("at_us", "verdict"), [(1_500, "ok"), (1_501, "violated")])
def test_a_fault_gives_it_as_long_again(at_us: int, verdict: str) -> None:
    story = told()
    story.fault("crash", ACCEPTORS[0])
    story.now_us = 500
    story.fault("restart", ACCEPTORS[0])
    answer(story, at_us=at_us)

    assert verdict_at(story, 5_000) == verdict


@pytest.mark.parametrize(("end_us", "verdict"), [(999, "unknown"), (1_000, "violated")])
def test_a_run_that_ends_before_the_bound_is_unknown(end_us: int, verdict: str) -> None:
    assert verdict_at(told(), end_us) == verdict


def test_a_run_that_ends_early_because_all_is_answered_is_ok() -> None:
    story = told()
    answer(story, at_us=10)

    assert verdict_at(story, 10) == "ok"


def test_a_nemesis_that_never_heals_proves_nothing() -> None:
    assert verdict_at(told(bounds="bounded"), 10**6) == "unknown"


def test_an_unbounded_nemesis_is_not_judged() -> None:
    assert verdict_at(told(bounds="unbounded"), 10**6) == "ok"


@pytest.mark.parametrize(("end_us", "verdict"), [(7_999, "unknown"), (8_000, "violated")])
def test_the_bound_begins_when_the_nemesis_has_healed(end_us: int, verdict: str) -> None:
    story = told(bounds="bounded")
    story.now_us = 7_000
    story.fault("nemesis", L0, "healed")

    assert verdict_at(story, end_us) == verdict


def test_a_leader_that_stays_behind_is_seen() -> None:
    story = told()
    story.choose(0, X)
    story.learn(L1, 0, X)
    story.complete(X, 0)
    story.fault("heal", L0)

    assert verdict_at(story, 5_000) == "violated"
    assert f"{L0} had not learned slot 0" in story.what("liveness")


@pytest.mark.parametrize("deed", ["learn", "install", "crash"])
def test_a_leader_that_catches_up_or_is_down_is_ok(deed: str) -> None:
    story = told()
    story.choose(0, X)
    story.learn(L1, 0, X)
    story.complete(X, 0)
    story.fault("heal", L0)
    story.now_us = 900
    if deed == "learn":
        story.learn(L0, 0, X)
    elif deed == "install":
        story.install(L0, 1)
    else:
        story.fault("crash", L0)

    assert verdict_at(story, 5_000) == "ok"


def why(story: Story) -> str:
    assert verdict_at(story, 5_000) == "violated"
    return story.what("liveness")


def test_says_that_a_quorum_is_down() -> None:
    story = told()
    story.fault("crash", ACCEPTORS[0])
    story.recover(ACCEPTORS[2], refused="rot")

    assert (
        "wait for a quorum of acceptors: acceptor-0 crashed, acceptor-2 refused to come back"
        in why(story)
    )


def test_says_that_there_is_no_primary() -> None:
    story = told()
    story.primary(L0, L1)

    assert f"There is no primary: {L0} waits for {L1}, {L1} waits for a heartbeat" in why(story)


def test_says_that_leaders_duel_and_that_the_state_repeats() -> None:
    story = told()
    for leader in LEADERS:
        story.primary(leader, leader)
    for number in range(40):
        story.now_us = 50 * number + 1
        story.send(LEADERS[number % 2], ACCEPTORS[0], Prepare(Ballot(number, number % 2), slot=0))

    assert "duel: leader-0 in ballot (38, 0), leader-1 in ballot (39, 1)" in why(story)
    assert "The state repeats every" in story.what("liveness")


def test_says_which_slot_is_stalled() -> None:
    story = told()
    story.primary(L1, L1)
    story.learn(L1, 3, X)

    assert f"A slot is stalled: {L1} waits for slot 0, and knows slot 3" in why(story)


def test_says_which_client_is_astray() -> None:
    story = told()
    story.primary(L1, L1)
    story.primary(L0, L1)
    story.send("client-0", L0, Request(X))

    assert f"The primary is {L1}, and client-0 asks {L0}, which takes {L1}" in why(story)
