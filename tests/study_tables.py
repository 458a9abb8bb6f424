"""Tables of sweeps that no sweep made: what statistics say of known cells."""

from collections.abc import Mapping, Sequence

from paxos_des.study.columns import Cell
from paxos_des.study.plan import Plan
from paxos_des.study.results import Results


def table(
    plan: Plan, cells: Mapping[str, Sequence[Sequence[Cell]]], *, bad: Cell = None
) -> Results:
    """Return results whose columns hold these cells, by column and point, run by run. `bad` is what
    stands for a run that was not measured to its end: a check was violated.
    """
    columns: dict[str, list[Cell]] = {column.name: [] for column in plan.columns}
    by_point = next(iter(cells.values()))
    for point in plan.points:
        for replication, _ in enumerate(by_point[point.number]):
            row: dict[str, Cell] = {
                "point": point.number, "case": point.case.name, "replication": replication,
                "verdict": "ok", **point.cells,
            }  # fmt: skip
            row |= {name: its[point.number][replication] for name, its in cells.items()}
            if bad is not None and bad in row.values():
                row |= {"verdict": "violated", "violated": "agreement"}
            for name, column in columns.items():
                column.append(row.get(name))
    return Results(plan=plan, columns=columns)
