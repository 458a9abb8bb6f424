"""Elections for nothing: by all patterns of lost beats, and in simulated runs."""

from itertools import product
from math import sqrt
from typing import Any

import pytest

from paxos_des import Scenario, simulate
from paxos_des.study.exact import EXACT
from paxos_des.study.exact.elections import detection, false_elections
from paxos_des.study.plan import Measure


def elections_of(arrivals: list[int], timeout_us: int, horizon_us: int) -> int:
    """Return how often a silence lasts too long, with beats that come then; while one leads for
    nothing, further silence is no election.
    """
    elections, heard_at_us = 0, 0
    for at_us in (*arrivals, horizon_us + timeout_us):
        if heard_at_us + timeout_us <= at_us and heard_at_us + timeout_us < horizon_us:
            elections += 1
        heard_at_us = at_us
    return elections


@pytest.mark.parametrize("delay_us", [0, 3, 9])
@pytest.mark.parametrize("timeout_us", [5, 10, 15, 20, 23, 30, 34, 95, 120])
def test_all_patterns_of_lost_beats_add_up(timeout_us: int, delay_us: int) -> None:
    every_us, horizon_us, drop = 10, 101, 0.3
    beats = range(every_us, horizon_us, every_us)
    expected = 0.0
    for come in product((False, True), repeat=len(beats)):
        arrivals = [beat + delay_us for beat, comes in zip(beats, come, strict=True) if comes]
        chance = (1 - drop) ** sum(come) * drop ** (len(come) - sum(come))
        heard = [at_us for at_us in arrivals if at_us < horizon_us]
        expected += chance * elections_of(heard, timeout_us, horizon_us)

    found = false_elections(
        every_us=every_us, timeout_us=timeout_us, delay_us=delay_us, drop=drop,
        horizon_us=horizon_us,
    )  # fmt: skip
    assert found == pytest.approx(expected)


def scenario_of(**keys: Any) -> Scenario:  # noqa: ANN401 - keys of a scenario
    return Scenario(**{
        "values": 0, "leaders": 2, "delay": "3ms", "drop": 0.3, "horizon": "20s",
        "heartbeat_every": "50ms", "heartbeat_timeout": "120ms", "stop_when": "horizon", **keys,
    })  # fmt: skip


def counted(scenario: Scenario, seeds: int) -> int:
    elections = 0
    for seed in range(seeds):
        run = simulate(scenario, seed=seed, record="trace", checks=())
        elections += sum(
            entry["event"] == "primary" and entry["node"] == entry["primary"] == "leader-0"
            for entry in run.trace
        )
    return elections


@pytest.mark.parametrize("keys", [
    {},
    {"heartbeat_timeout": "100ms"},
    {"heartbeat_timeout": "101ms"},
    {"heartbeat_timeout": "40ms", "drop": 0, "horizon": "3s"},
    {"clocks": [{"node": "leader-0", "rate": 1.25}], "heartbeat_timeout": "126ms"},
    {"clocks": [{"node": "leader-1", "rate": 0.8}]},
], ids=str)  # fmt: skip
def test_simulated_runs_have_as_many_within_five_standard_deviations(keys: dict[str, Any]) -> None:
    """Rows of lost beats are rare and apart: their number varies no more than a Poisson's."""
    seeds, scenario = 10, scenario_of(**keys)
    expected = EXACT["false-elections"].value(scenario, Measure())

    assert expected is not None
    assert abs(counted(scenario, seeds) - seeds * expected) < 5 * sqrt(seeds * expected)


def test_one_lost_beat_more_is_another_number() -> None:
    """The tests above can fail: ties and rates of clocks make the differences that they try."""

    def value(**keys: Any) -> float:  # noqa: ANN401 - likewise
        found = EXACT["false-elections"].value(scenario_of(**keys), Measure())
        assert found is not None
        return found

    assert value(heartbeat_timeout="100ms") == pytest.approx(value() / 0.3, rel=0.01)
    assert value(heartbeat_timeout="101ms") == pytest.approx(value(), rel=0.01)
    assert value(heartbeat_timeout="40ms", drop=0) == 400
    slow = value(clocks=[{"node": "leader-1", "rate": 0.8}])
    assert slow == pytest.approx(value() * 0.8 / 0.3, rel=0.3)


def test_what_the_warm_up_has_does_not_count() -> None:
    form, scenario = EXACT["false-elections"], scenario_of()
    whole = form.value(scenario, Measure())
    half = form.value(scenario, Measure(warm_up_us=10_000_000))

    assert whole is not None
    assert half == pytest.approx(whole / 2, rel=0.05)


@pytest.mark.parametrize("keys", [
    {"leaders": 3},
    {"leaders": 1},
    {"failed_leaders": 1},
    {"primaries": "all"},
    {"primaries": ["leader-0"]},
    {"heartbeats": "off"},
    {"delay": "uniform 1ms 2ms"},
    {"delay": "50ms"},
    {"duplicate": 0.1},
    {"pump": "adversarial"},
    {"fsync": "1ms"},
    {"stop_when": "answered"},
    {"faults": [{"at": "1s", "crash": "leader-1"}]},
    {"nemesis": {"kinds": ["crash"], "until": "1s"}},
], ids=str)  # fmt: skip
def test_nothing_is_said_where_beats_meet_more_than_losses(keys: dict[str, Any]) -> None:
    assert EXACT["false-elections"].value(scenario_of(**keys), Measure()) is None


def test_a_crash_is_noticed_up_to_one_beat_before_the_timeout_and_not_after_it() -> None:
    assert detection(every_us=100, timeout_us=250) == (150, 200, 250)
    assert detection(every_us=100, timeout_us=250, delay_us=7) == (157, 207, 257)
