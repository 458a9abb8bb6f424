"""Whether a failure is 1-minimal: what can go is named, and nothing else."""

from dataclasses import replace
from functools import cache
from pathlib import Path

from paxos_des.cluster.faults import Fault
from paxos_des.engine.choices import Decision, Key
from paxos_des.explore.minimal import is_one_minimal, spareable
from paxos_des.failure import Failure

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
