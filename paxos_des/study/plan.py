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
sample, replications and a stop of its own, on top of the plan's.

Replication r of every point has the same seed, so the same weather: common random numbers (Law,
*Simulation Modeling and Analysis*, 11.2), by which differences show with few runs. But then what is
measured at one point is correlated with what is measured at another, and a joint test of many
points wants them independent: with `weather = "own"`, for a case or for all, each point has seeds
that no other has.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from functools import cached_property
from hashlib import sha256
from itertools import product
from pathlib import Path
from typing import Any, Literal

import msgspec

from paxos_des.cluster import parse
from paxos_des.cluster.files import read_toml
from paxos_des.cluster.keys import beside
from paxos_des.cluster.scenario import Scenario
from paxos_des.errors import InputError
from paxos_des.names import nearest
from paxos_des.study.axes import Axis, axis, changed
from paxos_des.study.columns import NAMING, RUNNING, Cell, Column
from paxos_des.study.figure_specs import FigureSpec, check_spec, figure_specs
from paxos_des.study.metrics import METRICS
from paxos_des.study.samples import sample

REPLICATIONS_MAX = 10**7
POINTS_MAX = 1_000_000


class PlanError(InputError):
    """A plan that cannot be."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Measure:
    """How metrics measure.

    Attributes
    ----------
    warm_up_us
        What happens before counts for nothing: requests are those invoked later.
    deadline_us
        A request is completed in time if it is answered within this after it was invoked.
    window_us
        Availability is the share of windows this long in which something is chosen.
    """

    warm_up_us: int = 0
    deadline_us: int = 10_000_000
    window_us: int = 100_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Stop:
    """When a point has runs enough: when the interval of a column's statistic is narrow.

    Attributes
    ----------
    column
        Of which the interval is taken, as its statistic says.
    half_width
        Narrow is at most so much on either side; None: nobody asks.
    relative
        Or at most this share of the estimate.
    least, most
        So many runs a point has in any case, and no more than.
    by
        After so many more it is looked at again.
    """

    column: str
    half_width: float | None = None
    relative: float | None = None
    least: int = 20
    most: int = 1_000
    by: int = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """One study of a plan: its points, and how often each is run.

    Attributes
    ----------
    weather
        `common` to all points, or each point's `own`.
    """

    name: str
    axes: tuple[Axis, ...]
    scenario: Mapping[str, Any]
    replications: int
    stop: Stop | None
    weather: Literal["common", "own"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Point:
    """One scenario of a plan.

    Attributes
    ----------
    number
        From 0, over all cases.
    cells
        What the columns of the axes hold; those of other cases' axes are missing.
    """

    number: int
    case: Case
    cells: Mapping[str, Cell]
    scenario: Scenario

    @property
    def replications_max(self) -> int:
        """So many runs it has at most; without a stop, just so many."""
        return self.case.replications if self.case.stop is None else self.case.stop.most

    @property
    def seed_offset(self) -> int:
        """What is added to the plan's seeds: so much that no two points share one, where each has
        weather of its own.
        """
        return 0 if self.case.weather == "common" else (1 + self.number) * REPLICATIONS_MAX


KEYS = (
    "name", "question", "seed", "replications", "metrics", "scenario", "axes", "sample", "stop",
    "weather", "measure", "cases", "figures", "quick",
)  # fmt: skip
_CASE_KEYS = ("name", "scenario", "axes", "sample", "replications", "stop", "weather")


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
    keys: Mapping[str, Any] = field(repr=False)
    where: str = field(repr=False, compare=False)

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
        return cls.from_dict({"name": name, **_seen_from(keys, path.parent)}, where=path.name)

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
        table = parse.table(
            self.keys.get("quick", {}), f"{self.where}, quick",
            required=(), optional=("replications", "points", "scenario", "measure"),
        )  # fmt: skip
        name = self.name if self.name.endswith("-quick") else f"{self.name}-quick"
        keys = {**self.keys, "name": name, "quick": {**table, "is_on": True}}
        return self.from_dict(keys, where=self.where)

    def to_dict(self) -> dict[str, Any]:
        """Return the keys, as plain values: `from_dict` makes the same plan."""
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
        """SHA-256 over all that the table is a function of: 64 hex digits. What is only said or
        drawn (question, figures) is not in it.
        """
        hashed = sha256()
        head = (self.name, self.seed, self.metrics, self.measure, self.columns)
        hashed.update(msgspec.json.encode(head, order="deterministic"))
        for point in self.points:
            case = (point.case.name, point.case.replications, point.case.stop, point.seed_offset)
            it = (point.number, case, point.cells, point.scenario.to_dict())
            hashed.update(msgspec.json.encode(it, order="deterministic"))
        return hashed.hexdigest()

    def _points(self) -> Iterator[Point]:
        quick = self.keys.get("quick", {})
        is_quick = bool(quick.get("is_on"))
        number = 0
        for case in self.cases:
            levels = list(product(*(range(len(axis.levels)) for axis in case.axes)))
            if is_quick and "points" in quick:
                levels = _evenly(levels, int(quick["points"]))
            for level in levels:
                yield self._point(number, case, level, quick if is_quick else {})
                number += 1

    def _point(
        self, number: int, case: Case, level: Sequence[int], quick: Mapping[str, Any]
    ) -> Point:
        keys = dict(case.scenario)
        cells: dict[str, Cell] = {}
        where = f"{self.where}, case {case.name}"
        for one, at in zip(case.axes, level, strict=True):
            for key, value in zip(one.keys, one.levels[at], strict=True):
                keys = changed(keys, key, value, where)
            names = (column.name for column in one.columns)
            cells |= dict(zip(names, one.cells[at], strict=True))
        for key, value in quick.get("scenario", {}).items():
            keys = changed(keys, key, value, f"{self.where}, quick, scenario")
        said = ", ".join(f"{name} {cell}" for name, cell in cells.items())
        name = self.name if len(self.cases) == 1 else f"{self.name}/{case.name}"
        scenario = Scenario.from_dict({**keys, "name": name}, where=f"{where} ({said})")
        return Point(number=number, case=case, cells=cells, scenario=scenario)

    def _set(self, keys: Mapping[str, object], where: str) -> None:
        table: Any = parse.table(keys, where, required=("name",), optional=KEYS)
        quick = table.get("quick", {})
        plain = {**table, "scenario": _base(table.get("scenario", {}), f"{where}, scenario")}
        set_ = object.__setattr__
        set_(self, "where", where)
        set_(self, "keys", plain)
        set_(self, "name", parse.text(table["name"], f"{where}, name"))
        set_(self, "question", str(table.get("question", "")))
        set_(self, "seed", parse.integer(0, 2**53)(table.get("seed", 0), f"{where}, seed"))
        set_(self, "metrics", _metrics(table.get("metrics", list(METRICS)), f"{where}, metrics"))
        measure = table.get("measure", {})
        if quick.get("is_on") and "measure" in quick:
            measure = {**measure, **quick["measure"]}
        set_(self, "measure", _measure(measure, f"{where}, measure"))
        set_(self, "cases", tuple(self._cases(plain, where)))
        if sum(_count(case) for case in self.cases) > POINTS_MAX:
            parse.refuse(where, sum(map(_count, self.cases)), f"up to {POINTS_MAX:,} points")
        self._check_columns()
        set_(self, "figures", figure_specs(table.get("figures", []), f"{where}, figures"))
        for spec in self.figures:
            for name in spec.columns:
                self.column(name)
            check_spec(spec, self.axis_columns, self.metric_columns, where)

    def _cases(self, table: Mapping[str, Any], where: str) -> Iterator[Case]:
        shared = tuple(_axes(table, where))
        quick = table.get("quick", {}) if table.get("quick", {}).get("is_on") else None
        found = parse.listed(table.get("cases", [{"name": "all"}]), f"{where}, cases", "tables")
        names = set()
        for at, one in enumerate(found):
            place = f"{where}, cases, item {at}"
            case: Any = parse.table(one, place, required=("name",), optional=_CASE_KEYS)
            name = parse.text(case["name"], f"{place}, name")
            if name in names:
                parse.refuse(f"{place}, name", name, "a name of its own for each case")
            names.add(name)
            scenario = dict(table["scenario"])
            for key, value in case.get("scenario", {}).items():
                scenario = changed(scenario, key, value, f"{place}, scenario")
            runs = case.get("replications", table.get("replications", 100))
            stop = case.get("stop", table.get("stop"))
            weather = case.get("weather", table.get("weather", "common"))
            if quick is not None:
                runs, stop = quick.get("replications", 2), None
            yield Case(
                name=name,
                axes=(*shared, *_axes(case, place)),
                scenario=scenario,
                replications=parse.integer(1, REPLICATIONS_MAX)(runs, f"{place}, replications"),
                stop=None if stop is None else self._stop(stop, f"{place}, stop"),
                weather=parse.choice("common", "own")(weather, f"{place}, weather"),
            )

    def _stop(self, found: object, where: str) -> Stop:
        names = [one.name for one in fields(Stop)]
        table: Any = parse.table(found, where, required=("column",), optional=names)
        if ("half_width" in table) == ("relative" in table):
            parse.refuse(where, dict(table), "either a half_width, or relative to the estimate")
        known = {column.name: column for column in self.metric_columns}
        column = table["column"]
        if column not in known or known[column].type not in ("int", "float"):
            hint = nearest(str(column), known)
            parse.refuse(f"{where}, column", column, f"a number's: {', '.join(known)}", hint)
        numbers: dict[str, Any] = {
            name: parse.integer(2, REPLICATIONS_MAX)(table[name], f"{where}, {name}")
            for name in ("least", "most", "by") if name in table
        }  # fmt: skip
        widths: dict[str, Any] = {
            name: parse.number(table[name], f"{where}, {name}")
            for name in ("half_width", "relative") if name in table
        }  # fmt: skip
        for name, width in widths.items():
            if width <= 0:
                parse.refuse(f"{where}, {name}", width, "a number above 0")
        stop = replace(replace(Stop(column=column), **widths), **numbers)
        if stop.least > stop.most:
            parse.refuse(f"{where}, least", stop.least, f"at most `most`, which is {stop.most}")
        return stop

    def _check_columns(self) -> None:
        names = [column.name for column in self.columns]
        for name in names:
            if names.count(name) > 1:
                parse.refuse(f"{self.where}, axes", name, "a name that no other column has")
        for case in self.cases:
            own = [column.name for axis in case.axes for column in axis.columns]
            for name in own:
                if own.count(name) > 1:
                    parse.refuse(f"{self.where}, axes", name, "one axis of a name in each case")


def _base(found: object, where: str) -> dict[str, Any]:
    """Return all keys of the scenario that the points share."""
    if isinstance(found, Scenario):
        return found.to_dict()
    if not isinstance(found, Mapping):
        parse.refuse(where, found, "a table of keys")
    keys: dict[str, Any] = dict(found)
    base = keys.pop("from", None)
    plain = (Scenario() if base is None else _scenario(base, where)).to_dict()
    for key, value in keys.items():
        plain = changed(plain, key, value, where)
    return plain


def _scenario(found: object, where: str) -> Scenario:
    name = parse.text(found, f"{where}, from")
    return Scenario.load(name) if name.endswith(".toml") else Scenario.named(name)


def _seen_from(keys: Mapping[str, Any], folder: Path) -> dict[str, Any]:
    """Return a plan's keys with the paths in its scenarios seen from a folder."""
    found = dict(keys)
    if isinstance(found.get("scenario"), Mapping):
        table = beside(found["scenario"], folder)
        base = table.get("from")
        if isinstance(base, str) and base.endswith(".toml"):
            table["from"] = str(folder / base)
        found["scenario"] = table
    if isinstance(found.get("cases"), list):
        found["cases"] = [
            {**one, "scenario": beside(one["scenario"], folder)}
            if isinstance(one, Mapping) and isinstance(one.get("scenario"), Mapping) else one
            for one in found["cases"]
        ]  # fmt: skip
    return found


def _axes(table: Mapping[str, Any], where: str) -> Iterator[Axis]:
    found = parse.listed(table.get("axes", []), f"{where}, axes", "a list of tables")
    for at, one in enumerate(found):
        yield axis(one, f"{where}, axes, item {at}")
    if "sample" in table:
        yield sample(table["sample"], f"{where}, sample")


def _metrics(found: object, where: str) -> tuple[str, ...]:
    names = parse.listed(found, where, "a list of metrics")
    for name in names:
        if name not in METRICS:
            hint = nearest(str(name), METRICS)
            parse.refuse(where, name, f"one of {', '.join(METRICS)}", hint)
    return tuple(dict.fromkeys(names))


def _measure(found: object, where: str) -> Measure:
    names = [one.name.removesuffix("_us") for one in fields(Measure)]
    table: Any = parse.table(found, where, required=(), optional=names)
    times = {
        f"{name}_us": parse.duration(int(name != "warm_up"))(value, f"{where}, {name}")
        for name, value in table.items()
    }
    return replace(Measure(), **times)


def _count(case: Case) -> int:
    count = 1
    for one in case.axes:
        count *= len(one.levels)
    return count


def _evenly(levels: list[Any], most: int) -> list[Any]:
    """Return so many of them at most, the first and the last among them."""
    if len(levels) <= most:
        return levels
    if most == 1:
        return levels[:1]
    return [levels[round(at * (len(levels) - 1) / (most - 1))] for at in range(most)]
