"""Nodes that fail and heal, and links that are cut and mended, as in 2009 and beyond."""

from collections.abc import Iterable
from typing import Any

import pytest

from paxos_des import Scenario, simulate
from paxos_des.run import Run

SCENARIO = Scenario(
    values=20, in_flight=2, delay="10ms", primaries="highest", stop_when="horizon", horizon="10s"
)
"""Two at a time, some 40 ms each: half of them are chosen by 200 ms."""

PHASES = pytest.mark.parametrize("phase1", ["stable", "per-slot"])


@PHASES
def test_a_minority_that_is_failed_from_the_start_says_nothing_and_costs_nothing(
    phase1: str,
) -> None:
    run = simulate(SCENARIO.replace(phase1=phase1, failed_acceptors=2), seed=1)

    assert all_is_chosen(run)
    for name in ("acceptor-0", "acceptor-1"):
        assert events(run, name)[0] == "fail"
        assert set(events(run, name)[1:]) == {"ignore"}
    assert run.stats.reply_us == simulate(SCENARIO.replace(phase1=phase1), seed=1).stats.reply_us


@PHASES
def test_an_acceptor_is_deaf_from_the_time_it_fails_to_the_time_it_heals(phase1: str) -> None:
    run = simulate(
        SCENARIO.replace(
            phase1=phase1, faults=[*fails("acceptor-0", "100ms"), *heals("acceptor-0", "250ms")]
        ),
        seed=1,
    )

    heard = [entry for entry in of_node(run, "acceptor-0") if entry["event"] in HEARD]
    while_failed = {"ignore"}
    assert {one["event"] for one in heard if 100_000 <= one["at_us"] < 250_000} == while_failed
    assert {one["event"] for one in heard if one["at_us"] < 100_000} == {"deliver"}
    assert {one["event"] for one in heard if one["at_us"] > 250_000} == {"deliver"}
    assert all_is_chosen(run)


def test_an_ignored_message_names_its_receiver_and_its_sender() -> None:
    run = simulate(SCENARIO.replace(failed_acceptors=1, values=1, horizon="100ms"), seed=1)

    ignored = next(entry for entry in run.trace if entry["event"] == "ignore")

    assert (ignored["node"], ignored["peer"]) == ("acceptor-0", "leader-1")
    assert ignored["message"]["type"] == "Prepare"


def test_failing_twice_is_failing_once_and_so_is_healing() -> None:
    faults = [
        *fails("acceptor-0", "100ms"), *fails("acceptor-0", "110ms"),
        *heals("acceptor-0", "200ms"), *heals("acceptor-0", "210ms"), *heals("leader-0", "1s"),
    ]  # fmt: skip
    run = simulate(SCENARIO.replace(faults=faults), seed=1)

    noted = [(one["node"], one["event"], one["at_us"]) for one in run.trace
             if one["event"] in ("fail", "heal")]  # fmt: skip
    assert noted == [("acceptor-0", "fail", 100_000), ("acceptor-0", "heal", 200_000)]


def test_a_healed_acceptor_remembers_its_votes() -> None:
    """Leader-0 has learned nothing when it takes over, and hears of them all from acceptor-0.

    It cannot ask leader-1, or that would tell it before.
    """
    deaf = [{"at": "0s", "cut": [f"acceptor-{n}", "leader-0"]} for n in range(5)]
    deaf.append({"at": "0s", "cut": ["leader-0", "leader-1"]})
    open_again = [{"at": "3s", "heal": [f"acceptor-{n}", "leader-0"]} for n in range(5)]
    faults = [*deaf, *fails("acceptor-0", "1s"), *heals("acceptor-0", "2s"), *open_again,
              *fails("leader-1", "3s")]  # fmt: skip
    run = simulate(SCENARIO.replace(faults=faults, phase1="stable"), seed=1)

    promises = [entry["message"] for entry in of_node(run, "acceptor-0")
                if entry["event"] == "send" and entry["message"]["type"] == "Promise"]  # fmt: skip
    assert [(one["ballot"][1], len(one["votes"])) for one in promises] == [(1, 0), (0, 20)]
    assert len(run.leader_histories["leader-0"]) == 20
    assert run.verdict == "ok"


@PHASES
def test_a_healed_acceptor_keeps_its_promise(phase1: str) -> None:
    """Under two leaders whose ballots go past each other, all acceptors fail and heal."""
    names = [f"acceptor-{n}" for n in range(5)]
    faults = [fault for name in names for fault in (*fails(name, "100ms"), *heals(name, "200ms"))]
    run = simulate(SCENARIO.replace(phase1=phase1, primaries="all", faults=faults), seed=1)

    assert all_is_chosen(run)
    assert run.verdicts["promises"] == "ok"


@PHASES
def test_the_other_leader_takes_over_after_the_silence(phase1: str) -> None:
    run = simulate(SCENARIO.replace(phase1=phase1, faults=fails("leader-1", "100ms")), seed=1)

    assert believed(run)[2:] == [(2_000_000, "leader-0", "leader-0")]
    assert run.stats.elections == 2
    assert all_is_chosen(run)
    assert len(run.leader_histories["leader-1"]) < 20


@PHASES
def test_what_the_failed_leader_had_chosen_stays_chosen(phase1: str) -> None:
    run = simulate(SCENARIO.replace(phase1=phase1, faults=fails("leader-1", "200ms")), seed=1)

    old, new = run.leader_histories["leader-1"], run.leader_histories["leader-0"]
    assert len(old) > 2
    assert tuple(new)[: len(old)] == tuple(old)


@PHASES
def test_a_healed_leader_takes_over_again_by_its_heartbeat(phase1: str) -> None:
    """Its beat was due while it was failed, and comes as soon as it heals."""
    faults = [*fails("leader-1", "100ms"), *heals("leader-1", "3s")]
    run = simulate(SCENARIO.replace(phase1=phase1, faults=faults), seed=1)

    assert believed(run)[2:] == [
        (2_000_000, "leader-0", "leader-0"),
        (3_010_000, "leader-0", "leader-1"),
    ]
    assert all_is_chosen(run)


@PHASES
def test_a_leader_that_heals_in_mid_work_loses_no_value(phase1: str) -> None:
    faults = [*fails("leader-1", "100ms"), *heals("leader-1", "2100ms")]
    run = simulate(SCENARIO.replace(phase1=phase1, faults=faults, values=60), seed=1)

    assert run.stats.answered == 60
    assert run.verdict == "ok"


def test_timers_that_come_due_in_a_failed_node_wait_until_it_heals() -> None:
    faults = [*fails("leader-1", "600ms"), *heals("leader-1", "1700ms")]
    run = simulate(SCENARIO.replace(faults=faults), seed=1)

    rung = [(one["at_us"], one["timer"]["name"]) for one in of_node(run, "leader-1")
            if one["event"] == "timer" and one["at_us"] < 2_000_000]  # fmt: skip

    assert rung[0] == (500_000, "resend")
    assert sorted(rung[1:]) == [(1_700_000, name) for name in ("beat", "fill", "resend")]


@PHASES
def test_a_leader_that_is_failed_from_the_start_says_nothing(phase1: str) -> None:
    run = simulate(
        SCENARIO.replace(phase1=phase1, failed_leaders=2, horizon="1s"), seed=1, record="trace"
    )

    for name in ("leader-0", "leader-1"):
        assert set(events(run, name)) <= {"fail", "ignore"}
    assert run.verdict == "unknown"


def test_a_leader_that_failed_from_the_start_does_nothing_until_it_heals() -> None:
    scenario = Scenario(
        values=3, leaders=1, failed_leaders=1, faults=[{"at": "1s", "heal": "leader-0"}],
        retry_after="400ms",
    )  # fmt: skip

    run = simulate(scenario, seed=1)

    own = [entry for entry in run.trace if entry["node"] == "leader-0"]
    assert {entry["event"] for entry in own if entry["at_us"] < 1_000_000} == {"fail", "ignore"}
    assert next(entry for entry in own if entry["event"] == "primary")["at_us"] == 1_000_000
    assert run.stats.chosen == 3


@PHASES
def test_without_heartbeats_nobody_is_elected(phase1: str) -> None:
    run = simulate(
        SCENARIO.replace(phase1=phase1, heartbeats="off", faults=fails("leader-1", "100ms")),
        seed=1,
    )

    assert believed(run) == [(0, "leader-0", "leader-1"), (0, "leader-1", "leader-1")]
    assert run.stats.messages["Heartbeat"] == 0
    assert 0 < run.stats.chosen < 20


def test_heartbeats_elect_a_leader_where_none_is_told() -> None:
    run = simulate(SCENARIO.replace(primaries="none"), seed=1)

    assert all_is_chosen(run)
    assert [one for one in believed(run) if one[0] > 3_100_000] == []
    assert believed(run)[-1][2] == "leader-1"


@PHASES
def test_under_a_failed_majority_nothing_is_chosen_and_the_verdict_is_unknown(phase1: str) -> None:
    run = simulate(SCENARIO.replace(phase1=phase1, failed_acceptors=3), seed=1)

    assert run.stats.chosen == 0
    assert run.verdict == "unknown"
    assert run.verdicts["progress"] == "unknown"
    assert {record.type for record in run.client_history} == {"invoke", "info"}


@PHASES
def test_all_is_chosen_once_a_majority_heals(phase1: str) -> None:
    scenario = SCENARIO.replace(
        phase1=phase1, failed_acceptors=3, faults=heals("acceptor-1", "3s"), stop_when="answered"
    )

    run = simulate(scenario, seed=1)

    assert all_is_chosen(run)
    assert run.goal_met
    assert 3_000_000 < run.stats.simulated_us < 5_000_000


@PHASES
def test_a_majority_that_fails_in_mid_work_halts_it_until_it_heals(phase1: str) -> None:
    names = [f"acceptor-{n}" for n in range(3)]
    faults = [fault for name in names for fault in (*fails(name, "200ms"), *heals(name, "4s"))]
    run = simulate(SCENARIO.replace(phase1=phase1, faults=faults), seed=1)

    learned_at_us = [one["at_us"] for one in run.trace if one["event"] == "learn"]
    assert any(at_us < 200_000 for at_us in learned_at_us)
    assert not any(220_000 < at_us < 4_000_000 for at_us in learned_at_us)
    assert all_is_chosen(run)


@PHASES
def test_a_leader_that_is_cut_off_from_a_majority_chooses_once_it_is_mended(phase1: str) -> None:
    ends = [["leader-1", f"acceptor-{n}"] for n in range(3)]
    cuts = [{"at": "0s", "cut": pair} for pair in ends]
    run = simulate(SCENARIO.replace(phase1=phase1, faults=cuts), seed=1)
    mends = [{"at": "3s", "heal": pair} for pair in ends]
    mended = simulate(SCENARIO.replace(phase1=phase1, faults=[*cuts, *mends]), seed=1)

    assert run.stats.chosen == 0
    assert all_is_chosen(mended)
    lost = {(one["node"], one["peer"]) for one in mended.trace if one["event"] == "cut"}
    assert lost == {tuple(pair) for pair in ends}


def test_a_cut_is_directed() -> None:
    faults = [{"at": "0s", "cut": ["acceptor-0", "leader-1"]}]
    run = simulate(SCENARIO.replace(faults=faults), seed=1)

    delivered = {(one["peer"], one["node"]) for one in run.trace if one["event"] == "deliver"}
    assert ("leader-1", "acceptor-0") in delivered
    assert ("acceptor-0", "leader-1") not in delivered
    assert all_is_chosen(run)


def test_leaders_that_do_not_hear_each_other_are_both_primary_and_agree() -> None:
    ends = (["leader-0", "leader-1"], ["leader-1", "leader-0"])
    faults = [{"at": "0s", "cut": pair} for pair in ends]
    run = simulate(SCENARIO.replace(faults=faults, values=200, send_to="spread"), seed=1)

    assert run.stats.elections == 2
    assert run.stats.answered == 200
    assert run.verdict == "ok"


def test_the_run_says_when_a_link_was_cut_and_mended() -> None:
    pair = ["leader-1", "acceptor-0"]
    faults = [{"at": "1s", "cut": pair}, {"at": "2s", "heal": pair}]
    run = simulate(SCENARIO.replace(faults=faults), seed=1)

    noted = [entry for entry in run.trace if entry["event"] == "nemesis"]
    assert [(one["at_us"], one["node"], one["peer"], one["deed"]) for one in noted] == [
        (1_000_000, *pair, "cut"),
        (2_000_000, *pair, "mend"),
    ]


def test_the_run_does_not_wait_for_a_failed_leader() -> None:
    scenario = SCENARIO.replace(stop_when="learned", failed_leaders=1)

    run = simulate(scenario, seed=1)

    assert run.goal_met
    assert len(run.leader_histories["leader-0"]) == 0


HEARD = ("deliver", "ignore")


def fails(name: str, at: str) -> list[dict[str, Any]]:
    return [{"at": at, "fail": name}]


def heals(name: str, at: str) -> list[dict[str, Any]]:
    return [{"at": at, "heal": name}]


def all_is_chosen(run: Run) -> bool:
    """Whether every value is chosen and answered, and all checks are content."""
    values = run.scenario.values
    return run.verdict == "ok" and run.stats.chosen == run.stats.answered == values


def of_node(run: Run, name: str) -> Iterable[dict[str, Any]]:
    return (entry for entry in run.trace if entry["node"] == name)


def events(run: Run, name: str) -> list[str]:
    return [entry["event"] for entry in of_node(run, name)]


def believed(run: Run) -> list[tuple[int, str, str]]:
    """Return who came to take whom for the primary, and when."""
    return [
        (entry["at_us"], entry["node"], entry["primary"])
        for entry in run.trace
        if entry["event"] == "primary"
    ]
