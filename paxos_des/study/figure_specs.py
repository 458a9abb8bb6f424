"""What a plan says of its figures; `report` draws them.

[[figures]]
name = "reply"                    # of the files, reply.svg and reply.png
title = "What a reply takes"
case = "at-start"                 # of which case; default: of all that have the columns
x = "failed_acceptors"            # a column: of an axis, or measured
y = "reply_p50_us"                # a measured column, as its statistic says
by = "acceptors"                  # a line for each of its values
exact = "phase-2"                 # a closed form, drawn as a line: see `exact`
where = { delay_us = 1000 }       # only the points where a column is so much
x_scale = "log"                   # else linear
y_scale = "log"
x_label = "failed acceptors"      # else the columns' names and units
y_label = "time to the reply"
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from paxos_des.cluster import parse
from paxos_des.study.columns import Cell

_TEXTS = ("name", "title", "case", "x", "y", "by", "exact", "x_label", "y_label")
_SCALES = ("x_scale", "y_scale")


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

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns that it reads."""
        return (self.x, self.y, *([self.by] if self.by else []), *self.where)


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
        optional=(*_TEXTS[1:], *_SCALES, "where"),
    )  # fmt: skip
    said: dict[str, Any] = {
        key: parse.text(table[key], f"{where}, {key}") for key in _TEXTS if key in table
    }
    if "/" in said["name"] or said["name"].startswith("."):
        parse.refuse(f"{where}, name", said["name"], "a name for a file, without a folder")
    for key in _SCALES:
        if key in table:
            said[key] = parse.choice("linear", "log")(table[key], f"{where}, {key}")
    if "where" in table:
        only = table["where"]
        if not isinstance(only, Mapping):
            parse.refuse(f"{where}, where", only, "a table of columns and what they hold")
        said["where"] = dict(only)
    return FigureSpec(**said)
