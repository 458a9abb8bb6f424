"""A stand-in until the real one comes: spares one intervention after the other."""

from dataclasses import dataclass
from hashlib import blake2b

from paxos_des.failure import Failure, violated_by


@dataclass(frozen=True, slots=True)
class Shrunk:
    """What came of it."""

    failure: Failure
    runs: int
    is_minimal: bool
    before: int


def shrink(
    failure: Failure, *, runs_max: int | None = None, seconds_max: float | None = None
) -> Shrunk:
    del runs_max, seconds_max
    schedule, runs = failure.schedule, 0
    for decision in failure.schedule:
        without = tuple(one for one in schedule if one != decision)
        runs += 1
        if violated_by(failure.scenario, without, failure.check) is not None:
            schedule = without
    small = Failure.of(failure.scenario, schedule, failure.check, failure.found)
    assert small is not None
    return Shrunk(small, runs, is_minimal=False, before=len(failure.schedule))


def shape_of(failure: Failure) -> str:
    kinds = " ".join(sorted(decision.key.kind for decision in failure.schedule))
    return blake2b(kinds.encode(), digest_size=4).hexdigest()
