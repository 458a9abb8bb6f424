"""Bad input is refused in one line: what was found, what is allowed, and where."""

import os
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from paxos_des.cluster.keys import KEYS
from paxos_des.cluster.scenario import Scenario
from paxos_des.errors import ScenarioError

HUGE = 10**400

BAD_KEYS: list[tuple[str, dict[str, object]]] = [
    ("did you mean 'acceptors'", {"aceptors": 3}),
    ("acceptors: found True", {"acceptors": True}),
    ("acceptors: found 0", {"acceptors": 0}),
    ("acceptors: found 5.0", {"acceptors": 5.0}),
    ("acceptors: found '5'", {"acceptors": "5"}),
    ("acceptors: found", {"acceptors": HUGE}),
    ("allowed is 0 to 5", {"failed_acceptors": 6}),
    ("allowed is 0 to 2", {"failed_leaders": 3}),
    ("clients: found 0", {"clients": 0}),
    ("drop: found nan", {"drop": float("nan")}),
    ("drop: found inf", {"drop": float("inf")}),
    ("drop: found True", {"drop": True}),
    ("drop: found 1000", {"drop": HUGE}),
    ("drop: found -0.1", {"drop": -0.1}),
    ("drop: found '0.1'", {"drop": "0.1"}),
    ("pump_nothing: found 1", {"pump_nothing": 1}),
    ("in_flight: found 0", {"in_flight": 0}),
    ("in_flight: found True", {"in_flight": True}),
    ("slots: found 0", {"slots": 0}),
    ("window: found 0", {"window": 0}),
    ("name: found 'a\\\\nb'", {"name": "a\nb"}),
    ("name: found ''", {"name": ""}),
    ("heartbeats: found True", {"heartbeats": True}),
    ("did you mean 'answered'", {"stop_when": "answerd"}),
    ("did you mean 'highest'", {"send_to": "hihgest"}),
    ("did you mean 'leader-1'", {"send_to": "leader-9"}),
    ("did you mean 'leader-1'", {"primaries": ["leader-7"]}),
    ("a list of leaders", {"primaries": "leader-1"}),
    ("at most backoff_max", {"backoff_min": "2s", "backoff_max": "1s"}),
    ("at most think_max", {"think_min": "1ms", "in_flight": 1}),
    ("at most every_max, which is 10ms", {"every_min": "1s"}),
    ("more than 0us", {"every_min": "0s"}),
    ("did you mean 'open'", {"arrivals": "opn"}),
    ("open arrivals: they do not wait", {"think_max": "1ms", "arrivals": "open", "in_flight": 1}),
    ("nobody waits for an answer", {"think_max": "1ms"}),
    ("from retry_after, which is 2s", {"retry_max": "1s"}),
    ("retry_jitter: found 2", {"retry_jitter": 2}),
    ("'register' or 'list'", {"replica": "tree"}),
    ("replica: found True", {"replica": True}),
    ("keys: found 0", {"keys": 0}),
    ("1, but for the replica 'kv'", {"keys": 2}),
    ("1, but for the replica 'kv'", {"keys": 2, "replica": "kv"}),
    ("1, but for the replica 'kv'", {"keys": 2, "replica": "list", "operations": {"append": 1}}),
    ("'puts', or a table", {"operations": "gets"}),
    ("'puts', or a table", {"operations": ["put"]}),
    ("'puts', or a table", {"operations": (("put", 1),)}),
    ("did you mean 'put'", {"operations": {"putt": 1}}),
    ("found 5; allowed is one of put", {"operations": {5: 1}}),
    ("operations, put: found 0.5", {"operations": {"put": 0.5}}),
    ("operations, put: found -1", {"operations": {"put": -1}}),
    ("weighs more than 0", {"operations": {"put": 0}, "replica": "kv"}),
    ("weighs more than 0", {"operations": {}, "replica": "kv"}),
    ("where there is no replica", {"operations": {"put": 1}}),
    ("found 'put'; allowed is one of append, read", {"operations": {"put": 1}, "replica": "list"}),
]

BAD_DURATIONS: list[tuple[str, dict[str, object]]] = [
    ("with a unit", {"horizon": 5}),
    ("with a unit", {"horizon": "5"}),
    ("with a unit", {"horizon": "-1s"}),
    ("with a unit", {"horizon": "1e3s"}),
    ("with a unit", {"horizon": "5h"}),
    ("with a unit", {"horizon": "5\ns"}),
    ("with a unit", {"horizon": "1" * 5_000 + "s"}),
    ("a whole number of microseconds", {"horizon": "0.3us"}),
    ("ten years", {"horizon": "6000000m"}),
    ("more than 0us", {"horizon": "0s"}),
    ("horizon_us: found 0", {"horizon_us": 0}),
    ("horizon_us: found 5.0", {"horizon_us": 5.0}),
    ("horizon_us: found True", {"horizon_us": True}),
    ("twice", {"horizon": "5s", "horizon_us": 5}),
]

BAD_DELAYS: list[tuple[str, object]] = [
    ("allowed is a time", 5),
    ("did you mean 'uniform'", "unifrom 1ms 2ms"),
    ("low up to high", "uniform 2ms 1ms"),
    ("followed by low, high", "uniform 1ms"),
    ("with a unit", "uniform 1 2"),
    ("followed by mean", "exponential"),
    ("sigma: found 9.0", "lognormal 5ms 9"),
    ("allowed is a number", "lognormal 5ms nan"),
    ("fast up to slow", "bimodal 2ms 1ms 0.5"),
    ("the first 0, the last 1", "quantiles 0.1:1ms 1:2ms"),
    ("do not fall", "quantiles 0:2ms 1:1ms"),
    ("2147483647us", "40m"),
    ("'constant' or", {}),
    ("'constant' or", {"kind": ["uniform"]}),
    ("one of the keys", {"kind": "uniform", "low": "1ms", "high": "2ms", "mean": "1ms"}),
    ("a table with the keys", {"kind": "uniform", "low": "1ms"}),
    ("found 'minimum'", {"kind": "uniform", "low": "1ms", "high": "2ms", "minimum": "1ms"}),
    ("allowed is a number", {"kind": "lognormal", "median": "1ms", "sigma": HUGE}),
    ("a list of pairs", {"kind": "quantiles", "points": 5}),
]

BAD_MEASURED: list[tuple[str, object]] = [
    ("no samples", "samples"),
    ("no samples", "samples round-trip"),
    ("with a unit", "samples 1 2"),
    ("with a unit", "samples 1ms -2ms"),
    ("with a unit", "samples two-way 1ms"),
    ("10,001 samples", "samples" + " 1ms" * 10_001),
    ("a number up to", "quantiles two-way 0:1ms 1:2ms"),
    ("the first 0, the last 1", "quantiles round-trip"),
    ("a list of times", {"kind": "samples", "times": 5}),
    ("a list of times", {"kind": "samples", "times": "1ms"}),
    ("with a unit", {"kind": "samples", "times": [5]}),
    ("a table with the keys kind, times", {"kind": "samples"}),
    ("one of the keys kind, file", {"kind": "samples", "file": "a", "times": ["1ms"]}),
    ("file: found 5", {"kind": "samples", "file": 5}),
    ("measured: found 'twice'", {"kind": "samples", "times": ["1ms"], "measured": "twice"}),
    ("did you mean 'round-trip'", {"kind": "samples", "times": ["1ms"], "measured": "round-tip"}),
    ("measured: found True", {"kind": "quantiles", "points": [], "measured": True}),
    ("found a directory", {"kind": "samples", "file": "."}),
    ("no readable file", {"kind": "samples", "file": "nowhere/pings.txt"}),
]

BAD_ROUND_TRIPS: list[tuple[str, dict[str, object]]] = [
    ("round_trips: found 5", {"round_trips": 5}),
    ("round_trips: found True", {"round_trips": True}),
    ("round_trips: found .'Rome'", {"round_trips": ["Rome"]}),
    ("no readable file", {"round_trips": "nowhere.csv"}),
    ("'0 cities'; allowed is 1 to 200", {"round_trips": {}}),
    ("'201 cities'", {"round_trips": {str(city): {} for city in range(201)}}),
    ("'Rome': found 5", {"round_trips": {"Rome": 5}}),
    ("the name of a city: found 5", {"round_trips": {5: {}}}),
    ("the name of a city: found ''", {"round_trips": {"Rome": {"": "1ms"}}}),
    ("from 'A' to 'B': found 5", {"round_trips": {"A": {"B": 5}}}),
    ("from 'A' to 'B': found '-1ms'", {"round_trips": {"A": {"B": "-1ms"}}}),
    ("from 'A' to 'B': found '0.5us'", {"round_trips": {"A": {"B": "0.5us"}}}),
    ("from 'A' to 'B': found '1h'", {"round_trips": {"A": {"B": "1h"}}}),
    ("allowed is 2000s at most", {"round_trips": {"A": {"B": "34m"}}}),
    ("from 'B' to 'A': found nothing", {"round_trips": {"A": {"B": "1ms"}}}),
    ("cities, leader-0: found nothing", {"round_trips": {"A": {}}}),
    ("cities, client-0: found nothing",
     {"round_trips": {"A": {}}, "cities": {"leader-*": "A", "acceptor-*": "A"}}),
    ("cities, '.': found 'B'", {"round_trips": {"A": {}}, "cities": {"*": "B"}}),
    ("did you mean 'Rome'", {"round_trips": {"Rome": {}}, "cities": {"*": "Roma"}}),
    ("found 'acceptor-5'; allowed is a pattern that matches some node",
     {"round_trips": {"A": {}}, "cities": {"*": "A", "acceptor-5": "A"}}),
    ("cities: found .*; allowed is none without round_trips", {"cities": {"*": "A"}}),
    ("cities: found 5", {"cities": 5}),
    ("cities: found .'Rome'", {"cities": ["Rome"]}),
    ("cities: found 5", {"cities": {5: "Rome"}}),
    ("cities, '.': found 5", {"cities": {"*": 5}}),
    ("same_city: found 5;", {"same_city": 5}),
    ("same_city: found '-1ms'", {"same_city": "-1ms"}),
    ("same_city: found 2400000000us; allowed is 0 to 2147483647us", {"same_city": "40m"}),
    ("same_city_us: found -1", {"same_city_us": -1}),
]  # fmt: skip

BAD_QUORUMS: list[tuple[str, object]] = [
    ("'majority'", "majorty"),
    ("'majority'", 3),
    ("'majority'", {"kind": {}}),
    ("need not meet", "flexible 1 2"),
    ("'majority'", "flexible " + "9" * 5_000 + " 2"),
    ("phase1: found 0", "flexible 0 5"),
    ("the number of acceptors", "grid 2 2"),
    ("kind, phase1, phase2", {"kind": "flexible", "phase1": 4}),
]

BAD_FAULTS: list[tuple[str, object]] = [
    ("a list of tables", {"at": "1s"}),
    ("item 0: found 3", [3]),
    ("and one of fail, heal, crash", [{"at": "1s"}]),
    ("and one of fail, heal, crash", [{"at": "1s", "fail": "leader-0", "heal": "leader-0"}]),
    ("with a unit", [{"at": 10, "fail": "acceptor-0"}]),
    ("did you mean 'acceptor-0'", [{"at": "1s", "fail": "aceptor-0"}]),
    ("found 'client-0'", [{"at": "1s", "fail": "client-0"}]),
    ("two ends of a link", [{"at": "1s", "cut": ["leader-0"]}]),
    ("a link with a leader's end", [{"at": "1s", "cut": ["acceptor-0", "acceptor-1"]}]),
    ("a link with a leader's end", [{"at": "1s", "hold": ["acceptor-*", "client-*"]}]),
    ("found 'storage-\\*'", [{"at": "1s", "crash": "storage-*"}]),
    ("found 'client-0'; allowed", [{"at": "1s", "rot": "client-0"}]),
    ("the ends of a link|two ends of a link", [{"at": "1s", "clog": "leader-0", "by": "1ms"}]),
    ("with the keys at, clog, by", [{"at": "1s", "clog": ["leader-0", "acceptor-0"]}]),
    ("one of the keys at, crash, when, for", [{"at": "1s", "crash": "leader-0", "by": "1ms"}]),
    ("'now' or 'before-durable'", [{"at": "1s", "crash": "leader-0", "when": "soon"}]),
    (
        "did you mean 'both'|'one' or 'both'",
        [{"at": "1s", "cut": ["leader-0", "leader-1"], "ways": "bot"}],
    ),
    ("did you mean 'Accept'", [{"at": "1s", "filter": ["leader-0", "*"], "types": ["Acept"]}]),
    ("one type of message or more", [{"at": "1s", "filter": ["leader-0", "*"], "types": []}]),
    ("each of one node or more", [{"at": "1s", "partition": []}]),
    ("each of one node or more", [{"at": "1s", "partition": [["leader-0"], []]}]),
    ("cuts some link", [{"at": "1s", "partition": [["acceptor-0"], ["acceptor-1"]]}]),
    ("cuts some link", [{"at": "1s", "partition": [["leader-0"]]}]),
    ("found 'nobody'", [{"at": "1s", "partition": [["leader-0"], ["nobody"]]}]),
    ("'halves' or 'isolate'", [{"at": "1s", "partition": "quarters"}]),
    ("a draw where", [{"at": "1s", "partition": [["leader-0"], ["leader-1"]], "draw": 1}]),
    ("from 0.1 to 10", [{"at": "1s", "rate": "leader-0", "to": 0}]),
    ("found '-50ms'", [{"at": "1s", "step": "leader-0", "by": "--50ms"}]),
    ("more than 0us", [{"at": "1s", "crash": "leader-0", "for": "0us"}]),
    ("an integer from 1", [{"at": "1s", "storm": "leader-0", "times": 0, "every": "1ms"}]),
]

BAD_LINKS: list[tuple[str, object]] = [
    ("at least one of delay, drop, duplicate", [{"from": "*", "to": "*"}]),
    ("matches some node", [{"from": "cleint-*", "to": "*", "drop": 1}]),
    ("item 0, drop: found 2", [{"from": "*", "to": "*", "drop": 2}]),
    ("did you mean 'to'", [{"from": "*", "too": "*", "drop": 1}]),
    ("item 0, delay: found low", [{"from": "*", "to": "*", "delay": "uniform 2ms 1ms"}]),
]

BAD_CLOCKS: list[tuple[str, object]] = [
    ("a list of tables", {"node": "*", "rate": 2}),
    ("item 0: found 3", [3]),
    ("at least one of offset, rate", [{"node": "*"}]),
    ("the keys node", [{"rate": 2}]),
    ("node: found 5", [{"node": 5, "rate": 2}]),
    ("did you mean 'rate'", [{"node": "*", "rat": 2}]),
    ("'ledaer-.'; allowed is a pattern that matches some node", [{"node": "ledaer-*", "rate": 2}]),
    *(
        (
            "item 0, rate: found .*; allowed is a number from 0.1 to 10",
            [{"node": "*", "rate": rate}],
        )
        for rate in (0, 0.09, 10.1, 1.0000001, "1", True, float("nan"), HUGE, None)
    ),
    *(
        ("item 0, offset: found", [{"node": "*", "offset": offset}])
        for offset in (5, "5", "--5ms", "- 5ms ms", "0.1us", "-6000000m", None)
    ),
]

BAD_DISKS: list[tuple[str, dict[str, object]]] = [
    ("did you mean 'as-needed'", {"disks": "as-neded"}),
    ("disks: found True", {"disks": True}),
    ("fsync: found 5", {"fsync": 5}),
    ("fsync: found low 2000us above high 1000us", {"fsync": "uniform 2ms 1ms"}),
    ("disk_faults: found 'rot'; allowed is a table of chances", {"disk_faults": "rot"}),
    ("disk_faults: found 'rto' .did you mean 'rot'", {"disk_faults": {"rto": 1}}),
    ("disk_faults: found 5", {"disk_faults": {5: 1}}),
    ("disk_faults, torn: found 2", {"disk_faults": {"torn": 2}}),
    ("disk_faults, rot: found True", {"disk_faults": {"rot": True}}),
]

BAD_CHANGES: list[tuple[str, object]] = [
    ("a list of tables", {"at": "1s", "add": "acceptor-5"}),
    ("item 0: found 3", [3]),
    ("one of add, remove or replace", [{"at": "1s"}]),
    ("one of add, remove or replace",
     [{"at": "1s", "add": "acceptor-5", "remove": "acceptor-0"}]),
    ("with the keys at", [{"add": "acceptor-5"}]),
    ("with a unit", [{"at": 5, "add": "acceptor-5"}]),
    ("item 1, at: found '1s'; allowed is 2s or later",
     [{"at": "2s", "add": "acceptor-5"}, {"at": "1s", "remove": "acceptor-5"}]),
    ("item 0, add: found 'acceptor-7'", [{"at": "1s", "add": "acceptor-7"}]),
    ("item 0, add: found 'acceptor-0'", [{"at": "1s", "add": "acceptor-0"}]),
    ("item 0, add: found 'leader-0'", [{"at": "1s", "add": "leader-0"}]),
    ("item 0, add: found 5", [{"at": "1s", "add": 5}]),
    ("item 0, remove: found 'acceptor-5'", [{"at": "1s", "remove": "acceptor-5"}]),
    ("item 0, remove: found 'nobody'", [{"at": "1s", "remove": "nobody"}]),
    ("who leaves, and who takes its place", [{"at": "1s", "replace": "acceptor-0"}]),
    ("who leaves, and who takes its place", [{"at": "1s", "replace": ["acceptor-0"]}]),
    ("replace: found 'acceptor-6'", [{"at": "1s", "replace": ["acceptor-6", "acceptor-5"]}]),
    ("replace: found 'acceptor-1'", [{"at": "1s", "replace": ["acceptor-0", "acceptor-1"]}]),
    ("leaves some acceptor",
     [{"at": f"{number}s", "remove": f"acceptor-{number}"} for number in range(5)]),
]  # fmt: skip

BAD_NEMESES: list[tuple[str, object]] = [
    ("nemesis: found 5; allowed is a table, or 'none'", 5),
    ("nemesis: found 'all'", "all"),
    ("nemesis: found .*; allowed is a table", ["crash"]),
    ("did you mean 'kinds'", {"kind": "all"}),
    ("nemesis, kinds: found 'some'", {"kinds": "some"}),
    ("one kind of fault or more", {"kinds": []}),
    ("did you mean 'crash'", {"kinds": ["crsh"]}),
    ("nemesis, kinds: found 5", {"kinds": [5]}),
    ("found 'heal'; allowed is one of crash", {"kinds": ["heal"]}),
    ("nemesis, every: found 5", {"every": 5}),
    ("nemesis, every: found '1us'", {"every": "1us"}),
    ("the shortest and the longest time", {"lasts": "1ms"}),
    ("the shortest and the longest time", {"lasts": ["1ms"]}),
    ("the shortest time, then the longest", {"by": ["2ms", "1ms"]}),
    ("nemesis, drift: found 0.6; allowed is a number from 0 to 0.5", {"drift": 0.6}),
    ("nemesis, drift: found nan", {"drift": float("nan")}),
    ("a time after from, 1s", {"from": "1s", "until": "1s"}),
    ("nemesis, until: found '60s'; allowed is a time before the horizon", {"until": "60s"}),
    ("nemesis, until: found '0s'", {"until": "0s"}),
    ("did you mean 'drawn'", {"bounded": "draw"}),
    ("nemesis, bounded: found True", {"bounded": True}),
    ("did you mean 'partition ring'", {"without": ["partition rign"]}),
    ("nemesis, without: found 'crash'", {"without": "crash"}),
]

BAD_PROTOCOLS: list[tuple[str, dict[str, object]]] = [
    ("a number of slots, where acceptors change",
     {"spares": 1, "changes": [{"at": "1s", "add": "acceptor-5"}]}),
    ("none: `spares` gives some",
     {"reconfigure_after": 9, "changes": [{"at": "1s", "add": "acceptor-5"}]}),
    ("majority, where acceptors change", {"reconfigure_after": 9, "quorums": "flexible 4 2"}),
    ("reconfigure_after: found 0", {"reconfigure_after": 0}),
    ("reconfigure_after: found 'always'", {"reconfigure_after": "always"}),
    ("spares: found -1", {"spares": -1}),
    ("spares: found '1'", {"spares": "1"}),
    ("log, without phase1 = 'stable' and a replica", {"reads": "lease"}),
    ("log, without phase1 = 'stable' and a replica",
     {"reads": "lease", "replica": "kv", "phase1": "per-slot"}),
    ("reads: found True", {"reads": True}),
    ("did you mean 'lease'", {"reads": "leese", "replica": "kv"}),
    ("lease: found 5", {"lease": 5}),
    ("lease: found '0s'", {"lease": "0s"}),
    ("lease_drift: found 2", {"lease_drift": 2}),
    ("lease_drift: found '1%'", {"lease_drift": "1%"}),
    ("snapshot_every: found 9; allowed is never, without a replica", {"snapshot_every": 9}),
    ("snapshot_every: found 0", {"snapshot_every": 0, "replica": "kv"}),
    ("snapshot_every: found 'often'", {"snapshot_every": "often", "replica": "kv"}),
    ("catch_up_batch: found 0", {"catch_up_batch": 0}),
    ("catch_up_every: found '0s'", {"catch_up_every": "0s"}),
    ("lost_after: found 5", {"lost_after": 5}),
    ("live_within: found 5", {"live_within": 5}),
    ("live_within: found '0s'", {"live_within": "0s"}),
    ("live_within: found 'soon'", {"live_within": "soon"}),
]  # fmt: skip

UNHEALED: dict[str, object] = {"live_within": "2s", "spares": 1}
BAD_HEALINGS: list[tuple[str, dict[str, object]]] = [
    ("horizon: found '1s'; allowed is 2s or later", {"horizon": "1s"}),
    ("horizon: found '6s'; allowed is 7s or later: live_within after the last fault",
     {"horizon": "6s", "nemesis": {"until": "5s"}}),
    ("horizon: found '5s'; allowed is 6s or later",
     {"horizon": "5s", "faults": [{"at": "1s", "crash": "acceptor-0", "for": "3s"}]}),
    ("horizon: found '5s'; allowed is 6500ms or later",
     {"horizon": "5s",
      "faults": [{"at": "500ms", "storm": "acceptor-0", "times": 4, "every": "1s"}]}),
    ("nemesis, until: found '6s'; allowed is a time before the horizon",
     {"horizon": "5s", "nemesis": {"until": "6s"}}),
    ("faults: found .*; allowed is a `for`, or healing",
     {"nemesis": {"until": "1s"}, "faults": [{"at": "2s", "crash": "acceptor-[012]"}]}),
]  # fmt: skip

BAD: list[tuple[str, dict[str, object]]] = [
    *BAD_KEYS,
    *(
        (says, {"changes": found, "spares": 1, "reconfigure_after": 9})
        for says, found in BAD_CHANGES
    ),
    *((says, {"nemesis": found}) for says, found in BAD_NEMESES),
    *BAD_PROTOCOLS,
    *((says, {**UNHEALED, **keys}) for says, keys in BAD_HEALINGS),
    *BAD_DURATIONS,
    *((says, {"delay": found}) for says, found in (*BAD_DELAYS, *BAD_MEASURED)),
    *BAD_ROUND_TRIPS,
    *((says, {"quorums": found}) for says, found in BAD_QUORUMS),
    *((says, {"faults": found}) for says, found in BAD_FAULTS),
    *((says, {"links": found}) for says, found in BAD_LINKS),
    *((says, {"clocks": found}) for says, found in BAD_CLOCKS),
    *BAD_DISKS,
]


def in_one_line(error: BaseException) -> bool:
    return str(error).isprintable() and len(str(error)) < 500


@pytest.mark.parametrize(("says", "keys"), BAD, ids=lambda part: str(part)[:40])
def test_refuses_what_cannot_be(says: str, keys: dict[str, object]) -> None:
    with pytest.raises(ScenarioError, match=says) as refused:
        Scenario(**keys)

    assert in_one_line(refused.value)
    assert "found" in str(refused.value)


@pytest.mark.parametrize(("says", "keys"), BAD, ids=lambda part: str(part)[:40])
def test_says_where_a_key_came_from(says: str, keys: dict[str, object]) -> None:
    with pytest.raises(ScenarioError, match=says) as refused:
        Scenario.from_dict(keys, where="my.toml")

    assert str(refused.value).startswith("my.toml: ")


ALL_BUT_TWO = [{"at": "1s", "crash": "acceptor-[012]"}]


@pytest.mark.parametrize(
    "keys",
    [
        {"faults": ALL_BUT_TWO},
        {"faults": [{"at": "1s", "crash": "leader-*"}]},
        {"faults": [{"at": "1s", "cut": ["leader-*", "acceptor-[012]"]}]},
        {"faults": [{"at": "1s", "partition": [["leader-*"], ["acceptor-*"]]}]},
        {"faults": [{"at": "1s", "fail": "acceptor-0"}], "failed_acceptors": 3},
        {"faults": [*ALL_BUT_TWO, {"at": "500ms", "heal": "all"}]},
        {"failed_leaders": 2},
    ],
)
def test_refuses_to_ask_for_liveness_where_healing_never_comes(keys: dict[str, object]) -> None:
    with pytest.raises(ScenarioError, match=r"faults: found .*; allowed is a `for`, or healing"):
        Scenario(live_within="2s", **keys)

    Scenario(**keys)


@pytest.mark.parametrize(
    "faults",
    [
        [*ALL_BUT_TWO, {"at": "2s", "heal": "all"}],
        [*ALL_BUT_TWO, {"at": "2s", "restart": "acceptor-1"}],
        [{"at": "1s", "crash": "acceptor-*", "for": "2s"}],
        [{"at": "1s", "cut": ["leader-0", "acceptor-*"]}],
        [{"at": "1s", "crash": "acceptor-[01]"}],
        [{"at": "1s", "partition": "primary-alone"}],
    ],
)
def test_liveness_can_be_asked_for_where_some_leader_has_a_quorum_in_the_end(
    faults: list[dict[str, object]],
) -> None:
    assert Scenario(live_within="2s", faults=faults).live_within_us == 2_000_000


def test_refuses_to_lose_a_node_that_a_fault_names() -> None:
    scenario = Scenario(faults=[{"at": "1s", "fail": "acceptor-4"}])

    with pytest.raises(ScenarioError, match="found 'acceptor-4'"):
        scenario.replace(acceptors=3)


@pytest.mark.parametrize("name", ["2010", "../2009", "", "x" * 10_000, "a\nb"])
def test_an_unknown_name_is_answered_with_the_known_ones(name: str) -> None:
    with pytest.raises(
        ScenarioError, match="reconfigure, skewed-clocks, wan, or a TOML file"
    ) as refused:
        Scenario.named(name)

    assert in_one_line(refused.value)


@pytest.mark.parametrize(
    ("setting", "says"),
    [
        ("drop", "allowed is KEY=VALUE"),
        ("dorp=1", "did you mean 'drop'"),
        ("horizon=5", "--set horizon: found 5"),
        ("acceptors=[[[", "--set acceptors: found"),
        ("acceptors=3\nleaders=1", "--set acceptors: found"),
        ("acceptors=" + "[" * 5_000, "--set acceptors: found"),
        ("values=2009-01-01", "--set values: found"),
        ("name=a\x1bb", "--set name: found"),
    ],
    ids=lambda part: part[:30],
)
def test_refuses_a_bad_setting(setting: str, says: str) -> None:
    with pytest.raises(ScenarioError, match=says) as refused:
        Scenario().with_settings([setting])

    assert in_one_line(refused.value)


BAD_CONTENTS: list[tuple[str, bytes]] = [
    ("not UTF-8 at 0", b"\xff\xfe\x00"),
    ("line 2", b"acceptors = 3\nleaders = \n"),
    ("nested too deep", b"a = " + b"[" * 100_000),
    ("cannot be read", b"acceptors = " + b"9" * 10_000),
    ("acceptors: found", b"acceptors = 0x" + b"f" * 10_000),
    ("did you mean 'acceptors'", b"acceptrs = 3"),
    ("the unknown key", b'"a\\nb" = 3'),
    ("the unknown key", b'"' + b"k" * 900_000 + b'" = 3'),
    ("ties: found", b'ties = "' + b"x" * 900_000 + b'"'),
]


@pytest.mark.parametrize(("says", "content"), BAD_CONTENTS, ids=lambda part: repr(part)[:30])
def test_refuses_a_file_that_holds_no_scenario(tmp_path: Path, says: str, content: bytes) -> None:
    file = tmp_path / "bad.toml"
    file.write_bytes(content)

    with pytest.raises(ScenarioError, match=says) as refused:
        Scenario.load(file)

    assert in_one_line(refused.value)
    assert "bad.toml" in str(refused.value)


def test_refuses_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(ScenarioError, match="no readable file"):
        Scenario.load(tmp_path / "nowhere.toml")


def test_refuses_a_path_that_is_none() -> None:
    with pytest.raises(ScenarioError, match="no path"):
        Scenario.load("a\0b")


def test_refuses_a_directory(tmp_path: Path) -> None:
    with pytest.raises(ScenarioError, match="found a directory") as refused:
        Scenario.load(tmp_path)

    assert str(refused.value).count("found") == 1


def test_a_newline_in_the_name_of_a_file_breaks_no_line(tmp_path: Path) -> None:
    (tmp_path / "a\nb.toml").write_text('name = "given"\nacceptors = 0\n')

    with pytest.raises(ScenarioError, match="acceptors: found 0") as refused:
        Scenario.load(tmp_path / "a\nb.toml")

    assert in_one_line(refused.value)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no pipes with names here")
def test_does_not_wait_for_a_pipe(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.toml")

    with pytest.raises(ScenarioError, match="no regular file"):
        Scenario.load(tmp_path / "pipe.toml")


def test_refuses_a_huge_file_without_reading_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "huge.toml"
    with file.open("wb") as sparse:
        sparse.truncate(100_000_000)
    monkeypatch.setattr(Path, "read_bytes", None)

    with pytest.raises(ScenarioError, match="found 100,000,000 bytes"):
        Scenario.load(file)


class Odd:
    """What prints as several lines."""

    def __repr__(self) -> str:
        return "odd\nand even"


strange = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.sampled_from([HUGE, -HUGE, float("nan"), float("inf"), -0.0, Odd(), Odd])
    | st.floats()
    | st.text(max_size=20)
    | st.binary(max_size=5)
    | st.sampled_from([np.zeros((3, 3)), np.array([1, 2]), np.float32("nan"), np.bool_(1)])
    | st.sampled_from(
        ["all", "2ms", "leader-0", "*", "[", "[z-a]", "uniform", "flexible 3 3", "grid", "heal",
         "1 ms", "2ms\n", "1e5s", "samples 1ms", "ibm-cloud-2024-08-25", "Tokyo",
         "swarm", "crash", "partition ring", "kv", "lease", "none", "acceptor-5", "never",
         "\ud800", "quantiles 0:0us 1:", "bimodal 1ms 2ms inf"]
    ),
    lambda inner: st.lists(inner, max_size=3)
    | st.dictionaries(
        st.text(max_size=3)
        | st.integers()
        | st.sampled_from(
            ["kind", "low", "high", "mean", "points", "from", "to", "drop", "delay", "at", "fail",
             "cut", "heal", "phase1", "phase2", "times", "measured", "file", "Tokyo", "kinds",
             "every", "until", "lasts", "by", "drift", "bounded", "without", "add", "remove",
             "replace", "put", "get", "node", "offset", "rate", "torn", "crash", "partition",
             "filter", "types", "for", "when", "storm", "rot"]
        ),
        inner,
        max_size=3,
    ),
    max_leaves=8,
)  # fmt: skip


@settings(max_examples=500, deadline=None)
@given(
    keys=st.dictionaries(
        st.sampled_from([*KEYS, *(key.removesuffix("_us") for key in KEYS), "bogus"]),
        strange,
        min_size=1,
        max_size=3,
    )
)
def test_whatever_is_given_makes_a_scenario_or_one_sentence(keys: dict[str, object]) -> None:
    try:
        scenario = Scenario(**keys)
    except ScenarioError as refused:
        assert in_one_line(refused)  # noqa: PT017 - most are refused, and some are not
    else:
        assert Scenario.from_dict(scenario.to_dict(), where="a test") == scenario


@settings(max_examples=500, deadline=None)
@given(
    key=st.sampled_from(
        [
            "delay",
            "quorums",
            "links",
            "faults",
            "primaries",
            "round_trips",
            "cities",
            "nemesis",
            "lives",
            "changes",
            "operations",
            "clocks",
            "fsync",
            "disk_faults",
        ]
    ),
    found=strange,
)
def test_whatever_a_part_is_made_of_is_a_scenario_or_one_sentence(key: str, found: object) -> None:
    try:
        Scenario(**{key: found})
    except ScenarioError as refused:
        assert in_one_line(refused)  # noqa: PT017 - as above


@pytest.mark.parametrize("key", ["acceptors", "drop", "in_flight", "name", "delay", "links"])
def test_refuses_an_integer_that_python_will_not_print(key: str) -> None:
    with pytest.raises(ScenarioError, match=f"{key}: found a int; allowed is") as refused:
        Scenario(**{key: 10**5_000})

    assert in_one_line(refused.value)


def test_refuses_a_list_where_a_table_of_keys_is_due() -> None:
    with pytest.raises(ScenarioError, match=r"here: found .*; allowed is a table of keys"):
        Scenario.from_dict([1], where="here")  # type: ignore[arg-type] # that is the point


@pytest.mark.parametrize(
    "keys",
    [
        {"nemesis": np.zeros(3)},
        {"nemesis": {"kinds": np.zeros(3)}},
        {"nemesis": {"bounded": np.zeros(3)}},
        {"nemesis": {"without": [np.zeros(3)]}},
        {"live_within": np.zeros(3)},
        {"live_within_us": np.zeros(0)},
        {"faults": [{"at": "1s", "heal": np.zeros(3)}]},
    ],
)
def test_an_array_where_a_word_is_allowed_is_refused_in_one_sentence(keys: dict[str, Any]) -> None:
    """An array is equal to nothing, not even to say no: comparing it is an error of NumPy's."""
    with pytest.raises(ScenarioError, match="found"):
        Scenario(**keys)
