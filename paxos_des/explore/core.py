"""The causal core of a failure: the events that are enough for it, in order, and nothing else.

    leader-0 hears its client, asks acceptor-0 and acceptor-1 for promises, hears both …

The failing run is made once more in the pool, out of the events that happened in it. Then as many
are taken out as can be spared: first all that is not in the causal past of what is violated, then
one after the other, each time by running what is left. What cannot happen any more is left out,
and what happened instead is what goes on (see `script`): so each success is shorter.
"""

from bisect import bisect_right
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Any, Literal

import msgspec

from paxos_des.checks.verdict import Violation
from paxos_des.cluster.scenario import Scenario
from paxos_des.engine.pooled import PooledChooser
from paxos_des.engine.trace import Trace
from paxos_des.errors import ScenarioError
from paxos_des.explore.detours import straightened
from paxos_des.explore.happened import events_of
from paxos_des.explore.pool_run import judge_pooled, pooled_scenario
from paxos_des.explore.script import Named, Script, ScriptWorld, past_of
from paxos_des.failure import Failure

REPLAYS_MAX = 1_000
ORDERS = 2
"""How often the search is made, each time in another order."""
_STANDS: tuple[Literal["oldest", "youngest"], ...] = ("oldest", "youngest")
GROUPED_FROM = 64
"""From so many events on, whole groups are tried first."""
STARTS_MAX = 8
"""How many are tried in pairs."""


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
    search = _Search(scenario, failure, replays_max)
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
    search = _Search(pooled_scenario(failure.scenario), failure, 1)
    return search.happens(events) is not None


class _Search:
    """Runs scripts in the pool, and takes events out of them.

    Attributes
    ----------
    _in_vain
        What was asked for, and did not violate the check.
    """

    def __init__(self, scenario: Scenario, failure: Failure, replays_max: int) -> None:
        self._scenario = scenario
        self._check = failure.check
        asked_for = (one for one in failure.schedule if one.key.kind == "operation")
        self._operations = tuple(asked_for)
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
        if len(names) > GROUPED_FROM:
            names = self._spare_groups(names)
        size = max(1, len(names) // 32)
        while self.replays < self._replays_max:
            before = len(names)
            names = self._spare_runs(names, size, order)
            if size > 1:
                size //= 2
            elif len(names) == before:
                names = self._spare_pair(names)
                if len(names) == before and self.replays < self._replays_max:
                    return names, True
        return names, False

    def _spare_runs(self, names: list[Named], size: int, order: int) -> list[Named]:
        """Try once to spare each event, so many in a row at a time: the last first, or the first.

        Where that goes well, what happened is in the place of what was asked for, and what was
        tried already has not moved.
        """
        done = 0
        while done < len(names) and self.replays < self._replays_max:
            end = min(done + size, len(names)) if order else len(names) - done
            start = done if order else max(0, end - size)
            found = self.happens([*names[:start], *names[end:]])
            if found is None:
                done += end - start
            else:
                names = found
        return names

    def _spare_groups(self, names: list[Named]) -> list[Named]:
        """Spare all that have something in common: of a long run, most of what cannot be spared one
        by one, because it holds together.
        """
        before = len(names) + 1
        while len(names) < before:
            before = len(names)
            for label_of in _LABELS:
                for label in dict.fromkeys(map(label_of, names)):
                    rest = [name for name in names if label_of(name) != label]
                    if len(rest) < len(names) and self.replays < self._replays_max:
                        names = self.happens(rest) or names
        return names

    def _spare_pair(self, names: list[Named]) -> list[Named]:
        """Spare two of those events by which others begin, whose sender hears nothing before: so
        each of two ballots may do with one request less, though neither alone.
        """
        hearing = {name.node for name in names}
        starts = [place for place, name in enumerate(names) if name.peer not in hearing]
        for pair in combinations(starts[:STARTS_MAX], 2):
            rest = [name for place, name in enumerate(names) if place not in pair]
            found = self.happens(rest) if self.replays < self._replays_max else None
            if found is not None:
                return found
        return names

    def straight(self, names: list[Named]) -> Iterator[list[Named]]:
        """Yield what happens without detours, where it violates the check: see `detours`."""
        found = self._run(names) if any(name.kind == "timer" for name in names) else None
        if found is None:
            return
        events = [event for _, event in found[0].picked]
        for asked in straightened(events, found[0].names(), self._scenario.leader_names):
            # The younger message is the better guess where an older one belongs to a ballot that
            # a leader has now by another name; but not always.
            for stands in _STANDS:
                again = self._run(asked, stands) if self.replays < self._replays_max else None
                if again is not None:
                    yield again[0].names()

    def happens(self, asked: Sequence[Named]) -> list[Named] | None:
        """Return what happens if no more than that is to happen; None if the check is content."""
        if tuple(asked) in self._in_vain:
            return None
        found = self._run(asked)
        if found is None:
            self._in_vain.add(tuple(asked))
            return None
        return found[0].names()

    def _run(
        self, asked: Sequence[Named], stands: Literal["oldest", "youngest"] = "oldest"
    ) -> tuple[ScriptWorld, Script, Violation] | None:
        self.replays += 1
        trace = Trace("nothing")
        script = Script(asked, trace, stands)
        world = ScriptWorld(script, len(asked))
        chooser = PooledChooser(None, self._operations)
        try:
            judges = judge_pooled(self._scenario, world, trace, (self._check,), chooser=chooser)
        except AssertionError:
            # A broken protocol may break assertions of its roles, too, where less happens to it:
            # that is not the violation that is looked for.
            return None
        violations = judges.violations
        return (world, script, violations[0]) if violations else None


def _slot_of(name: Named) -> object:
    what = msgspec.json.decode(name.what)
    return what.get("slot", "") if isinstance(what, dict) else ""


_LABELS: tuple[Callable[[Named], object], ...] = (
    lambda name: name.node,
    lambda name: (name.kind, name.type, name.node),
    lambda name: (name.kind, name.type, name.node, name.peer),
    lambda name: (_slot_of(name), name.node),
)
"""What events may have in common."""
