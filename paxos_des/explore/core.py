"""The causal core of a failure: the events that are enough for it, in order, and nothing else.

    leader-0 hears its client, asks acceptor-0 and acceptor-1 for promises, hears both …

The failing run is made once more in the pool, out of the events that happened in it. Then as many
are taken out as can be spared: first all that is not in the causal past of what is violated, then
one after the other, each time by running what is left. What cannot happen any more is left out,
and what happened instead is what goes on (see `script`): so each success is shorter.
"""

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from paxos_des.checks.verdict import Violation
from paxos_des.cluster.scenario import Scenario
from paxos_des.engine.trace import Trace
from paxos_des.errors import ScenarioError
from paxos_des.explore.happened import events_of
from paxos_des.explore.pool_run import judge_pooled, pooled_scenario
from paxos_des.explore.script import Named, Script, ScriptWorld, past_of
from paxos_des.failure import Failure

REPLAYS_MAX = 2_000
ORDERS = 3
"""How often the search starts anew, each time in another order."""


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


def causal_core(failure: Failure, *, replays_max: int = REPLAYS_MAX) -> Core:
    """Return the causal core of a failure, judged by its check alone.

    It is 1-minimal: a local minimum of taking events out one at a time (Zeller and Hildebrandt,
    Simplifying and Isolating Failure-Inducing Input, TSE 2002). So the search starts anew from
    other orders, and keeps the smallest; that there is no smaller one is not proven.

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
    search = _Search(scenario, failure.check, replays_max)
    whole = search.start(events_of(failure))
    if whole is None:
        return Core((), is_minimal=False, replays=search.replays)
    best, is_minimal = search.shrink(whole, 0)
    for order in range(1, ORDERS):
        found, is_found_minimal = search.shrink(whole, order)
        if is_found_minimal and len(found) < len(best):
            best, is_minimal = found, is_found_minimal
    return Core(tuple(best), is_minimal, search.replays)


class _Search:
    """Runs scripts in the pool, and takes events out of them.

    Attributes
    ----------
    _in_vain
        What was asked for, and did not violate the check.
    """

    def __init__(self, scenario: Scenario, check: str, replays_max: int) -> None:
        self._scenario = scenario
        self._check = check
        self._replays_max = replays_max
        self.replays = 0
        self._in_vain: set[tuple[Named, ...]] = set()

    def start(self, asked: Sequence[Named]) -> list[Named] | None:
        """Return the causal past of the violation, as it happens in the pool, if it does."""
        found = self._run(asked)
        if found is None:
            return None
        world, script, violation = found
        names, events = world.names(), [event for _, event in world.picked]
        proofs = {max(0, bisect_right(script.marks, number) - 1) for number in violation.numbers}
        past = past_of(events, sorted(proofs | {len(events) - 1}))
        return self.happens([names[place] for place in past]) or names

    def shrink(self, names: list[Named], order: int) -> tuple[list[Named], bool]:
        """Take out what can be spared, in one of several orders; return what is left, and whether
        nothing more could be.
        """
        size = max(1, len(names) // 8)
        while True:
            names, is_shorter = self._pass(names, size, order)
            if self.replays >= self._replays_max:
                return names, False
            if size > 1:
                size //= 2
            elif not is_shorter:
                return names, True

    def _pass(self, names: list[Named], size: int, order: int) -> tuple[list[Named], bool]:
        """Try once to spare each event, so many at a time."""
        is_shorter = False
        done = 0
        while done < len(names) and self.replays < self._replays_max:
            end = len(names) - done if order == 0 else min(done + size, len(names))
            start = max(0, end - size) if order == 0 else done
            found = self.happens([*names[:start], *names[end:]])
            if found is None:
                done += end - start
            else:
                # What happened in place of what was asked for: the rest is where it was.
                names, is_shorter = found, True
        return names, is_shorter

    def happens(self, asked: Sequence[Named]) -> list[Named] | None:
        """Return what happens if no more than that is to happen; None if the check is content."""
        if tuple(asked) in self._in_vain:
            return None
        found = self._run(asked)
        if found is None:
            self._in_vain.add(tuple(asked))
            return None
        return found[0].names()

    def _run(self, asked: Sequence[Named]) -> tuple[ScriptWorld, Script, Violation] | None:
        self.replays += 1
        trace = Trace("nothing")
        script = Script(asked, trace)
        world = ScriptWorld(script, len(asked))
        judges = judge_pooled(self._scenario, world, trace, (self._check,))
        violations = judges.violations
        return (world, script, violations[0]) if violations else None
