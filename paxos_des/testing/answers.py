"""What else could be answered to a question: few answers, the plainest first, far enough apart.

In the dull run every message takes the median, so what happens happens at multiples of it. Half of
one more is then enough to let anything overtake anything: so times are drawn from multiples, and
not from all microseconds. A shrunk schedule says "let the Accept take 11000 µs", and not 9,417.
"""

from collections.abc import Sequence

from hypothesis import strategies as st

from paxos_des.cluster.scenario import Scenario
from paxos_des.cluster.workload import Mixture
from paxos_des.engine.choices import Answer, Chooser, Kind
from paxos_des.testing.questions import ByKind, Question, dull_run_of

_HALVES_MAX = 12
"""A message is mostly late by up to so many halves of the usual delay …"""
_LATER = (8, 12, 16, 24, 32, 64)
"""… and else by so many usual delays: past what is sent again."""
_SHARES = (0, 1, 2, 4, 6)
"""Earlier: at once, or so many eighths of the time."""
_EIGHTHS = 8
_RANKS = (1, 2, 3)
_RECORDS_BACK = (1, 2, 3, 4)
_BYTES_KEPT = (1, 8, 16, 24, 32, 48, 64, 96, 128)


class AnswersOf:
    """The answers to the questions of a scenario.

    Parameters
    ----------
    scenario
        Whose dull run says how long things usually take.
    """

    def __init__(self, scenario: Scenario) -> None:
        questions = dull_run_of(scenario).questions
        self._known: dict[object, st.SearchStrategy[Answer]] = {}
        self._unit_us = _usual_us(questions)
        self._picked = _picked(questions)
        self._operations = _operations(scenario)

    def to(self, question: Question) -> st.SearchStrategy[Answer]:
        """Return a strategy for them."""
        # Questions that differ in their names alone share a strategy: to make one takes longer
        # than to draw from it.
        kind, dull = question.key.kind, question.dull
        shared = (kind, dull, question.key.place if kind == "pick" else None)
        if shared not in self._known:
            self._known[shared] = st.sampled_from(self.listed(question))
        return self._known[shared]

    def listed(self, question: Question) -> Sequence[Answer]:
        """Return the answers that are not dull; the plainest first."""
        dull, kind = question.dull, question.key.kind
        if type(dull) is bool:
            return (not dull,)
        if type(dull) is int and kind in _DURATIONS:
            return self._times(kind, dull)
        if kind in _NUMBERS:
            return _NUMBERS[kind]
        known = (
            self._operations if kind == "operation" else self._picked.get(question.key.place, ())
        )
        return tuple(answer for answer in known if answer != dull) or (dull,)

    def _times(self, kind: Kind, dull_us: int) -> Sequence[int]:
        unit_us = self._unit_us
        earlier = [dull_us * share // _EIGHTHS for share in _SHARES]
        if kind == "timer":
            # A timer is long beside a message: what matters is that it fires before things happen.
            soon = [units * unit_us for units in range(1, _HALVES_MAX) if units * unit_us < dull_us]
            times = [*earlier, *soon, 2 * dull_us, 4 * dull_us]
        else:
            late = [dull_us + halves * unit_us // 2 for halves in range(1, _HALVES_MAX + 1)]
            times = [*late, *(dull_us + units * unit_us for units in _LATER), *earlier]
        return tuple(dict.fromkeys(time for time in times if time != dull_us))


_DURATIONS: tuple[Kind, ...] = ("delay", "duplicate-delay", "timer", "fsync")
_NUMBERS: dict[Kind, tuple[int, ...]] = {
    "tie": _RANKS,
    "duplicate-tie": _RANKS,
    "misdirected": _RECORDS_BACK,
    "rot": _RECORDS_BACK,
    "keep": _BYTES_KEPT,
}


def _usual_us(questions: ByKind) -> int:
    """Return how long a message takes, as a rule: clients may stand beside their leaders."""
    delays_us = sorted(one.dull for one in questions.get("delay", ()) if type(one.dull) is int)
    longer_us = [delay_us for delay_us in delays_us if delay_us] or [1_000]
    return max(2, longer_us[len(longer_us) // 2])


def _picked(questions: ByKind) -> dict[tuple[str, ...], tuple[str, ...]]:
    """Return what each pump may hand over: nothing, or what it hands over in the dull run. What
    is not in its pool when it is asked is as good as no answer.
    """
    found: dict[tuple[str, ...], tuple[str, ...]] = {}
    for question in questions.get("pick", ()):
        known = found.get(question.key.place, ("nothing",))
        found[question.key.place] = (*known, str(question.dull))
    return {place: tuple(dict.fromkeys(known)) for place, known in found.items()}


def _operations(scenario: Scenario) -> tuple[str, ...]:
    """Return all that a request of a mixed workload may be."""
    if not scenario.operations.weights:
        return ()
    return Mixture(scenario, scenario.client_names[0], Chooser(None)).possible
