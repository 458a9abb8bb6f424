"""Shrinking ends where nothing helps: tested by what it says itself, and from outside."""

import subprocess
import sys
from contextlib import suppress
from functools import cache
from typing import Any

import pytest

from paxos_des import Scenario, simulate
from paxos_des.cluster.registry import MULTI_PAXOS, protocol_named, register
from paxos_des.engine.choices import Decision, Key
from paxos_des.errors import InputError, ScenarioError
from paxos_des.explore.core import causal_core
from paxos_des.explore.shrink import Shrunk, shape_of, shrink
from paxos_des.explore.simpler import simpler
from paxos_des.explore.smaller_scenarios import ways
from paxos_des.failure import Failure, violated_by
from paxos_des.museum import EXHIBITS
from paxos_des.protocol.acceptor import Acceptor
from paxos_des.protocol.effects import Effect, Learned, Record
from paxos_des.protocol.learner import Learner

DUEL = Scenario.named("duel")


class Amnesiac(Acceptor):
    """Recovers nothing, whatever its disk has kept."""

    __slots__ = ()

    def recover(self, records: Any) -> list[Effect]:  # noqa: ANN401, ARG002 - nothing of them counts
        nothing: tuple[Record, ...] = ()
        return super().recover(nothing)


class CountsMessages(Learner):
    """A vote that comes twice counts twice."""

    __slots__ = ()

    def on_vote(self, source: Any, slot: Any, ballot: Any, value: Any) -> Learned | None:  # noqa: ANN401
        copies = self.voters(slot, ballot)
        return Learner.on_vote(self, f"{source}-copy-{len(copies)}", slot, ballot, value)


def _counts_messages(leadership: Any, settings: Any, told: Any) -> Any:  # noqa: ANN401 - as it is made
    leader: Any = MULTI_PAXOS.leader(leadership, settings, told)
    leader.campaign.learner = CountsMessages(settings.quorums)
    return leader


def _register() -> None:
    protocols = (
        MULTI_PAXOS.but("shrunk-amnesiac", acceptor=lambda _, settings: Amnesiac(settings.leaders)),
        MULTI_PAXOS.but("shrunk-counts-messages", leader=_counts_messages),
    )
    for protocol in protocols:
        try:
            protocol_named(protocol.name)
        except ScenarioError:
            register(protocol)


_register()
CRASHES = DUEL.replace(
    protocol="shrunk-amnesiac", disks="on", horizon="2s", values=4, slots="unbounded",
    nemesis={"kinds": ["crash"], "bounded": "no", "every": "10ms", "until": "300ms",
             "lasts": ["5ms", "30ms"]},
)  # fmt: skip
CASES: dict[str, tuple[Scenario, str, range]] = {
    "a promise ignored": (DUEL.replace(protocol="accept-below-promise"), "agreement", range(8)),
    "votes by message": (
        DUEL.replace(protocol="shrunk-counts-messages"), "learned-chosen", range(10, 20)
    ),
    "an adversarial pump": (
        DUEL.replace(protocol="shrunk-counts-messages", pump="adversarial", pump_wait="5ms"),
        "learned-chosen", range(60),
    ),
    "a nemesis": (CRASHES, "durability", range(10)),
    "a lossy network": (
        Scenario.named("lossy").replace(protocol="accept-below-promise"), "promises", range(5)
    ),
}  # fmt: skip


@cache
def first_failure(case: str) -> Failure:
    scenario, check, seeds = CASES[case]
    for seed in seeds:
        run = simulate(scenario, seed=seed, record="nothing", checks=(check,))
        if run.verdict == "violated":
            failure = Failure.of(scenario, run.schedule, check, {"seed": seed})
            assert failure is not None
            return failure
    raise AssertionError(case)


@cache
def shrunk(case: str) -> Shrunk:
    return shrink(first_failure(case))


@pytest.mark.parametrize("case", CASES)
def test_no_single_intervention_can_be_spared(case: str) -> None:
    failure = shrunk(case).failure
    schedule = failure.schedule

    assert violated_by(failure.scenario, schedule, failure.check)
    for place in range(len(schedule)):
        rest = schedule[:place] + schedule[place + 1 :]
        assert not violated_by(failure.scenario, rest, failure.check)


@pytest.mark.parametrize("case", CASES)
def test_no_intervention_can_be_replaced_by_a_simpler_one(case: str) -> None:
    failure = shrunk(case).failure
    schedule = failure.schedule

    for place, decision in enumerate(schedule):
        for other in simpler(decision, failure.scenario):
            if other.key not in {one.key for one in schedule if one is not decision}:
                changed = (*schedule[:place], other, *schedule[place + 1 :])
                assert not violated_by(failure.scenario, changed, failure.check), other


@pytest.mark.parametrize("case", CASES)
def test_no_smaller_scenario_does(case: str) -> None:
    failure = shrunk(case).failure

    for way in ways():
        for smaller in way(failure.scenario, failure.schedule):
            with suppress(InputError):  # faults of a disk, where there is none any more
                assert not violated_by(smaller.scenario, smaller.schedule, failure.check)


@pytest.mark.parametrize("case", CASES)
def test_what_is_shrunk_replays_and_is_smaller(case: str) -> None:
    before, result = first_failure(case), shrunk(case)
    failure = result.failure

    assert result.is_minimal
    assert result.before == len(before.schedule)
    assert len(failure.schedule) <= 4 < len(before.schedule)
    assert failure.replay().digest == failure.digest
    assert (failure.check, failure.found) == (before.check, before.found)


def test_a_duel_shrinks_to_the_events_that_two_ballots_need() -> None:
    """Each of two ballots needs a start, 2 prepares, 2 promises and 2 accepts; for agreement, each
    leader also hears 2 accepteds.
    """
    scenario = DUEL.replace(protocol="accept-below-promise")
    schedule = simulate(scenario, seed=0, checks=("chosen-once",)).schedule
    chosen = Failure.of(scenario, schedule, "chosen-once")
    assert chosen is not None
    core = shrink(chosen).failure.core

    assert core is not None
    assert len(core) == 14
    assert len(shrunk("a promise ignored").failure.core or ()) == 18


def test_what_a_nemesis_did_is_done_by_faults_of_the_schedule() -> None:
    failure = shrunk("a nemesis").failure

    assert failure.scenario.nemesis is None
    assert any(decision.key.kind == "fault" for decision in failure.schedule)


def test_failures_of_one_bug_have_one_shape() -> None:
    scenario, check, _ = CASES["a promise ignored"]
    runs = [simulate(scenario, seed=seed, checks=(check,)) for seed in range(30)]
    found = [Failure.of(scenario, run.schedule, check) for run in runs if run.violations]
    shapes = {shape_of(shrink(failure).failure) for failure in found[:3] if failure is not None}

    assert len(found) >= 4
    assert len(shapes) == 1


def test_a_shape_names_no_node_slot_or_time() -> None:
    failure = first_failure("a promise ignored")
    one, other = (
        Decision(Key("delay", ("leader-0", f"acceptor-{index}"), what, 1), answer)
        for index, what, answer in (
            (0, '{"type":"Accept","slot":0,"ballot":[1,0]}', 20_000),
            (2, '{"type":"Accept","slot":3,"ballot":[4,0]}', 5_000),
        )
    )
    shapes = {
        shape_of(Failure(scenario=failure.scenario, check="agreement", what="", at_us=0,
                         schedule=(decision,), digest=""))
        for decision in (one, other)
    }  # fmt: skip

    assert len(shapes) == 1


def test_two_processes_shrink_alike() -> None:
    code = (
        "from paxos_des import Scenario, simulate\n"
        "from paxos_des.explore.shrink import shape_of, shrink\n"
        "from paxos_des.failure import Failure\n"
        "s = Scenario.named('duel').replace(protocol='accept-below-promise')\n"
        "f = Failure.of(s, simulate(s, seed=0, checks=('agreement',)).schedule, 'agreement')\n"
        "r = shrink(f)\n"
        "print(r.failure.digest, r.runs, shape_of(r.failure))\n"
    )
    said = {
        subprocess.run(
            [sys.executable, "-c", code], env={"PYTHONHASHSEED": seed}, check=True,
            capture_output=True, text=True,
        ).stdout
        for seed in ("1", "2")
    }  # fmt: skip

    assert len(said) == 1
    assert len(said.pop().split()) == 3


@pytest.mark.parametrize("runs_max", [1, 2, 20])
def test_what_runs_out_of_runs_gives_the_best_so_far(runs_max: int) -> None:
    before = first_failure("a promise ignored")

    result = shrink(before, runs_max=runs_max)

    assert result.runs == runs_max
    assert not result.is_minimal
    assert len(result.failure.schedule) <= len(before.schedule)
    assert result.failure.replay().digest == result.failure.digest


def test_what_runs_out_of_time_gives_the_best_so_far() -> None:
    before = first_failure("a promise ignored")

    result = shrink(before, seconds_max=0.0)

    assert not result.is_minimal
    assert result.failure.digest == before.digest


def test_a_schedule_that_violates_nothing_is_refused() -> None:
    failure = first_failure("a promise ignored")
    right = Failure(scenario=DUEL, check="agreement", what="", at_us=0, digest="",
                    schedule=failure.schedule)  # fmt: skip

    with pytest.raises(InputError, match="does not violate 'agreement'"):
        shrink(right)


def test_the_second_time_nothing_is_left_to_do() -> None:
    once = shrunk("a promise ignored").failure

    again = shrink(once)

    assert again.failure == once
    assert again.is_minimal


def test_the_smallest_core_is_kept_whichever_schedule_had_it() -> None:
    """Fewest interventions over the dull run are not fewest events."""
    scenario = EXHIBITS["counts-promises-not-acceptors"].scenario
    run = simulate(scenario, seed=52, checks=("agreement",))
    failure = Failure.of(scenario, run.schedule, "agreement")
    assert failure is not None

    small = shrink(failure).failure

    assert small.core is not None
    assert len(small.core) < len(causal_core(small).events)
