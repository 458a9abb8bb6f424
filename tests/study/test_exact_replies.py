"""What clients wait over constant delays: by the matrix read anew, and by simulation."""

import csv
from itertools import product
from pathlib import Path
from statistics import mean, median
from typing import Any

import pytest

from paxos_des import Scenario, simulate
from paxos_des.cluster import round_trips
from paxos_des.errors import InputError
from paxos_des.study.exact import EXACT
from paxos_des.study.exact.placement import placements, replies_us
from paxos_des.study.plan import Measure

MATRIX = Path(round_trips.__file__).parent / "matrices" / "ibm-cloud-2024-08-25.csv"
SAME_CITY_US = 1_000
WAN = Scenario.named("wan")
CITIES = [WAN.to_dict()["cities"][f"acceptor-{place}"] for place in range(5)]


def one_way_us() -> dict[tuple[str, str], float]:
    """Return half of each published round trip, read without any help of the package's."""
    with MATRIX.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(line for line in file if not line.startswith("#")))
    cities = [row["from"] for row in rows]
    found = {
        (row["from"], city): float(row[city]) * 500
        for row, city in product(rows, cities) if row[city] and city != row["from"]
    }  # fmt: skip
    return found | {(city, city): SAME_CITY_US for city in cities}


def expected_us(leader: str, client: str) -> float:
    way = one_way_us()
    votes = sorted(way[leader, city] + way[city, leader] for city in CITIES)
    return way[client, leader] + votes[2] + way[leader, client]


def placed(leader: str, client: str) -> Scenario:
    cities = {**WAN.to_dict()["cities"], "leader-1": leader, "client-0": client}
    kept = {name: city for name, city in cities.items() if name.partition("-")[2] in "01234"}
    return WAN.replace(
        cities={name: city for name, city in kept.items()
                if not name.startswith("client") or name == "client-0"},
        clients=1, values=5, round_trips=WAN.round_trips.all if WAN.round_trips else None,
    )  # fmt: skip


def waits_us(scenario: Scenario, warm_up_us: int = 0) -> list[int]:
    run = simulate(scenario, record="nothing", checks=())
    asked: dict[tuple[str, int], int] = {}
    waits = []
    for record in run.client_history:
        name = (record.client, record.sequence)
        if record.type == "invoke":
            asked[name] = record.at_us
        elif record.type == "ok" and asked[name] >= warm_up_us:
            waits.append(record.at_us - asked[name])
    return sorted(waits)


def value(name: str, scenario: Scenario, warm_up_us: int = 0) -> float | None:
    return EXACT[name].value(scenario, Measure(warm_up_us=warm_up_us))


@pytest.mark.parametrize("leader", ["Washington DC", "Tokyo", "Sydney", "London"])
@pytest.mark.parametrize("client", ["Dallas", "Sydney", "Madrid"])
def test_a_client_waits_what_the_matrix_adds_up_to(leader: str, client: str) -> None:
    scenario = placed(leader, client)

    assert replies_us(scenario, "leader-1") == {"client-0": expected_us(leader, client)}
    assert value("reply-median", scenario, 1) == expected_us(leader, client)
    assert value("reply", scenario, 1) == expected_us(leader, client)
    assert waits_us(scenario, 1) == [expected_us(leader, client)] * 4


def test_the_best_placement_is_what_the_matrix_says() -> None:
    clients = [WAN.to_dict()["cities"][f"client-{place}"] for place in range(5)]
    cities = sorted({city for way in one_way_us() for city in way})
    means = {city: mean(expected_us(city, client) for client in clients) for city in cities}

    found = placements(WAN, "leader-1")
    assert [one.city for one in found] == sorted(cities, key=lambda city: (means[city], city))
    for one in found:
        waits = [expected_us(one.city, client) for client in clients]
        assert list(one.replies_us.values()) == waits
        assert one.mean_us == pytest.approx(mean(waits))
        assert one.median_us == median(waits)
        assert one.longest_us == max(waits)
    assert found[0].city == "Washington DC"
    assert [one.city for one in placements(WAN, "leader-1", ["Tokyo", "Dallas"])] == [
        "Dallas", "Tokyo",
    ]  # fmt: skip


@pytest.mark.parametrize("keys", [
    {},
    {"phase1": "per-slot"},
    {"in_flight": 3},
    {"in_flight": "all"},
    {"failed_acceptors": 2},
    {"quorums": "flexible 4 2"},
    {"quorums": "flexible 4 2", "phase1": "per-slot", "failed_acceptors": 1},
    {"arrivals": "open", "in_flight": "all", "every_min": "70ms", "every_max": "70ms"},
    {"replica": "kv"},
    {"links": [{"from": "client-0", "to": "*", "delay": "300ms"}]},
    {"stop_when": "horizon"},
], ids=str)  # fmt: skip
@pytest.mark.parametrize("warm_up_us", [0, 1, 600_000])
def test_every_reply_of_a_run_is_in_the_closed_form(keys: dict[str, Any], warm_up_us: int) -> None:
    scenario = WAN.replace(values=40, **keys)
    waits = waits_us(scenario, warm_up_us)

    if waits:
        assert value("reply", scenario, warm_up_us) == sum(waits) / len(waits)
        assert value("reply-median", scenario, warm_up_us) == waits[(len(waits) + 1) // 2 - 1]
    else:
        assert value("reply", scenario, warm_up_us) is None


@pytest.mark.parametrize("keys", [
    {"links": [{"from": "*", "to": "acceptor-3", "delay": "uniform 1ms 2ms"}]},
    {"drop": 0.1},
    {"failed_acceptors": 3},
    {"think_max": "1ms"},
    {"arrivals": "open", "in_flight": "all", "every_min": "1ms", "every_max": "2ms"},
    {"arrivals": "open", "in_flight": 1},
    {"in_flight": "all", "window": 10},
    {"send_to": "leader-0"},
    {"send_to": "spread"},
    {"retry_after": "200ms"},
    {"resend_after": "80ms"},
    {"horizon": "2s"},
    {"clocks": [{"node": "leader-1", "rate": 2}]},
    {"values": 0},
], ids=str)  # fmt: skip
def test_nothing_is_said_where_clients_wait_for_something_else(keys: dict[str, Any]) -> None:
    assert value("reply", WAN.replace(**keys)) is None
    assert value("reply-median", WAN.replace(**keys)) is None


def test_placing_without_a_map_is_refused() -> None:
    with pytest.raises(InputError, match="placement: found no round trips"):
        placements(Scenario(), "leader-1")
    rules = [{"from": "*", "to": "acceptor-3", "delay": "uniform 1ms 2ms"}]
    with pytest.raises(InputError, match="placement: found delays that vary"):
        placements(WAN.replace(links=rules), "leader-1")
