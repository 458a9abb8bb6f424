"""Scenarios: made from keywords, files and settings, equal where they mean the same."""

import json
import pickle
from dataclasses import FrozenInstanceError, replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from paxos_des.cluster.clocks import ClockModel
from paxos_des.cluster.faults import Fault
from paxos_des.cluster.parts import LinkRule, QuorumRule
from paxos_des.cluster.scenario import KEYS, Scenario
from paxos_des.cluster.workload import first_leader_of
from paxos_des.engine.delays import (
    Bimodal,
    Constant,
    Delay,
    Exponential,
    Lognormal,
    Quantiles,
    Samples,
    Uniform,
)
from paxos_des.engine.disk import DiskModel
from paxos_des.protocol.quorum import Flexible, Grid, Majority

FULL = Scenario(
    name="everything",
    acceptors=6,
    leaders=3,
    clients=2,
    failed_acceptors=1,
    primaries=["leader-0", "leader-2"],
    quorums="flexible 5 2",
    in_flight=4,
    send_to="leader-2",
    slots=50,
    heartbeats="off",
    retry_after="1.5s",
    delay="exponential 5ms 100us",
    drop=0.1,
    duplicate=1,
    links=[
        {"from": "client-*", "to": "*", "delay": "0us"},
        {"from": "*", "to": "acceptor-0", "drop": 0, "duplicate": 0.5},
    ],
    faults=[
        {"at": "10ms", "fail": "acceptor-0"},
        {"at": "20ms", "heal": "acceptor-0"},
        {"at": "30ms", "cut": ["leader-0", "acceptor-1"]},
        {"at": "1s", "heal": ["leader-0", "acceptor-1"]},
    ],
    lives=[
        {"node": "acceptor-*", "up": "exponential 20s 1s", "down": "lognormal 5s 0.5"},
        {"node": "leader-0", "up": "1s", "down": "1ms", "deed": "pause", "until": "30s"},
    ],
    clocks=[
        {"node": "leader-*", "offset": "-5ms", "rate": 1.01},
        {"node": "acceptor-0", "rate": 0.1},
    ],
    disks="on",
    fsync="bimodal 100us 10ms 0.01",
    disk_faults={"torn": 0.5, "rot": 0.001},
    settle="100us",
)


def test_what_is_not_given_is_the_default() -> None:
    scenario = Scenario()

    assert {key: getattr(scenario, key) for key in KEYS} == {
        key: allowed.default for key, allowed in KEYS.items()
    }


@pytest.mark.parametrize("scenario", [Scenario(), FULL, *map(Scenario.named, Scenario.names())])
def test_survives_being_written_as_json(scenario: Scenario) -> None:
    written = json.dumps(scenario.to_dict())

    again = Scenario.from_dict(json.loads(written), where="a test")

    assert again == scenario
    assert hash(again) == hash(scenario)
    assert json.dumps(again.to_dict()) == written


def test_what_is_written_is_complete_and_has_units() -> None:
    written = FULL.to_dict()

    assert list(written) == [key.removesuffix("_us") for key in KEYS]
    assert written["retry_after"] == "1500ms"
    assert written["horizon"] == "60s"
    assert written["settle"] == "100us"
    assert written["delay"] == "exponential 5ms 100us"
    assert written["quorums"] == "flexible 5 2"


def test_survives_the_way_to_another_process() -> None:
    again = pickle.loads(pickle.dumps(FULL))  # noqa: S301 - our own bytes

    assert again == FULL


def test_cannot_be_changed() -> None:
    with pytest.raises(FrozenInstanceError):
        FULL.acceptors = 3  # type: ignore[misc] # that it is refused is the point


def test_replacing_leaves_the_rest_as_it_was() -> None:
    replaced = FULL.replace(drop=0.5, settle="2s")

    assert (replaced.drop, replaced.settle_us) == (0.5, 2_000_000)
    assert replaced.replace(drop=0.1, settle_us=100) == FULL


def test_a_whole_number_is_a_probability_too() -> None:
    assert Scenario(drop=1) == Scenario(drop=1.0)


@pytest.mark.parametrize(
    ("written", "time_us"),
    [("100us", 100), ("2ms", 2_000), ("1.5s", 1_500_000), ("2m", 120_000_000), ("0.5ms", 500)],
)
def test_a_duration_is_a_number_with_a_unit(written: str, time_us: int) -> None:
    assert Scenario(horizon=written) == Scenario(horizon_us=time_us)


@pytest.mark.parametrize(
    ("written", "delay"),
    [
        ("2ms", Constant(2_000)),
        ("uniform 1ms 10ms", Uniform(low_us=1_000, high_us=10_000)),
        ("exponential 5ms", Exponential(mean_us=5_000)),
        ("exponential 5ms 1ms", Exponential(mean_us=5_000, minimum_us=1_000)),
        ("lognormal 5ms 0.5", Lognormal(median_us=5_000, sigma=0.5)),
        ("bimodal 1ms 50ms 0.01", Bimodal(fast_us=1_000, slow_us=50_000, slow_share=0.01)),
        ("quantiles 0:1ms 0.5:2ms 1:50ms", Quantiles(((0.0, 1_000), (0.5, 2_000), (1.0, 50_000)))),
        ("samples 3ms 1ms 1.5ms 1ms", Samples((1_000, 1_000, 1_500, 3_000))),
        ("samples round-trip 3ms 1ms 1001us 1003us", Samples((500, 500, 502, 1_500))),
        ("quantiles round-trip 0:1ms 0.5:2001us 1:9ms",
         Quantiles(((0.0, 500), (0.5, 1_000), (1.0, 4_500)))),
        ({"kind": "samples", "times": ["3ms", "1ms"]}, Samples((1_000, 3_000))),
        ({"kind": "samples", "times": ["3ms", "1ms"], "measured": "one-way"},
         Samples((1_000, 3_000))),
        ({"kind": "samples", "times": ["3ms", "1ms"], "measured": "round-trip"},
         Samples((500, 1_500))),
        ({"kind": "quantiles", "points": [[0, "1ms"], [1, "2ms"]], "measured": "round-trip"},
         Quantiles(((0.0, 500), (1.0, 1_000)))),
        ({"kind": "constant", "delay": "2ms"}, Constant(2_000)),
        ({"kind": "uniform", "low": "1ms", "high": "2ms"}, Uniform(low_us=1_000, high_us=2_000)),
        ({"kind": "lognormal", "median": "1ms", "sigma": 1}, Lognormal(median_us=1_000, sigma=1.0)),
        ({"kind": "quantiles", "points": [[0, "1ms"], [1, "2ms"]]},
         Quantiles(((0.0, 1_000), (1.0, 2_000)))),
    ],
    ids=repr,
)  # fmt: skip
def test_a_delay_is_a_line_or_a_table(written: object, delay: Delay) -> None:
    scenario = Scenario(delay=written)

    assert scenario.delay == delay
    assert Scenario.from_dict(scenario.to_dict(), where="a test").delay == delay


@pytest.mark.parametrize(
    ("written", "system"),
    [
        ("majority", Majority(6)),
        ("flexible 5 2", Flexible(acceptors=6, phase1=5, phase2=2)),
        ("grid 2 3", Grid(acceptors=6, rows=2, columns=3)),
        ({"kind": "flexible", "phase1": 4, "phase2": 3}, Flexible(acceptors=6, phase1=4, phase2=3)),
        ({"kind": "grid", "rows": 3, "columns": 2}, Grid(acceptors=6, rows=3, columns=2)),
    ],
    ids=repr,
)
def test_quorums_are_made_for_the_acceptors(
    written: object, system: Majority | Flexible | Grid
) -> None:
    assert Scenario(acceptors=6, quorums=written).quorum_system == system


def test_a_majority_grows_with_its_acceptors() -> None:
    assert Scenario().replace(acceptors=9).quorum_system == Majority(9)
    assert Scenario().quorums == QuorumRule()


def test_faults_and_links_are_kept_as_values() -> None:
    assert FULL.faults == (
        Fault(10_000, "fail", ("acceptor-0",)),
        Fault(20_000, "heal", ("acceptor-0",)),
        Fault(30_000, "cut", ("leader-0", "acceptor-1")),
        Fault(1_000_000, "mend", ("leader-0", "acceptor-1")),
    )
    assert FULL.links == (
        LinkRule("client-*", "*", Constant(0), None, None),
        LinkRule("*", "acceptor-0", None, 0.0, 0.5),
    )


def test_a_later_link_rule_wins_field_by_field() -> None:
    rules = [
        {"from": "*", "to": "*", "delay": "1ms", "drop": 0.5},
        {"from": "leader-0", "to": "acceptor-*", "drop": 0},
    ]
    scenario = Scenario(duplicate=0.25, links=rules)

    special = scenario.link_model("leader-0", "acceptor-1")
    ordinary = scenario.link_model("acceptor-1", "leader-0")

    assert (special.delay, special.drop, special.duplicate) == (Constant(1_000), 0.0, 0.25)
    assert (ordinary.delay, ordinary.drop, ordinary.duplicate) == (Constant(1_000), 0.5, 0.25)


def test_a_later_clock_rule_wins_field_by_field() -> None:
    rules = [
        {"node": "leader-*", "offset": "5ms", "rate": 1.01},
        {"node": "leader-1", "rate": 0.99},
        {"node": "leader-0", "offset": "0us", "rate": 1},
    ]
    scenario = Scenario(leaders=3, clocks=rules)

    assert scenario.clock_of("leader-2") == ClockModel(offset_us=5_000, rate_ppm=1_010_000)
    assert scenario.clock_of("leader-1") == ClockModel(offset_us=5_000, rate_ppm=990_000)
    assert scenario.clock_of("leader-0") is None
    assert scenario.clock_of("acceptor-0") is None


def test_a_disk_behaves_as_its_scenario_says() -> None:
    scenario = Scenario(fsync="2ms", disk_faults={"rot": 0.5})

    assert scenario.disk_model == DiskModel(fsync=Constant(2_000), rot=0.5)
    assert Scenario().disk_model == DiskModel()


@pytest.mark.parametrize(
    ("primaries", "names"),
    [
        ("highest", ("leader-2",)),
        ("all", ("leader-0", "leader-1", "leader-2")),
        ("none", ()),
        (["leader-1"], ("leader-1",)),
    ],
)
def test_knows_who_is_told_to_be_primary(primaries: object, names: tuple[str, ...]) -> None:
    assert Scenario(leaders=3, primaries=primaries).primary_names == names


def test_nodes_are_named_leaders_first_then_acceptors_then_clients() -> None:
    scenario = Scenario(leaders=2, acceptors=1, clients=1)

    assert scenario.node_names == ("leader-0", "leader-1", "acceptor-0", "client-0")


def test_settings_are_toml_or_plain_text() -> None:
    settings = [
        "drop=0.1",
        "quorums=flexible 4 2",
        "horizon=5s",
        "settle='1s'",
        'primaries=["leader-0"]',
    ]

    changed = Scenario().with_settings(settings)

    assert changed == Scenario(
        drop=0.1, quorums="flexible 4 2", horizon="5s", settle="1s", primaries=["leader-0"]
    )


def test_a_file_is_named_after_itself_unless_it_says_another_name(tmp_path: Path) -> None:
    (tmp_path / "mine.toml").write_text("acceptors = 3\r\n")
    (tmp_path / "other.toml").write_text('name = "told"\n')

    assert Scenario.load(tmp_path / "mine.toml") == Scenario(name="mine", acceptors=3)
    assert Scenario.load(str(tmp_path / "other.toml")).name == "told"


def test_ships_the_scenarios_of_the_documentation() -> None:
    assert Scenario.names() == (
        "2009", "2009-adversarial", "crashes", "disk-faults", "duel", "everything", "lossy",
        "partitions", "reconfigure", "skewed-clocks", "wan",
    )  # fmt: skip


def test_the_2009_scenario_is_the_demonstration_of_2009() -> None:
    scenario = Scenario.named("2009")

    assert scenario == Scenario(
        name="2009",
        acceptors=5,
        failed_acceptors=2,
        leaders=2,
        primaries="all",
        phase1="per-slot",
        heartbeats="on",
        heartbeat_every="1s",
        heartbeat_timeout="2s",
        clients=1,
        values=1_000,
        in_flight="all",
        send_to="leader-1",
        pump="plain",
        delay="uniform 200us 1ms",
        stop_when="learned",
        settle="10s",
        horizon="60s",
    )
    assert scenario.primary_names == ("leader-0", "leader-1")


def test_the_adversarial_scenario_is_the_same_cluster_under_adversarial_pumps() -> None:
    scenario = Scenario.named("2009-adversarial")
    plain = Scenario.named("2009")

    same = (
        "acceptors", "failed_acceptors", "leaders", "primaries", "phase1", "clients", "delay",
        "heartbeats", "heartbeat_every_us", "heartbeat_timeout_us", "in_flight", "quorums",
    )  # fmt: skip
    assert [getattr(scenario, key) for key in same] == [getattr(plain, key) for key in same]
    assert (plain.pump, scenario.pump) == ("plain", "adversarial")
    assert (scenario.values, scenario.send_to) == (200, "spread")
    first = first_leader_of(scenario, "client-0")
    assert [first(number) for number in range(200)].count("leader-0") == 100
    assert (scenario.drop, scenario.duplicate) == (0.0, 0.0)


def test_the_duel_is_two_leaders_over_one_slot() -> None:
    scenario = Scenario.named("duel")

    assert (scenario.acceptors, scenario.leaders, scenario.slots) == (3, 2, 1)
    assert (scenario.phase1, scenario.heartbeats) == ("per-slot", "off")
    assert scenario.primary_names == ("leader-0", "leader-1")
    assert scenario.delay == Uniform(low_us=1_000, high_us=10_000)
    assert (scenario.drop, scenario.duplicate) == (0.1, 0.1)
    assert (scenario.horizon_us, scenario.stop_when) == (1_000_000, "learned")


def test_the_clients_of_the_duel_stand_beside_their_leaders() -> None:
    scenario = Scenario.named("duel")

    for ends in (("client-0", "leader-0"), ("leader-1", "client-1")):
        beside = scenario.link_model(*ends)
        assert (beside.delay, beside.drop, beside.duplicate) == (Constant(0), 0.0, 0.0)
    assert scenario.link_model("leader-0", "acceptor-0").drop == 0.1


def test_a_later_value_of_a_setting_wins() -> None:
    assert Scenario().with_settings(["drop=0.1", "drop=0.2"]).drop == 0.2
    assert Scenario().with_settings([]) == Scenario()


def test_numbers_of_numpy_are_as_good_as_pythons() -> None:
    ours = Scenario(acceptors=3, drop=0.5, window=7, name="x")

    theirs = Scenario(
        acceptors=np.int64(3), drop=np.float64(0.5), window=np.uint8(7), name=np.str_("x")
    )

    assert theirs == ours
    assert repr(theirs) == repr(ours)
    assert json.dumps(theirs.to_dict()) == json.dumps(ours.to_dict())


def test_minus_zero_is_zero() -> None:
    assert repr(Scenario(drop=-0.0)) == repr(Scenario(drop=0))


@pytest.mark.parametrize(
    ("keys", "words"),
    [
        ({"clients": 1, "values": 1}, "1 client, 1 value; "),
        ({"clients": 2, "values": 1_000}, "2 clients, 1,000 values; "),
        ({"acceptors": 1, "leaders": 1}, "1 acceptor, 1 leader (1 told to be primary)"),
        ({"failed_acceptors": 2}, "5 acceptors (2 failed), 2 leaders (1 told to be primary)"),
        ({"primaries": "none"}, "2 leaders (none told to be primary)"),
        ({"quorums": "flexible 4 2"}, "flexible 4 2 quorums, heartbeats on, plain pumps"),
        ({"drop": 0.125, "duplicate": 1}, "delay uniform 200us 1ms, 12.5 % dropped, 100 % dup"),
    ],
    ids=str,
)
def test_the_summary_reads_as_a_sentence(keys: dict[str, object], words: str) -> None:
    assert words in Scenario(**keys).summary


times_us = st.integers(0, 10**8)
shares = st.floats(0, 1, exclude_min=True, exclude_max=True)


def delays() -> st.SearchStrategy[Delay]:
    pairs = st.tuples(times_us, times_us).map(sorted)
    points = st.lists(st.tuples(shares, times_us), unique_by=lambda point: point[0], max_size=5)

    def quantiles(inner: list[tuple[float, int]]) -> Quantiles:
        rising = [0.0, *sorted(share for share, _ in inner), 1.0]
        ends = sorted([0, *(time_us for _, time_us in inner), 10**8])
        return Quantiles(tuple(zip(rising, ends, strict=True)))

    return st.one_of(
        st.builds(Constant, times_us),
        pairs.map(lambda pair: Uniform(low_us=pair[0], high_us=pair[1])),
        st.builds(Exponential, mean_us=times_us, minimum_us=times_us),
        st.builds(Lognormal, median_us=st.integers(0, 100), sigma=st.floats(0.1, 3)),
        st.builds(
            lambda pair, share: Bimodal(fast_us=pair[0], slow_us=pair[1], slow_share=share),
            pairs,
            shares,
        ),
        points.map(quantiles),
        st.lists(times_us, min_size=1, max_size=5).map(lambda found: Samples(tuple(found))),
    )


durations_us = st.integers(1, 10**12)
likely = st.fixed_dictionaries(
    {},
    optional={
        "name": st.text(min_size=1, max_size=200).filter(str.isprintable),
        "acceptors": st.integers(5, 9),
        "leaders": st.integers(2, 4),
        "clients": st.integers(1, 3),
        "failed_acceptors": st.integers(0, 5),
        "primaries": st.sampled_from(["highest", "all", "none", [], ["leader-1", "leader-0"]]),
        "phase1": st.sampled_from(["per-slot", "stable"]),
        "quorums": st.sampled_from(["majority", "flexible 5 5", {"kind": "majority"}]),
        "in_flight": st.just("all") | st.integers(1, 10**7),
        "slots": st.just("unbounded") | st.integers(1, 10**7),
        "pump_nothing": st.floats(0, 1, exclude_max=True),
        "delay": delays(),
        "drop": st.floats(0, 1),
        "duplicate": st.fractions(0, 1),
        "same_city_us": st.integers(0, 10**9),
        "settle_us": st.integers(0, 10**12),
        "horizon_us": durations_us,
        "resend_after_us": durations_us,
        "clocks": st.lists(
            st.builds(
                lambda offset_us, rate_ppm: {
                    "node": "acceptor-*",
                    "offset": f"{offset_us}us",
                    "rate": rate_ppm / 10**6,
                },
                st.integers(-(10**12), 10**12),
                st.integers(10**5, 10**7),
            ),
            max_size=2,
        ),
        "fsync": delays(),
        "disk_faults": st.dictionaries(
            st.sampled_from(["fsync_fails", "misdirected", "torn", "rot"]), st.floats(0, 1)
        ),
        "links": st.lists(
            st.builds(
                lambda delay, drop: {"from": "*", "to": "client-*", "delay": delay, "drop": drop},
                delays(),
                st.floats(0, 1),
            ),
            max_size=2,
        ),
        "faults": st.lists(
            st.fixed_dictionaries(
                {"at": st.integers(0, 10**9).map("{}us".format)},
                optional={"heal": st.sampled_from(["leader-0", ["leader-0", "acceptor-1"]])},
            ).filter(lambda fault: len(fault) == 2),
            max_size=2,
        ),
    },
)


@given(keys=likely)
def test_any_scenario_survives_being_written_as_json(keys: dict[str, object]) -> None:
    scenario = Scenario(**keys)

    again = Scenario.from_dict(json.loads(json.dumps(scenario.to_dict())), where="a test")

    assert again == scenario
    assert hash(again) == hash(scenario)
    assert repr(again) == repr(scenario)
    assert scenario.replace() == scenario


def test_a_setting_may_change_one_key_of_a_table_and_leave_the_others() -> None:
    scenario = Scenario.named("everything")

    changed = scenario.with_settings(
        ["nemesis.bounded=no", "nemesis.until=3s", "disk_faults.rot=0.5"]
    )

    assert scenario.nemesis is not None
    assert changed.nemesis == replace(scenario.nemesis, bounded="no", until_us=3_000_000)
    assert changed.disk_faults.to_dict() == {"torn": 0.5, "rot": 0.5}


def test_a_summary_says_what_befalls_a_cluster() -> None:
    found = Scenario.named("everything").summary

    assert "5 acceptors and 1 spare" in found
    assert found.endswith("fsync uniform 100us 2ms; a nemesis (swarm) until 1500ms")
