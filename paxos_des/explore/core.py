"""The causal core of a failure: the events that are enough for it, in order, and nothing else.

    leader-0 hears its client, asks acceptor-0 and acceptor-1 for promises, hears both …

The failing run is made once more in the pool, out of the events that happened in it. Then as many
are taken out as can be spared: first all that is not in the causal past of what is violated, then
one after the other, each time by running what is left. What cannot happen any more is left out,
and what happened instead is what goes on (see `script`): so each success is shorter.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from paxos_des.errors import ScenarioError
from paxos_des.explore.core_search import Search
from paxos_des.explore.happened import events_of
from paxos_des.explore.pool_run import pooled_scenario
from paxos_des.explore.script import Named
from paxos_des.failure import Failure

REPLAYS_MAX = 1_000
ORDERS = 2
"""How often the search is made, each time in another order."""


@dataclass(frozen=True, slots=True)
class Core:
    """A causal core.

    Attributes
    ----------
    events
        What is enough for the violation, in order; empty where the pool cannot show it at all.
    is_minimal
        No single event can be taken out: what is left, and what then happens in its place, does
        not violate the check any more. Never of an empty core.
    replays
        How many runs in the pool it took.
    """

    events: tuple[Named, ...]
    is_minimal: bool
    replays: int

    def __bool__(self) -> bool:
        return bool(self.events)

    def to_dicts(self) -> tuple[dict[str, Any], ...]:
        """Return what a failure file holds."""
        return tuple(event.to_dict() for event in self.events)


NOTHING = Core((), is_minimal=False, replays=0)


def causal_core(
    failure: Failure,
    *,
    replays_max: int = REPLAYS_MAX,
    events: Sequence[Named] | None = None,
) -> Core:
    """Return the causal core of a failure, judged by its check alone.

    It is 1-minimal: a local minimum of taking events out one at a time (Zeller and Hildebrandt,
    Simplifying and Isolating Failure-Inducing Input, TSE 2002). So the search is made once more in
    another order, and from ways without detours, and the smallest core kept; that there is no
    smaller one is not proven.

    Parameters
    ----------
    replays_max
        After so many runs, what is left then is returned, and is not known to be minimal.
    events
        Where the search starts; by default, what happened in the failing run.

    Returns
    -------
    Core
        An empty one, which is false, where the pool does not show the violation: where it needs
        what the pool has not (a clock, a damaged disk, a time limit), or the schedule does not
        violate the check at all.
    """
    try:
        scenario = pooled_scenario(failure.scenario)
    except ScenarioError:
        return NOTHING
    search = Search(scenario, failure, replays_max)
    whole = search.start(events_of(failure) if events is None else events)
    if whole is None:
        return Core((), is_minimal=False, replays=search.replays)
    best, is_minimal = search.shrink(whole, 0)
    for order in range(1, ORDERS):
        best, is_minimal = _smaller((best, is_minimal), search.shrink(whole, order))
    before = len(best) + 1
    while len(best) < before:
        before = len(best)
        for found in search.straight(best):
            best, is_minimal = _smaller((best, is_minimal), search.shrink(found, 0))
    return Core(tuple(best), is_minimal, search.replays)


def _smaller(
    one: tuple[list[Named], bool], other: tuple[list[Named], bool]
) -> tuple[list[Named], bool]:
    """Return the smaller of two cores, if it is minimal; else the first."""
    return other if other[1] and len(other[0]) < len(one[0]) else one


def violates(failure: Failure, events: Sequence[Named]) -> bool:
    """Return whether events violate a failure's check in the pool, if no others happen."""
    search = Search(pooled_scenario(failure.scenario), failure, 1)
    return search.happens(events) is not None
