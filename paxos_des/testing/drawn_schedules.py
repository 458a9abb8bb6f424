"""Schedules that Hypothesis draws, and makes small: intervention by intervention.

One intervention after the other is drawn as a few small numbers, of which the smallest is the
dullest: what it is about (or that there is no more); whether the dull run asks for it, or only a
run with the interventions before it; which of these questions; and the answer. So Hypothesis, which
deletes what it can spare and makes smaller what it cannot, takes out interventions, moves them and
makes them plainer by itself, without knowing what they are.
"""

from contextlib import suppress
from functools import lru_cache

from hypothesis import strategies as st

from paxos_des.cluster.scenario import Scenario
from paxos_des.engine.choices import Decision, Key, Kind
from paxos_des.engine.words import says
from paxos_des.errors import InputError, ScenarioError, shorten
from paxos_des.testing.answers import AnswersOf
from paxos_des.testing.faults import as_intervention, faults_of_schedules
from paxos_des.testing.questions import (
    Question,
    dull_run_of,
    questions_beyond,
    require_scenario,
)
from paxos_des.testing.weathers import drawn_weather

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
    scenario: Scenario, *, max_interventions: int | None = None
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
        How many there are at most; None: at most a dozen, but most schedules begin with all
        that some seed's weather makes go otherwise. The shrunk example has as few as are enough.

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
    if max_interventions is not None and (
        type(max_interventions) is not int or max_interventions < 0
    ):
        found = shorten(max_interventions)
        message = f"max_interventions: found {found}; allowed is an integer from 0"
        raise InputError(message)
    with suppress(ScenarioError):  # a protocol may be registered later, when the test runs
        _Maker.of(scenario)
    return _drawn(scenario, max_interventions)


@st.composite
def _drawn(draw: st.DrawFn, scenario: Scenario, most: int | None) -> Schedule:
    # What takes time was done before, mostly: Hypothesis finds fault with draws that are slow.
    maker = _Maker.of(scenario)
    found: dict[Key, Decision] = {}
    if most is None and draw(_BY_WEATHER):
        return Schedule(drawn_weather(draw, scenario, maker.answers))
    for _ in range(MAX_INTERVENTIONS if most is None else most):
        decision = maker.one_more(draw, found)
        if decision is None:
            break
        found[decision.key] = decision
    return Schedule(found.values())


class _Maker:
    """Draws the interventions of one scenario; made once for all examples."""

    def __init__(self, scenario: Scenario) -> None:
        self._scenario = scenario
        self._questions = {
            kind: st.sampled_from(asked) for kind, asked in dull_run_of(scenario).questions.items()
        }
        self._menu = st.sampled_from(_menu(tuple(self._questions)))
        self._faults = faults_of_schedules(scenario)
        self.answers = AnswersOf(scenario)

    @classmethod
    def of(cls, scenario: Scenario) -> "_Maker":
        """Return a scenario's, from its own dictionary, where its cached properties are too."""
        maker: _Maker | None = scenario.__dict__.get(_MAKER)
        if maker is None:
            maker = scenario.__dict__[_MAKER] = cls(scenario)
        return maker

    def one_more(self, draw: st.DrawFn, found: dict[Key, Decision]) -> Decision | None:
        """Draw one more intervention, or that there is none.

        It is drawn as four numbers, and never as more than five: as many as Hypothesis takes out
        at one stroke.
        """
        kind = draw(self._menu)
        if kind is None:
            return None
        if kind == "fault":
            return as_intervention(draw(self._faults), len(found))
        question = draw(self._asked(kind, draw, found))
        return Decision(question.key, draw(self.answers.to(question)))

    def _asked(
        self, kind: Kind, draw: st.DrawFn, found: dict[Key, Decision]
    ) -> st.SearchStrategy[Question]:
        """Return what the dull run asks; or, half of the time, what only a run with the
        interventions so far does.
        """
        is_beyond = bool(found) and draw(_COIN)
        if is_beyond:
            beyond = questions_beyond(self._scenario, tuple(found.values())).get(kind)
            if beyond:
                return st.sampled_from(beyond)
        return self._questions[kind]


_COIN = st.booleans()
_BY_WEATHER = st.sampled_from((False, True, True, True))
_MAKER = "how Hypothesis draws its schedules"


@lru_cache(maxsize=64)
def _menu(kinds: tuple[Kind, ...]) -> tuple[Kind | None, ...]:
    """Return what may be drawn, each as often as it weighs: first of all, that there is no more."""
    listed = [kind for kind, weight in _WEIGHTS.items()
              if kind == "fault" or kind in kinds for _ in range(weight)]  # fmt: skip
    return (*[None] * (len(listed) // _STOP_ONE_IN), *listed)
