"""The shipped scenarios, and variations of the protocol, over many seeds: safe, and alive."""

from collections import Counter
from typing import Any

import pytest

from experiments.seeds.run import Outcome, outcome_of, outcomes_of
from paxos_des import Scenario, simulate
from paxos_des.protocol.ballot import NOOP

ADVERSARIAL = Scenario.named("2009-adversarial")
ON_LOSSY_LINKS = Scenario.named("lossy")


def test_duels_are_safe_and_choose_something() -> None:
    """A safety check in whose runs nothing is chosen proves nothing.

    What may stop a duel: the horizon of 1 s, when losses and back-offs take longer.
    """
    scenario = Scenario.named("duel")
    slots: Counter[int] = Counter()
    stopped: Counter[str] = Counter()
    longest_us = 0
    for seed in range(2_000):
        run = simulate(scenario, seed=seed, record="nothing")
        assert run.verdict == "ok", (seed, run.verdicts)
        slots[run.stats.chosen_slots] += 1
        stopped["both learned" if run.goal_met else "the horizon"] += 1
        longest_us = max(longest_us, run.stats.simulated_us)

    print(  # noqa: T201 - a figure of the scenario, shown with -s
        f"duel: something chosen in {slots[1]:,} of 2,000 runs; ended by: {dict(stopped)}; "
        f"the longest took {longest_us:,} µs"
    )
    assert slots == {1: 2_000}
    assert stopped == {"both learned": 2_000}
    assert longest_us < scenario.horizon_us


def test_duels_are_decided_by_either_leader() -> None:
    scenario = Scenario.named("duel")

    winners = {simulate(scenario, seed=seed).leader_histories["leader-0"][0] for seed in range(50)}

    assert {getattr(winner, "client", winner) for winner in winners} == {"client-0", "client-1"}


def test_duels_meet_every_fault_of_their_network_and_a_refusal() -> None:
    """Each "always" has a "sometimes"."""
    seen: Counter[str] = Counter()
    for seed in range(50):
        run = simulate(Scenario.named("duel"), seed=seed)
        envelopes = Counter(one["envelope"] for one in run.trace if one["event"] == "deliver")
        seen["drop"] += sum(one["event"] == "drop" for one in run.trace)
        seen["duplicate"] += sum(count > 1 for count in envelopes.values())
        seen["nack"] += run.stats.messages["Nack"]

    assert min(seen[fault] for fault in ("drop", "duplicate", "nack")) > 20


@pytest.mark.parametrize("seeds", [range(start, start + 20) for start in (0, 20, 40)])
def test_under_adversarial_pumps_all_values_are_chosen_and_both_histories_agree(
    seeds: range,
) -> None:
    outcomes = [outcome_of(ADVERSARIAL, seed) for seed in seeds]

    assert set(outcomes) == {Outcome("ok", 200, 200, is_done=True, is_same=True)}


@pytest.mark.deep
def test_under_adversarial_pumps_two_thousand_seeds_choose_all() -> None:
    outcomes = outcomes_of(ADVERSARIAL, 2_000)

    assert outcomes == {Outcome("ok", 200, 200, is_done=True, is_same=True): 2_000}


@pytest.mark.parametrize("seeds", [range(start, start + 20) for start in range(0, 100, 20)])
def test_on_lossy_links_and_under_faults_all_values_are_chosen(seeds: range) -> None:
    outcomes = {outcome_of(ON_LOSSY_LINKS, seed)[:4] for seed in seeds}

    assert outcomes == {("ok", 60, 60, True)}


@pytest.mark.deep
def test_on_lossy_links_and_under_faults_two_thousand_seeds_choose_all() -> None:
    outcomes = Counter(outcome[:4] for outcome in outcomes_of(ON_LOSSY_LINKS, 2_000).elements())

    assert outcomes == {("ok", 60, 60, True): 2_000}


def test_a_lossy_run_meets_every_fault_it_is_made_of() -> None:
    """Each "always" has a "sometimes"."""
    for seed in range(10):
        run = simulate(ON_LOSSY_LINKS, seed=seed)
        events = Counter(entry["event"] for entry in run.trace)
        arrived = Counter(one["envelope"] for one in run.trace if one["event"] == "deliver")

        assert min(events[event] for event in ("fail", "heal", "ignore", "drop")) > 3
        assert max(arrived.values()) == 2
        assert run.stats.messages["Nack"] > 0


def test_acceptors_that_fail_in_a_lossy_run_make_its_clients_wait() -> None:
    unharmed = ON_LOSSY_LINKS.replace(faults=[])

    waited_us, otherwise_us = (
        sum(sum(simulate(one, seed=seed, record="nothing").stats.reply_us) for seed in range(20))
        for one in (ON_LOSSY_LINKS, unharmed)
    )

    assert waited_us > 1.25 * otherwise_us


def test_a_lossy_run_never_has_more_than_a_minority_failed() -> None:
    failed: set[str] = set()
    most = 0
    for fault in ON_LOSSY_LINKS.faults:
        (failed.add if fault.kind == "fail" else failed.remove)(fault.nodes[0])
        most = max(most, len(failed))

    assert most == 2
    assert not failed


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_the_demonstration_chooses_a_thousand_values_with_nineteen_messages_each(seed: int) -> None:
    """5 prepares, 3 promises, 5 accepts and 6 accepteds, as the original sent."""
    run = simulate(Scenario.named("2009"), seed=seed)

    paxos = ("Prepare", "Promise", "Accept", "Accepted", "Nack")
    first, second = run.leader_histories.values()
    assert [run.stats.messages[kind] for kind in paxos] == [5_000, 3_000, 5_000, 6_000, 0]
    assert run.stats.chosen == run.stats.answered == 1_000
    assert first == second
    assert first.length == len(first) == 1_000
    assert NOOP not in first
    assert run.verdict == "ok"
    assert run.goal_met


def test_the_demonstration_chooses_the_values_in_some_order_and_each_once() -> None:
    history = simulate(Scenario.named("2009"), seed=7).leader_histories["leader-0"]

    operations = [getattr(value, "operation", None) for value in history]
    assert sorted(operations, key=str) == sorted((("put", "x", n) for n in range(1_000)), key=str)


LOSSY: dict[str, Any] = {"leaders": 3, "primaries": "all", "drop": 0.1, "duplicate": 0.1}
PATIENT: dict[str, Any] = {
    "pump": "adversarial", "resend_after": "5s", "retry_after": "5s", "fill_after": "5s",
    "backoff_min": "100ms", "backoff_max": "1s", "horizon": "3600s",
}  # fmt: skip
VARIATIONS: dict[str, dict[str, Any]] = {
    "lossy, stable": LOSSY,
    "lossy, per slot": {**LOSSY, "phase1": "per-slot"},
    "lossy, two failed": {**LOSSY, "failed_acceptors": 2},
    "flexible": {**LOSSY, "quorums": "flexible 4 2"},
    "flexible, large phase 2": {**LOSSY, "quorums": "flexible 2 4"},
    "grid": {**LOSSY, "acceptors": 6, "quorums": "grid 2 3"},
    "shuffled ties": {"ties": "shuffled", "delay": "1ms", "primaries": "all"},
    "shuffled ties, lossy": {**LOSSY, "ties": "shuffled", "delay": "1ms"},
    "four acceptors": {**LOSSY, "acceptors": 4, "failed_acceptors": 1},
    "one acceptor": {**LOSSY, "acceptors": 1},
    "adversarial, stable": {**PATIENT, "primaries": "all"},
    "adversarial, lossy": {**PATIENT, **LOSSY},
    "no heartbeats": {"heartbeats": "off", "primaries": "all", "send_to": "spread"},
    "no heartbeats, lossy": {**LOSSY, "heartbeats": "off", "send_to": "spread"},
    "small window": {**LOSSY, "clients": 3, "in_flight": 2, "window": 2, "send_to": "own"},
    "long tails": {**LOSSY, "delay": "lognormal 5ms 1.5"},
    "nobody told": {**LOSSY, "primaries": "none"},
}


@pytest.mark.parametrize("name", VARIATIONS)
def test_variations_are_safe_and_have_every_value_chosen_and_answered(name: str) -> None:
    scenario = Scenario(**{"values": 30, "horizon": "300s", **VARIATIONS[name]})

    outcomes = Counter(outcome_of(scenario, seed)[:4] for seed in range(40))

    assert outcomes == {("ok", 30, 30, True): 40}


def test_leaders_that_all_propose_refuse_each_other_and_agree() -> None:
    scenario = Scenario(**{"values": 30, "heartbeats": "off", "send_to": "spread", **LOSSY})

    runs = [simulate(scenario, seed=seed, record="nothing") for seed in range(9)]

    assert {run.verdict for run in runs} == {"ok"}
    assert sum(run.stats.messages["Nack"] for run in runs) > 100
