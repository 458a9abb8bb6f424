"""Which closed form a figure draws."""

from collections.abc import Iterable

from paxos_des.errors import shorten
from paxos_des.names import nearest
from paxos_des.report.figures.refusing import refuse
from paxos_des.study.exact import EXACT, Exact
from paxos_des.study.figure_specs import NO_EXACT, FigureSpec
from paxos_des.study.plan import Plan, Point


def exact_of(plan: Plan, spec: FigureSpec, points: Iterable[Point]) -> Exact | None:
    """Return the closed form that a figure draws: the one that it names, or the best there is."""
    name = best_exact(plan, spec.y, points) if spec.exact is None else spec.exact
    if name is None or name == NO_EXACT:
        return None
    if name not in EXACT:
        hint = nearest(name, EXACT)
        known = ", ".join((*EXACT, NO_EXACT))
        refuse(spec, f"no closed form {shorten(name)}{hint}", f"one of {known}")
    return EXACT[name]


def best_exact(plan: Plan, column: str, points: Iterable[Point]) -> str | None:
    """Return the closed form of a column that applies at most points; None where none does."""
    points = list(points)
    counts = {
        exact.name: sum(exact.value(point.scenario, plan.measure) is not None for point in points)
        for exact in EXACT.values()
        if exact.column == column
    }
    best = max(counts, key=lambda name: counts[name], default=None)
    return best if best is not None and counts[best] else None
