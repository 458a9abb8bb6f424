"""PyPI's `paxos` 0.1, hosted unchanged: its known mistake is real, and our checks see it."""

from pathlib import Path
from typing import Any

import pytest

from experiments.hosted_paxos.protocol import three_proposers
from experiments.hosted_paxos.run import Hunted, hunted, line_of, median_of
from experiments.hosted_paxos.wire import (
    AcceptMsg,
    Addresses,
    PrepareMsg,
    PrepareResponseMsg,
    Wire,
    put_together,
    taken_apart,
)
from paxos_des import simulate
from paxos_des.explore.core import causal_core
from paxos_des.failure import Failure
from paxos_des.protocol.ballot import Command

SCENARIO = three_proposers()
PINNED = Path(__file__).parent.parent / "experiments" / "hosted_paxos" / "overwritten.json"
COMMAND = Command("client-0", 0, ("put", "x", 1))


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


def test_the_pinned_failure_replays_to_its_digest() -> None:
    failure = Failure.load(PINNED)

    run = failure.replay()

    assert run.digest == failure.digest
    assert run.verdicts == {"agreement": "violated"}
    assert not run.skipped


def test_its_causal_core_has_24_events() -> None:
    failure = Failure.load(PINNED)

    core = causal_core(failure)

    assert core.is_minimal
    assert len(core.events) == 24
    assert failure.core is not None
    assert [event.says for event in core.events] == [event["says"] for event in failure.core]


def test_a_quick_hunt_finds_it() -> None:
    found = hunted("guided", 2_000, 0)

    assert found.schedules < 2_000
    assert found.core is not None
    assert found.core <= 26


@pytest.mark.parametrize(
    "wire",
    [
        PrepareMsg(4, 1, 1),
        PrepareResponseMsg(4, 1, 1, (-1, None, None, None)),
        PrepareResponseMsg(4, 1, 1, (3, 1, 0, COMMAND)),
        AcceptMsg(4, 1, 1, COMMAND),
    ],
)
def test_a_message_arrives_as_it_was_sent_and_shares_nothing(wire: Wire) -> None:
    one, other = put_together(wire, 2), put_together(wire, 2)

    assert taken_apart(one, "proposer") == wire
    assert one.source == 2
    assert one.proposal is not other.proposal


def test_nodes_and_process_ids_name_each_other() -> None:
    addresses = Addresses(SCENARIO.leader_names, SCENARIO.acceptor_names)
    config = addresses.config()

    assert [addresses.node_of(pid) for pid in config.proposer_ids] == list(SCENARIO.leader_names)
    assert [addresses.node_of(pid) for pid in config.acceptor_ids] == list(SCENARIO.acceptor_names)
    assert [addresses.node_of(pid) for pid in config.learner_ids] == list(SCENARIO.leader_names)
    assert [addresses.pid_of(name) for name in SCENARIO.leader_names] == config.proposer_ids
    assert [addresses.pid_of(name) for name in SCENARIO.acceptor_names] == config.acceptor_ids
    assert [addresses.pid_of(name, "learner") for name in SCENARIO.leader_names] == (
        config.learner_ids
    )


def test_ballots_are_ordered_as_the_numbers_of_proposals_are() -> None:
    addresses = Addresses(SCENARIO.leader_names, SCENARIO.acceptor_names)

    ballots = [addresses.ballot_of(number) for number in range(-1, 20)]

    assert ballots == sorted(ballots)


def test_a_median_has_an_interval_of_order_statistics() -> None:
    """Of 20, the 6th and the 15th: David and Nagaraja, *Order Statistics*, 7.1."""
    assert median_of(range(1, 21)) == (10, 6, 15)


def test_hunts_are_told_in_one_line() -> None:
    line = line_of("guided", [Hunted(300, 24), Hunted(100, 24), Hunted(5_000, None)])

    assert line == (
        "guided             300 schedules (100 to 5,000); 2 of 3 hunts; cores of 24 to 24 events"
    )
