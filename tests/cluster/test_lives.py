"""Lives: nodes fall and come back at random, each on its own, and again from a schedule."""

import json
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import msgspec
import pytest
from garbage import garbage_of
from scipy.stats import gamma
from shell import assert_refuses, in_process

from paxos_des import Scenario, simulate
from paxos_des.cluster.cluster import Cluster
from paxos_des.cluster.havoc import NEMESIS, NOTHING
from paxos_des.engine.choices import Decision, Key, name_of
from paxos_des.engine.entries import FaultEntry
from paxos_des.engine.words import says
from paxos_des.errors import FailureError, ScenarioError
from paxos_des.explore.pool_run import pooled_scenario
from paxos_des.explore.smaller_scenarios import size_of, ways
from paxos_des.failure import Failure
from paxos_des.run import Run

ACCEPTORS = {"node": "acceptor-*", "up": "exponential 400ms", "down": "exponential 100ms"}
SCENARIO = Scenario(
    values=20, in_flight=2, horizon="3s", stop_when="horizon", retry_after="200ms",
    heartbeat_every="100ms", heartbeat_timeout="300ms", lives=[ACCEPTORS],
)  # fmt: skip
LEADERS_TOO = [ACCEPTORS, {"node": "leader-*", "up": "exponential 1s", "down": "exponential 200ms"}]


def ends_of(run: Run) -> list[Decision]:
    """Return the interventions that end lives."""
    return [one for one in run.schedule if one.key.kind == "fault"]


def end_of(node: str, life: int) -> Key:
    return Key("fault", (NEMESIS,), name_of({"life": life, "node": node}), 1)


def befell(run: Run, *events: str) -> list[tuple[int, str, str]]:
    return [
        (one["at_us"], one["event"], one["node"]) for one in run.trace if one["event"] in events
    ]


@pytest.mark.parametrize("deed", ["crash", "fail", "pause"])
@pytest.mark.parametrize("seed", range(4))
def test_a_schedule_replays_lives_over_the_dull_run(seed: int, deed: str) -> None:
    scenario = SCENARIO.replace(lives=[{**rule, "deed": deed} for rule in LEADERS_TOO])
    run = simulate(scenario, seed=seed)

    again = simulate(scenario, schedule=run.schedule)

    assert len(ends_of(run)) > 10
    assert again.digest == run.digest
    assert again.skipped == ()
    assert again.schedule == run.schedule
    assert simulate(scenario, seed=seed, schedule=run.schedule).digest == run.digest


def test_lives_that_end_at_one_instant_with_messages_replay() -> None:
    """All times are whole milliseconds: so each end of a life has company, and that an order."""
    scenario = SCENARIO.replace(
        delay="samples 1ms 2ms",
        lives=[{**ACCEPTORS, "up": "samples 3ms 4ms 5ms", "down": "samples 2ms 3ms"}],
        fsync="1ms", horizon="1s", resend_after="5ms", retry_after="20ms",
    )  # fmt: skip
    run = simulate(scenario, seed=1)

    together = [at_us for at_us, _, _ in befell(run, "crash")]

    assert len(set(together)) < len(together)
    assert simulate(scenario, schedule=run.schedule).digest == run.digest


def test_a_run_without_weather_is_one_in_which_nobody_falls() -> None:
    assert befell(simulate(SCENARIO, schedule=()), "crash") == []


def test_one_life_more_of_a_node_leaves_all_others_as_they_were() -> None:
    run = simulate(SCENARIO, seed=5)
    key = end_of("acceptor-1", 1)
    mine = next(one for one in ends_of(run) if one.key == key)

    without = simulate(SCENARIO, seed=5, schedule=[Decision(key, NOTHING)])

    assert without.skipped == ()
    assert set(befell(run, "crash")) - set(befell(without, "crash")) == {
        (at_us_of(mine), "crash", "acceptor-1")
    }
    assert set(befell(without, "crash")) < set(befell(run, "crash"))


def test_another_fault_takes_the_place_of_a_life_s_end() -> None:
    run = simulate(SCENARIO, seed=5)
    key = end_of("acceptor-1", 1)
    mine = next(one for one in ends_of(run) if one.key == key)
    other = Decision(key, '{"at":"7ms","pause":"acceptor-0","for":"1ms"}')

    changed = simulate(SCENARIO, seed=5, schedule=[other])

    gone = (at_us_of(mine), "crash", "acceptor-1")
    assert befell(changed, "pause") == [(7_000, "pause", "acceptor-0")]
    assert set(befell(changed, "crash")) == {*befell(run, "crash")} - {gone}
    assert simulate(SCENARIO, schedule=changed.schedule).digest == changed.digest


def at_us_of(decision: Decision) -> int:
    return int(msgspec.json.decode(str(decision.answer))["at"].removesuffix("us"))


def test_a_node_lives_on_as_before_whoever_else_does() -> None:
    alone = SCENARIO.replace(lives=[{**ACCEPTORS, "node": "acceptor-2"}])

    assert befell(simulate(alone, seed=2), "crash", "restart") == [
        one for one in befell(simulate(SCENARIO, seed=2), "crash", "restart")
        if one[2] == "acceptor-2"
    ]  # fmt: skip


def test_the_last_rule_that_fits_counts() -> None:
    rules = [ACCEPTORS, {"node": "acceptor-0", "up": "10ms", "down": "5ms", "deed": "fail"}]
    run = simulate(SCENARIO.replace(lives=rules, horizon="100ms"), seed=0)

    fallen = [one for one in befell(run, "fail", "heal", "crash") if one[2] == "acceptor-0"]

    assert fallen[:3] == [
        (10_000, "fail", "acceptor-0"), (15_000, "heal", "acceptor-0"),
        (25_000, "fail", "acceptor-0"),
    ]  # fmt: skip
    assert {event for _, event, _ in fallen} == {"fail", "heal"}


def test_no_life_ends_after_until_and_all_come_back() -> None:
    run = simulate(SCENARIO.replace(lives=[{**ACCEPTORS, "until": "1s"}]), seed=3)
    whole = simulate(SCENARIO, seed=3)

    crashes, restarts = befell(run, "crash"), befell(run, "restart")

    assert crashes == [one for one in befell(whole, "crash") if one[0] <= 1_000_000]
    assert len(restarts) == len(crashes)


UP_US, DOWN_US = 300_000, 100_000
CHANCE = 1e-4


def test_times_have_the_means_that_the_scenario_states() -> None:
    """A sum of exponential times is gamma, exactly: a joint test of each node's times up and down,
    at 99.99 %. Means that are a tenth longer do not pass.
    """
    times = list(ups_and_downs(seed=11))

    assert len(times) == 10
    assert all(len(spans) > 1_000 for _, spans in times)
    assert min(p_of(spans, mean) for mean, spans in times) > CHANCE / len(times)
    assert min(p_of(spans, 1.1 * mean) for mean, spans in times) < CHANCE / len(times)


def ups_and_downs(seed: int) -> Iterator[tuple[float, list[int]]]:
    """Yield each mean, and the times that should have it, of acceptors for which nobody asks."""
    scenario = Scenario(
        values=0, clients=0, leaders=1, heartbeats="off", stop_when="horizon", horizon="600s",
        lives=[{"node": "acceptor-*", "up": "exponential 300ms", "down": "exponential 100ms"}],
    )  # fmt: skip
    changes: dict[str, list[int]] = {name: [0] for name in scenario.acceptor_names}

    def note(entry: FaultEntry) -> None:
        changes[entry.node].append(entry.at_us)

    def observe(cluster: Cluster) -> None:
        for event in ("crash", "restart"):
            cluster.trace.observers.setdefault(event, []).append(note)

    simulate(scenario, seed=seed, record="nothing", extend=observe)
    for at_us in changes.values():
        spans = [later - sooner for sooner, later in pairwise(at_us)]
        yield UP_US, spans[::2]
        yield DOWN_US, spans[1::2]


def p_of(spans: list[int], mean_us: float) -> float:
    share = float(gamma.cdf(sum(spans), len(spans), scale=mean_us))
    return 2 * min(share, 1 - share)


def test_the_end_of_a_life_is_said_in_words() -> None:
    crash = Decision(end_of("acceptor-1", 2), '{"at":"7250ms","crash":"acceptor-1","for":"310ms"}')

    assert says(crash) == (
        "at 7250 ms, crash acceptor-1 for 310 ms (the end of acceptor-1's life 2)"
    )
    assert says(Decision(crash.key, NOTHING)) == "let acceptor-1's life 2 go on"


def test_the_summary_says_who_lives_how() -> None:
    rules = [{**ACCEPTORS, "until": "2s"}, {"node": "client-0", "up": "1s", "down": "1ms"}]

    assert SCENARIO.replace(lives=rules).summary.endswith(
        "acceptor-* up for exponential 400ms, then down for exponential 100ms (crash, until 2s) "
        "and client-0 up for 1s, then down for 1ms (crash)"
    )


def test_what_may_crash_has_disks() -> None:
    assert SCENARIO.has_disks
    assert not SCENARIO.replace(lives=[{**ACCEPTORS, "deed": "fail"}]).has_disks
    assert pooled_scenario(SCENARIO).has_disks
    assert pooled_scenario(SCENARIO).lives == ()


def test_liveness_is_judged_after_the_last_life_s_end() -> None:
    scenario = SCENARIO.replace(
        lives=[{**rule, "until": "1s"} for rule in LEADERS_TOO], live_within="3s", horizon="10s",
        stop_when="learned",
    )  # fmt: skip

    assert {simulate(scenario, seed=seed).verdicts["liveness"] for seed in range(10)} == {"ok"}


def test_lives_leave_no_garbage() -> None:
    assert garbage_with([ACCEPTORS]) == garbage_with([])


def garbage_with(lives: list[dict[str, Any]]) -> int:
    scenario = SCENARIO.replace(lives=lives, disks="on", heartbeats="off")
    simulate(scenario, seed=1)
    return garbage_of(scenario)


def test_a_smaller_scenario_has_no_lives_and_the_schedule_does_what_they_did() -> None:
    run = simulate(SCENARIO, seed=5)

    smaller = next(
        one for way in ways() for one in way(SCENARIO, run.schedule) if one.scenario.lives == ()
    )

    assert smaller.scenario == SCENARIO.replace(lives=(), disks="on")
    assert size_of(smaller.scenario) < size_of(SCENARIO)
    assert not any("life" in decision.key.what for decision in smaller.schedule)
    assert simulate(smaller.scenario, schedule=smaller.schedule).digest == run.digest


def test_safety_holds_over_many_lives() -> None:
    scenario = SCENARIO.replace(lives=LEADERS_TOO, horizon="1500ms", values=10)

    runs = [simulate(scenario, seed=seed, record="nothing") for seed in range(300)]

    assert {run.verdict for run in runs} == {"ok"}
    assert sum(run.stats.chosen for run in runs) > 2_000


@pytest.mark.parametrize(
    ("says_so", "changes"),
    [
        ("lives: found 'acceptor-0'; allowed is a list of tables", {"lives": "acceptor-0"}),
        ("lives, item 0: found", {"lives": [{"node": "acceptor-0", "up": "1s"}]}),
        ("did you mean 'down'", {"lives": [{"node": "acceptor-0", "up": "1s", "dwon": "1s"}]}),
        ("lives: found 'acceptr-*'; allowed is a pattern", {"node": "acceptr-*"}),
        ("lives: found 'primary'; allowed is a pattern", {"node": "primary"}),
        ("lives: found 'client-0'; allowed is one of", {"node": "client-0", "deed": "fail"}),
        ("lives, item 0, deed: found 'crsh' (did you mean 'crash'?)", {"deed": "crsh"}),
        ("lives, item 0, up: found 'exponental 1s'", {"up": "exponental 1s"}),
        ("lives, item 0, down: found '0us'; allowed is a delay that is above", {"down": "0us"}),
        ("lives, item 0, until: found 5", {"until": 5}),
        ("lives, until: found nothing; allowed is a time", {"live_within": "1s"}),
        (
            "horizon: found '3s'; allowed is 3700ms or later",
            {"until": "1s", "down": "1700ms", "live_within": "1s"},
        ),
    ],
)
def test_refuses_what_cannot_be_in_one_sentence(says_so: str, changes: dict[str, Any]) -> None:
    keys = dict(changes)
    of_scenario = {key: keys.pop(key) for key in ("lives", "live_within") if key in keys}
    with pytest.raises(ScenarioError) as refused:
        SCENARIO.replace(**{"lives": [{**ACCEPTORS, **keys}], **of_scenario})

    assert says_so in str(refused.value)
    assert "\n" not in str(refused.value)


def test_times_may_be_measured_and_a_path_is_seen_from_the_file(tmp_path: Path) -> None:
    (tmp_path / "up.txt").write_text("2000\n3000\n")
    (tmp_path / "own.toml").write_text(
        '[[lives]]\nnode = "acceptor-0"\ndown = "1ms"\nup = { kind = "samples", file = "up.txt" }\n'
    )

    scenario = Scenario.load(tmp_path / "own.toml")

    assert scenario.to_dict()["lives"][0]["up"] == "samples 2s 3s"
    assert Scenario.from_dict(scenario.to_dict(), where="a test") == scenario


def test_a_failure_file_may_have_lives_but_name_no_other_file(tmp_path: Path) -> None:
    run = simulate(SCENARIO, seed=5)
    assert run.digest is not None
    failure = Failure(
        scenario=SCENARIO, check="agreement", what="supposed", at_us=1, schedule=run.schedule,
        digest=run.digest, found={"seed": 5},
    )  # fmt: skip
    failure.save(tmp_path / "failure.json")
    document = json.loads((tmp_path / "failure.json").read_text())
    document["scenario"]["lives"][0]["up"] = {"kind": "samples", "file": "up.txt"}
    (tmp_path / "bad.json").write_text(json.dumps(document))

    assert Failure.load(tmp_path / "failure.json") == failure
    with pytest.raises(FailureError, match=r"up: found the file 'up.txt'"):
        Failure.load(tmp_path / "bad.json")


def test_a_failure_file_from_before_lives_is_read_as_one_without() -> None:
    written = SCENARIO.to_dict()
    del written["lives"]

    assert Scenario.from_dict(written, where="old").lives == ()


def test_the_command_line_sets_them() -> None:
    rule = 'lives=[{node = "acceptor-*", up = "exponential 5ms", down = "1ms"}]'

    code, printed, _ = in_process("run", "duel", "--set", rule)
    refused = in_process("run", "duel", "--set", rule.replace("up", "op"))

    assert code == 0
    assert "acceptor-* up for exponential 5ms, then down for 1ms (crash)" in " ".join(
        printed.split()
    )
    assert_refuses("--set lives, item 0: found 'op'", refused)
