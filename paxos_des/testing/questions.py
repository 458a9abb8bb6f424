"""What a schedule may answer otherwise: the decisions of a run, by kind.

The dull run of a scenario asks most of what any run of it asks. So it is looked at once, and the
interventions of a schedule are drawn from its decisions; or from those that only come up because
of the interventions drawn before (see `questions_beyond`).
"""

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import NamedTuple

from paxos_des.cluster.cluster import Cluster
from paxos_des.cluster.scenario import Scenario
from paxos_des.engine.choices import Answer, Chooser, Decision, Key, Kind
from paxos_des.engine.trace import Trace
from paxos_des.errors import InputError, shorten

ASKED_MAX = 4_000
"""So many decisions of a run may be answered otherwise, the first ones: a long run repeats itself,
and what breaks a protocol can mostly be done to its beginning."""

ByKind = Mapping[Kind, tuple["Question", ...]]


class Question(NamedTuple):
    """A decision's key, and its dull answer: what it is where nobody intervenes."""

    key: Key
    dull: Answer


class DullRun(NamedTuple):
    """What the dull run of a scenario asks, in order, by kind; what it is answered, by key; and how
    long the run takes.
    """

    questions: ByKind
    answers: Mapping[Key, Answer]
    end_us: int


def dull_run_of(scenario: Scenario) -> DullRun:
    """Return what the dull run asks; a scenario is run once."""
    return _dull_run_of(Same(scenario))


def questions_beyond(scenario: Scenario, schedule: Sequence[Decision]) -> ByKind:
    """Return what a run with this schedule asks, and the dull run does not.

    A schedule is run once: while Hypothesis shrinks, it comes back to the same beginnings.
    """
    return _questions_beyond(Same(scenario), tuple(schedule))


class Same:
    """A scenario, and no other that is equal: to compare all that it says costs more than a run."""

    __slots__ = ("scenario",)

    def __init__(self, scenario: Scenario) -> None:
        self.scenario = scenario

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Same) and self.scenario is other.scenario

    def __hash__(self) -> int:
        return hash(self.scenario.name)


@lru_cache(maxsize=16)
def _dull_run_of(same: Same) -> DullRun:
    decisions, end_us = _run(same.scenario, ())
    answers = {one.key: one.answer for one in decisions}
    return DullRun(_by_kind(decisions), answers, max(1, end_us))


@lru_cache(maxsize=512)
def _questions_beyond(same: Same, schedule: tuple[Decision, ...]) -> ByKind:
    known = _dull_run_of(same).answers.keys() | {one.key for one in schedule}
    decisions, _ = _run(same.scenario, schedule)
    return _by_kind([one for one in decisions if one.key not in known])


def _run(scenario: Scenario, schedule: tuple[Decision, ...]) -> tuple[Sequence[Decision], int]:
    """Run without checks, and so to the goal or the horizon; return what was decided, and when
    it ended.
    """
    chooser = Chooser(None, schedule, remember="decisions")
    cluster = Cluster(scenario, chooser, Trace("nothing"))
    cluster.run()
    end_us = cluster.world.now
    cluster.dissolve()
    return chooser.remembered[:ASKED_MAX], end_us


def _by_kind(decisions: Sequence[Decision]) -> ByKind:
    found: dict[Kind, list[Question]] = {}
    for decision in decisions:
        key, answer = decision.key, decision.answer
        found.setdefault(key.kind, []).append(Question(key, answer))
    return {kind: tuple(asked) for kind, asked in found.items()}


def require_scenario(found: object) -> Scenario:
    """Return a scenario; refuse anything else.

    Raises
    ------
    InputError
        One sentence says what was found.
    """
    if not isinstance(found, Scenario):
        message = f"scenario: found {shorten(found)}; allowed is a Scenario, as Scenario.named(…)"
        raise InputError(message)
    return found
