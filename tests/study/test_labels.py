"""Points of plans: what the columns of their axes hold."""

from typing import Any

import pytest

from paxos_des.errors import InputError
from paxos_des.study.plan import Plan

SCENARIO: dict[str, Any] = {"values": 3, "horizon": "1s", "heartbeats": "off"}
DROPS = {"key": "drop", "list": [0, 0.1]}


def plan(**keys: object) -> Plan:
    return Plan(name="small", scenario=SCENARIO, **keys)


def test_one_axis_of_lists_fills_several_columns() -> None:
    crash = [{"at": "1ms", "crash": "acceptor-[0-1]", "for": "1ms"}]
    axis = {
        "keys": ["acceptors", "faults"], "list": [[3, []], [5, crash]],
        "labels": {"acceptors": [3, 5], "failed": [0, 2]},
    }  # fmt: skip
    found = plan(axes=[axis])

    assert [dict(point.cells) for point in found.points] == [
        {"acceptors": 3, "failed": 0}, {"acceptors": 5, "failed": 2},
    ]  # fmt: skip
    assert [point.scenario.acceptors for point in found.points] == [3, 5]
    assert found.points[1].scenario.faults[0].nodes == ("acceptor-[0-1]",)


@pytest.mark.parametrize(
    ("says", "keys"),
    [
        ("labels: found {}; allowed is one column or more", {"axes": [{**DROPS, "labels": {}}]}),
        ("labels: found [1]; allowed is 2 labels", {"axes": [{**DROPS, "labels": {"a": [1]}}]}),
        ("labels: found 7; allowed is a list of labels", {"axes": [{**DROPS, "labels": 7}]}),
        (
            "name: found 'x'; allowed is a name where there are labels too, for one column",
            {"axes": [{**DROPS, "name": "x", "labels": {"a": [1, 2]}}]},
        ),
        ("found 'A'; allowed is a name of small", {"axes": [{**DROPS, "labels": {"A": [1, 2]}}]}),
    ],
)
def test_refuses_what_cannot_be(says: str, keys: dict[str, Any]) -> None:
    with pytest.raises(InputError) as refused:
        plan(**keys)

    assert says in str(refused.value)
