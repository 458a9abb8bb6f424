"""Survival curves: which share of hunts is still without a failure, after so much work.

The estimate is Kaplan and Meier's (J. Am. Stat. Assoc. 53, 1958): a hunt that was given up counts
for as long as it went on, and says nothing about later. A line ends where the last hunt did.

It needs the extra `figures`.
"""

from collections.abc import Callable, Iterable, Sequence
from itertools import cycle
from math import inf
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import msgspec

from paxos_des.explore.measure.campaign import IN_VAIN
from paxos_des.explore.measure.hunting import Row
from paxos_des.explore.strategies import DEFAULT, STRATEGIES
from paxos_des.failure_file import write_bytes
from paxos_des.report.drawing import (
    BLACK,
    BLUE,
    FORMATS,
    GREEN,
    GREY,
    ORANGE,
    PURPLE,
    SKY_BLUE,
    VERMILION,
    check_drawing,
    picture,
    same_file,
)

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

FIGURE = "survival"
NEEDS = ("matplotlib", "scipy")

LINES: tuple[tuple[str, Any, str], ...] = (
    (ORANGE, "--", "o"), (BLUE, "-.", "s"), (VERMILION, ":", "^"), (GREEN, (0, (5, 1)), "v"),
    (PURPLE, (0, (3, 1, 1, 1)), "D"), (SKY_BLUE, "--", "x"), (GREY, "-.", "+"), (BLUE, ":", "<"),
    (VERMILION, (0, (7, 2)), "*"),
)  # fmt: skip
DEFAULT_LINE: tuple[str, Any, str] = (BLACK, "-", "")


class Curve(NamedTuple):
    """A step function, from 1 at no work down."""

    work: tuple[float, ...]
    share: tuple[float, ...]


def check_figures() -> None:
    """Refuse to draw where what draws is not installed.

    Raises
    ------
    InputError
        With what is missing, and how to get it.
    """
    check_drawing(NEEDS, "figures", " (without --out, nothing is drawn)")


def comparable(rows: Iterable[Row]) -> list[Row]:
    """Return the rows by which strategies can be compared: of exhibits that all of them hunt, and
    of each only the hunts that are begun however the others end. A strategy's hunts are all given
    up after as many schedules as its first: else those that may look longer, which are the hard
    ones, would stand for all.
    """
    rows = [row for row in rows if row.number < IN_VAIN]
    strategies = {row.strategy for row in rows}
    hunted_by: dict[str, set[str]] = {}
    for row in rows:
        hunted_by.setdefault(row.exhibit, set()).add(row.strategy)
    least = {
        strategy: min(row.schedules_max or inf for row in rows if row.strategy == strategy)
        for strategy in strategies
    }
    return [
        _given_up(row, least[row.strategy]) for row in rows if hunted_by[row.exhibit] == strategies
    ]


def _given_up(row: Row, most: float) -> Row:
    """Return a hunt as it would have been, had it been given up after so many schedules: about, for
    not each takes as long as the others.
    """
    if row.tried <= most:
        return row
    cpu_s = row.cpu_s * most / row.tried
    return msgspec.structs.replace(row, tried=int(most), is_found=False, cpu_s=cpu_s)


def curve_of(rows: Sequence[Row], work_of: Callable[[Row], float]) -> Curve:
    """Return the share of hunts without a failure, by work done."""
    from scipy.stats import CensoredData, ecdf  # noqa: PLC0415 - an extra, and slow to import

    data = CensoredData(
        uncensored=[work_of(row) for row in rows if row.is_found],
        right=[work_of(row) for row in rows if not row.is_found],
    )
    survival = ecdf(data).sf
    work = tuple(float(value) for value in survival.quantiles)
    return Curve(work, tuple(float(value) for value in survival.probabilities))


def draw(rows: Iterable[Row], folder: Path) -> None:
    """Draw the survival curves of all strategies into a folder, in every format.

    Raises
    ------
    InputError
        When what draws is not installed, or a file cannot be written.
    """
    check_figures()
    with same_file():
        figure = _figure(comparable(rows))
        for form in FORMATS:
            write_bytes(folder / f"{FIGURE}.{form}", picture(figure, form))


def _figure(rows: Sequence[Row]) -> "Figure":
    from matplotlib.figure import Figure  # noqa: PLC0415 - an extra, and slow to import

    figure = Figure(figsize=(9, 4.5), layout="constrained")
    left, right = figure.subplots(1, 2, sharey=True)
    _draw_curves(left, rows, lambda row: row.tried)
    _draw_curves(right, rows, lambda row: row.cpu_s)
    left.set_xlabel("schedules tried")
    right.set_xlabel("CPU time (s)")
    left.set_ylabel("share of hunts without a failure (%)")
    left.set_ylim(0, 102)
    exhibits = len({row.exhibit for row in rows})
    figure.suptitle(
        f"Hunts without a failure: {exhibits} exhibit{'s' * (exhibits != 1)} (Kaplan and Meier)",
        fontsize=10,
    )
    handles, labels = left.get_legend_handles_labels()
    if handles:
        figure.legend(handles, labels, loc="outside right center", frameon=False)
    return figure


def _draw_curves(axes: "Axes", rows: Sequence[Row], work_of: Callable[[Row], float]) -> None:
    axes.set_xscale("log")
    axes.grid(visible=True, which="major", color="0.9")
    start = 0.7 * min((work_of(row) for row in rows), default=1)
    lines = cycle(LINES)
    for name in STRATEGIES:
        colour, dashes, mark = DEFAULT_LINE if name == DEFAULT else next(lines)
        own = [row for row in rows if row.strategy == name]
        if not own:
            continue
        curve = curve_of(own, work_of)
        axes.step(
            (start, *curve.work),
            [100 * share for share in (1.0, *curve.share)],
            where="post",
            color=colour,
            linestyle=dashes,
            linewidth=2.4 if name == DEFAULT else 1.2,
            marker=mark,
            markersize=4,
            markevery=max(1, len(curve.work) // 6),
            label=name,
        )
