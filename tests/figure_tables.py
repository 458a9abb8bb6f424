"""Tables of sweeps, to be drawn: what a run measured is a plain function of its point."""

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from paxos_des.study.columns import Cell
from paxos_des.study.estimates import Estimate
from paxos_des.study.figure_specs import FigureSpec
from paxos_des.study.plan import Plan, Point
from paxos_des.study.results import Results
from paxos_des.study.work import Measured

if TYPE_CHECKING:
    from matplotlib.figure import Figure

CellsOf = Callable[[Point, int], Mapping[str, Cell]]
DROP = {"key": "drop", "list": [0, 0.02, 0.05, 0.1]}
ACCEPTORS = {"key": "acceptors", "list": [3, 5, 7]}
CITIES = {"key": "delay", "name": "city", "list": ["3ms", "1ms"], "labels": ["Perth", "Oslo"]}
REPLY = FigureSpec(name="reply", x="drop", y="reply_mean_us", by="acceptors")
VIOLATED = {"verdict": "violated", "violated": "agreement"}


def plan_of(*axes: Mapping[str, object], **keys: object) -> Plan:
    given: dict[str, Any] = {
        "name": "drop-and-delay",
        "replications": 4,
        "axes": list(axes),
        **keys,
    }
    return Plan.from_dict(given, where="plan")


def cells_of(point: Point, replication: int) -> dict[str, Cell]:
    """Return what a run might measure: slower and less complete with more loss and acceptors."""
    drop, acceptors = point.scenario.drop, point.scenario.acceptors
    share = max(0.0, 1 - drop * acceptors / 3 - 0.001 * replication)
    reply_us = 2_000 * (1 + 4 * drop) + 100 * acceptors + 50 * replication
    return {
        "requests": 100,
        "completed": int(100 * share),
        "completed_share": share,
        "all_completed": int(share == 1),
        "reply_mean_us": reply_us,
        "reply_p50_us": int(reply_us),
    }


def table_of(plan: Plan, cells: CellsOf = cells_of) -> Results:
    return Results.of(
        plan,
        [
            Measured(
                point.number,
                replication,
                {"seed": replication, "verdict": "ok", **cells(point, replication)},
            )
            for point in plan.points
            for replication in range(point.replications_max)
        ],
    )


def ends(results: Results, column: str) -> dict[int, Estimate]:
    """Return estimates that a reader can check: the mean, between the least and the greatest."""
    found = {}
    for number, cells in results.by_point(column).items():
        numbers = [float(cell) for cell in cells if isinstance(cell, int | float)]
        found[number] = (
            Estimate(sum(numbers) / len(numbers), min(numbers), max(numbers), len(numbers))
            if numbers
            else Estimate(None, None, None, 0, "nothing was measured")
        )
    return found


def table(*axes: dict[str, Any], **keys: object) -> Results:
    return table_of(plan_of(*(axes or (DROP, ACCEPTORS)), **keys))


def labels_of(figure: "Figure") -> list[str]:
    found = [axes.get_legend() for axes in figure.axes]
    return [text.get_text() for legend in found if legend for text in legend.get_texts()]
