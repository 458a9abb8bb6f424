"""Figures in which a colour is a number: heatmaps, and points of more values of `by` than lines can
tell apart.
"""

from collections.abc import Iterator, Sequence
from itertools import product
from math import isnan, nan
from typing import TYPE_CHECKING, Any

from paxos_des.report.drawing import BLACK
from paxos_des.report.figures.frame import log_ticks, name_ticks, scale_axes
from paxos_des.report.figures.lines import LINES_MAX
from paxos_des.report.figures.refusing import refuse
from paxos_des.report.figures.shown import Mark, Shown, cell_of
from paxos_des.report.figures.units import Scale, cell_words, number_words, scale_of
from paxos_des.study.columns import Cell, Column

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.cm import ScalarMappable
    from matplotlib.collections import QuadMesh
    from matplotlib.figure import Figure

COLOURS = "cividis"
"""From dark to light in grey too, and to the colour-blind (Nuñez and others, PLoS ONE 13, 2018)."""
CELLS_MAX = 10_000
_WRITTEN_MAX, _INTERVALS_MAX, _WIDE = 120, 42, 8
"""So many cells have their number written in them; so many its interval, of so many columns."""
_DARK = 0.55
"""Of the scale of colours; below, letters are white."""


def draw_heatmap(figure: "Figure", axes: "Axes", shown: Shown) -> str:
    """Draw a cell for each point; return how its interval is told."""
    plan, spec = shown.results.plan, shown.spec
    assert spec.by is not None, "a heatmap has two axes"
    by_column = plan.column(spec.by)
    if len({mark.point.case.name for mark in shown.marks}) > 1 and spec.by != "case":
        refuse(spec, "points of several cases", "a heatmap of one: say `case`")
    found = {(mark.x, cell_of(mark.point, spec.by)): mark for mark in shown.marks}
    xs, bys = (_levels(cells) for cells in zip(*found, strict=True))
    if len(xs) * len(bys) > CELLS_MAX:
        refuse(spec, f"{len(xs) * len(bys):,} cells", f"up to {CELLS_MAX:,}: say `where`")
    grid = [[_value(shown, found.get((x, by))) for x in xs] for by in bys]
    mesh = axes.pcolormesh(
        grid, cmap=COLOURS, norm=_norm(shown, [one for row in grid for one in row]),
        edgecolors="white", linewidth=0.5 if len(xs) * len(bys) <= _WRITTEN_MAX else 0, gid="cells",
    )  # fmt: skip
    axes.set_facecolor("0.85")
    _write_cells(axes, shown, mesh, [[found.get((x, by)) for x in xs] for by in bys])
    by = scale_of(by_column, "", [one for one in bys if isinstance(one, int | float)])
    name_ticks(axes.xaxis, [_said(shown.x_column, shown.x, x) for x in xs])
    name_ticks(axes.yaxis, [_said(by_column, by, one) for one in bys], is_upright=True)
    axes.set_ylabel(by.label)
    _explain(figure, axes, mesh, shown.y.label)
    return "in brackets: 95 %" if _has_intervals(len(xs), len(bys)) else "intervals not drawn"


def is_coloured(shown: Shown) -> bool:
    """Whether `by` is a number of more values than lines can tell apart."""
    by, marks = shown.spec.by, list(shown.marks)
    numbers = [] if by is None else [cell_of(mark.point, by) for mark in marks]
    is_number = all(isinstance(number, int | float) for number in numbers)
    return len(shown.lines) > LINES_MAX and is_number and not shown.categories


def draw_coloured(figure: "Figure", axes: "Axes", shown: Shown) -> str:
    """Draw points with the number that `by` is as their colour; return how intervals are drawn."""
    spec = shown.spec
    assert spec.by is not None, "what else makes so many lines"
    by_column = shown.results.plan.column(spec.by)
    if spec.x_scale == "log":
        axes.set_xscale("log", nonpositive="mask")
    if spec.y_scale == "log":
        axes.set_yscale("log", nonpositive="mask")
    numbers = [cell_of(mark.point, spec.by) for mark in shown.marks]
    by = scale_of(by_column, "", [one for one in numbers if isinstance(one, int | float)])
    xs = [nan if mark.x is None else shown.x.shown(float(mark.x)) for mark in shown.marks]
    sides = [(mark.estimate.low, mark.estimate.high) for mark in shown.marks]
    lows, highs = ([nan if one is None else shown.y.shown(one) for one in side]
                   for side in zip(*sides, strict=True))  # fmt: skip
    axes.vlines(xs, lows, highs, colors="0.6", linewidth=0.9, zorder=2, gid="interval-0")
    drawn = axes.scatter(
        xs, [_value(shown, mark) for mark in shown.marks],
        c=[by.shown(float(str(number))) for number in numbers], cmap=COLOURS,
        s=28, edgecolors=BLACK, linewidths=0.4, zorder=3, gid="line-0",
    )  # fmt: skip
    _explain(figure, axes, drawn, by.label)
    axes.set_ylabel(shown.y.label)
    scale_axes(axes, shown)
    return "bars: 95 %"


def _explain(figure: "Figure", axes: "Axes", drawn: "ScalarMappable", label: str) -> None:
    """Draw which colour is which number."""
    from matplotlib.colors import LogNorm  # noqa: PLC0415 - an extra, and slow to import

    bar = figure.colorbar(drawn, ax=axes, label=label, pad=0.02)
    outline: Any = bar.outline
    outline.set_visible(False)
    if isinstance(drawn.norm, LogNorm):
        low, high = drawn.norm.vmin, drawn.norm.vmax
        assert low is not None and high is not None, "of what is drawn"  # noqa: PT018 - for types
        log_ticks(bar.long_axis, low, high)


def _levels(cells: Sequence[Any]) -> list[Any]:
    """Return the levels of an axis of a heatmap: numbers in order, texts in the plan's."""
    levels = list(dict.fromkeys(cells))
    return sorted(levels) if all(isinstance(one, int | float) for one in levels) else levels


def _said(column: Column, scale: Scale, cell: Cell) -> str:
    return f"{scale.shown(cell):g}" if isinstance(cell, int | float) else cell_words(column, cell)


def _value(shown: Shown, mark: Mark | None) -> float:
    if mark is None or mark.estimate.value is None:
        return nan
    return shown.y.shown(mark.estimate.value)


def _norm(shown: Shown, values: Sequence[float]) -> Any:  # noqa: ANN401 - matplotlib's
    from matplotlib.colors import LogNorm, Normalize  # noqa: PLC0415 - an extra, and slow to import

    known = [one for one in values if not isnan(one)]
    if not known:
        return Normalize(0, 1)
    if shown.spec.y_scale == "log":
        if min(known) <= 0:
            refuse(shown.spec, f"{min(known):g}", "above 0, where the scale is log")
        return LogNorm(min(known), max(known))
    return Normalize(min(known), max(known))


def _has_intervals(columns: int, rows: int) -> bool:
    return columns * rows <= _INTERVALS_MAX and columns <= _WIDE


def _write_cells(
    axes: "Axes", shown: Shown, mesh: "QuadMesh", marks: Sequence[Sequence[Mark | None]]
) -> None:
    rows, columns = len(marks), len(marks[0])
    if rows * columns > _WRITTEN_MAX:
        return
    has_intervals = _has_intervals(columns, rows)
    shade: Any = mesh.norm
    for row, column in product(range(rows), range(columns)):
        mark = marks[row][column]
        if mark is None:
            continue
        value = _value(shown, mark)
        is_light = isnan(value) or shade(value) > _DARK
        axes.text(
            column + 0.5, row + 0.5, "\n".join(_lines_of(shown, mark, has_intervals=has_intervals)),
            ha="center", va="center", fontsize=7 if has_intervals else 6.5,
            color=BLACK if is_light else "white",
        )  # fmt: skip


def _lines_of(shown: Shown, mark: Mark, *, has_intervals: bool) -> Iterator[str]:
    value, low, high, *_ = mark.estimate
    if value is None:
        yield "violated" if mark.is_violated else "none"
        return
    yield number_words(shown.y.shown(value))
    if has_intervals and low is not None and high is not None:
        yield f"({number_words(shown.y.shown(low))} to {number_words(shown.y.shown(high))})"
    if has_intervals and mark.exact is not None:
        yield f"exact {number_words(shown.y.shown(mark.exact))}"
