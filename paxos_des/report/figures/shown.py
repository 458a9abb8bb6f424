"""What a figure shows, as numbers: which points, on which line, with which intervals.

All of it is a function of the results and of the figure's specification; nothing is drawn here.
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import NamedTuple

from paxos_des.errors import shorten
from paxos_des.report.figures.refusing import refuse
from paxos_des.report.figures.theory import exact_of
from paxos_des.report.figures.units import Scale, cell_words, scale_of, words
from paxos_des.study import compare as study_compare
from paxos_des.study import estimates as study_estimates
from paxos_des.study.columns import CASE, Cell, Column
from paxos_des.study.estimates import Estimate
from paxos_des.study.exact import Exact
from paxos_des.study.figure_specs import FigureSpec
from paxos_des.study.plan import Point
from paxos_des.study.results import Results


class Mark(NamedTuple):
    """One point of a plan, in a figure.

    Attributes
    ----------
    x
        A level, or the estimate of a measured column.
    x_estimate
        The latter, with its interval.
    exact
        What the closed form says; None where it does not apply.
    is_violated
        Whether it was run, and a violated check or a broken assertion ended all its runs.
    """

    point: Point
    x: float | str | None
    estimate: Estimate
    x_estimate: Estimate | None = None
    exact: float | None = None
    is_violated: bool = False


class Line(NamedTuple):
    """The marks that have one value of `by`, in order."""

    label: str
    marks: tuple[Mark, ...]


class Shown(NamedTuple):
    """All that a figure shows.

    Attributes
    ----------
    categories
        Where x is a text: its values, in the plan's order.
    ended
        How many runs a violated check or a broken assertion ended: they are in no estimate.
    """

    spec: FigureSpec
    results: Results
    lines: tuple[Line, ...]
    x: Scale
    y: Scale
    x_column: Column
    y_column: Column
    categories: tuple[str, ...]
    exact: Exact | None
    ended: int

    @property
    def marks(self) -> Iterator[Mark]:
        return (mark for line in self.lines for mark in line.marks)

    @property
    def by_words(self) -> str:
        return "" if self.spec.by is None else words(self.spec.by)


def shown(results: Results, spec: FigureSpec) -> Shown:
    """Return what a figure shows.

    Raises
    ------
    InputError
        When no point has the figure's columns, or several stand in the same place.
    """
    plan = results.plan
    x_column, y_column = plan.column(spec.x), plan.column(spec.y)
    points = points_of(results, spec)
    exact = exact_of(results.plan, spec, points)
    ended = _ended_runs(results)
    measured = _measured(results, spec)
    baselines = baselines_of(points, spec) if spec.baseline else {}
    estimated = (
        dict(differences(results, spec.y, baselines)) if spec.baseline
        else study_estimates.estimates(results, spec.y)
    )  # fmt: skip
    if spec.baseline:
        points = [plan.points[number] for number in estimated]
    marks = []
    for point in points:
        number = point.number
        x_estimate = None if measured is None else measured[number]
        x = cell_of(point, spec.x) if x_estimate is None else x_estimate.value
        value = None if exact is None else exact.value(point.scenario, plan.measure)
        if value is not None and exact is not None and number in baselines:
            other = exact.value(baselines[number].scenario, plan.measure)
            value = None if other is None else value - other
        if x_column.type == "text":
            x = str(x)
        assert not isinstance(x, tuple), x
        is_violated = number in ended and not ended[number][1]
        marks.append(Mark(point, x, estimated[number], x_estimate, value, is_violated))
    lines = tuple(_lines(results, spec, marks))
    if measured is None and spec.kind != "points":
        _check_places(lines, spec)
    categories = dict.fromkeys(mark.x for mark in marks if isinstance(mark.x, str))
    x_scale = scale_of(x_column, spec.x_label, _x_values(marks), scale=spec.x_scale)
    y_scale = scale_of(y_column, _y_label(results, spec), _y_values(marks), scale=spec.y_scale)
    if spec.baseline and y_scale.unit == "%":
        label = y_scale.label.replace("(%)", "(% points)")
        y_scale = y_scale._replace(label=label, unit="% points")
    return Shown(
        spec=spec,
        results=results,
        lines=lines,
        x=x_scale,
        y=y_scale,
        x_column=x_column,
        y_column=y_column,
        categories=tuple(categories),
        exact=exact,
        ended=sum(ended[mark.point.number][0] for mark in marks if mark.point.number in ended),
    )


def points_of(results: Results, spec: FigureSpec) -> list[Point]:
    """Return the points that a figure shows, in the plan's order."""
    wanted = {**spec.where, **({} if spec.case is None else {CASE.name: spec.case})}
    levels = {CASE.name, *(column.name for column in results.plan.axis_columns)}
    needed = [name for name in (spec.x, spec.by) if name in levels]
    found = [
        point for point in results.points(wanted)
        if all(name == CASE.name or name in point.cells for name in needed)
    ]  # fmt: skip
    if not found:
        where = " and ".join(f"{name} {shorten(cell)}" for name, cell in wanted.items())
        columns = " and ".join(dict.fromkeys(needed)) or "any column"
        refuse(spec, f"no point with {columns}{', where ' * bool(where)}{where}", "one or more")
    return found


def baselines_of(points: Iterable[Point], spec: FigureSpec) -> dict[int, Point]:
    """Return, by point, that which it is compared with: its like, but for the baseline's columns.
    What has none, as a baseline itself, is left out.
    """
    points = list(points)
    found = {}
    for point in points:
        if all(point.cells.get(name) == cell for name, cell in spec.baseline.items()):
            continue
        wanted = {**point.cells, **spec.baseline}
        for base in points:
            if base.case is point.case and base.cells == wanted:
                found[point.number] = base
    if not found:
        where = ", ".join(f"{name} {shorten(cell)}" for name, cell in spec.baseline.items())
        refuse(spec, f"no point to compare with one where {where}", "one or more")
    return found


def differences(
    results: Results, column: str, baselines: Mapping[int, Point]
) -> Iterator[tuple[int, Estimate]]:
    """Yield, by point, by how much a column differs from the baseline's, run by run."""
    for number, base in baselines.items():
        found = study_compare.compare(results, column, point=results.plan.points[number], base=base)
        low, high = (None, None) if found.paired is None else found.paired
        yield number, Estimate(found.value, low, high, found.runs, found.warning)


def _y_label(results: Results, spec: FigureSpec) -> str:
    if spec.y_label or not spec.baseline:
        return spec.y_label
    said = [
        f"{words(name)} {cell_words(results.plan.column(name), cell)}"
        for name, cell in spec.baseline.items()
    ]
    return f"{words(spec.y)}, less that at {' and '.join(said)}"


def cell_of(point: Point, name: str) -> Cell:
    return point.case.name if name == CASE.name else point.cells[name]


def _measured(results: Results, spec: FigureSpec) -> Mapping[int, Estimate] | None:
    """Return the estimates of x, if it is measured."""
    if spec.x in {column.name for column in results.plan.metric_columns}:
        return study_estimates.estimates(results, spec.x)
    return None


def _ended_runs(results: Results) -> dict[int, tuple[int, int]]:
    """Return, by point, how many of its runs were ended early, and how many were not."""
    columns = results.columns
    found: dict[int, tuple[int, int]] = {}
    for point, *why in zip(columns["point"], columns["violated"], columns["broken"], strict=True):
        assert isinstance(point, int), point
        ended, whole = found.get(point, (0, 0))
        is_ended = any(one is not None for one in why)
        found[point] = (ended + is_ended, whole + (not is_ended))
    return found


def _lines(results: Results, spec: FigureSpec, marks: Iterable[Mark]) -> Iterator[Line]:
    """Yield the lines: one for each value of `by`, numbers in order; and one for each case, where
    cases share values.
    """
    plan = results.plan
    cases_of: dict[Cell, dict[str, list[Mark]]] = {}
    for mark in marks:
        cell = None if spec.by is None else cell_of(mark.point, spec.by)
        cases_of.setdefault(cell, {}).setdefault(mark.point.case.name, []).append(mark)
    has_cases = spec.by != CASE.name and any(len(cases) > 1 for cases in cases_of.values())
    is_number = plan.column(spec.x) in plan.axis_columns and plan.column(spec.x).type != "text"
    cells = list(cases_of)
    if all(isinstance(cell, int | float) for cell in cells):
        cells.sort(key=lambda cell: float(str(cell)))
    for cell in cells:
        for case, own in cases_of[cell].items():
            said = [case] if has_cases else []
            if spec.by is not None:
                said.append(cell_words(plan.column(spec.by), cell))
            if is_number:
                own.sort(key=lambda mark: float(mark.x or 0))
            yield Line(", ".join(said), tuple(own))


def _check_places(lines: Iterable[Line], spec: FigureSpec) -> None:
    """Refuse points that stand in the same place: which one is meant is nobody's to guess."""
    for line in lines:
        seen: dict[object, Point] = {}
        for mark in line.marks:
            other = seen.setdefault(mark.x, mark.point)
            if other is not mark.point:
                differing = [
                    name for name, cell in mark.point.cells.items() if other.cells[name] != cell
                ]
                refuse(
                    spec,
                    f"several points at {spec.x} {shorten(mark.x)}, of different "
                    f"{' and '.join(differing) or 'numbers'}",
                    f"one for each {spec.x}"
                    f"{f' and {spec.by}' if spec.by else ''}: say `where`, or another `by`",
                )


def _x_values(marks: Iterable[Mark]) -> Iterator[float]:
    return (mark.x for mark in marks if isinstance(mark.x, int | float))


def _y_values(marks: Iterable[Mark]) -> Iterator[float]:
    for mark in marks:
        yield from (one for one in (*mark.estimate[:3], mark.exact) if one is not None)
