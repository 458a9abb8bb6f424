"""The time of phase 2 of a scenario: in simulated slots, and where nothing is said of it."""

import sys
from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest
from scipy.stats import chi2

from paxos_des import Scenario, simulate
from paxos_des.engine.delays import Constant, Exponential, Uniform
from paxos_des.errors import InputError
from paxos_des.study.exact import EXACT
from paxos_des.study.exact.lattice import RoundTrip
from paxos_des.study.exact.order_statistics import TooManyError, kth_smallest, phase_2
from paxos_des.study.plan import Measure

LINKS = [
    {"from": "*", "to": "acceptor-[01]", "delay": "uniform 5ms 30ms"},
    {"from": "acceptor-[01]", "to": "*", "delay": "lognormal 3ms 0.7"},
    {"from": "acceptor-4", "to": "*", "delay": "bimodal 2ms 20ms 0.3"},
]  # fmt: skip
SIMULATED: list[dict[str, Any]] = [
    {"acceptors": 5},
    {"acceptors": 5, "links": LINKS},
    {"acceptors": 7, "links": LINKS, "failed_acceptors": 1, "quorums": "flexible 6 2"},
    {"acceptors": 7, "links": LINKS, "failed_acceptors": 3},
    {"acceptors": 9, "links": LINKS, "quorums": "grid 3 3"},
    {"acceptors": 9, "links": LINKS, "quorums": "grid 3 3", "failed_acceptors": 1},
    {"acceptors": 6, "links": LINKS, "phase1": "per-slot", "in_flight": "all"},
    {"acceptors": 5, "links": LINKS, "leaders": 3, "primaries": "all", "phase1": "per-slot"},
]  # fmt: skip
SLOTS = 400


def scenario_of(keys: dict[str, Any]) -> Scenario:
    patient = {"resend_after": "900s", "retry_after": "900s", "fill_after": "900s"}
    return Scenario(**{
        "leaders": 1, "values": SLOTS, "in_flight": 1, "delay": "exponential 8ms",
        "heartbeats": "off", "horizon": "1000s", **patient, **keys,
    })  # fmt: skip


def simulated_us(scenario: Scenario, seed: int) -> list[int]:
    """Return, slot by slot, how long after its first Accept the leader that sent it had learned."""
    run = simulate(scenario, seed=seed, record="trace", checks=())
    sent: dict[tuple[str, int], int] = {}
    times: list[int] = []
    for entry in run.trace:
        if entry["event"] == "send" and entry["message"]["type"] == "Accept":
            sent.setdefault((entry["node"], entry["message"]["slot"]), entry["at_us"])
        elif entry["event"] == "learn" and (entry["node"], entry["slot"]) in sent:
            times.append(entry["at_us"] - sent[entry["node"], entry["slot"]])
    assert len(times) == SLOTS, "each slot once, by one leader"
    return times


def test_simulated_slots_take_as_long_as_the_closed_form_says() -> None:
    """One joint test at 99.9 %, and the same with means a fifth longer, which must fail."""
    total = beside = 0.0
    for seed, keys in enumerate(SIMULATED):
        waiting = phase_2(scenario_of(keys))
        assert waiting is not None, keys
        mean_us, variance = waiting.moments()
        found = float(np.mean(simulated_us(scenario_of(keys), seed)))
        total += (found - mean_us) ** 2 / (variance / SLOTS)
        beside += (found - 1.2 * mean_us) ** 2 / (variance / SLOTS)

    bound = chi2.ppf(0.999, len(SIMULATED))
    assert total < bound < beside


def value(**keys: Any) -> float | None:  # noqa: ANN401 - keys of a scenario
    return EXACT["phase-2"].value(scenario_of(keys), Measure())


def test_failed_acceptors_lengthen_phase_2() -> None:
    values = [value(acceptors=5, failed_acceptors=failed) for failed in range(3)]
    delay = Exponential(mean_us=8_000)
    expected = [kth_smallest([RoundTrip(delay, delay)] * n, 3) for n in (5, 4, 3)]

    assert values == [one.mean_us for one in expected]


REFUSED: Sequence[dict[str, Any]] = [
    {"acceptors": 5, "failed_acceptors": 3},
    {"drop": 0.01},
    {"duplicate": 0.01},
    {"links": [{"from": "leader-0", "to": "acceptor-0", "drop": 0.1}]},
    {"pump": "adversarial"},
    {"faults": [{"at": "1ms", "crash": "acceptor-0", "for": "1ms"}]},
    {"faults": [{"at": "1ms", "bandwidth": ["leader-0", "acceptor-0"], "by": "1ms"}]},
    {"nemesis": {"kinds": ["crash"], "until": "1s"}},
    {"fsync": "1ms"},
    {"clocks": [{"node": "leader-0", "rate": 1.1}]},
    {"values": 0},
    {"primaries": "none"},
    {"leaders": 2, "primaries": "all"},
    {"leaders": 2, "primaries": "all", "phase1": "per-slot", "send_to": "spread"},
    {"leaders": 2, "primaries": "all", "phase1": "per-slot", "retry_after": "900ms"},
    {"leaders": 2, "primaries": ["leader-0"], "failed_leaders": 1},
    {"leaders": 2, "heartbeats": "on", "heartbeat_every": "1900ms", "heartbeat_timeout": "2s"},
    {"resend_after": "20ms"},
    {"acceptors": 3, "spares": 1, "reconfigure_after": 10},
    {"protocol": "naive-2009"},
]  # fmt: skip


@pytest.mark.parametrize("keys", REFUSED, ids=str)
def test_nothing_is_said_where_nothing_is_known(keys: dict[str, Any]) -> None:
    assert value(**keys) is None


@pytest.mark.parametrize("keys", [
    {},
    {"leaders": 2, "heartbeats": "on"},
    {"leaders": 2, "failed_leaders": 1, "heartbeats": "on"},
    {"leaders": 2, "primaries": ["leader-0"]},
    {"leaders": 2, "primaries": "all", "phase1": "per-slot"},
    {"resend_after": "300ms"},
], ids=str)  # fmt: skip
def test_what_is_beside_those_is_known(keys: dict[str, Any]) -> None:
    assert value(**keys) is not None


def test_too_many_that_differ_are_not_computed() -> None:
    trips = [RoundTrip(Uniform(low_us=1, high_us=6 + place), Constant(0)) for place in range(101)]
    links = [{"from": "*", "to": f"acceptor-{place}", "delay": f"uniform 1us {place + 2}us"}
             for place in range(101)]  # fmt: skip

    with pytest.raises(TooManyError, match="found 101 round trips that differ"):
        kth_smallest(trips, 51)
    assert value(acceptors=101, links=links) is None


def test_without_scipy_one_sentence_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "scipy.special", None)

    with pytest.raises(InputError, match="found no scipy; allowed is with it: pip install"):
        value(acceptors=5)
