"""`wan`: what clients wait, in each city, is what the published round trips add up to."""

import csv
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from paxos_des import Scenario, simulate
from paxos_des.cluster import round_trips

MATRIX = Path(round_trips.__file__).parent / "matrices" / "ibm-cloud-2024-08-25.csv"
CITIES = ("Dallas", "Washington DC", "Frankfurt", "Tokyo", "Sao Paulo")
LEADER = "Washington DC"
SAME_CITY_US = 1_000


def one_way_us() -> dict[tuple[str, str], int]:
    """Return half of each published round trip, read without any help of the simulator's."""
    with MATRIX.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(line for line in file if not line.startswith("#")))
    found = {
        (row["from"], city): int(row[city]) * 1_000 // 2
        for row in rows
        for city in CITIES
        if row[city]
    }
    return found | {(city, city): SAME_CITY_US for city in CITIES}


def expected_us(city: str) -> int:
    """Return the way to the leader, to the third acceptor and back, and from the leader."""
    one_way = one_way_us()
    votes_us = sorted(one_way[LEADER, other] + one_way[other, LEADER] for other in CITIES)
    return one_way[city, LEADER] + votes_us[2] + one_way[LEADER, city]


def replies(trace: list[dict[str, Any]]) -> Iterator[tuple[str, int, int]]:
    """Yield each answered command's client, when it asked, and how long it waited."""
    asked_at_us: dict[tuple[str, int], int] = {}
    for entry in trace:
        if entry["event"] in ("invoke", "complete"):
            client, sequence, _ = entry["command"]
            if entry["event"] == "invoke":
                asked_at_us[client, sequence] = entry["at_us"]
            else:
                asked = asked_at_us[client, sequence]
                yield client, asked, entry["at_us"] - asked


@pytest.fixture(scope="module")
def trace() -> list[dict[str, Any]]:
    run = simulate(Scenario.named("wan"), seed=7, record="trace")
    assert run.verdict == "ok"
    return list(run.trace)


@pytest.mark.parametrize("client", range(5))
def test_every_client_waits_what_the_round_trips_of_its_city_add_up_to(
    trace: list[dict[str, Any]], client: int
) -> None:
    stable_at_us = next(one["at_us"] for one in trace if one["event"] == "adopt")
    waited_us = [
        us for name, at_us, us in replies(trace)
        if name == f"client-{client}" and at_us >= stable_at_us
    ]  # fmt: skip

    assert len(waited_us) == 19  # all but the first, which is asked before anybody leads
    assert set(waited_us) == {expected_us(CITIES[client])}


def test_what_the_round_trips_add_up_to_is_known() -> None:
    """Washington DC hears itself after 2 ms, Dallas after 31, and Frankfurt after 91."""
    assert [expected_us(city) for city in CITIES] == [122_000, 93_000, 182_000, 256_000, 209_500]


def test_the_leader_that_stays_is_the_one_in_washington(trace: list[dict[str, Any]]) -> None:
    believed = {entry["primary"] for entry in trace if entry["event"] == "primary"}
    led = [entry["node"] for entry in trace if entry["event"] == "adopt"]

    assert believed == set(led) == {"leader-1"}
    assert Scenario.named("wan").to_dict()["cities"]["leader-1"] == LEADER


def test_a_message_takes_half_of_the_round_trip_from_its_sender_to_its_receiver() -> None:
    scenario = Scenario.named("wan")

    there = scenario.link_model("leader-1", "acceptor-3").delay
    back = scenario.link_model("acceptor-3", "leader-1").delay

    assert repr(there) == "Constant(delay_us=82000)"
    assert repr(back) == "Constant(delay_us=83000)"
    assert repr(scenario.link_model("leader-1", "acceptor-1").delay) == "Constant(delay_us=1000)"


def test_the_weather_of_the_wan_is_the_same_under_every_seed() -> None:
    scenario = Scenario.named("wan")

    assert len({simulate(scenario, seed=seed).digest for seed in range(3)}) == 1
