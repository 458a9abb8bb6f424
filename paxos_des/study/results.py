"""What a sweep leaves: its plan, and a row for each run, in order of point and replication."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from paxos_des.study.columns import Cell, Column, typed
from paxos_des.study.plan import Plan, Point
from paxos_des.study.work import Measured


@dataclass(frozen=True, kw_only=True)
class Results:
    """A plan's table, in memory.

    Attributes
    ----------
    columns
        By name, in the plan's order: a cell for each run.
    recorded
        The plan's digest as the table has it: what another version of the package would compute of
        the plan may differ.
    """

    plan: Plan
    columns: Mapping[str, Sequence[Cell]]
    recorded: str | None = None

    @property
    def digest(self) -> str:
        """The digest of the plan whose table it is."""
        return self.recorded or self.plan.digest

    @classmethod
    def of(cls, plan: Plan, runs: Iterable[Measured]) -> "Results":
        """Return the results that runs are, in whatever order they come."""
        rows = [
            row_of(plan, one) for one in sorted(runs, key=lambda one: (one.point, one.replication))
        ]
        names = [column.name for column in plan.columns]
        return cls(plan=plan, columns={name: [row[name] for row in rows] for name in names})

    def __len__(self) -> int:
        """Return how many runs there are."""
        return len(self.columns["point"])

    def by_point(self, name: str) -> dict[int, list[Cell]]:
        """Return the cells of a column by point, of all runs that were measured to their end: not
        of those that a violated check, or a broken assertion, ended.
        """
        found: dict[int, list[Cell]] = {point.number: [] for point in self.plan.points}
        columns = self.columns
        for at, point in enumerate(columns["point"]):
            if columns["violated"][at] is None and columns["broken"][at] is None:
                assert isinstance(point, int), point
                found[point].append(columns[name][at])
        return found

    def points(self, where: Mapping[str, Cell]) -> list[Point]:
        """Return the points whose cells, or whose `case`, are these."""
        return [
            point for point in self.plan.points
            if all({**point.cells, "case": point.case.name}.get(name) == cell
                   for name, cell in where.items())
        ]  # fmt: skip


def row_of(plan: Plan, run: Measured) -> dict[str, Cell]:
    """Return a run's row: what it measured, and what its plan knows."""
    point = plan.points[run.point]
    seed = plan.seed + point.seed_offset + run.replication
    found = run.cells.get("seed", seed)
    assert found == seed, f"run with the seed {found}, where the plan has {seed}"
    return row_with(plan.columns, known_of(point), run)


def known_of(point: Point) -> dict[str, Cell]:
    """Return what a plan knows of all runs of a point."""
    return {"point": point.number, "case": point.case.name, **point.cells}


def row_with(
    columns: Iterable[Column], known: Mapping[str, Cell], run: Measured
) -> dict[str, Cell]:
    """Return a row of these columns: what is known of its point, and what its run measured."""
    cells = {**known, "replication": run.replication, **run.cells}
    return {column.name: typed(cells.get(column.name), column.type) for column in columns}
