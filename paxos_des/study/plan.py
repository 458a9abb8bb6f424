"""Plans: which scenarios a sweep runs, how often, and what it measures.

A plan is a TOML file, or the same keys in Python:

    name = "drop-and-delay"
    question = "What do lost messages cost, and what do slow ones?"
    replications = 200                # runs of each point
    metrics = ["completed", "reply"]  # default: all

    [scenario]                        # what all points share
    from = "wan"                      # a shipped scenario, or a file; default: every key's default
    values = 50

    [[axes]]                          # see `axes`; a point is one level of each
    key = "drop"
    list = [0, 0.04, 0.05]

`[[cases]]` are several such studies in one table: each has a name, and may have a scenario, axes, a
sample, replications, stop and weather of its own, on top of the plan's. (One whose scenario says
`from` takes no key of the plan's scenario; one that says replications has no stop of the plan's.)

Replication r of every point has the same seed, so the same weather: common random numbers (Law,
*Simulation Modeling and Analysis*, 11.2), by which differences show with few runs. But then what is
measured at one point is correlated with what is measured at another, and a joint test of many
points wants them independent: with `weather = "own"`, for a case or for all, each point has seeds
that no other has.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from hashlib import sha256
from pathlib import Path
from typing import Any

import msgspec

from paxos_des.cluster import parse
from paxos_des.cluster.files import read_toml
from paxos_des.errors import InputError, shorten
from paxos_des.names import nearest
from paxos_des.study.bases import base, seen_from
from paxos_des.study.cases import Case, Point, Quick, Stop, evenly, scenarios_of
from paxos_des.study.columns import NAMING, RUNNING, Column
from paxos_des.study.figure_specs import FigureSpec, check_spec, figure_specs
from paxos_des.study.measure import Measure, measure_of
from paxos_des.study.metrics import METRICS
from paxos_des.study.plain import plain
from paxos_des.study.reading import (
    cases_of,
    check_columns,
    check_figure,
    check_quick,
    metrics_of,
    plain_axes,
    plain_cases,
    question_of,
    quick_of,
)

__all__ = ["Case", "Measure", "Plan", "PlanError", "Point", "Stop"]

POINTS_MAX = 1_000_000


class PlanError(InputError):
    """A plan that cannot be."""


KEYS = (
    "name", "question", "seed", "replications", "metrics", "scenario", "axes", "sample", "stop",
    "weather", "measure", "cases", "figures", "quick",
)  # fmt: skip


@dataclass(frozen=True, init=False)
class Plan:
    """What a sweep does.

    Parameters
    ----------
    **keys
        As a TOML file has them; `scenario` may be a `Scenario`.

    Attributes
    ----------
    name, question
        What it is called, and what it asks.
    seed
        Replication r has the seed `seed` + r, and the point's offset.
    metrics
        By name, in the order of their columns.
    measure
        How they measure.
    cases
        One or more.
    figures
        What `plot` draws.
    is_quick
        Whether this is the quick form of a plan.
    where
        What stands in front of what is refused: a file's name, or `plan`.

    Raises
    ------
    InputError
        When a key is unknown, a value not allowed, or a point no scenario: one sentence says
        what was found, what is allowed, and where.
    """

    name: str
    question: str
    seed: int
    metrics: tuple[str, ...]
    measure: Measure
    cases: tuple[Case, ...]
    figures: tuple[FigureSpec, ...]
    is_quick: bool
    keys: Mapping[str, Any] = field(repr=False)
    where: str = field(repr=False, compare=False)
    _quick: Quick = field(repr=False, compare=False)

    def __init__(self, **keys: object) -> None:
        self._set(keys, "plan")

    @classmethod
    def load(cls, path: str | Path) -> "Plan":
        """Return the plan in a TOML file; it is called as its file's folder is, if the file is
        called `plan`, and else as the file, unless it says a name. Paths in it start there.
        """
        path = Path(path)
        keys = read_toml(path)
        name = path.resolve().parent.name if path.stem == "plan" else path.stem
        where = path.name if path.name.isprintable() else shorten(path.name)
        if not keys:  # it would be a plan, of one point; and a slip of the pen
            parse.refuse_lack(where, "a plan, with a scenario, axes, a sample or cases")
        return cls.from_dict({"name": name, **seen_from(keys, path.parent)}, where=where)

    @classmethod
    def from_dict(cls, keys: Mapping[str, object], *, where: str) -> "Plan":
        """Return the plan with these keys; `where` stands in front of what is refused."""
        plan = cls.__new__(cls)
        plan._set(keys, where)
        return plan

    def quick(self) -> "Plan":
        """Return the plan made small: what its key `quick` says, for a first look in seconds.

        `quick` is a table of `replications` (default: 2), `points` (so many of each case at most,
        evenly chosen; default: all), `scenario` and `measure` (on top of all others'). There is no
        stop in it.
        """
        if self.is_quick:
            return self
        keys = {**self.keys, "name": f"{self.name}-quick", "is_quick": True}
        return self.from_dict(keys, where=self.where)

    def to_dict(self) -> dict[str, Any]:
        """Return the keys, as JSON has them, with what was read in files: `from_dict` makes the
        same plan, wherever it is.
        """
        return dict(self.keys)

    @cached_property
    def points(self) -> tuple[Point, ...]:
        """All points, case by case, the last axis's level changing first.

        Raises
        ------
        ScenarioError
            Where one is no scenario.
        """
        return tuple(self._points())

    @cached_property
    def axis_columns(self) -> tuple[Column, ...]:
        """The columns of all axes, by name; numbers that are whole in one case and not in another
        are numbers.
        """
        found: dict[str, Column] = {}
        for case in self.cases:
            for one in (column for its in case.axes for column in its.columns):
                known = found.get(one.name, one)
                if known.type != one.type:
                    types = {known.type, one.type}
                    mixed = "float" if types == {"int", "float"} else "text"
                    one = msgspec.structs.replace(one, type=mixed)  # noqa: PLW2901 - the wider one
                found[one.name] = one
        return tuple(found.values())

    @cached_property
    def metric_columns(self) -> tuple[Column, ...]:
        return tuple(column for name in self.metrics for column in METRICS[name].columns)

    @cached_property
    def columns(self) -> tuple[Column, ...]:
        """All columns of the table, in order."""
        return (*NAMING, *self.axis_columns, *RUNNING, *self.metric_columns)

    def column(self, name: str) -> Column:
        """Return a column by name.

        Raises
        ------
        PlanError
            With the nearest known name, when there is none.
        """
        known = {column.name: column for column in self.columns}
        if name not in known:
            hint = nearest(name, known)
            message = f"{self.where}: found no column {name!r}{hint}; allowed: {', '.join(known)}"
            raise PlanError(message)
        return known[name]

    @cached_property
    def digest(self) -> str:
        """SHA-256 over all that a sweep's runs are a function of, and the plan's name, which
        failure files and figures bear: 64 hex digits. What is only said or drawn (question,
        figures, what columns mean) is not in it.
        """
        hashed = sha256()
        columns = [(one.name, one.type, one.unit, one.statistic) for one in self.columns]
        head = (self.name, self.seed, self.metrics, self.measure, columns)
        hashed.update(msgspec.json.encode(head, order="deterministic"))
        for point in self.points:
            case = (point.case.name, point.replications_max, point.case.stop, point.seed_offset)
            it = (point.number, case, point.cells, point.scenario.to_dict())
            hashed.update(msgspec.json.encode(it, order="deterministic"))
        return hashed.hexdigest()

    def _points(self) -> Iterator[Point]:
        number = 0
        for case in self.cases:
            name, where = self.name, f"{self.where}, quick" if self.is_quick else self.where
            if "cases" in self.keys:
                name, where = f"{name}/{case.name}", f"{where}, case {case.name}"
            numbers: Sequence[int] = range(case.levels)
            changes: Mapping[str, Any] = {}
            if self.is_quick:
                numbers, changes = evenly(case.levels, self._quick.points), self._quick.scenario
            for cells, scenario in scenarios_of(case, numbers, changes, name=name, where=where):
                yield Point(number=number, case=case, cells=cells, scenario=scenario)
                number += 1

    def _set(self, keys: Mapping[str, object], where: str) -> None:
        given: Any = plain(keys, where)
        if not isinstance(given, Mapping):
            parse.refuse(where, given, "a table of keys")
        # Nobody writes "is_quick": `quick` does.
        mark = {"is_quick": given["is_quick"]} if "is_quick" in given else {}
        own = {key: value for key, value in given.items() if key not in mark}
        table: Any = parse.table(own, where, required=("name",), optional=KEYS[1:])
        set_ = object.__setattr__
        set_(self, "where", where)
        set_(self, "name", parse.text(table["name"], f"{where}, name"))
        set_(self, "question", question_of(table.get("question", ""), f"{where}, question"))
        set_(self, "seed", parse.integer(0, 2**53)(table.get("seed", 0), f"{where}, seed"))
        set_(self, "metrics", metrics_of(table.get("metrics", list(METRICS)), f"{where}, metrics"))
        set_(self, "_quick", quick_of(table.get("quick", {}), f"{where}, quick"))
        set_(self, "is_quick", mark.get("is_quick", False))
        if not isinstance(self.is_quick, bool):
            parse.refuse(f"{where}, is_quick", self.is_quick, "true or false")
        self._set_measure(table.get("measure", {}))
        whole = {**table, **mark, "scenario": base(table.get("scenario", {}), f"{where}, scenario")}
        whole |= plain_axes(table, where)
        if "cases" in table:
            whole["cases"] = list(plain_cases(table["cases"], whole, f"{where}, cases"))
        set_(self, "keys", whole)
        quick = self._quick if self.is_quick else None
        set_(self, "cases", tuple(cases_of(whole, quick, self.metric_columns, where)))
        check_quick(self._quick, self.cases, f"{where}, quick")
        if sum(case.levels for case in self.cases) > POINTS_MAX:
            found = sum(case.levels for case in self.cases)
            parse.refuse(f"{where}, axes", f"{found:,} points", f"up to {POINTS_MAX:,} points")
        check_columns(self.columns, self.cases, where)
        set_(self, "figures", figure_specs(table.get("figures", []), f"{where}, figures"))
        for at, spec in enumerate(self.figures):
            for name in spec.columns:
                self.column(name)
            check_spec(spec, self.axis_columns, self.metric_columns, where)
            check_figure(spec, self.cases, f"{where}, figures, item {at}")

    def _set_measure(self, found: object) -> None:
        measure = measure_of(found, f"{self.where}, measure")
        assert isinstance(found, Mapping), "it was read"
        # Also where nobody asks for a quick plan: what is wrong in it is to be seen at once.
        quick = measure_of({**found, **self._quick.measure}, f"{self.where}, quick, measure")
        object.__setattr__(self, "measure", quick if self.is_quick else measure)
