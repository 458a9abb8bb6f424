"""Plans: which points they have, what their digest depends on, and that they are read again."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from paxos_des import Scenario
from paxos_des.cluster import round_trips
from paxos_des.engine.delays import Samples
from paxos_des.names import leader_name
from paxos_des.study.plan import Plan, Stop

SCENARIO: dict[str, Any] = {"values": 3, "horizon": "1s"}
DROPS = {"key": "drop", "list": [0, 0.1]}
MATRIX = "from,Rome,Oslo,Bern\nRome,0,60,20\nOslo,62,0,40\nBern,20,42,0\n"
PINGS = "64 bytes: time=10 ms\n64 bytes: time=30 ms\n"


def plan(**keys: Any) -> Plan:  # noqa: ANN401 - a plan's
    return Plan(**{"name": "small", "scenario": SCENARIO, "metrics": ["reply"], **keys})


def cells(found: Plan) -> list[dict[str, object]]:
    return [dict(point.cells) for point in found.points]


def levels(**axis: object) -> list[object]:
    """Return the cells of an axis's one column."""
    return [next(iter(one.values())) for one in cells(plan(axes=[{"key": "drop", **axis}]))]


def test_a_point_is_one_level_of_each_axis_the_last_changing_first() -> None:
    found = plan(axes=[DROPS, {"key": "acceptors", "list": [3, 5, 7]}])

    assert [tuple(one.values()) for one in cells(found)] == [
        (0.0, 3), (0.0, 5), (0.0, 7), (0.1, 3), (0.1, 5), (0.1, 7),
    ]  # fmt: skip
    assert [(one.number, one.scenario.drop, one.scenario.acceptors) for one in found.points][4] == (
        4, 0.1, 5,
    )  # fmt: skip
    assert found.points[0].scenario.values == 3
    assert len(plan().points) == 1


def test_grids_have_both_ends_in_numbers_and_times() -> None:
    assert levels(grid={"from": 0, "to": 0.3, "by": 0.1}) == [0, 0.1, 0.2, 0.3]
    assert levels(grid={"from": 0.001, "to": 0.1, "steps": 3, "scale": "log"}) == [0.001, 0.01, 0.1]
    assert levels(grid={"from": 0, "to": 1, "steps": 4}) == [0, 0.333333, 0.666667, 1]
    found = plan(axes=[{"key": "delay", "grid": {"from": "1ms", "to": "3ms", "by": "500us"}}])
    assert cells(found)[1] == {"delay_us": 1500}
    assert found.points[1].scenario == found.points[1].scenario.replace(delay="1500us")
    assert [type(one["acceptors"]) for one in cells(plan(
        axes=[{"key": "acceptors", "grid": {"from": 1, "to": 5, "by": 2}}]
    ))] == [int] * 3  # fmt: skip


def test_several_keys_go_together() -> None:
    found = plan(axes=[{"keys": ["acceptors", "failed_acceptors"], "list": [[3, 1], [5, 2]]}])

    assert cells(found) == [
        {"acceptors": 3, "failed_acceptors": 1}, {"acceptors": 5, "failed_acceptors": 2},
    ]  # fmt: skip
    assert found.points[1].scenario.failed_acceptors == 2


def test_a_number_may_be_written_as_its_key_allows() -> None:
    axis = {
        "key": "delay", "name": "mean_us", "write": "exponential {}us", "list": [500, 1000],
    }  # fmt: skip
    found = plan(axes=[axis])

    assert cells(found) == [{"mean_us": 500}, {"mean_us": 1000}]
    assert found.points[1].scenario.delay == Scenario(delay="exponential 1ms").delay


def test_paths_go_into_tables_and_lists() -> None:
    found = plan(
        scenario={"horizon": "30s", "clocks": [{"node": "leader-0", "rate": 1.0}], "nemesis": {}},
        axes=[
            {"key": "clocks.0.rate", "list": [0.9, 1.1]},
            {"key": "nemesis.every", "list": ["1s", "2s"]},
            {"key": "heartbeat_every_us", "list": [1000, 2000]},
        ],
    )  # fmt: skip

    last = found.points[-1]
    assert last.cells == {
        "clocks_0_rate": 1.1, "nemesis_every_us": 2_000_000, "heartbeat_every_us": 2000,
    }  # fmt: skip
    clock = last.scenario.clock_of(leader_name(0))
    assert clock is not None
    assert clock.rate_ppm == 1_100_000
    assert last.scenario.nemesis is not None
    assert last.scenario.heartbeat_every_us == 2000


def test_a_part_of_a_key_may_change_after_the_key_does() -> None:
    whole = {"key": "clocks", "labels": ["one"], "list": [[{"node": "leader-0", "rate": 1.0}]]}

    found = plan(axes=[whole, {"key": "clocks.0.rate", "list": [0.9, 1.1]}])

    first, other = (point.scenario.clocks for point in found.points)
    assert first != other
    assert other == Scenario(clocks=[{"node": "leader-0", "rate": 1.1}]).clocks


def test_columns_hold_times_numbers_or_texts() -> None:
    def column(*values: object) -> tuple[str, str, str]:
        axis = {"key": "heartbeats", "name": "x", "list": values, "labels": values}
        found = plan(axes=[axis]).axis_columns[0]
        return found.name, found.type, found.unit

    assert column("1ms", "2s") == ("x_us", "int", "µs")
    assert column(1, 2) == ("x", "int", "")
    assert column(1, 2.5) == ("x", "float", "")
    assert column("1ms", "on") == ("x", "text", "")
    assert column(1, "all") == ("x", "text", "")
    switch = {"key": "heartbeats", "list": ["on", "off"], "labels": [True, False]}
    assert cells(plan(axes=[switch])) == [{"heartbeats": "true"}, {"heartbeats": "false"}]


def test_a_sample_of_chances_between_whole_ends_has_what_lies_between() -> None:
    ends = {"from": 0, "to": 1}
    found = plan(sample={"points": 8, "ranges": [
        {"key": "drop", **ends}, {"key": "failed_acceptors", **ends},
    ]})  # fmt: skip

    assert len({point.scenario.drop for point in found.points}) == 8
    assert {point.scenario.failed_acceptors for point in found.points} == {0, 1}


@pytest.mark.parametrize("method", ["halton", "sobol", "latin-hypercube"])
def test_samples_fill_a_box(method: str) -> None:
    ranges = [
        {"key": "drop", "from": 0, "to": 0.2},
        {"key": "acceptors", "from": 3, "to": 9},
        {"key": "delay", "name": "delay", "from": "1ms", "to": "100ms", "scale": "log"},
    ]
    found = plan(sample={"points": 16, "method": method, "ranges": ranges})

    drops, acceptors, delays = zip(*(one.values() for one in cells(found)), strict=True)
    assert len(drops) == 16
    assert {int(drop / 0.2 * 4) for drop in drops} == {0, 1, 2, 3}
    assert all(type(number) is int and 3 <= number <= 9 for number in acceptors)
    assert sum(delay < 10_000 for delay in delays) in range(6, 11)
    assert found.digest == plan(sample={"points": 16, "method": method, "ranges": ranges}).digest


def test_cases_have_what_the_plan_has_and_their_own_on_top() -> None:
    found = plan(
        replications=7, axes=[DROPS],
        cases=[
            {"name": "plain"},
            {"name": "large", "scenario": {"acceptors": 7}, "replications": 9,
             "axes": [{"key": "failed_acceptors", "list": [0, 3]}]},
            {"name": "far", "scenario": {"from": "wan"}},
        ],
    )  # fmt: skip

    points = found.points
    assert [(one.case.name, one.scenario.acceptors, one.replications_max) for one in points] == [
        ("plain", 5, 7), ("plain", 5, 7), *[("large", 7, 9)] * 4, ("far", 5, 7), ("far", 5, 7),
    ]  # fmt: skip
    assert [one.scenario.values for one in points] == [3] * 6 + [100] * 2
    assert [column.name for column in found.axis_columns] == ["drop", "failed_acceptors"]
    assert points[0].scenario.name == "small/plain"


def test_a_stop_says_how_often_a_point_is_run() -> None:
    stop = {"column": "reply_mean_us", "relative": 0.05, "most": 400}
    fixed = {"name": "fixed", "replications": 5}
    found = plan(stop=stop, cases=[{"name": "narrow"}, fixed, {"name": "never", "stop": None}])

    assert [one.replications_max for one in found.points] == [400, 5, 100]
    assert found.cases[0].stop == Stop(column="reply_mean_us", relative=0.05, most=400)


def test_the_quick_form_is_small_and_another_plan() -> None:
    stop = {"column": "reply_mean_us", "relative": 0.05}
    whole = plan(
        stop=stop, axes=[{"key": "acceptors", "grid": {"from": 1, "to": 9, "by": 1}}],
        measure={"deadline": "5s"},
        quick={"points": 3, "scenario": {"values": 1}, "measure": {"warm_up": "1s"}},
    )  # fmt: skip

    quick = whole.quick()

    assert [one["acceptors"] for one in cells(quick)] == [1, 5, 9]
    assert [one.number for one in quick.points] == [0, 1, 2]
    assert [one.replications_max for one in quick.points] == [2, 2, 2]
    assert quick.points[0].scenario.values == 1
    assert (quick.measure.deadline_us, quick.measure.warm_up_us) == (5_000_000, 1_000_000)
    assert (quick.name, quick.is_quick, whole.is_quick) == ("small-quick", True, False)
    assert quick.quick() is quick
    assert quick.digest != whole.digest
    assert len(plan(axes=[DROPS]).quick().points) == 2
    assert len(plan(axes=[DROPS], quick={"points": 1}).quick().points) == 1


BASE: dict[str, Any] = {
    "axes": [DROPS], "replications": 5, "seed": 1, "measure": {"deadline": "1s"},
    "quick": {"points": 1},
}  # fmt: skip
STOP = {"column": "reply_mean_us", "relative": 0.1}


@pytest.mark.parametrize(
    "keys",
    [
        {"name": "other"},
        {"seed": 2},
        {"replications": 6},
        {"metrics": ["reply", "completed"]},
        {"scenario": {**SCENARIO, "values": 4}},
        {"axes": [{"key": "drop", "list": [0, 0.2]}]},
        {"axes": [{"key": "drop", "list": [0.1, 0]}]},
        {"axes": [{**DROPS, "name": "loss"}]},
        {"axes": [{**DROPS, "labels": ["no", "some"]}]},
        {"axes": [DROPS, {"key": "acceptors", "list": [5]}]},
        {"measure": {"deadline": "2s"}},
        {"stop": STOP},
        {"cases": [{"name": "a"}]},
    ],
)
def test_the_digest_changes_with_what_the_runs_depend_on(keys: dict[str, Any]) -> None:
    assert plan(**{**BASE, **keys}).digest != plan(**BASE).digest


@pytest.mark.parametrize(
    "keys",
    [
        {"question": "What is it for?"},
        {"figures": [{"name": "a", "x": "drop", "y": "reply_mean_us"}]},
        {"quick": {"points": 2}},
        {"measure": {"deadline": "1000ms", "warm_up": "0us"}},
        {"scenario": {**SCENARIO, "acceptors": 5}},
        {"scenario": {"values": 3, "horizon_us": 1_000_000}},
        {"axes": ({"keys": ("drop",), "list": [[0.0], [0.1]]},)},
        {"axes": [{"key": "drop", "grid": {"from": 0, "to": 0.1, "steps": 2}}]},
    ],
)
def test_the_digest_does_not_change_with_anything_else(keys: dict[str, Any]) -> None:
    assert plan(**{**BASE, **keys}).digest == plan(**BASE).digest


def test_where_a_stop_says_how_often_replications_change_nothing() -> None:
    first, other = (plan(stop=STOP, replications=runs) for runs in (5, 6))

    assert first.digest == other.digest


def test_the_digest_is_the_same_in_every_process() -> None:
    keys = {
        "name": "x", "scenario": {"from": "wan"}, "metrics": ["reply", "completed"],
        "axes": [DROPS, {"key": "cities.leader-1", "name": "leader", "list": ["London", "Tokyo"]}],
    }  # fmt: skip
    code = f"from paxos_des.study.plan import Plan; print(Plan(**{keys!r}).digest)"
    seed = "1" if os.environ.get("PYTHONHASHSEED") != "1" else "2"
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True,
        env={**os.environ, "PYTHONHASHSEED": seed},
    )  # fmt: skip

    assert done.stdout.strip() == Plan.from_dict(keys, where="plan").digest


PLAN = """
metrics = ["reply"]
[scenario]
from = "base.toml"
fsync = { kind = "samples", file = "pings.txt" }
[[scenario.links]]
from = "leader-*"
to = "acceptor-*"
delay = { kind = "samples", file = "pings.txt" }
[[axes]]
key = "cities.leader-0"
name = "leader"
list = ["Rome", "Oslo"]
[[cases]]
name = "as-measured"
[[cases]]
name = "matrices"
[[cases.axes]]
key = "round_trips"
list = ["m.csv"]
"""


def read_again(found: Plan) -> Plan:
    return Plan.from_dict(json.loads(json.dumps(found.to_dict())), where="plan.json")


def test_numbers_of_numpy_tuples_scenarios_and_paths_are_as_in_a_file(tmp_path: Path) -> None:
    (tmp_path / "m.csv").write_text(MATRIX)
    cities = {"*": "Rome"}
    found = plan(
        seed=np.int64(3), replications=np.uint8(4), metrics=("reply",),
        scenario=Scenario(values=3, round_trips=str(tmp_path / "m.csv"), cities=cities),
        axes=(
            {"key": "drop", "list": np.linspace(0, 0.2, 3)},
            {"key": "acceptors", "list": range(3, 6)},
            {"key": "cities", "labels": ("far",), "list": ({"*": np.str_("Oslo")},)},
        ),
    )  # fmt: skip
    same = plan(
        seed=3, replications=4,
        scenario={"values": 3, "round_trips": tmp_path / "m.csv", "cities": cities},
        axes=[
            {"key": "drop", "list": [0.0, 0.1, 0.2]},
            {"key": "acceptors", "list": [3, 4, 5]},
            {"key": "cities", "labels": ["far"], "list": [{"*": "Oslo"}]},
        ],
    )  # fmt: skip

    assert found.digest == same.digest
    assert read_again(found) == found
    assert found.where == "plan"


def test_a_plan_read_from_files_needs_them_no_more(tmp_path: Path) -> None:
    folder = tmp_path / "study"
    folder.mkdir()
    files = {
        "m.csv": MATRIX,
        "pings.txt": PINGS,
        "base.toml": 'values = 4\nround_trips = "m.csv"\ncities = { "*" = "Rome" }\n',
        "plan.toml": PLAN,
    }
    for name, content in files.items():
        (folder / name).write_text(content)
    found = Plan.load(folder / "plan.toml")
    digest = found.digest

    for path in folder.iterdir():
        path.unlink()
    folder.rmdir()
    again = read_again(found)
    assert again == found
    assert again.digest == digest
    assert read_again(found.quick()).digest == found.quick().digest
    assert found.name == "study"
    point = again.points[1]
    assert point.cells == {"leader": "Oslo"}
    assert point.scenario.values == 4
    assert point.scenario.fsync == Samples((5000, 15000))
    assert point.scenario.links[0].delay == Samples((5000, 15000))
    assert again.points[2].cells == {"leader": "Rome", "round_trips": "m.csv"}
    assert str(tmp_path) not in json.dumps(found.to_dict())


def test_an_axis_may_move_a_node_to_a_city_that_no_other_node_is_in() -> None:
    axis = {"key": "cities.leader-1", "name": "leader", "list": ["London", "Sydney"]}

    for scenario in ({"from": "wan"}, Scenario.named("wan")):
        found = plan(scenario=scenario, axes=[axis])
        assert found.points[1].scenario.cities[1].city == "Sydney"
        assert read_again(found).digest == found.digest


def test_what_all_points_share_is_read_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """A plan of ten thousand points is to load in seconds."""
    found = plan(
        scenario={"from": "wan"}, axes=[{"key": "drop", "grid": {"from": 0, "to": 1, "steps": 40}}]
    )
    read: list[object] = []
    really = round_trips._of_table

    def noted(*found: Any) -> object:  # noqa: ANN401 - a table, and where it is
        read.append(found)
        return really(*found)

    monkeypatch.setattr(round_trips, "_of_table", noted)

    assert len(found.points) == 40
    assert len(read) <= 1


def test_a_plan_is_called_as_its_folder_or_its_file(tmp_path: Path) -> None:
    folder = tmp_path / "my-study"
    folder.mkdir()
    for name in ("plan", "other"):
        (folder / f"{name}.toml").write_text('metrics = ["reply"]\n')

    assert Plan.load(folder / "plan.toml").name == "my-study"
    assert Plan.load(str(folder / "other.toml")).name == "other"
    assert Plan.load(folder / "plan.toml").where == "plan.toml"
