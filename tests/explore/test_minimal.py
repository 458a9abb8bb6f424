"""Whether a failure is 1-minimal: what can go is named, and nothing else."""

from dataclasses import replace
from functools import cache
from itertools import count
from pathlib import Path

import pytest

from paxos_des.cluster.faults import Fault
from paxos_des.engine.choices import Decision, Key
from paxos_des.explore.delta import spare_faults
from paxos_des.explore.minimal import is_one_minimal, spareable
from paxos_des.explore.question import Found, Question
from paxos_des.explore.shrink import shrink
from paxos_des.failure import Failure
from paxos_des.museum import EXHIBITS
from paxos_des.run import simulate

STORED = Path(__file__).parents[1] / "schedules" / "accept-below-promise.json"


@cache
def stored() -> Failure:
    """Return a failure of one late message, in a scenario without faults."""
    return Failure.load(STORED)


def with_fault(failure: Failure, fault: dict[str, object]) -> Failure:
    return replace(failure, scenario=failure.scenario.replace(faults=[fault]))


def test_of_a_shrunk_failure_nothing_can_go() -> None:
    assert stored().schedule
    assert spareable(stored()) == ()
    assert is_one_minimal(stored())


def test_what_changes_nothing_that_matters_can_go() -> None:
    late = Decision(Key("delay", ("leader-9", "acceptor-9"), '{"type":"Accept"}', 1), 7)
    failure = replace(stored(), schedule=(*stored().schedule, late))

    assert spareable(failure) == (late,)
    assert not is_one_minimal(failure)


def test_a_fault_of_the_scenario_that_comes_too_late_can_go() -> None:
    end = f"{stored().scenario.horizon_us - 1}us"
    failure = with_fault(stored(), {"at": end, "fail": "acceptor-0"})

    assert failure.replay().first_violation is not None
    assert [type(one) for one in spareable(failure)] == [Fault]


@cache
def in_a_storm(name: str) -> Failure:
    """Return the first failure of an exhibit in whose scenario acceptors crash 25 times."""
    exhibit = EXHIBITS[name]
    runs = (simulate(exhibit.scenario, seed=seed, checks=(exhibit.check,)) for seed in count())
    run = next(run for run in runs if run.first_violation is not None)
    found = Failure.of(exhibit.scenario, run.schedule, exhibit.check)
    assert found is not None
    return found


def start(failure: Failure) -> tuple[Question, Found]:
    question = Question(failure.check)
    return question, question.start(question.setting(failure.scenario), failure.schedule)


def test_of_a_storm_of_crashes_those_are_left_none_of_which_can_go() -> None:
    question, found = start(in_a_storm("volatile-vote"))

    left = spare_faults(question, found)

    failure = Failure.of(left.scenario, left.schedule, question.check)
    assert failure is not None
    assert len(left.scenario.faults) < len(found.scenario.faults) == 25
    assert not any(isinstance(one, Fault) for one in spareable(failure))


def test_what_no_storm_needs_goes_in_a_few_runs() -> None:
    """One by one, nine would take nine runs, and as many rounds of all else that is tried."""
    question, found = start(replace(stored(), scenario=stored().scenario.replace(
        faults=[{"at": f"{40 + place}ms", "fail": "acceptor-0"} for place in range(9)]
    )))  # fmt: skip

    left = spare_faults(question, found)

    assert left.scenario.faults == ()
    assert question.runs == 2


@pytest.mark.deep
@pytest.mark.parametrize("name", ["volatile-vote", "volatile-promise", "answers-before-fsync"])
def test_shrinking_in_a_storm_ends_with_what_is_one_minimal(name: str) -> None:
    shrunk = shrink(in_a_storm(name), runs_max=2_000)

    assert shrunk.is_minimal
    assert is_one_minimal(shrunk.failure)
