"""The pooled network: what lies in the pool, how runs end, and that each is a timed run as well."""

import pytest
from policies import AtRandom, FirstCome, Pick, Told

from paxos_des.cluster.scenario import Scenario
from paxos_des.engine.pool import Deed
from paxos_des.errors import ScenarioError
from paxos_des.explore.pooled import (
    PooledRun,
    attempt_of,
    digest_of,
    pooled_scenario,
    run_pooled,
    schedule_of,
    steps_of,
)
from paxos_des.failure import replay
from paxos_des.run import simulate

DUEL = Scenario.named("duel")
BROKEN = DUEL.replace(protocol="accept-below-promise")
STABLE = Scenario(
    acceptors=3, leaders=2, clients=1, values=3, phase1="stable", heartbeats="on",
    delay="uniform 1ms 5ms", stop_when="answered", settle="50ms", horizon="20s",
)  # fmt: skip
LOSSY = Scenario.named("lossy").replace(values=6)
CRASHES = Scenario.named("crashes").replace(values=6)
SEEDS = {"duel": 100, "broken": 100, "stable": 30, "lossy": 20, "crashes": 20}
SCENARIOS = {
    "duel": DUEL, "broken": BROKEN, "stable": STABLE, "lossy": LOSSY, "crashes": CRASHES,
}  # fmt: skip
STEPS = (None, 30, 100, 300)
OLDEST: Pick = ("happen", "deliver", 0)


def assert_is_timed_too(run: PooledRun) -> None:
    again = simulate(run.scenario, schedule=schedule_of(run), checks=run.checks)

    assert again.digest == digest_of(run)
    assert again.verdict == run.verdict
    assert not again.skipped


@pytest.mark.parametrize("name", SCENARIOS)
def test_a_run_in_the_pool_is_a_timed_run_as_well(name: str) -> None:
    for seed in range(SEEDS[name]):
        steps_max = STEPS[seed % len(STEPS)]
        run = run_pooled(SCENARIOS[name], AtRandom(seed), steps_max=steps_max, seed=seed)
        assert_is_timed_too(run)


@pytest.mark.deep
@pytest.mark.parametrize("name", [
    name for name in Scenario.names() if Scenario.named(name).reads == "log"
])  # fmt: skip
def test_whatever_the_scenario(name: str) -> None:
    scenario = Scenario.named(name)
    for seed in range(30):
        run = run_pooled(scenario, AtRandom(seed), steps_max=50 * (seed % 7 + 1), seed=seed)
        assert_is_timed_too(run)


def test_a_violation_in_the_pool_is_one_in_time() -> None:
    runs = [run_pooled(BROKEN, AtRandom(seed), ("agreement",)) for seed in range(300)]
    found = [attempt_of(run) for run in runs if run.violation is not None]

    assert len(found) > 3
    for attempt in found:
        assert attempt.violation is not None
        again = replay(attempt.scenario, attempt.schedule(), "agreement")
        assert again.first_violation is not None
        assert again.first_violation.what == attempt.violation.what
        assert again.first_violation.at_us == attempt.violation.at_us


def test_the_same_picks_are_the_same_run() -> None:
    one, other = (run_pooled(CRASHES, AtRandom(5), steps_max=300, seed=1) for _ in range(2))

    assert digest_of(one) == digest_of(other)
    assert one.behaviour == other.behaviour
    assert one.picked == other.picked


def test_crashes_and_restarts_are_retold() -> None:
    run = run_pooled(CRASHES, AtRandom(8), steps_max=300)
    kinds = {event.kind for _, event in run.picked}
    faults = [one for one in schedule_of(run) if one.key.kind == "fault"]

    assert kinds == {"deliver", "timer", "fsync", "crash", "restart"}
    assert len(faults) == sum(event.kind == "crash" for _, event in run.picked)


def test_first_come_first_served_reaches_the_goal() -> None:
    run = run_pooled(DUEL, FirstCome())

    assert run.verdict == "ok"
    assert run.end_us == run.steps * run.step_us


def test_a_run_ends_where_the_policy_picks_nothing() -> None:
    run = run_pooled(DUEL, Told(OLDEST, OLDEST))

    assert run.steps == 2
    assert run.end_us == DUEL.horizon_us


def test_a_run_ends_after_so_many_steps() -> None:
    assert run_pooled(DUEL, AtRandom(1), steps_max=7).steps == 7


def test_a_run_ends_at_the_horizon() -> None:
    short = STABLE.replace(horizon="1ms", values=0, stop_when="horizon")
    run = run_pooled(short, AtRandom(1))

    step_us, steps_max = steps_of(short)
    assert run.steps <= steps_max
    assert run.steps * step_us < short.horizon_us


def test_what_may_befall_messages_is_what_the_scenario_lets_befall_them() -> None:
    calm, policy = DUEL.replace(drop=0, duplicate=0), Told()
    run_pooled(calm, policy)
    assert policy.may == {"happen"}

    run_pooled(calm.replace(drop=0.1), policy)
    assert policy.may == {"happen", "lose"}

    run_pooled(DUEL, policy)
    assert policy.may == {"happen", "lose", "double"}


@pytest.mark.parametrize("deed", ["lose", "double"])
def test_a_link_that_neither_loses_nor_doubles_delivers(deed: Deed) -> None:
    """Clients stand beside their leaders, in `duel`."""
    run = run_pooled(DUEL, Told((deed, "deliver", 0)))

    assert run.picked[0][1].peer == "client-0"
    assert [done for done, _ in run.picked] == ["happen"]


def test_a_doubled_message_stays_once_more_and_no_longer() -> None:
    policy = Told(("happen", "deliver", 0), ("double", "deliver", -1), ("double", "deliver", -2))
    run = run_pooled(DUEL.replace(values=1), policy)

    (_, prepare), (deed, copy) = run.picked[1:]
    assert (prepare[1:], deed) == (copy[1:], "happen")
    assert prepare[1:] in [event[1:] for event in policy.seen[2]]
    assert prepare[1:] not in [event[1:] for event in policy.seen[3]]


def test_a_timer_that_is_cancelled_leaves_the_pool() -> None:
    run = run_pooled(STABLE, policy := Told(), steps_max=1)
    assert run.steps == 0
    timers = [event for event in policy.seen[0] if event.kind == "timer"]

    assert len({(event.node, event.content) for event in timers}) == len(timers)
    assert timers


def test_events_know_what_made_them_and_stand_as_they_joined() -> None:
    policy = Told(OLDEST, OLDEST, OLDEST, OLDEST)
    run_pooled(DUEL, policy)

    for events in policy.seen:
        numbers = [event.number for event in events]
        assert numbers == sorted(numbers)
        assert all(event.parent < event.number for event in events)
    request = next(event for event in policy.seen[0] if event.kind == "deliver")
    prepares = [event for event in policy.seen[1] if event.peer == request.node]
    assert [event.parent for event in prepares] == [request.number] * DUEL.acceptors


def test_nodes_crash_only_where_they_have_disks() -> None:
    run_pooled(DUEL, without := Told())
    run_pooled(DUEL.replace(disks="on"), with_disks := Told())

    assert not [event for event in without.seen[0] if event.kind == "crash"]
    crashing = [event.node for event in with_disks.seen[0] if event.kind == "crash"]
    assert crashing == list(DUEL.node_names)


def test_a_node_that_is_down_may_come_back() -> None:
    run_pooled(DUEL.replace(disks="on"), policy := Told(("happen", "crash", -1)))

    restarts = [event.node for event in policy.seen[1] if event.kind == "restart"]
    assert restarts == ["client-1"]


def test_the_pool_takes_out_what_befalls_at_certain_times() -> None:
    everything = Scenario.named("everything").replace(reads="log")
    pooled = pooled_scenario(everything)

    assert not pooled.faults
    assert pooled.nemesis is None
    assert not pooled.clocks
    assert pooled.pump == "plain"
    assert pooled.has_disks
    assert pooled_scenario(pooled) == pooled


def test_the_pool_refuses_what_rests_on_clocks() -> None:
    with pytest.raises(ScenarioError, match="found reads = 'lease'"):
        pooled_scenario(Scenario.named("everything"))


@pytest.mark.parametrize(("delay", "step_us"), [
    ("5500us", 500), ("10ms", 1000), ("300us", 20), ("0us", 1), ("4ms", 200),
])  # fmt: skip
def test_a_step_is_a_tenth_of_the_usual_delay_made_round(delay: str, step_us: int) -> None:
    assert steps_of(STABLE.replace(delay=delay))[0] == step_us


def test_there_is_time_for_all_steps() -> None:
    for name in Scenario.names():
        scenario = Scenario.named(name)
        step_us, steps_max = steps_of(scenario)

        assert step_us * steps_max < scenario.horizon_us
