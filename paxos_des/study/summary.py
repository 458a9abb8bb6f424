"""A sweep's summary: for a file, and for a terminal.

`summary.csv` has a row for each point: `point`, `case`, the columns of the axes, how many `runs` it
has and of what verdict (`ok`, `unknown`, `violated`; `broken` ones are none of these), then for
each measured column NAME, NAME_low and NAME_high, at 95 %; where a closed form NAME is of it, what
that says, as COLUMN_NAME, and as COLUMN_NAME_inside 1 or 0; and `warnings`. Of lists of times, it
has quantiles over all runs' times: reply_us_p50, ….
"""

import csv
import math
from collections.abc import Iterator, Sequence
from io import StringIO
from textwrap import wrap

from paxos_des.cluster.parse import UNITS_US, as_duration
from paxos_des.study.columns import Cell, Column
from paxos_des.study.estimates import Estimate
from paxos_des.study.exact import Exact
from paxos_des.study.findings import (
    VERDICTS,
    Agreement,
    Finding,
    agreement,
    agreement_of,
    exacts_of,
    findings,
    is_inside,
    names_of,
)
from paxos_des.study.metrics import METRICS
from paxos_des.study.plan import Plan
from paxos_des.study.results import Results

__all__ = ["agreement", "columns_of", "estimate_text", "summary_csv", "summary_text"]

WIDTH = 100
POINTS_SHOWN = 60
WARNINGS_SHOWN = 12
_DIGITS = 9
"""More of a number would depend on the machine, and mean nothing."""
_SHARE_DIGITS = 3
_TEXT_DIGITS_MAX = 6
_NAMED = 4

_Lines = list[str]
_TableColumn = list[str]
"""A title, and a cell for each point."""


def summary_csv(results: Results, found: Sequence[Finding] | None = None) -> str:
    """Return the summary as a CSV file's text: the same table gives the same.

    Parameters
    ----------
    found
        The results' findings, where they are known.
    """
    plan = results.plan
    exacts = exacts_of(plan)
    names = list(names_of(plan))
    header = ["point", "case", *(column.name for column in plan.axis_columns), "runs", *VERDICTS]
    for name in names:
        header += [name, f"{name}_low", f"{name}_high"]
        for exact in exacts:
            if exact.column == name:
                header += [f"{name}_{exact.name}", f"{name}_{exact.name}_inside"]
    out = StringIO()
    rows = csv.writer(out, lineterminator="\n")
    rows.writerow([*header, "warnings"])
    for one in findings(results) if found is None else found:
        rows.writerow(_row(plan, one, names, exacts))
    return out.getvalue()


def _row(plan: Plan, one: Finding, names: Sequence[str], exacts: Sequence[Exact]) -> list[str]:
    cells = (one.point.cells.get(column.name) for column in plan.axis_columns)
    row: list[Cell] = [one.point.number, one.point.case.name, *cells, one.runs]
    row += [one.verdicts[verdict] for verdict in VERDICTS]
    for name in names:
        estimate = one.estimates[name]
        row += [estimate.value, estimate.low, estimate.high]
        for exact in exacts:
            if exact.column == name:
                value = one.exact.get(exact.name)
                is_in = None if value is None else is_inside(value, estimate)
                row += [value, None if is_in is None else int(is_in)]
    said = (f"{name}: {words}" if name else words for name, words in one.warnings.items())
    return [*map(_written, row), ". ".join(said)]


def _written(cell: Cell) -> str:
    if isinstance(cell, float):
        return f"{cell:.{_DIGITS}g}"
    return "" if cell is None else str(cell)


def summary_text(
    results: Results, columns: Sequence[str] = (), found: Sequence[Finding] | None = None
) -> str:
    """Return a table for a terminal: a row for each point, with intervals at 95 %.

    Parameters
    ----------
    columns
        Which measured ones; by default those that the plan's figures draw, or where it has none,
        the first of each metric.
    found
        The results' findings, where they are known.
    """
    plan = results.plan
    points = findings(results) if found is None else found
    names = [plan.column(name).name for name in columns] or columns_of(plan)
    shown = points[:POINTS_SHOWN]
    lines: _Lines = []
    measured = [column for name in names for column in _measured(plan, shown, name)]
    for table in _tables(_naming(plan, shown), measured):
        lines += [*table, ""]
    if len(points) > len(shown):
        lines += [f"… and {len(points) - len(shown):,} points more: summary.csv has all", ""]
    for exact in exacts_of(plan):
        agreeing = agreement_of(points, exact)
        if agreeing.points:
            lines += _wrapped(_agreement_text(agreeing))
    for warning in _warnings(points, names):
        lines += _wrapped(warning)
    return "\n".join(lines).rstrip() + "\n"


def columns_of(plan: Plan) -> list[str]:
    """Return the measured columns of numbers that a plan's figures draw, or else the first of each
    metric.
    """
    numbers = {one.name for one in plan.metric_columns if one.type in ("int", "float")}
    drawn = [name for spec in plan.figures for name in (spec.y, spec.x) if name in numbers]
    return list(dict.fromkeys(drawn)) or list(_firsts(plan))


def estimate_text(estimate: Estimate, column: Column) -> str:
    """Return an estimate in words: 0.934 [0.921, 0.945], or 4.15 ms [4.02, 4.31]."""
    value, low, high, *_ = estimate
    if value is None:
        return "-"
    factor, unit = _unit(value) if column.unit == "µs" else (1, "")
    numbers = [value / factor, *(one / factor for one in (low, high) if one is not None)]
    digits = _digits(numbers, is_share=column.unit == "share")
    first, *interval = (f"{one:,.{digits}f}" for one in numbers)
    return f"{first}{unit}" + (f" [{', '.join(interval)}]" if interval else "")


def _firsts(plan: Plan) -> Iterator[str]:
    for name in plan.metrics:
        numbers = [one for one in METRICS[name].columns if one.type in ("int", "float")]
        # Shares and times say more than the counts that they are made of.
        telling = [one for one in numbers if one.unit in ("share", "µs")] or numbers
        yield from (one.name for one in telling[:1])


def _unit(time_us: float) -> tuple[int, str]:
    """Return what a time is divided by, and the unit that it then has."""
    for unit in ("s", "ms"):
        if abs(time_us) >= UNITS_US[unit]:
            return UNITS_US[unit], f" {unit}"
    return 1, " µs"


def _digits(numbers: Sequence[float], *, is_share: bool) -> int:
    """Return how many digits after the point show two of the interval's width."""
    width = max(numbers) - min(numbers)
    if width:
        wanted = 1 - math.floor(math.log10(width))
    elif float(numbers[0]).is_integer():
        wanted = 0
    else:
        wanted = 3 - math.floor(math.log10(abs(numbers[0])))
    return min(max(wanted, _SHARE_DIGITS if is_share else 0), _TEXT_DIGITS_MAX)


def _naming(plan: Plan, shown: Sequence[Finding]) -> list[_TableColumn]:
    """Return the columns that name a point, and how many runs it has."""
    columns = []
    if len(plan.cases) > 1:
        columns.append(["case", *(one.point.case.name for one in shown)])
    for column in plan.axis_columns:
        cells = (one.point.cells.get(column.name) for one in shown)
        title = column.name.removesuffix("_us") if column.unit == "µs" else column.name
        columns.append([title, *(_cell_text(cell, column) for cell in cells)])
    columns.append(["runs", *(f"{one.runs:,}" for one in shown)])
    bad = [name for name in VERDICTS[1:] if any(one.verdicts[name] for one in shown)]
    return columns + [[name, *(f"{one.verdicts[name]:,}" for one in shown)] for name in bad]


def _cell_text(cell: Cell, column: Column) -> str:
    if isinstance(cell, int) and column.unit == "µs":
        return as_duration(cell)
    return "" if cell is None else str(cell)


def _measured(plan: Plan, shown: Sequence[Finding], name: str) -> Iterator[_TableColumn]:
    """Give a measured column, and one for each closed form of it that says something: what is
    outside of its interval has a mark.
    """
    column = plan.column(name)
    title = name.removesuffix("_us") if column.unit == "µs" else name
    yield [title, *(estimate_text(one.estimates[name], column) for one in shown)]
    for exact in exacts_of(plan):
        if exact.column == name and any(exact.name in one.exact for one in shown):
            yield [f"({exact.name})", *(_exact_text(one, exact, column) for one in shown)]


def _exact_text(one: Finding, exact: Exact, column: Column) -> str:
    if exact.name not in one.exact:
        return ""
    value = one.exact[exact.name]
    is_out = is_inside(value, one.estimates[exact.column]) is False
    return estimate_text(Estimate(value, None, None, 0), column) + (" outside" if is_out else "")


def _tables(naming: list[_TableColumn], measured: list[_TableColumn]) -> Iterator[_Lines]:
    """Give tables that are no wider than a terminal, if they can be: each has the naming columns,
    and as many of the others as fit.
    """
    group: list[_TableColumn] = []
    for column in measured:
        if group and _width([*naming, *group, column]) > WIDTH:
            yield _table([*naming, *group])
            group = []
        group.append(column)
    yield _table([*naming, *group])


def _width(columns: list[_TableColumn]) -> int:
    return sum(max(map(len, column)) + 2 for column in columns) - 2


def _table(columns: list[_TableColumn]) -> _Lines:
    padded = [[f"{cell:<{max(map(len, column))}}" for cell in column] for column in columns]
    return ["  ".join(row).rstrip() for row in zip(*padded, strict=True)]


def _agreement_text(found: Agreement) -> str:
    inside = found.points - len(found.missed)
    chance = f"of right simulators {found.chance:.2g} miss so many or more"
    if not found.is_independent:
        chance = 'how many should, only a plan with weather = "own" tells'
    return (
        f"{found.exact} lies inside the interval of {found.column} at {inside} of {found.points} "
        f"points; {chance}"
    )


def _warnings(shown: Sequence[Finding], names: Sequence[str]) -> _Lines:
    """Return what to doubt of what is shown, each sentence once, with where it holds."""
    where: dict[str, dict[str, list[int]]] = {}
    for one in shown:
        for name, said in one.warnings.items():
            if not name or name in names:
                for sentence in said.split("; "):
                    where.setdefault(sentence, {}).setdefault(name, []).append(one.point.number)
    lines = []
    for sentence, by_name in where.items():
        points = sorted({number for numbers in by_name.values() for number in numbers})
        of = ", ".join(filter(None, by_name))
        lines.append(f"warning: {f'{of}: ' if of else ''}{sentence} ({_numbered(points)})")
    if len(lines) > WARNINGS_SHOWN:
        more = len(lines) - WARNINGS_SHOWN
        lines = [*lines[:WARNINGS_SHOWN], f"… and {more} warnings more: summary.csv has all"]
    return lines


def _wrapped(line: str) -> _Lines:
    return wrap(line, WIDTH, subsequent_indent="  ", break_on_hyphens=False)


def _numbered(points: Sequence[int]) -> str:
    if len(points) > _NAMED:
        return f"{len(points):,} points"
    return f"point {', '.join(map(str, points))}"
