"""Plans, run by tests in their own process: what a sweep measures, without its files."""

from pathlib import Path

from paxos_des.study.plan import Plan
from paxos_des.study.results import Results
from paxos_des.study.work import Job, Span, do

EXPERIMENTS = Path(__file__).parent.parent / "experiments"


def results_of(plan: Plan) -> Results:
    """Run all points of a plan, each as often as it may be run at most."""
    spans = tuple(
        Span(point.number, point.scenario, 0, point.replications_max, point.seed_offset)
        for point in plan.points
    )
    return Results.of(plan, do(Job(spans, plan.seed, plan.metrics, plan.measure)))


def shipped_plan(name: str) -> Plan:
    """Return the plan of an experiment, by the name of its folder."""
    return Plan.load(EXPERIMENTS / name / "plan.toml")


def quick_results(name: str) -> Results:
    """Run the quick form of an experiment's plan."""
    return results_of(shipped_plan(name).quick())


def rows_of(results: Results, **cells: object) -> list[dict[str, object]]:
    """Return the runs whose columns hold these cells, each as a row: by column."""
    rows = [
        dict(zip(results.columns, row, strict=True))
        for row in zip(*results.columns.values(), strict=True)
    ]
    return [row for row in rows if all(row[name] == cell for name, cell in cells.items())]
