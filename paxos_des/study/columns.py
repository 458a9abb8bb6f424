"""The columns of a sweep's table: one row for each run."""

from typing import Literal

import msgspec

CellType = Literal["int", "float", "text", "ints"]
Cell = int | float | str | tuple[int, ...] | None
"""What a column holds for one run; None: there is nothing to say."""
Row = tuple[Cell, ...]

Statistic = Literal["mean", "median", "share"]


class Column(msgspec.Struct, frozen=True):
    """One column.

    Attributes
    ----------
    name
        What it is called; durations end in `_us`.
    type
        `ints` is a list of integers in one cell.
    says
        What it is, in half a sentence.
    unit
        `µs`, `share`, or what is counted.
    statistic
        What the runs of a point are made into: their mean, their median, or, of a column of 0 and
        1, the share of ones.
    """

    name: str
    type: CellType
    says: str
    unit: str = ""
    statistic: Statistic = "mean"


POINT = Column("point", "int", "the number of the point, from 0")
CASE = Column("case", "text", "the name of the case")
REPLICATION = Column("replication", "int", "which run of its point, from 0")
SEED = Column("seed", "int", "what names the run's weather: common to all points, or not")
VERDICT = Column("verdict", "text", "ok, unknown or violated")
VIOLATED = Column("violated", "text", "the check that was violated first")
FAILURE = Column("failure", "text", "the file in failures/ that replays it")
BROKEN = Column(
    "broken", "text", "what broke in the run, an assertion or a role, so that nothing was measured"
)

NAMING = (POINT, CASE)
RUNNING = (REPLICATION, SEED, VERDICT, VIOLATED, FAILURE, BROKEN)
"""A table has `NAMING`, then the axes' columns, then `RUNNING`, then the metrics' columns."""


def typed(cell: Cell, type_: CellType) -> Cell:
    """Return a cell as its column has it: what is a number in one case may be text in another."""
    if cell is None or isinstance(cell, tuple):
        return cell
    if type_ == "float":
        return float(cell)
    return str(cell) if type_ == "text" else cell
