"""The smallest of several failures of one bug, and a longer search for what is smaller still."""

from collections.abc import Iterable
from dataclasses import replace
from math import inf

from paxos_des.explore.other_ways import smaller_core
from paxos_des.explore.shrink import Shrunk, shrink
from paxos_des.failure import Failure

HARDER = 5_000
"""How many runs in the pool a longer search for a smaller causal core takes: some seconds."""


def smallest(
    failures: Iterable[Failure], *, runs_max: int | None = None, replays_max: int | None = None
) -> Shrunk | None:
    """Shrink failures of one bug; return the one whose causal core has the fewest events, of those
    the one with the fewest interventions and faults, of those the first. None: there are none.

    Several failures are worth more than a longer search: each begins elsewhere.

    Parameters
    ----------
    runs_max
        How many runs the shrinking of each may take.
    replays_max
        How many runs in the pool the search for a smaller core of the smallest may take; None:
        `HARDER`.
    """
    shrunk = [shrink(failure, runs_max=runs_max) for failure in failures]
    return harder(min(shrunk, key=_size), replays_max=replays_max) if shrunk else None


def harder(shrunk: Shrunk, *, replays_max: int | None = None) -> Shrunk:
    """Search on for a smaller causal core; the schedule stays as it is."""
    if not shrunk.core:
        return shrunk
    runs = HARDER if replays_max is None else replays_max
    core = smaller_core(shrunk.failure, shrunk.core, replays_max=runs)
    return replace(shrunk, core=core, failure=replace(shrunk.failure, core=core.to_dicts()))


def _size(shrunk: Shrunk) -> tuple[float, int]:
    failure = shrunk.failure
    return len(shrunk.core.events) or inf, len(failure.schedule) + len(failure.scenario.faults)
