"""Schedules from the weather: all that a seed makes go otherwise, of which Hypothesis takes out.

What takes ten things going wrong at once is hardly met by ten interventions drawn one by one, but
often by weather, in which every delay differs. So most of the examples begin there. The weather's
interventions are drawn one by one all the same: each is there, or there in a plainer form, or not
at all. So a shrunk example is as short as if it had been drawn from nothing.
"""

from collections.abc import Iterator
from functools import lru_cache

from hypothesis import strategies as st

from paxos_des.cluster.cluster import Cluster
from paxos_des.cluster.scenario import Scenario
from paxos_des.engine.choices import Chooser, Decision
from paxos_des.engine.trace import Trace
from paxos_des.testing.answers import AnswersOf
from paxos_des.testing.questions import Question, Same, dull_run_of

TAKEN_MAX = 150
"""So many interventions of a weather are taken: the first ones."""
_SEEDS = st.integers(0, 2**16 - 1)
_NOT, _PLAINLY, _AS_IT_IS = range(3)
_HOW = st.sampled_from((_NOT, _PLAINLY, *(_AS_IT_IS,) * 14))


def drawn_weather(draw: st.DrawFn, scenario: Scenario, answers: AnswersOf) -> Iterator[Decision]:
    """Yield interventions of a weather, in the order in which its run asks for them."""
    for decision in _weather_of(Same(scenario), draw(_SEEDS)):
        how = draw(_HOW)
        if how == _PLAINLY:
            yield _plainer(decision, scenario, answers)
        elif how == _AS_IT_IS:
            yield decision


@lru_cache(maxsize=256)
def _weather_of(same: Same, seed: int) -> tuple[Decision, ...]:
    chooser = Chooser(seed, remember="schedule")
    cluster = Cluster(same.scenario, chooser, Trace("nothing"))
    cluster.run()
    cluster.dissolve()
    return tuple(chooser.remembered[:TAKEN_MAX])


def _plainer(decision: Decision, scenario: Scenario, answers: AnswersOf) -> Decision:
    """Return it with the nearest of the few answers that are drawn elsewhere."""
    answer, dull = decision.answer, dull_run_of(scenario).answers.get(decision.key)
    if type(answer) is not int or type(dull) is not int:
        return decision
    listed = [one for one in answers.listed(Question(decision.key, dull)) if type(one) is int]
    nearest = min(listed, key=lambda one: abs(one - answer), default=answer)
    return Decision(decision.key, nearest)
