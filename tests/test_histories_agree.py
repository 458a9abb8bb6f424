"""The first safety property of all: every leader's history agrees with every other's.

Written with `paxos_des.testing`, as anybody may test a protocol of his own. It is quick; in the
deep profile it is as long as one likes:

    python -m pytest tests/test_histories_agree.py -m "deep or not deep" --paxos-profile deep
"""

from itertools import combinations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis.stateful import run_state_machine_as_test

from paxos_des import Scenario, simulate
from paxos_des.run import Run
from paxos_des.run_record import FORGOTTEN, LeaderHistory
from paxos_des.testing import (
    Case,
    ClusterMachine,
    FaultPlan,
    Schedule,
    assert_safe,
    fault_plans,
    runs,
    schedules,
)

DUEL = Scenario.named("duel")
STABLE = Scenario(
    name="stable",
    acceptors=3,
    leaders=2,
    clients=2,
    values=6,
    in_flight=2,
    replica="register",
    delay="5ms",
    heartbeat_every="20ms",
    heartbeat_timeout="50ms",
    resend_after="40ms",
    retry_after="100ms",
    fill_after="50ms",
    catch_up_every="50ms",
    stop_when="learned",
    horizon="1s",
)
CRASHES = STABLE.replace(name="small-crashes", disks="on", fsync="1ms", snapshot_every=3)


def how(examples: int) -> settings:
    """Return so many examples, or as many as a profile has that somebody chose."""
    chosen = settings.get_current_profile_name().startswith("paxos-des-")
    return settings(
        max_examples=settings().max_examples if chosen else examples,
        deadline=None,
        suppress_health_check=list(HealthCheck),
    )


@how(60)
@given(schedules(DUEL))
def test_histories_agree_in_a_duel(schedule: Schedule) -> None:
    judge(simulate(DUEL, schedule=schedule))


@how(40)
@given(schedules(STABLE))
def test_histories_agree_under_a_stable_leader(schedule: Schedule) -> None:
    judge(simulate(STABLE, schedule=schedule))


@how(40)
@given(schedules(CRASHES))
def test_histories_agree_through_crashes(schedule: Schedule) -> None:
    judge(simulate(CRASHES, schedule=schedule))


@how(30)
@given(fault_plans(CRASHES))
def test_histories_agree_whatever_befalls_the_cluster(plan: FaultPlan) -> None:
    judge(simulate(CRASHES.replace(faults=plan), seed=0))


@how(40)
@given(runs())
def test_histories_agree_in_clusters_of_all_shapes(case: Case) -> None:
    judge(case.run())


def test_histories_agree_in_a_live_cluster() -> None:
    machine = settings(how(15), stateful_step_count=20)
    run_state_machine_as_test(ClusterMachine, settings=machine)


@pytest.mark.deep
@settings(max_examples=5_000, deadline=None, database=None, suppress_health_check=list(HealthCheck))
@given(runs())
def test_histories_agree_in_many_thousand_clusters(case: Case) -> None:
    judge(case.run())


def judge(run: Run) -> None:
    """Compare the histories, and have the checks judge too: they see what is between."""
    for one, other in combinations(run.leader_histories.values(), 2):
        assert agree(one, other), (one, other)
    assert_safe(run)


def agree(one: LeaderHistory, other: LeaderHistory) -> bool:
    """Whether no slot holds two values; what is forgotten, or not learned, holds none."""
    return all(
        a == b or None in (a, b) or FORGOTTEN in (a, b) for a, b in zip(one, other, strict=False)
    )


def test_histories_that_disagree_are_told_apart() -> None:
    run = simulate(DUEL.replace(protocol="accept-below-promise"), seed=0, checks=("agreement",))
    found = [*run.leader_histories.values()]

    assert run.verdict == "violated"
    assert not agree(*found)
