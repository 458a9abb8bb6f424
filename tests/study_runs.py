"""Plans, run by tests in their own process: what a sweep measures, without its files."""

from pathlib import Path
from typing import Any

from paxos_des.study.columns import Cell
from paxos_des.study.plan import Plan
from paxos_des.study.results import Results
from paxos_des.study.work import Job, Span, do

EXPERIMENTS = Path(__file__).parent.parent / "experiments"


def results_of(plan: Plan, *cases: str, runs_max: int | None = None) -> Results:
    """Run the points of a plan's cases, or of all: each as often as it may be run at most, or no
    more often than `runs_max`.
    """
    spans = []
    for point in plan.points:
        if not cases or point.case.name in cases:
            runs = min(point.replications_max, runs_max or point.replications_max)
            spans.append(Span(point.number, point.scenario, 0, runs, point.seed_offset))
    return Results.of(plan, do(Job(tuple(spans), plan.seed, plan.metrics, plan.measure)))


def shipped_plan(name: str) -> Plan:
    """Return the plan of an experiment, by the name of its folder."""
    return Plan.load(EXPERIMENTS / name / "plan.toml")


def quick_results(name: str) -> Results:
    """Run the quick form of an experiment's plan."""
    return results_of(shipped_plan(name).quick())


def rows_of(results: Results, **cells: Cell) -> list[dict[str, Any]]:
    """Return the runs whose columns hold these cells, each as a row: by column."""
    rows = [
        dict(zip(results.columns, row, strict=True))
        for row in zip(*results.columns.values(), strict=True)
    ]
    return [row for row in rows if all(row[name] == cell for name, cell in cells.items())]
