"""Figures of lines, and of points that are not joined."""

from collections.abc import Iterator, Sequence
from math import inf, isnan, nan
from typing import TYPE_CHECKING, Any, NamedTuple

from paxos_des.report.drawing import (
    BLACK,
    BLUE,
    GREEN,
    GREY,
    ORANGE,
    PURPLE,
    SKY_BLUE,
    VERMILION,
)
from paxos_des.report.figures.frame import legend, scale_axes
from paxos_des.report.figures.refusing import refuse
from paxos_des.report.figures.shown import Line, Shown
from paxos_des.report.figures.units import words

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from matplotlib.lines import Line2D
    from matplotlib.transforms import Transform


class Style(NamedTuple):
    """How a line looks; `face` is the inside of its marker."""

    colour: str
    dash: Any
    marker: str
    face: str


WHITE = "#FFFFFF"
_DENSE = (0, (5, 1))
_DASH_DOTS = (0, (6, 1.5, 1, 1.5, 1, 1.5))
_LONG = (0, (9, 2.5))
STYLES = (
    Style(BLUE, "-", "o", BLUE), Style(VERMILION, "--", "s", WHITE),
    Style(GREEN, "-.", "^", GREEN), Style(PURPLE, ":", "D", WHITE),
    Style(ORANGE, _DENSE, "v", ORANGE), Style(SKY_BLUE, _DASH_DOTS, "P", WHITE),
    Style(GREY, _LONG, "X", GREY), Style(BLUE, "--", "<", WHITE),
    Style(VERMILION, "-.", ">", VERMILION), Style(GREEN, ":", "p", WHITE),
    Style(PURPLE, _DENSE, "*", PURPLE), Style(ORANGE, _DASH_DOTS, "h", WHITE),
)  # fmt: skip
"""By line: no two have the same marker, and no two near each other the same dash."""
LINES_MAX = len(STYLES)

_BAND_POINTS, _BAND_LINES = 12, 4
"""Where so many points, and no more lines, intervals are bands; else bars."""
_ASIDE, _ASIDE_MOST = 3.0, 15.0
"""Lines are drawn so many points beside each other; all of them, within so many."""
_DODGE = 0.6
"""So much of a category's width its lines share."""


def draw_lines(figure: "Figure", axes: "Axes", shown: Shown) -> str:
    """Draw all lines; return how their intervals are drawn."""
    if len(shown.lines) > LINES_MAX:
        found = f"{len(shown.lines)} lines, one for each {shown.by_words or 'case'}"
        refuse(shown.spec, found, f'up to {LINES_MAX}: say `where`, or kind = "heatmap"')
    if shown.spec.x_scale == "log":
        axes.set_xscale("log", nonpositive="mask")
    if shown.spec.y_scale == "log":
        axes.set_yscale("log", nonpositive="mask")
    is_band, is_aside = _is_band(shown), _is_aside(shown)
    handles, labels, places = [], [], []
    for at, line in enumerate(shown.lines):
        xs = list(_places(shown, line, at))
        place = _aside(figure, axes, at, len(shown.lines)) if is_aside else axes.transData
        places.append(place)
        handles.append(_draw_line(axes, shown, line, at, xs, place))
        labels.append(line.label)
        if is_band:
            _draw_band(axes, shown, line, at, xs)
        else:
            _draw_bars(axes, shown, line, at, xs, place)
    if len(shown.lines) == 1:
        handles, labels = [], []
    named = [*_draw_exact(axes, shown), *_draw_violated(axes, shown, places)]
    if shown.spec.kind == "difference":
        axes.axhline(0, color=BLACK, linewidth=0.8, zorder=1)
    scale_axes(axes, shown)
    axes.set_ylabel(shown.y.label)
    handles += [handle for handle, _ in named]
    legend(axes, handles, [*labels, *(label for _, label in named)], shown.by_words)
    if is_band:
        return "bands: 95 %"
    return "bars: 95 %, lines a little aside of each other" if is_aside else "bars: 95 %"


def _is_band(shown: Shown) -> bool:
    points = max(len(line.marks) for line in shown.lines)
    is_joined = shown.spec.kind == "lines" and not shown.categories
    is_level = all(mark.x_estimate is None for mark in shown.marks)
    is_few = len(shown.lines) <= _BAND_LINES
    return is_joined and is_level and is_few and points >= _BAND_POINTS


def _is_aside(shown: Shown) -> bool:
    """Whether lines are drawn beside each other, so that none hides another of the same values."""
    is_level = all(mark.x_estimate is None for mark in shown.marks)
    return len(shown.lines) > 1 and is_level and not shown.categories and not _is_band(shown)


def _aside(figure: "Figure", axes: "Axes", at: int, lines: int) -> "Transform":
    from matplotlib.transforms import ScaledTranslation  # noqa: PLC0415 - an extra, slow to import

    points = (at - (lines - 1) / 2) * min(_ASIDE, _ASIDE_MOST / lines)
    return axes.transData + ScaledTranslation(points / 72, 0, figure.dpi_scale_trans)


def _places(shown: Shown, line: Line, at: int) -> Iterator[float]:
    """Yield where the marks of a line stand: in a category, beside those of other lines."""
    lines = len(shown.lines)
    aside = _DODGE * ((at + 0.5) / lines - 0.5)
    for mark in line.marks:
        if isinstance(mark.x, str):
            yield shown.categories.index(mark.x) + aside
        else:
            yield nan if mark.x is None else shown.x.shown(mark.x)


def _value(shown: Shown, value: float | None) -> float:
    return nan if value is None else shown.y.shown(value)


def _draw_line(
    axes: "Axes", shown: Shown, line: Line, at: int, xs: Sequence[float], place: "Transform"
) -> "Line2D":
    style = STYLES[at]
    is_joined = shown.spec.kind != "points" and not shown.categories
    (drawn,) = axes.plot(
        xs, [_value(shown, mark.estimate.value) for mark in line.marks],
        color=style.colour, linestyle=style.dash if is_joined else "none", linewidth=1.6,
        marker=style.marker, markersize=5.5, markerfacecolor=style.face, markeredgewidth=1.2,
        zorder=3, transform=place, label=line.label, gid=f"line-{at}",
    )  # fmt: skip
    return drawn


def _draw_band(axes: "Axes", shown: Shown, line: Line, at: int, xs: Sequence[float]) -> None:
    lows = [_above(_value(shown, mark.estimate.low), shown) for mark in line.marks]
    highs = [_value(shown, mark.estimate.high) for mark in line.marks]
    colour = STYLES[at].colour
    axes.fill_between(xs, lows, highs, color=colour, alpha=0.18, linewidth=0, gid=f"interval-{at}")


def _draw_bars(
    axes: "Axes", shown: Shown, line: Line, at: int, xs: Sequence[float], place: "Transform"
) -> None:
    """Draw intervals as bars with ends; of x too, where that is measured."""
    lows = [_value(shown, mark.estimate.low) for mark in line.marks]
    highs = [_value(shown, mark.estimate.high) for mark in line.marks]
    look: dict[str, Any] = {"transform": place, "zorder": 2.5}
    bar = {**look, "colors": STYLES[at].colour, "linewidth": 1.1, "gid": f"interval-{at}"}
    ends = {**look, "color": STYLES[at].colour, "linestyle": "none", "markersize": 6}
    axes.vlines(xs, [_above(low, shown) for low in lows], highs, **bar)
    axes.plot([*xs, *xs], [*lows, *highs], marker="_", **ends)
    sides = [(mark.x_estimate.low, mark.x_estimate.high) for mark in line.marks if mark.x_estimate]
    if not sides:
        return
    ys = [_value(shown, mark.estimate.value) for mark in line.marks]
    lefts, rights = ([nan if one is None else shown.x.shown(one) for one in side]
                     for side in zip(*sides, strict=True))  # fmt: skip
    axes.hlines(ys, lefts, rights, **bar)
    axes.plot([*lefts, *rights], [*ys, *ys], marker="|", **ends)


def _above(low: float, shown: Shown) -> float:
    """Return where a bar begins: on a logarithmic axis, nothing reaches down to zero."""
    if shown.spec.y_scale == "linear" or isnan(low) or low > 0:
        return low
    values = (mark.estimate.value for mark in shown.marks)
    least = min((one for one in values if one is not None and one > 0), default=inf)
    return shown.y.shown(least) / 3


def _draw_exact(axes: "Axes", shown: Shown) -> Iterator[tuple["Line2D", str]]:
    """Draw the closed form: thin and black, over the lines; once, where lines have the same."""
    drawn = None
    done = set()
    for at, line in enumerate(shown.lines):
        ys = [_value(shown, mark.exact) for mark in line.marks]
        xs = list(_places(shown, line, at))
        place = tuple((x, y) for x, y in zip(xs, ys, strict=True) if not isnan(y))
        if place and place not in done:
            done.add(place)
            (drawn,) = axes.plot(
                xs,
                ys,
                color=BLACK,
                linewidth=0.8,
                linestyle="none" if shown.categories or shown.spec.kind == "points" else "-",
                marker="_" if shown.categories else "+",
                markersize=11 if shown.categories else 5,
                markeredgewidth=0.8,
                zorder=4,
                label="exact",
                gid=f"exact-{at}",
            )
    if drawn is not None:
        assert shown.exact is not None, "it has values"
        is_other = shown.exact.column != shown.spec.y
        other = f", {words(shown.exact.column)}" if is_other else ""
        yield drawn, f"exact ({shown.exact.name}{other})"


def _draw_violated(
    axes: "Axes", shown: Shown, places: Sequence["Transform"]
) -> Iterator[tuple["Line2D", str]]:
    """Mark, at the foot of the figure, the points of which no run was measured to its end."""
    drawn = None
    for at, line in enumerate(shown.lines):
        both = zip(_places(shown, line, at), line.marks, strict=True)
        xs = [x for x, mark in both if mark.is_violated and mark.x_estimate is None]
        if xs:
            foot = _at_foot(places[at], axes)
            (drawn,) = axes.plot(
                xs, [0.03] * len(xs), color=STYLES[at].colour, linestyle="none", marker="x",
                markersize=8, markeredgewidth=2, transform=foot, zorder=5, gid=f"violated-{at}",
            )  # fmt: skip
    if drawn is not None:
        yield drawn, "all runs violated or broke"


def _at_foot(place: "Transform", axes: "Axes") -> "Transform":
    """Return what has x of a line, and y as a share of the height."""
    from matplotlib.transforms import blended_transform_factory  # noqa: PLC0415 - see above

    return blended_transform_factory(place, axes.transAxes)
