"""What a plan says of its figures; `report` draws them.

[[figures]]
name = "reply"                    # of the files, reply.svg and reply.png
kind = "lines"                    # or "points", "heatmap", "difference": see `KINDS`
title = "What a reply takes"
case = "at-start"                 # of which case; default: of all that have the columns
x = "failed_acceptors"            # a column: of an axis, or measured
y = "reply_p50_us"                # a measured column, as its statistic says
by = "acceptors"                  # a line for each of its values; a heatmap's other axis
baseline = { drop = 0.04 }        # of differences: from the points where these columns are so much
exact = "phase-2"                 # a closed form, drawn as a line: see `exact`; else the one
                                      # that applies at most points, or "none"
where = { delay_us = 1000 }       # only the points where a column is so much
x_scale = "log"                   # else linear
y_scale = "log"
x_label = "failed acceptors"      # else the columns' names and units
y_label = "time to the reply"
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from paxos_des.cluster import parse
from paxos_des.names import nearest
from paxos_des.study.columns import CASE, Cell, Column

KINDS = ("lines", "points", "heatmap", "difference")
"""Lines join the points of an axis; points are not joined, as those of a space-filling sample; a
heatmap has y as the colour of x and `by`; a difference is y less what it is at the baseline, run by
run."""

NO_EXACT = "none"
_TEXTS = ("name", "title", "case", "x", "y", "by", "exact", "x_label", "y_label")
_SCALES = ("x_scale", "y_scale")
_TABLES = ("where", "baseline")


@dataclass(frozen=True, slots=True, kw_only=True)
class FigureSpec:
    """One figure; see the module."""

    name: str
    x: str
    y: str
    title: str = ""
    case: str | None = None
    by: str | None = None
    exact: str | None = None
    where: Mapping[str, Cell] = field(default_factory=dict)
    x_scale: str = "linear"
    y_scale: str = "linear"
    x_label: str = ""
    y_label: str = ""
    kind: str = "lines"
    baseline: Mapping[str, Cell] = field(default_factory=dict)

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns that it reads."""
        by = [self.by] if self.by else []
        return (self.x, self.y, *by, *self.where, *self.baseline)


def figure_specs(found: object, where: str) -> tuple[FigureSpec, ...]:
    specs = tuple(
        _spec(one, f"{where}, item {at}")
        for at, one in enumerate(parse.listed(found, where, "a list of tables"))
    )
    names = [spec.name for spec in specs]
    for name in names:
        if names.count(name) > 1:
            parse.refuse(where, name, "a name of its own for each figure")
    return specs


def _spec(found: object, where: str) -> FigureSpec:
    table: Any = parse.table(
        found, where, required=("name", "x", "y"),
        optional=(*_TEXTS[1:], *_SCALES, *_TABLES, "kind"),
    )  # fmt: skip
    said: dict[str, Any] = {
        key: parse.text(table[key], f"{where}, {key}") for key in _TEXTS if key in table
    }
    if "/" in said["name"] or said["name"].startswith("."):
        parse.refuse(f"{where}, name", said["name"], "a name for a file, without a folder")
    for key in _SCALES:
        if key in table:
            said[key] = parse.choice("linear", "log")(table[key], f"{where}, {key}")
    if "kind" in table:
        said["kind"] = parse.choice(*KINDS)(table["kind"], f"{where}, kind")
    for key in _TABLES:
        only = table.get(key, {})
        if not isinstance(only, Mapping):
            parse.refuse(f"{where}, {key}", only, "a table of columns and what they hold")
        said[key] = dict(only)
    spec = FigureSpec(**said)
    if spec.kind == "heatmap" and spec.by is None:
        parse.refuse(where, dict(table), "a heatmap with by, its other axis")
    if (spec.kind == "difference") != bool(spec.baseline):
        parse.refuse(
            where, dict(table), 'a baseline where the kind is "difference", and only there'
        )
    return spec


def check_spec(
    spec: FigureSpec, axes: Iterable[Column], measured: Iterable[Column], where: str
) -> None:
    """Refuse a figure that no table with these columns can fill.

    Raises
    ------
    ScenarioError
        With what was found, what is allowed, and where.
    """
    levels = {CASE.name: CASE, **{column.name: column for column in axes}}
    numbers = {one.name: one for one in measured if one.type in ("int", "float")}
    # Another's number on an axis is scattered: only points have it. Of lines, x may be.
    has_numbers = spec.kind in ("lines", "points")
    places = {
        "x": ((spec.x,), {**levels, **(numbers if has_numbers else {})}),
        "y": ((spec.y,), numbers),
        "by": ((spec.by,) if spec.by else (), levels),
        "where": (tuple(spec.where), levels),
        "baseline": (tuple(spec.baseline), levels),
    }
    for key, (names, allowed) in places.items():
        for name in names:
            if name not in allowed:
                what = "a measured number's" if key == "y" else "an axis's"
                hint = nearest(name, allowed)
                says = f"{what} column: {', '.join(allowed)}"
                parse.refuse(f"{where}, figure {spec.name}, {key}", name, says, hint)
    if spec.x_scale == "log" and spec.x in levels and levels[spec.x].type == "text":
        found = f"{where}, figure {spec.name}, x_scale"
        parse.refuse(found, "log", f"linear: {spec.x} holds texts")
