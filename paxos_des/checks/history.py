"""Whether a client history is linearizable, and if not, why.

A history is linearizable if each operation can be given one moment between its invocation and its
completion, such that in the order of these moments every result is right (Herlihy and Wing 1990).
An operation whose outcome is unknown may have its moment at any time after its invocation, or
none.
"""

from collections.abc import Sequence
from typing import NamedTuple

from paxos_des.checks.cores import core_of, said_core
from paxos_des.checks.models import Model, deed_of
from paxos_des.checks.objects import ClientOperation
from paxos_des.checks.search import search
from paxos_des.checks.verdict import Verdict

STEPS_MAX = 300_000
"""Steps of a search, over all objects of a history; each takes 20 to 100 µs."""


class Judgement(NamedTuple):
    """What was found of a client history.

    Attributes
    ----------
    verdict
        `unknown` if the steps ran out.
    core
        Where it is violated, a core of one object's part of the history, as places in the
        history: see `cores`.
    what
        The core in a sentence.
    steps
        How many were taken to come to the verdict.
    """

    verdict: Verdict
    core: tuple[int, ...]
    what: str
    steps: int


def judge_history(
    operations: Sequence[ClientOperation], model: Model, *, steps_max: int = STEPS_MAX
) -> Judgement:
    """Judge whether a client history is linearizable.

    Parameters
    ----------
    operations
        What clients asked for and were told, in any order, without what failed.
    model
        What the results are to be right for.
    steps_max
        Steps that the search may take; then the verdict is `unknown`.

    Returns
    -------
    Judgement
        The verdict, with a core where it is violated. The part on each key is judged by itself.
    """
    parts: dict[str, list[int]] = {}
    deeds = [deed_of(model, it.operation) for it in operations]
    for place, deed in enumerate(deeds):
        parts.setdefault(deed.key, []).append(place)
    steps, is_unknown = 0, False
    for _, places in sorted(parts.items()):
        own = [operations[place] for place in places]
        own_deeds = [deeds[place] for place in places]
        found = search(own, own_deeds, steps_max - steps)
        steps += found.steps
        if found.verdict == "violated":
            core = core_of(own, own_deeds, found)
            what = said_core(own, own_deeds, core)
            return Judgement("violated", tuple(sorted(places[one] for one in core)), what, steps)
        is_unknown = is_unknown or found.verdict == "unknown"
    return Judgement("unknown" if is_unknown else "ok", (), "", steps)
