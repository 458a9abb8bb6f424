"""Searching for a causal core: scripts are run in the pool, and events are taken out of them."""

from bisect import bisect_right
from collections.abc import Callable, Iterator, Sequence
from itertools import combinations
from typing import Literal

import msgspec

from paxos_des.checks.verdict import Violation
from paxos_des.cluster.scenario import Scenario
from paxos_des.engine.pool import Policy
from paxos_des.engine.pooled import PooledChooser
from paxos_des.engine.trace import Trace
from paxos_des.explore.detours import straightened
from paxos_des.explore.pool_run import judge_pooled
from paxos_des.explore.script import Named, Script, ScriptWorld, past_of
from paxos_des.failure import Failure

_STANDS: tuple[Literal["oldest", "youngest"], ...] = ("oldest", "youngest")
GROUPED_FROM = 64
"""From so many events on, whole groups are tried first."""
STARTS_MAX = 8
"""How many are tried in pairs."""


class Search:
    """Runs scripts in the pool, and takes events out of them.

    Parameters
    ----------
    scenario
        What `pooled_scenario` returned.
    failure
        Its check judges, and its clients ask for what they asked for there.
    replays_max
        After so many runs it stops.

    Attributes
    ----------
    replays
        How many runs there were.
    _in_vain
        What was asked for, and did not violate the check.
    """

    def __init__(self, scenario: Scenario, failure: Failure, replays_max: int) -> None:
        self.scenario = scenario
        self._check = failure.check
        asked_for = (one for one in failure.schedule if one.key.kind == "operation")
        self._operations = tuple(asked_for)
        self.replays_max = replays_max
        self.replays = 0
        self._in_vain: set[tuple[Named, ...]] = set()

    @property
    def is_over(self) -> bool:
        return self.replays >= self.replays_max

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
        while not self.is_over:
            before = len(names)
            names = self.spare_runs(names, size, order)
            if size > 1:
                size //= 2
            elif len(names) == before:
                names = self._spare_pair(names)
                if len(names) == before and not self.is_over:
                    return names, True
        return names, False

    def spare_runs(self, names: list[Named], size: int, order: int) -> list[Named]:
        """Try once to spare each event, so many in a row at a time: the last first, or the first.

        Where that goes well, what happened is in the place of what was asked for, and what was
        tried already has not moved.
        """
        done = 0
        while done < len(names) and not self.is_over:
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
                    if len(rest) < len(names) and not self.is_over:
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
            found = self.happens(rest) if not self.is_over else None
            if found is not None:
                return found
        return names

    def straight(self, names: list[Named]) -> Iterator[list[Named]]:
        """Yield what happens without detours, where it violates the check: see `detours`."""
        found = self._run(names) if any(name.kind == "timer" for name in names) else None
        if found is None:
            return
        events = [event for _, event in found[0].picked]
        for asked in straightened(events, found[0].names(), self.scenario.leader_names):
            # The younger message is the better guess where an older one belongs to a ballot that
            # a leader has now by another name; but not always.
            for stands in _STANDS:
                again = self._run(asked, stands) if not self.is_over else None
                if again is not None:
                    yield again[0].names()

    def picked_by(self, policy: Policy, steps_max: int) -> list[Named] | None:
        """Return what happens if a policy picks; None if the check is content."""
        world = ScriptWorld(policy, steps_max)
        violation = self._judge(world, Trace("nothing"))
        return None if violation is None else world.names()

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
        trace = Trace("nothing")
        script = Script(asked, trace, stands)
        world = ScriptWorld(script, len(asked))
        violation = self._judge(world, trace)
        return None if violation is None else (world, script, violation)

    def _judge(self, world: ScriptWorld, trace: Trace) -> Violation | None:
        self.replays += 1
        chooser = PooledChooser(None, self._operations)
        try:
            judges = judge_pooled(self.scenario, world, trace, (self._check,), chooser=chooser)
        except AssertionError:
            # A broken protocol may break assertions of its roles, too, where less happens to it:
            # that is not the violation that is looked for.
            return None
        return judges.violations[0] if judges.violations else None


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
