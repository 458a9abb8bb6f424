"""What is no plan is refused in one sentence: what was found, what is allowed, and where."""

import math
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from paxos_des import Scenario
from paxos_des.errors import InputError
from paxos_des.study import axes
from paxos_des.study.plan import Plan

DROPS = {"key": "drop", "list": [0, 0.1]}
RANGE = {"key": "drop", "from": 0, "to": 1}
STOP = {"column": "reply_mean_us", "relative": 0.1}
FIGURE = {"name": "a", "x": "drop", "y": "reply_mean_us"}


def refused(keys: dict[str, Any]) -> str:
    """Return the sentence that refuses a plan with these keys, or one of its points."""
    with pytest.raises(InputError) as found:
        print(Plan(**{"name": "x", **keys}).points)  # noqa: T201 - what makes them
    sentence = str(found.value)
    assert sentence.startswith("plan")
    assert sentence.isprintable()
    assert "found" in sentence
    assert "allowed" in sentence
    return sentence


@pytest.mark.parametrize(
    ("keys", "says"),
    [
        ({"nmae": 1}, "plan: found 'nmae' (did you mean 'name'?); allowed is one of the keys"),
        ({"name": ""}, "plan, name: found ''; allowed is a line of text"),
        ({"question": 3}, "plan, question: found 3; allowed is a text"),
        ({"seed": -1}, "plan, seed: found -1; allowed is an integer from 0"),
        ({"seed": True}, "plan, seed: found True"),
        ({"seed": math.nan}, "plan, seed: found nan"),
        ({"replications": 0}, "plan, replications: found 0; allowed is an integer from 1"),
        ({"weather": "onw"}, "plan, weather: found 'onw' (did you mean 'own'?)"),
        ({"metrics": []}, "plan, metrics: found []; allowed is one or more of completed,"),
        ({"metrics": "reply"}, "plan, metrics: found 'reply'; allowed is a list of metrics"),
        ({"metrics": ["replly"]}, "plan, metrics: found 'replly' (did you mean 'reply'?)"),
        ({"metrics": [{}]}, "plan, metrics: found {}; allowed is one of"),
        ({"measure": {"warmup": "1s"}}, "plan, measure: found 'warmup' (did you mean 'warm_up'?)"),
        ({"measure": {"window": 3}}, "plan, measure, window: found 3; allowed is 0us or more"),
        ({"scenario": 3}, "plan, scenario: found 3; allowed is a table of keys"),
        ({"scenario": {"dorp": 1}}, "plan, scenario: found 'dorp' (did you mean 'drop'?)"),
        ({"scenario": {"from": "wam"}}, "plan, scenario, from: found 'wam' (did you mean 'wan'?)"),
        ({"scenario": {"drop": 2}}, "plan: drop: found 2; allowed is a number from 0 to 1"),
        ({"scenario": {"drop.x": 2}}, "plan, scenario, drop.x: found 0.0; allowed is a table"),
        ({"scenario": {"values": math.inf}}, "plan, scenario, values: found inf"),
        ({"scenario": {"at": date(2020, 1, 1)}}, "plan, scenario, at: found datetime.date(2020"),
        ({"scenario": {3: 4}}, "plan, scenario: found 3; allowed is keys that are texts"),
        ({"scenario": {"round_trips": "no.csv"}}, "round_trips, file 'no.csv': found no readable"),
        ({"figures": [{"name": "a"}]}, "plan, figures, item 0: found {'name': 'a'}; allowed is a"),
        ({"figures": [FIGURE]}, "plan: found no column 'drop'"),
        ({"axes": [DROPS], "figures": [{**FIGURE, "case": "no"}]}, "item 0, case: found 'no'"),
        ({"axes": [DROPS], "figures": [{**FIGURE, "exact": "repyl"}]}, "did you mean 'reply'?"),
        ({"is_quick": "yes"}, "plan, is_quick: found 'yes'; allowed is true or false"),
    ],
)  # fmt: skip
def test_a_plan_is_refused_with_its_place(keys: dict[str, Any], says: str) -> None:
    assert says in refused(keys)


@pytest.mark.parametrize(
    ("axis", "says"),
    [
        (3, "found 3; allowed is a table with the keys key, keys"),
        ({}, "found {}; allowed is an axis with either a key or keys"),
        ({"key": "drop"}, "allowed is an axis with either a list or a grid"),
        ({"key": "dorp", "list": [1]}, "found 'dorp' (did you mean 'drop'?)"),
        ({"key": "name", "list": ["a"]}, "found 'name'; allowed is another key"),
        ({"key": 3, "list": [1]}, "key: found 3; allowed is a line of text"),
        ({"keys": [], "list": [[]]}, "keys: found []; allowed is one key or more"),
        ({"keys": ["drop"], "list": [0.1]}, "list, item 0: found 0.1; allowed is a list"),
        ({"keys": ["drop", "values"], "list": [[0]]}, "item 0: found [0]; allowed is 2 values"),
        ({"key": "drop", "list": []}, "list: found []; allowed is 1 to 100,000 values"),
        ({"key": "drop", "list": 3}, "list: found 3; allowed is a list of values"),
        ({"key": "drop", "list": [0, 0.0]}, "found 0.0; allowed is each level once"),
        ({"key": "drop", "list": [math.nan]}, "list, item 0: found nan"),
        ({"key": "drop", "list": [10**400]}, "list, item 0: found 1000"),
        ({"key": "drop", "list": [{1}]}, "list, item 0: found {1}; allowed is a text, a number,"),
        ({"key": "drop", "list": [[1]]}, "list: found [1]; allowed is numbers or texts; of lists"),
        ({**DROPS, "labels": ["a"]}, "labels: found ['a']; allowed is 2 labels"),
        ({**DROPS, "labels": ["a", "a"]}, "found 'a'; allowed is each level once"),
        ({**DROPS, "name": "Drop"}, "name: found 'Drop'; allowed is a name of small letters"),
        ({**DROPS, "write": "x"}, "write: found 'x'; allowed is a text with {}"),
        ({"key": "drop", "grid": {"from": 0, "to": 1}}, "grid: found {'from': 0, 'to': 1}"),
        ({"key": "drop", "grid": {"from": 1, "to": 0, "by": 1}}, "allowed is from below to"),
        ({"key": "drop", "grid": {"from": 0, "to": "1s", "by": 1}}, "two numbers, or two duration"),
        ({"key": "drop", "grid": {"from": "0s", "to": "1s", "by": 1}}, "by: found 1; allowed is a"),
        ({"key": "drop", "grid": {"from": 0, "to": 1, "by": 0}}, "by: found 0; allowed is more"),
        ({"key": "drop", "grid": {"from": 0, "to": 1, "by": 1e-9}}, "by: found 1e-09"),
        ({"key": "drop", "grid": {"from": 0, "to": 1, "steps": 10**9}}, "steps: found 1000000000"),
        ({"key": "drop", "grid": {"from": 0, "to": 1, "steps": 3, "scale": "log"}}, "from above 0"),
    ],
)  # fmt: skip
def test_an_axis_is_refused_with_its_number(axis: object, says: str) -> None:
    sentence = refused({"axes": [DROPS | {"key": "duplicate"}, axis]})

    assert sentence.startswith("plan, axes, item 1")
    assert says in sentence


@pytest.mark.parametrize(
    ("keys", "says"),
    [
        ({"axes": [DROPS, DROPS]}, "plan, axes: found 'drop'; allowed is each key once"),
        ({"axes": [{"keys": ["drop", "drop"], "list": [[0, 1]]}]}, "found 'drop'; allowed is each"),
        ({"axes": [DROPS], "cases": [{"name": "a", "axes": [DROPS]}]}, "axes: found 'drop'"),
        ({"axes": [DROPS], "sample": {"points": 4, "ranges": [RANGE]}}, "found 'drop'; allowed is"),
        ({"axes": [{"key": "horizon", "list": ["1s"]}, {"key": "horizon_us", "list": [5]}]},
         "found 'horizon_us'; allowed is each key once"),
        ({"axes": [{"key": "nemesis.every", "list": ["1s"]},
                   {"key": "nemesis", "list": [{}], "labels": ["a"]}]}, "found 'nemesis'; allowed"),
        ({"axes": [DROPS], "quick": {"scenario": {"drop": 0}}}, "plan, quick, scenario: found 'dr"),
        ({"axes": [{**DROPS, "name": "point"}]}, "found 'point'; allowed is a name that no other"),
        ({"axes": [{**DROPS, "name": "requests"}]}, "found 'requests'; allowed is a name that no"),
        ({"axes": [DROPS, {"key": "values", "name": "drop", "list": [1.5]}]}, "found 'drop'"),
    ],
)  # fmt: skip
def test_what_would_undo_what_a_column_says_is_refused(keys: dict[str, Any], says: str) -> None:
    assert says in refused(keys)


@pytest.mark.parametrize(
    ("found", "says"),
    [
        ({}, "plan, sample: found {}; allowed is a table with the keys points, ranges"),
        ({"points": 4, "ranges": []}, "ranges: found []; allowed is one range or more"),
        ({"points": 4, "ranges": 3}, "ranges: found 3; allowed is a list of tables"),
        ({"points": 10**9, "ranges": [RANGE]}, "points: found 1000000000; allowed is an integer"),
        ({"points": 3, "method": "sobol", "ranges": [RANGE]}, "points: found 3; allowed is a"),
        ({"points": 4, "method": "sobl", "ranges": [RANGE]}, "method: found 'sobl' (did you mean"),
        ({"points": 4, "ranges": [{**RANGE, "key": "dorp"}]}, "found 'dorp' (did you mean"),
    ],
)  # fmt: skip
def test_a_sample_is_refused(found: object, says: str) -> None:
    assert says in refused({"sample": found})


@pytest.mark.parametrize(
    ("found", "says"),
    [
        (3, "plan, stop: found 3; allowed is a table with the keys column, half_width, relative,"),
        ({"column": "reply_mean_us"}, "plan, stop: found {'column': 'reply_mean_us'}; allowed is"),
        ({**STOP, "half_width": 1}, "allowed is either a half_width, or relative"),
        ({**STOP, "column": "reply_mean"}, "column: found 'reply_mean' (did you mean 'reply_mean"),
        ({**STOP, "column": []}, "column: found []; allowed is a number's"),
        ({**STOP, "relative": 0}, "relative: found 0.0; allowed is a number above 0"),
        ({**STOP, "least": 50, "most": 20}, "least: found 50; allowed is at most `most`"),
        ({**STOP, "leats": 50}, "found 'leats' (did you mean 'least'?)"),
    ],
)
def test_a_stop_is_refused(found: object, says: str) -> None:
    assert says in refused({"stop": found})


@pytest.mark.parametrize(
    ("found", "says"),
    [
        ([], "plan, cases: found []; allowed is one case or more"),
        (3, "plan, cases: found 3; allowed is a list of tables"),
        ([{}], "plan, cases, item 0: found {}; allowed is a table with the keys name"),
        ([{"name": "a"}, {"name": "a"}], "item 1, name: found 'a'; allowed is a name of its own"),
        ([{"name": "a", "axis": []}], "item 0: found 'axis' (did you mean 'axes'?)"),
        ([{"name": "a", "scenario": 3}], "item 0, scenario: found 3; allowed is a table of keys"),
        ([{"name": "a", "scenario": {"dorp": 1}}], "item 0, scenario: found 'dorp'"),
        ([{"name": "a", "replications": 0}], "item 0, replications: found 0"),
        ([{"name": "a", "stop": {}}], "item 0, stop: found {}"),
    ],
)
def test_a_case_is_refused(found: object, says: str) -> None:
    assert says in refused({"cases": found})


@pytest.mark.parametrize(
    ("found", "says"),
    [
        (3, "plan, quick: found 3; allowed is a table with the keys replications, points,"),
        ({"replication": 3}, "found 'replication' (did you mean 'replications'?)"),
        ({"replications": 0}, "replications: found 0; allowed is an integer from 1"),
        ({"points": 0}, "points: found 0; allowed is an integer from 1"),
        ({"scenario": 3}, "scenario: found 3; allowed is a table of keys"),
        ({"scenario": {"dorp": 1}}, "scenario: found 'dorp' (did you mean 'drop'?)"),
        ({"measure": {"window": 1}}, "measure, window: found 1"),
    ],
)
def test_what_a_quick_form_cannot_be_is_refused_also_where_nobody_asks_for_it(
    found: object, says: str
) -> None:
    assert says in refused({"quick": found})


def test_a_point_that_is_no_scenario_is_named_by_its_levels() -> None:
    failed = {"key": "failed_acceptors", "list": [0, 4]}
    says = "(drop 0.0, failed_acceptors 4): failed_acceptors: found 4; allowed is 0 to 3"

    assert f"plan {says}" in refused({"scenario": {"acceptors": 3}, "axes": [DROPS, failed]})
    cases = [{"name": "few", "scenario": {"acceptors": 3}}]
    assert f"plan, case few {says}" in refused({"axes": [DROPS, failed], "cases": cases})
    with pytest.raises(InputError, match=r"plan, quick: drop: found 3"):
        print(Plan(name="x", quick={"scenario": {"drop": 3}}).quick().points)  # noqa: T201


def test_a_huge_product_is_refused_before_a_point_is_made(monkeypatch: pytest.MonkeyPatch) -> None:
    def made(*_: object, **__: object) -> Scenario:
        pytest.fail("a point was made")

    many = {"from": 0, "to": 1, "steps": 1001}
    base = Plan(name="x", axes=[{"key": "drop", "grid": many}]).to_dict()
    monkeypatch.setattr(Scenario, "from_dict", made)
    keys = {**base, "axes": [*base["axes"], {"key": "duplicate", "grid": many}]}

    with pytest.raises(InputError, match="axes: found '1,002,001 points'; allowed is up to 1,000"):
        Plan.from_dict(keys, where="plan")
    assert axes.LEVELS_MAX == 100_000


def test_a_list_that_holds_itself_is_refused() -> None:
    endless: list[object] = []
    endless.append(endless)

    assert "allowed is tables and lists not nested" in refused({"axes": endless})


def test_a_file_is_named_by_its_name(tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    for content, says in {
        "": "mine.toml: found nothing; allowed is a plan",
        "# a comment": "mine.toml: found nothing",
        "metrics = [": "found broken TOML",
        "sead = 3": r"mine.toml: found 'sead' \(did you mean 'seed'\?\)",
        "[scenario]\nat = 2020-01-01": r"mine.toml, scenario, at: found datetime.date",
        "seed = nan": "mine.toml, seed: found nan",
        "[[axes]]\nkey = 'drop'\nlist = [inf]": "mine.toml, axes, item 0, list, item 0: found inf",
    }.items():
        path.write_text(content)
        with pytest.raises(InputError, match=says):
            Plan.load(path)
    with pytest.raises(InputError, match="found no readable file"):
        Plan.load(tmp_path / "no.toml")
