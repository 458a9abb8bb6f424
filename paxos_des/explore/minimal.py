"""Whether a failure is 1-minimal: tested from outside, by taking out each thing that befalls it.

Shrinking says of its result that nothing can be spared (`Shrunk.is_minimal`). Here the question is
asked anew, of any failure, also of one that was shrunk years ago by another version.
"""

from collections.abc import Iterator

from paxos_des.cluster.faults import Fault
from paxos_des.cluster.scenario import Scenario
from paxos_des.engine.choices import Decision
from paxos_des.explore.question import Schedule
from paxos_des.explore.smaller_scenarios import without_faults
from paxos_des.failure import Failure, violated_by


def spareable(failure: Failure) -> tuple[Decision | Fault, ...]:
    """Return each intervention and each fault of the scenario without which, alone, a failure's
    check is violated all the same: none where the failure is 1-minimal (Zeller and Hildebrandt,
    IEEE TSE 2002, section 3.2). It takes one run for each.
    """
    return tuple(
        gone
        for gone, scenario, schedule in _less_one(failure)
        if _is_violated(scenario, schedule, failure.check)
    )


def is_one_minimal(failure: Failure) -> bool:
    """Whether a failure's check holds as soon as any one intervention, or fault of the scenario, is
    taken out.
    """
    return not spareable(failure)


def _less_one(failure: Failure) -> Iterator[tuple[Decision | Fault, Scenario, Schedule]]:
    scenario, schedule = failure.scenario, failure.schedule
    for place, decision in enumerate(schedule):
        yield decision, scenario, schedule[:place] + schedule[place + 1 :]
    for place, fault in enumerate(scenario.faults):
        smaller = without_faults(scenario, schedule, range(place, place + 1))
        if smaller is not None:
            yield fault, smaller.scenario, smaller.schedule


def _is_violated(scenario: Scenario, schedule: Schedule, check: str) -> bool:
    try:
        return violated_by(scenario, schedule, check) is not None
    except Exception:  # noqa: BLE001 - a protocol may break in any way, which is another failure
        return False
