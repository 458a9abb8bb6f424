"""Figures of a plan that asks for none: of each metric what matters most, over the first axis that
has several levels, with a line for each level of the second.
"""

import re
from collections.abc import Iterator, Mapping
from typing import NamedTuple

from paxos_des.report.figures.lines import LINES_MAX
from paxos_des.report.figures.theory import best_exact
from paxos_des.study.axes import Axis
from paxos_des.study.columns import CASE, Cell
from paxos_des.study.figure_specs import FigureSpec
from paxos_des.study.metrics import METRICS
from paxos_des.study.plan import Case, Plan
from paxos_des.study.results import Results

LEADING: Mapping[str, tuple[str, ...]] = {
    "completed": ("completed_share",),
    "choose": ("choose_p50_us", "choose_p99_us"),
    "reply": ("reply_p50_us", "reply_p99_us"),
    "downtime": ("downtime_mean_us",),
    "catch_up": ("catch_up_mean_us",),
    "available": ("available_share",),
    "end": (),
}
"""By metric, what is drawn of it; of others, the first column that is a number."""
_WIDE, _MANY = 50, 4
"""So many levels, so far apart, stand on a logarithmic axis."""


class Places(NamedTuple):
    """Where the points of a case stand in a figure; see `FigureSpec`."""

    x: str
    by: str | None = None
    where: Mapping[str, Cell] = {}
    kind: str = "lines"
    x_scale: str = "linear"


def default_figures(results: Results) -> tuple[FigureSpec, ...]:
    """Return the figures of a plan that asks for none."""
    return tuple(_figures(results))


def _figures(results: Results) -> Iterator[FigureSpec]:
    plan = results.plan
    placed = {case.name: places_of(case) for case in plan.cases}
    if not any(placed.values()):  # points that differ in nothing but their case
        yield from _figures_of(results, Places(CASE.name), None, "")
        return
    for at, (name, places) in enumerate(placed.items()):
        if places is not None:
            is_only = len(placed) == 1
            plain = re.sub(r"[^A-Za-z0-9_-]+", "-", name).strip("-") or f"case-{at}"
            prefix = "" if is_only else f"{plain}-"
            yield from _figures_of(results, places, None if is_only else name, prefix)


def _figures_of(
    results: Results, places: Places, case: str | None, prefix: str
) -> Iterator[FigureSpec]:
    for column in leading_columns(results.plan):
        cells = results.by_point(column)
        own = [point for point in results.plan.points if case in (None, point.case.name)]
        if any(isinstance(cell, int | float) for point in own for cell in cells[point.number]):
            yield FigureSpec(
                name=f"{prefix}{column.removesuffix('_us').replace('_', '-')}",
                y=column,
                case=case,
                exact=best_exact(results.plan, column, own),
                **places._asdict(),
            )


def leading_columns(plan: Plan) -> Iterator[str]:
    """Yield the columns that say most of each metric."""
    for metric in plan.metrics:
        columns = METRICS[metric].columns
        names = [column.name for column in columns if column.type in ("int", "float")]
        said = LEADING.get(metric, tuple(names[:1]))
        yield from (name for name in said if name in names)


def places_of(case: Case) -> Places | None:
    """Return where the points of a case stand; None where there is one alone."""
    axes = [axis for axis in case.axes if len(axis.levels) > 1]
    if not axes:
        return None
    dimensions = [dimension for axis in axes for dimension in _dimensions(axis)]
    if is_sample(axes[0]):
        by = dimensions[1] if len(dimensions) > 1 else None
        others = _first_levels(axes[1:])
        return Places(dimensions[0], by, others, kind="points")
    x, by = dimensions[0], dimensions[1] if len(dimensions) > 1 else None
    levels = _levels(axes)
    if by is not None and _should_swap(levels[x], levels[by]):
        x, by = by, x
    used = {x, by}
    free = [axis for axis in axes if not used & {column.name for column in axis.columns}]
    return Places(
        x,
        by,
        _first_levels(free),
        kind="heatmap" if by is not None and len(levels[by]) > LINES_MAX else "lines",
        x_scale="log" if _is_wide(levels[x]) else "linear",
    )


def is_sample(axis: Axis) -> bool:
    """Whether levels lie in a box of several keys, and along no line."""
    if len(axis.columns) == 1:
        return False
    columns = list(zip(*axis.cells, strict=True))
    is_scattered = [len(set(cells)) == len(cells) and not _is_sorted(cells) for cells in columns]
    return any(is_scattered) and not any(
        len(set(cells)) == len(cells) and _is_sorted(cells) for cells in columns
    )


def _dimensions(axis: Axis) -> list[str]:
    """Return the columns of an axis by which its points are told apart: of several that go along
    with each other, one.
    """
    columns = list(zip(*axis.cells, strict=True))
    varying = [
        (column.name, cells) for column, cells in zip(axis.columns, columns, strict=True)
        if len(set(cells)) > 1
    ]  # fmt: skip
    if is_sample(axis):
        return [name for name, _ in varying]
    for name, cells in varying:
        if len(set(cells)) == len(cells):
            return [name]
    # As in acceptors and failed_acceptors: the last changes first.
    return [name for name, _ in reversed(varying)]


def _levels(axes: list[Axis]) -> dict[str, list[Cell]]:
    return {
        column.name: list(dict.fromkeys(cells))
        for axis in axes
        for column, cells in zip(axis.columns, zip(*axis.cells, strict=True), strict=True)
    }


def _first_levels(axes: list[Axis]) -> dict[str, Cell]:
    return {
        column.name: cell
        for axis in axes
        for column, cell in zip(axis.columns, axis.cells[0], strict=True)
    }


def _should_swap(x: list[Cell], by: list[Cell]) -> bool:
    """Whether the second axis makes the better x: as a number, or as the one of more levels."""
    is_text, is_text_too = (all(isinstance(cell, str) for cell in cells) for cells in (x, by))
    if is_text and not is_text_too:
        return len(x) <= LINES_MAX
    return len(by) > LINES_MAX >= len(x)


def _is_sorted(cells: tuple[Cell, ...]) -> bool:
    numbers = [cell for cell in cells if isinstance(cell, int | float)]
    return len(numbers) < len(cells) or numbers in (sorted(numbers), sorted(numbers, reverse=True))


def _is_wide(levels: list[Cell]) -> bool:
    numbers = [level for level in levels if isinstance(level, int | float)]
    if len(numbers) < max(_MANY, len(levels)) or min(numbers) <= 0:
        return False
    return max(numbers) / min(numbers) >= _WIDE
