"""Messages for each value, counted by theory, and in runs: the same to the last one."""

from typing import Any

import pytest

from paxos_des import Scenario, simulate
from paxos_des.study.exact import EXACT
from paxos_des.study.exact.messages import messages_of, per_slot, stable
from paxos_des.study.plan import Measure

KINDS = ("Prepare", "Promise", "Accept", "Accepted", "Nack")


def counted(scenario: Scenario) -> float:
    run = simulate(scenario, seed=7, record="nothing", checks=())
    assert run.stats.chosen == scenario.values
    return sum(run.stats.messages.get(kind, 0) for kind in KINDS) / run.stats.chosen


def value(scenario: Scenario) -> float | None:
    return EXACT["messages"].value(scenario, Measure())


def test_the_demonstration_of_2009_takes_19_for_each_value() -> None:
    scenario = Scenario.named("2009")

    assert messages_of(scenario) == (5, 3, 5, 6)
    assert value(scenario) == counted(scenario) == 19


def test_formulas_by_hand() -> None:
    assert per_slot(acceptors=7, hearing=4, leaders=3) == (7, 4, 7, 12)
    assert stable(acceptors=7, hearing=4, leaders=3, values=4) == (1.75, 1, 7, 12)
    assert stable(acceptors=7, hearing=4, leaders=3, values=4).total == 21.75


@pytest.mark.parametrize("phase1", ["per-slot", "stable"])
@pytest.mark.parametrize(("acceptors", "failed", "leaders"), [
    (1, 0, 1), (3, 0, 2), (3, 1, 2), (5, 1, 1), (5, 2, 3), (7, 0, 4), (9, 3, 2),
])  # fmt: skip
def test_every_message_of_a_run_is_in_the_formula(
    phase1: str, acceptors: int, failed: int, leaders: int
) -> None:
    for keys in (
        {"in_flight": 1, "stop_when": "answered", "settle": "10ms"},
        {"in_flight": "all", "clients": 3, "stop_when": "learned", "settle": "2s"},
        {"in_flight": 2, "clients": 2, "stop_when": "horizon", "horizon": "5s",
         "delay": "exponential 1ms"},
        {"arrivals": "open", "send_to": "leader-0", "failed_leaders": 0, "settle": "1s"},
        {"quorums": f"flexible {acceptors - failed} {failed + 1}", "settle": "1ms"},
    ):  # fmt: skip
        scenario = Scenario(**{
            "phase1": phase1, "acceptors": acceptors, "failed_acceptors": failed,
            "leaders": leaders, "values": 23, **keys,
        })  # fmt: skip
        assert value(scenario) == counted(scenario), keys


def test_a_failed_leader_is_told_of_every_vote_all_the_same() -> None:
    scenario = Scenario(leaders=3, failed_leaders=2, settle="1s")

    assert value(scenario) == counted(scenario)


def test_a_quorum_that_can_spare_nobody_has_all_answers_when_the_run_ends() -> None:
    """Without time to settle, what comes too late is not answered; here nothing does."""
    needed = Scenario(acceptors=5, failed_acceptors=2, settle="0us")
    spared = Scenario(acceptors=5, failed_acceptors=1, settle="0us")

    assert value(needed) == counted(needed)
    assert value(spared) is None


@pytest.mark.parametrize("keys", [
    {"settle": "0us"},
    {"settle": "900us"},
    {"drop": 0.1},
    {"duplicate": 0.1},
    {"failed_acceptors": 3},
    {"resend_after": "1ms"},
    {"primaries": "none"},
    {"primaries": "all"},
    {"primaries": "all", "phase1": "per-slot", "send_to": "own", "clients": 2},
    {"heartbeat_timeout": "1s"},
    {"values": 0},
    {"slots": 3, "phase1": "per-slot"},
    {"horizon": "5ms"},
    {"stop_when": "horizon", "horizon": "5ms"},
    {"pump": "adversarial"},
    {"faults": [{"at": "1ms", "fail": "acceptor-0"}]},
    {"failed_leaders": 1, "send_to": "leader-0"},
    {"replica": "kv", "snapshot_every": 3},
    {"replica": "kv", "reads": "lease", "operations": {"get": 1, "put": 1}},
], ids=str)  # fmt: skip
def test_nothing_is_said_where_something_else_is_sent(keys: dict[str, Any]) -> None:
    scenario = Scenario(settle="1s", values=20)
    assert value(scenario) is not None

    assert value(scenario.replace(**keys)) is None
