"""What stands around a figure's data: axes with units, the title, the legend, and what the reader
needs to know of where it all comes from.
"""

from collections.abc import Iterator, Sequence
from itertools import pairwise
from math import log10
from textwrap import fill
from typing import TYPE_CHECKING, Any

from paxos_des.report.figures.shown import Mark, Shown
from paxos_des.report.figures.units import cell_words, shortened, words
from paxos_des.study.columns import CASE
from paxos_des.study.figure_specs import FigureSpec

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.axis import Axis
    from matplotlib.figure import Figure

SIZE = (6.8, 4.4)
SMALL = 7
DIGEST_SHOWN = 12
TITLE_WIDTH, NOTE_WIDTH, SIDE_WIDTH = 76, 130, 54
_TITLE_MAX = 3 * TITLE_WIDTH
_FOOT, _FOOT_LINE = 0.038, 0.03
"""What shares of the height the corner takes, and each line of the notes."""
_LEVELS_MAX = 12
_APART = 1 / 16
"""Ticks stand at the levels of an axis where these lie so far apart, as a share of it."""
_FEW_DECADES, _NO_DECADE = 2, 0.7
_MARGIN = 0.06
_HIGH_SHARE, _LOW_PART = 50, 0.5
_NAMES_MAX, _CATEGORY_MAX, _CATEGORIES_WIDE = 40, 28, 56


def frame(figure: "Figure", axes: "Axes", shown: Shown, notes: Sequence[str]) -> None:
    """Write all that stands around the data."""
    said = fill("; ".join(notes), NOTE_WIDTH)
    foot = _FOOT + _FOOT_LINE * (1 + said.count("\n"))
    engine: Any = figure.get_layout_engine()
    engine.set(rect=(0, foot, 1, 1 - foot))
    title = fill(shortened(title_of(shown.spec), _TITLE_MAX), TITLE_WIDTH)
    figure.suptitle(title, fontsize=10.5, x=0.01, ha="left")
    axes.set_title(fill(subtitle_of(shown), NOTE_WIDTH), fontsize=8, loc="left", color="0.25")
    axes.set_xlabel(fill(shown.x.label, TITLE_WIDTH))
    axes.set_ylabel(fill(axes.get_ylabel(), SIDE_WIDTH))
    axes.spines[["top", "right"]].set_visible(False)
    look: dict[str, Any] = {"fontsize": SMALL, "color": "0.3", "va": "bottom"}
    figure.text(0.01, _FOOT, said, gid="note", **look)
    figure.text(0.99, 0.008, corner_of(shown), gid="corner", ha="right", **look)


def title_of(spec: FigureSpec) -> str:
    """Return the figure's title, or what it shows."""
    if spec.title:
        return spec.title
    axes = [words(name) for name in (spec.x, spec.by) if name]
    return f"{spec.y_label or words(spec.y)}, by {' and '.join(axes)}"


def subtitle_of(shown: Shown) -> str:
    """Return what all points of the figure have in common, and the others of the plan have not."""
    plan, spec = shown.results.plan, shown.spec
    said = [
        f"{words(name)} {cell_words(plan.column(name), cell)}"
        for name, cell in spec.where.items()
        if name != CASE.name
    ]
    case = spec.case or spec.where.get(CASE.name)
    return ", ".join([*([str(case)] if case else []), *said])


def corner_of(shown: Shown) -> str:
    results = shown.results
    name, digest = shortened(results.plan.name, TITLE_WIDTH), results.digest[:DIGEST_SHOWN]
    runs = len(results)
    return f"{name} · {digest} · {runs:,} run{'s' * (runs != 1)}"


def notes_of(shown: Shown, interval: str) -> Iterator[str]:
    """Yield what the estimates are made of; `interval` says how theirs is drawn."""
    estimates = [mark.estimate for mark in shown.marks]
    runs = [estimate.runs for estimate in estimates if estimate.value is not None]
    what = shown.y_column.statistic
    if runs:
        least, most = min(runs), max(runs)
        many = f"{least:,}" if least == most else f"{least:,} to {most:,}"
        said = f"difference of {what}s, run by run," if shown.spec.baseline else what
        yield f"{said} of {many} run{'s' * (most != 1)} a point"
        has_any = any(one.low is not None for one in estimates)
        yield interval if has_any else "no intervals, of too few runs"
    else:
        yield "no run says anything of it"
    warned = sum(bool(one.warning) for one in estimates if one.value is not None)
    if warned:
        yield f"{warned} of {len(estimates)} points with a warning (summary.csv has it)"
    if shown.ended:
        many = f"{shown.ended:,} run{'s' * (shown.ended != 1)}"
        yield f"{many} left out, in which a check was violated or something broke"
    unseen = sum(_is_unseen(shown, mark) for mark in shown.marks)
    if unseen:
        yield f"{unseen} at 0 or below, where a logarithmic axis has no place"


def _is_unseen(shown: Shown, mark: Mark) -> bool:
    value, spec = mark.estimate.value, shown.spec
    if value is None or spec.kind == "heatmap":
        return False
    is_below = isinstance(mark.x, int | float) and mark.x <= 0
    return (spec.y_scale == "log" and value <= 0) or (spec.x_scale == "log" and is_below)


def scale_axes(axes: "Axes", shown: Shown) -> None:
    """Set scales, ends and ticks: of what is drawn, and of nothing that is not."""
    spec = shown.spec
    levels = sorted({shown.x.shown(m.x) for m in shown.marks if isinstance(m.x, int | float)})
    if shown.categories:
        name_ticks(axes.xaxis, shown.categories, first=0)
        axes.set_xlim(-0.5, len(shown.categories) - 0.5)
    elif spec.x_scale == "log":
        _scale_log(axes.xaxis, [*levels, *_sides(shown)])
    elif levels:
        # What is measured has no levels that ticks could name: its means lie where they lie.
        if all(mark.x_estimate is None for mark in shown.marks):
            _linear_ticks(axes.xaxis, levels, is_whole=shown.x_column.type == "int")
        _set_ends(axes.xaxis, _with_margin(*_range([*levels, *_sides(shown)])))
    ys = [shown.y.shown(value) for mark in shown.marks
          for value in (*mark.estimate[:3], mark.exact) if value is not None]  # fmt: skip
    if spec.y_scale == "log":
        values = [mark.estimate.value for mark in shown.marks]
        known = [shown.y.shown(one) for one in values if one is not None and one > 0]
        _scale_log(axes.yaxis, [*(y for y in ys if y > min(known, default=0) / 10), *known])
    elif ys:
        zero = [0.0] if spec.kind == "difference" else []
        is_percent = shown.y.unit == "%"
        _set_ends(axes.yaxis, ends_of(*_range([*ys, *zero]), is_percent=is_percent))
    axes.grid(visible=True, which="major", color="0.9", linewidth=0.6)
    axes.set_axisbelow(True)


def _sides(shown: Shown) -> list[float]:
    """Return the ends of the intervals of x, where that is measured."""
    estimates = [mark.x_estimate for mark in shown.marks if mark.x_estimate is not None]
    sides = [side for one in estimates for side in (one.low, one.high)]
    return [shown.x.shown(side) for side in sides if side is not None]


def _range(values: Sequence[float]) -> tuple[float, float]:
    return min(values), max(values)


def _set_ends(axis: "Axis", ends: tuple[float, float]) -> None:
    is_x = axis is axis.axes.xaxis
    (axis.axes.set_xlim if is_x else axis.axes.set_ylim)(*ends)


def _with_margin(low: float, high: float) -> tuple[float, float]:
    margin = _MARGIN * (high - low) or 0.1 * abs(high) or 1.0
    return low - margin, high + margin


def ends_of(low: float, high: float, *, is_percent: bool) -> tuple[float, float]:
    """Return where an axis begins and ends: at zero, where that is not far; shares near 100 % are
    looked at closely, and where all are the same, so are others.
    """
    if is_percent and low >= 0 and high <= 100 * (1 + 1e-9):
        if low < _HIGH_SHARE < high:
            return -2, 102
        if high <= _HIGH_SHARE:
            return _from_zero(high)
        bottom = low - max(0.08 * (100 - low), 0.05)
        return bottom, 100 + max(0.05 * (100 - bottom), 0.02)
    if 0 <= low <= _LOW_PART * high:
        return _from_zero(high)
    return _with_margin(low, high)


def _from_zero(high: float) -> tuple[float, float]:
    return (-0.02 * high, 1.05 * high) if high else (-0.05, 1)


def name_ticks(
    axis: "Axis", names: Sequence[str], *, first: float = 0.5, is_upright: bool = False
) -> None:
    """Name places that are one apart: all of them, or of very many only some."""
    step = -(-len(names) // _NAMES_MAX)
    said = [shortened(one, _CATEGORY_MAX) for one in names[::step]]
    is_wide = sum(map(len, said)) > _CATEGORIES_WIDE and not is_upright
    turned: dict[str, Any] = {"rotation": 35, "ha": "right", "rotation_mode": "anchor"}
    places = [first + at for at in range(0, len(names), step)]
    axis.set_ticks(places, said, **(turned if is_wide else {}))


def _linear_ticks(axis: "Axis", levels: Sequence[float], *, is_whole: bool) -> None:
    from matplotlib.ticker import MaxNLocator  # noqa: PLC0415 - an extra, and slow to import

    if _are_apart(levels):
        axis.set_ticks(levels, [f"{level:g}" for level in levels])
    elif is_whole and levels and max(levels) == int(max(levels)):
        axis.set_major_locator(MaxNLocator(integer=True))


def _scale_log(axis: "Axis", values: Sequence[float]) -> None:
    known = [value for value in values if value > 0]
    if known:
        low, high = _range(known)
        beyond = max((high / low) ** _MARGIN, 1.05)
        _set_ends(axis, (low / beyond, high * beyond))
        log_ticks(axis, low, high)


def log_ticks(axis: "Axis", low: float, high: float) -> None:
    """Name the ticks of a logarithmic axis as people write numbers."""
    from matplotlib import ticker  # noqa: PLC0415 - an extra, and slow to import

    decades = log10(high / low)
    subs = (1.0, 2.0, 5.0) if decades < _FEW_DECADES else (1.0,)
    axis.set_major_locator(ticker.LogLocator(subs=subs))
    if decades < _NO_DECADE:
        axis.set_major_locator(ticker.MaxNLocator(6))
    axis.set_major_formatter(ticker.FuncFormatter(lambda value, _: f"{value:,.10g}"))
    axis.set_minor_formatter(ticker.NullFormatter())


def _are_apart(levels: Sequence[float]) -> bool:
    if not 1 < len(levels) <= _LEVELS_MAX:
        return len(levels) == 1
    least = min(after - before for before, after in pairwise(levels))
    return least >= _APART * (levels[-1] - levels[0])


def legend(axes: "Axes", handles: Sequence[Any], labels: Sequence[str], title: str) -> None:
    """Explain lines beside the axes, where they hide nothing."""
    if not handles:
        return
    # matplotlib leaves out labels that begin with an underscore.
    said = [f" {label}" if label.startswith("_") else label for label in labels]
    wrapped = [fill(label, 26, break_on_hyphens=False) for label in said]
    axes.legend(
        handles, wrapped, title=fill(title, 24), frameon=False,
        loc="upper left", bbox_to_anchor=(1.01, 1.02), fontsize=8, title_fontsize=8,
        alignment="left", handlelength=3.4, borderaxespad=0.2, labelspacing=0.6,
    )  # fmt: skip
