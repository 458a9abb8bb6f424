"""Schedules that Hypothesis draws, and makes small: intervention by intervention.

One intervention after the other is drawn as a few small numbers, of which the smallest is the
dullest: what it is about (or that there is no more); whether the dull run asks for it, or only a
run with the interventions before it; which of these questions; and the answer. So Hypothesis, which
deletes what it can spare and makes smaller what it cannot, takes out interventions, moves them and
makes them plainer by itself, without knowing what they are.
"""

from collections.abc import Iterable
from functools import lru_cache

from hypothesis import strategies as st

from paxos_des.cluster.scenario import Scenario
from paxos_des.engine.choices import Decision, Key, Kind
from paxos_des.engine.words import says
from paxos_des.errors import InputError, shorten
from paxos_des.testing.answers import AnswersOf
from paxos_des.testing.faults import faults_of_schedules
from paxos_des.testing.questions import (
    Question,
    dull_run_of,
    questions_beyond,
    require_scenario,
)

MAX_INTERVENTIONS = 12


class Schedule(tuple[Decision, ...]):
    """Interventions over the dull run: for `simulate(scenario, schedule=schedule)`.

    It is shown as sentences, the same as `paxos-des show` has.
    """

    __slots__ = ()

    @property
    def sentences(self) -> tuple[str, ...]:
        return tuple(map(says, self))

    def __repr__(self) -> str:
        if not self:
            return "Schedule: the dull run"
        return "\n".join(("Schedule:", *(f"    {sentence}" for sentence in self.sentences)))


_WEIGHTS: dict[Kind, int] = {
    "drop": 6, "delay": 10, "duplicate": 6, "timer": 3, "fault": 12,
    "duplicate-delay": 3, "pick": 6, "tie": 2, "duplicate-tie": 1,
    "fsync": 3, "fsync-fails": 2, "misdirected": 1, "keep": 2, "rot": 1, "operation": 2,
}  # fmt: skip
"""How often each kind is drawn, the plainest first: what Hypothesis prefers. What a nemesis does is
left to it: a fault of the schedule's own is the same, and says more."""
_STOP_ONE_IN = 13
"""So schedules are mostly of some ten interventions: the protocol survives most short ones."""


def schedules(
    scenario: Scenario, *, max_interventions: int = MAX_INTERVENTIONS
) -> st.SearchStrategy[Schedule]:
    """Return a strategy for schedules of a scenario.

    Parameters
    ----------
    scenario
        Whose dull run they change. What has no weather in the scenario may go wrong all the same:
        any message may be lost, doubled or late, any timer early or late, and, where there are
        disks, any fsync fail. Faults of the schedule's own (cuts, partitions; crashes where there
        are disks) need not be in the scenario either.
    max_interventions
        How many there are at most. The shrunk example has as few as are enough.

    Returns
    -------
    SearchStrategy[Schedule]
        The simplest is the empty one: the dull run.

    Raises
    ------
    InputError
        When an argument is wrong: one sentence says how.
    """
    require_scenario(scenario)
    if type(max_interventions) is not int or max_interventions < 0:
        found = shorten(max_interventions)
        message = f"max_interventions: found {found}; allowed is an integer from 0"
        raise InputError(message)
    return _drawn(scenario, max_interventions)


@st.composite
def _drawn(draw: st.DrawFn, scenario: Scenario, most: int) -> Schedule:
    maker = _Maker(scenario)
    for _ in range(most):
        if not maker.adds(draw):
            break
    return Schedule(maker.interventions)


class _Maker:
    """Draws one intervention after the other."""

    def __init__(self, scenario: Scenario) -> None:
        self._scenario = scenario
        self._questions = dull_run_of(scenario).questions
        self._menu = _menu(tuple(self._questions))
        self.answers = AnswersOf(scenario)
        self._found: dict[Key, Decision] = {}

    @property
    def interventions(self) -> Iterable[Decision]:
        return self._found.values()

    def adds(self, draw: st.DrawFn) -> bool:
        """Draw one more intervention; return whether there was one.

        It is drawn as five numbers at most, faults as four: as many as Hypothesis takes out at
        one stroke.
        """
        kind = draw(st.sampled_from(self._menu))
        if kind is None:
            return False
        if kind == "fault":
            decision = draw(faults_of_schedules(self._scenario, len(self._found)))
        else:
            asked = self._asked(kind, draw) or self._questions[kind]
            question = draw(st.sampled_from(asked))
            decision = Decision(question.key, draw(self.answers.to(question)))
        self._found[decision.key] = decision
        return True

    def _asked(self, kind: Kind, draw: st.DrawFn) -> tuple[Question, ...]:
        """Return questions that only a run with the interventions so far asks, half of the time."""
        if not self._found or not draw(st.booleans()):
            return ()
        return questions_beyond(self._scenario, tuple(self._found.values())).get(kind, ())


@lru_cache(maxsize=64)
def _menu(kinds: tuple[Kind, ...]) -> tuple[Kind | None, ...]:
    """Return what may be drawn, each as often as it weighs: first of all, that there is no more."""
    listed = [kind for kind, weight in _WEIGHTS.items()
              if kind == "fault" or kind in kinds for _ in range(weight)]  # fmt: skip
    return (*[None] * (len(listed) // _STOP_ONE_IN), *listed)
