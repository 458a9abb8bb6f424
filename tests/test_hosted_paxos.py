"""PyPI's `paxos` 0.1, hosted unchanged: its known mistake is real, and our checks see it."""

from typing import Any

import pytest

from experiments.hosted_paxos.protocol import three_proposers
from paxos_des import simulate

SCENARIO = three_proposers()


def delay(source: str, target: str, message: str, number: int, *, by_ms: int) -> dict[str, Any]:
    """Let a message take so long."""
    what = {"type": message, "number": number, "instance": 1}
    key = {"kind": "delay", "place": [source, target], "what": what, "copy": 1}
    return {"key": key, "answer": by_ms * 1_000}


# By number: 1 asks acceptors 1 and 2 after 0 has, and gets the votes of 0 and 1, so it is chosen.
# Then the vote for 0 overwrites acceptor-0's vote for 1, because it had never promised 1. So 2,
# which asks acceptors 0 and 2, hears of 0 alone.
OVERWRITTEN = (
    delay("leader-1", "acceptor-0", "PrepareMsg", 1, by_ms=100),
    delay("leader-1", "acceptor-1", "PrepareMsg", 1, by_ms=7),
    delay("leader-1", "acceptor-2", "PrepareMsg", 1, by_ms=7),
    delay("leader-1", "acceptor-2", "AcceptMsg", 1, by_ms=100),
    delay("leader-0", "acceptor-0", "AcceptMsg", 0, by_ms=20),
    delay("leader-2", "acceptor-0", "PrepareMsg", 2, by_ms=40),
    delay("leader-2", "acceptor-1", "PrepareMsg", 2, by_ms=100),
    delay("leader-2", "acceptor-2", "PrepareMsg", 2, by_ms=40),
)


def test_a_lower_vote_overwrites_a_higher_one_and_breaks_agreement() -> None:
    run = simulate(SCENARIO, schedule=OVERWRITTEN, checks=["agreement"])

    assert run.verdict == "violated"
    assert [entry["event"] for entry in run.violations[0].entries] == ["learn", "learn"]
    assert not run.skipped


def test_what_its_learners_log_disagrees() -> None:
    """Not only in our records: their own results, which their own log would compare, differ."""
    run = simulate(SCENARIO, schedule=OVERWRITTEN, checks=["agreement"])
    learned = [entry for entry in run.trace if entry["event"] == "learn"]

    assert len({str(entry["value"]) for entry in learned}) == 2
    assert {entry["slot"] for entry in learned} == {0}


def test_the_vote_that_overwrites_is_what_breaks_a_promise() -> None:
    run = simulate(SCENARIO, schedule=OVERWRITTEN)

    assert run.violations[0].check == "promises"
    assert "acceptor-0 voted in ballot (1, 0), although ballot (1, 1) bound it" in (
        run.violations[0].what
    )


def test_left_alone_its_learners_agree() -> None:
    run = simulate(SCENARIO, seed=0)

    assert run.verdict == "ok"
    assert {history.length for history in run.leader_histories.values()} == {1}


def test_its_agents_print_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    simulate(SCENARIO, seed=0)

    assert capsys.readouterr().out == ""
