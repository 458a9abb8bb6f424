"""Reading the parts of a plan: tables, to cases, axes and numbers, or to one sentence."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import fields, replace
from typing import Any

from paxos_des.cluster import parse
from paxos_des.names import nearest
from paxos_des.study.axes import Axis, axis
from paxos_des.study.bases import axis_without_files, base, check_key, on_top
from paxos_des.study.cases import REPLICATIONS_MAX, Case, Quick, Stop
from paxos_des.study.columns import Column
from paxos_des.study.figure_specs import NO_EXACT, FigureSpec
from paxos_des.study.metrics import METRICS
from paxos_des.study.paths import top
from paxos_des.study.samples import sample

REPLICATIONS = 100
"""By default."""
_QUESTION_MAX = 2_000
_CASE_KEYS = ("scenario", "axes", "sample", "replications", "stop", "weather")


def quick_of(found: object, where: str) -> Quick:
    names = [one.name for one in fields(Quick)]
    table: Any = parse.table(found, where, required=(), optional=names)
    tables = {name: table.get(name, {}) for name in ("scenario", "measure")}
    for name, one in tables.items():
        if not isinstance(one, Mapping):
            parse.refuse(f"{where}, {name}", one, "a table of keys")
    for key in tables["scenario"]:
        check_key(key, f"{where}, scenario")
    numbers: dict[str, Any] = {
        name: parse.integer(1, REPLICATIONS_MAX)(table[name], f"{where}, {name}")
        for name in ("replications", "points") if name in table
    }  # fmt: skip
    return Quick(**tables, **numbers)


def cases_of(
    table: Mapping[str, Any], quick: Quick | None, columns: Sequence[Column], where: str
) -> Iterator[Case]:
    """Give the cases of a plan; `quick`, where it is made small, and the measured columns."""
    shared = tuple(_axes(table, where))
    replications = parse.integer(1, REPLICATIONS_MAX)
    runs = replications(table.get("replications", REPLICATIONS), f"{where}, replications")
    stop = _stop(table.get("stop"), columns, f"{where}, stop")
    weathers = parse.choice("common", "own")
    weather = weathers(table.get("weather", "common"), f"{where}, weather")
    for at, case in enumerate(table.get("cases", [{"name": "all"}])):
        place = f"{where}, cases, item {at}"
        own_runs, own_stop = runs, stop
        if "replications" in case:
            own_runs = replications(case["replications"], f"{place}, replications")
            own_stop = None
        if "stop" in case:
            own_stop = _stop(case["stop"], columns, f"{place}, stop")
        axes = (*shared, *_axes(case, place))
        _check_axes(axes, place if "cases" in table else where)
        yield Case(
            name=case["name"],
            axes=axes,
            scenario=case.get("scenario", table["scenario"]),
            replications=quick.replications if quick else own_runs,
            stop=None if quick else own_stop,
            weather=weathers(case.get("weather", weather), f"{place}, weather"),
        )


def check_quick(quick: Quick, cases: Sequence[Case], where: str) -> None:
    """Refuse what would undo an axis: what its column says would not be so."""
    varied = {top(key) for case in cases for axis in case.axes for key in axis.keys}
    for key in quick.scenario:
        if top(key) in varied:
            parse.refuse(f"{where}, scenario", key, "keys that no axis has")


def check_columns(columns: Sequence[Column], cases: Sequence[Case], where: str) -> None:
    """Refuse two columns of one name."""
    own = [[column.name for axis in case.axes for column in axis.columns] for case in cases]
    for names in ([column.name for column in columns], *own):
        for name in names:
            if names.count(name) > 1:
                parse.refuse(f"{where}, axes", name, "a name that no other column has: name = …")


def check_figure(spec: FigureSpec, cases: Sequence[Case], where: str) -> None:
    """Refuse a figure of a case, or with a closed form, that there is not."""
    from paxos_des.study.exact import EXACT  # noqa: PLC0415 - it has plans

    known = {"case": [case.name for case in cases], "exact": [*EXACT, NO_EXACT]}
    for key, names in known.items():
        name = getattr(spec, key)
        if name is not None and name not in names:
            parse.refuse(
                f"{where}, {key}", name, f"one of {', '.join(names)}", nearest(name, names)
            )


def plain_axes(table: Mapping[str, Any], where: str) -> dict[str, Any]:
    """Return a table's axes, as it has them, with what is in files."""
    if "axes" not in table:
        return {}
    found = parse.listed(table["axes"], f"{where}, axes", "a list of tables")
    return {
        "axes": [
            axis_without_files(one, f"{where}, axes, item {at}")
            if isinstance(one, Mapping)
            else one
            for at, one in enumerate(found)
        ]
    }


def _plain_case(found: object, plan: Mapping[str, Any], where: str) -> dict[str, Any]:
    """Return a case with all keys of its scenario: its own, on top of the plan's; one that says
    `from` takes nothing of the plan's.
    """
    case = parse.table(found, where, required=("name",), optional=_CASE_KEYS)
    own, place = case.get("scenario", {}), f"{where}, scenario"
    has_start = isinstance(own, Mapping) and "from" in own
    scenario = base(own, place) if has_start else on_top(dict(plan["scenario"]), own, place)
    return {**case, **plain_axes(case, where), "scenario": scenario}


def _axes(table: Mapping[str, Any], where: str) -> Iterator[Axis]:
    """Give the axes that a plan or a case says, and its sample."""
    for at, one in enumerate(table.get("axes", [])):
        place = f"{where}, axes, item {at}"
        yield _known(axis(one, place), place)
    if "sample" in table:
        yield _known(sample(table["sample"], f"{where}, sample"), f"{where}, sample")


def _check_axes(axes: Sequence[Axis], where: str) -> None:
    """Refuse axes of which one undoes another: what its column says would not be so. A part of a
    key may change after the key as a whole does.
    """
    seen: list[str] = []
    for key in (key for one in axes for key in one.keys):
        path = ".".join((top(key), *key.split(".")[1:]))
        if any(f"{before}.".startswith(f"{path}.") for before in seen):
            parse.refuse(f"{where}, axes", key, "each key once in a case; a part of it, after it")
        seen.append(path)


def _stop(found: object, columns: Sequence[Column], where: str) -> Stop | None:
    if found is None:
        return None
    names = [one.name for one in fields(Stop) if one.name != "column"]
    table: Any = parse.table(found, where, required=("column",), optional=names)
    if ("half_width" in table) == ("relative" in table):
        parse.refuse(where, dict(table), "either a half_width, or relative to the estimate")
    known = {column.name: column for column in columns if column.type in ("int", "float")}
    column = table["column"]
    if not isinstance(column, str) or column not in known:
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
    stop = replace(Stop(column=column), **widths, **numbers)
    if stop.least > stop.most:
        parse.refuse(f"{where}, least", stop.least, f"at most `most`, which is {stop.most}")
    return stop


def plain_cases(found: object, plan: Mapping[str, Any], where: str) -> Iterator[dict[str, Any]]:
    cases = parse.listed(found, where, "a list of tables")
    if not cases:
        parse.refuse(where, [], "one case or more")
    names = set()
    for at, one in enumerate(cases):
        case = _plain_case(one, plan, f"{where}, item {at}")
        name = parse.text(case["name"], f"{where}, item {at}, name")
        if name in names:
            parse.refuse(f"{where}, item {at}, name", name, "a name of its own for each case")
        names.add(name)
        yield case


def question_of(found: object, where: str) -> str:
    if not isinstance(found, str) or len(found) > _QUESTION_MAX:
        parse.refuse(where, found, f"a text of up to {_QUESTION_MAX:,} characters")
    return found


def metrics_of(found: object, where: str) -> tuple[str, ...]:
    names = parse.listed(found, where, "a list of metrics")
    if not names:
        parse.refuse(where, [], f"one or more of {', '.join(METRICS)}")
    for name in names:
        if not isinstance(name, str) or name not in METRICS:
            hint = nearest(str(name), METRICS)
            parse.refuse(where, name, f"one of {', '.join(METRICS)}", hint)
    return tuple(dict.fromkeys(names))


def _known(one: Axis, where: str) -> Axis:
    for key in one.keys:
        if key == "name":
            parse.refuse(where, key, "another key: a plan's points have its name")
        check_key(key, where)
    return one
