"""Measured networks: a matrix of round trips between cities, read, halved, kept and refused."""

import json
import os
from fractions import Fraction
from itertools import permutations
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from paxos_des import Scenario, simulate
from paxos_des.cluster import round_trips
from paxos_des.engine.delays import Constant, Delay
from paxos_des.errors import ScenarioError

MINE = """# two cities of mine, and one that is not used

from, Rome, Oslo, "Rio, far"
Rome,,     60.5, 200
Oslo, 61,  ,     210
"Rio, far",201.001,  211, 0
"""
TABLE = {
    "Rome": {"Oslo": "60500us", "Rio, far": "200ms"},
    "Oslo": {"Rome": "61ms", "Rio, far": "210ms"},
    "Rio, far": {"Rome": "201001us", "Oslo": "211ms"},
}
CITIES = {"*": "Rome", "acceptor-*": "Oslo", "acceptor-0": "Rome"}


def written(folder: Path, content: str | bytes = MINE) -> Path:
    path = folder / "mine.csv"
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


def delay(scenario: Scenario, source: str, target: str) -> Delay:
    return scenario.link_model(source, target).delay


def test_a_link_takes_half_of_the_round_trip_from_its_source_to_its_target(tmp_path: Path) -> None:
    scenario = Scenario(round_trips=str(written(tmp_path)), cities=CITIES)

    assert delay(scenario, "leader-0", "acceptor-1") == Constant(30_250)
    assert delay(scenario, "acceptor-1", "leader-0") == Constant(30_500)


def test_nodes_of_one_city_are_a_stated_time_apart(tmp_path: Path) -> None:
    scenario = Scenario(round_trips=str(written(tmp_path)), cities=CITIES)

    assert delay(scenario, "leader-0", "acceptor-0") == Constant(1_000)
    assert delay(scenario.replace(same_city="50us"), "client-0", "leader-0") == Constant(50)
    assert delay(scenario.replace(same_city="0s"), "client-0", "leader-0") == Constant(0)


def test_what_a_city_measures_to_itself_is_not_used() -> None:
    table = {"Rome": {"Rome": "7ms"}}

    scenario = Scenario(round_trips=table, cities={"*": "Rome"})

    assert delay(scenario, "leader-0", "acceptor-0") == Constant(1_000)
    assert scenario.to_dict()["round_trips"] == {"Rome": {}}


@pytest.mark.parametrize(
    ("cell", "delay_us"),
    [("3", 1_500), ("0.001", 0), ("0.003", 2), ("0.005", 2), ("0.0050001", 3), ("0", 0)],
)
def test_half_a_round_trip_is_rounded_to_the_nearest_microsecond_or_the_even_one(
    tmp_path: Path, cell: str, delay_us: int
) -> None:
    path = written(tmp_path, f"from,A,B\nA,,{cell}\nB,1,\n")

    scenario = Scenario(round_trips=str(path), cities={"*": "A", "leader-0": "B"})

    assert delay(scenario, "leader-1", "leader-0") == Constant(delay_us)


def test_later_rules_about_cities_win_as_rules_about_links_do() -> None:
    cities = {"acceptor-0": "Rome", "*": "Oslo"}

    scenario = Scenario(round_trips=TABLE, cities=cities)

    assert delay(scenario, "leader-0", "acceptor-0") == Constant(1_000)


def test_rules_about_links_win_over_the_matrix() -> None:
    links = [
        {"from": "leader-*", "to": "*", "drop": 0.5},
        {"from": "*", "to": "acceptor-1", "delay": "3ms"},
    ]
    scenario = Scenario(round_trips=TABLE, cities=CITIES, links=links)

    assert delay(scenario, "leader-0", "acceptor-1") == Constant(3_000)
    assert delay(scenario, "leader-0", "acceptor-2") == Constant(30_250)
    assert scenario.link_model("leader-0", "acceptor-2").drop == 0.5


def test_a_table_means_what_a_file_means(tmp_path: Path) -> None:
    of_file = Scenario(
        round_trips=str(written(tmp_path)), cities={**CITIES, "client-0": "Rio, far"}
    )
    of_table = Scenario(round_trips=TABLE, cities={**CITIES, "client-0": "Rio, far"})

    assert delay(of_file, "client-0", "leader-0") == Constant(100_500)
    assert of_file == of_table
    assert hash(of_file) == hash(of_table)


def test_the_order_of_rows_and_of_columns_says_nothing(tmp_path: Path) -> None:
    shuffled = 'from,Oslo,"Rio, far",Rome\n"Rio, far",211,,201.001\nRome,60.5,200,\nOslo,,210,61\n'

    one = Scenario(round_trips=str(written(tmp_path)), cities=CITIES)
    other = Scenario(round_trips=str(written(tmp_path, shuffled)), cities=CITIES)

    assert one == other


def test_what_is_written_holds_the_part_of_the_matrix_that_is_used_and_no_path(
    tmp_path: Path,
) -> None:
    path = written(tmp_path)
    scenario = Scenario(round_trips=str(path), cities=CITIES)
    path.unlink()

    kept = json.dumps(scenario.to_dict())

    assert scenario.to_dict()["round_trips"] == {
        "Oslo": {"Rome": "61ms"},
        "Rome": {"Oslo": "60500us"},
    }
    assert str(tmp_path) not in kept
    again = Scenario.from_dict(json.loads(kept), where="a test")
    assert again == scenario
    assert (hash(again), repr(again)) == (hash(scenario), repr(scenario))
    assert simulate(again, seed=3).digest == simulate(scenario, seed=3).digest


def test_another_scenario_may_use_another_part_of_the_matrix() -> None:
    scenario = Scenario.named("wan")

    moved = scenario.replace(cities={"*": "Osaka", "leader-1": "Sydney"}).replace(drop=0.1)
    back = moved.replace(cities=scenario.to_dict()["cities"], drop=0.0)

    assert list(moved.to_dict()["round_trips"]) == ["Osaka", "Sydney"]
    assert back == scenario


def test_a_path_in_a_file_is_seen_from_the_folder_of_the_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "inner").mkdir()
    written(tmp_path / "inner")
    file = tmp_path / "inner" / "my.toml"
    file.write_text('round_trips = "mine.csv"\ncities = { "*" = "Rome" }\n')
    monkeypatch.chdir(tmp_path)

    assert Scenario.load("inner/my.toml") == Scenario.load(file)
    with pytest.raises(ScenarioError, match="no readable file"):
        Scenario(round_trips="mine.csv", cities={"*": "Rome"})


def test_a_path_that_is_not_in_a_file_is_seen_from_the_working_directory(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    written(tmp_path)
    monkeypatch.chdir(tmp_path)

    scenario = Scenario.named("wan").with_settings(
        ["round_trips=mine.csv", 'cities={"*" = "Rome", client-0 = "Oslo"}']
    )

    assert delay(scenario, "client-0", "leader-0") == Constant(30_500)


def test_the_mark_and_the_line_ends_of_spreadsheets_are_no_trouble(tmp_path: Path) -> None:
    windows = written(tmp_path, b"\xef\xbb\xbf" + MINE.replace("\n", "\r\n").encode())

    scenario = Scenario(round_trips=str(windows), cities=CITIES)

    assert scenario == Scenario(round_trips=TABLE, cities=CITIES)


def test_the_shipped_matrix_is_the_published_one() -> None:
    path = round_trips.SHIPPED / "ibm-cloud-2024-08-25.csv"
    lines = path.read_text(encoding="utf-8").splitlines()

    assert round_trips.names() == ("ibm-cloud-2024-08-25",)
    assert lines[0].startswith("# Average round-trip times in ms between IBM Cloud regions")
    assert lines[2].startswith("from,Dallas,Toronto,Washington DC,Frankfurt")
    assert len(lines) == 13


@pytest.mark.parametrize("given", ["none", None])
def test_no_round_trips_are_the_default(given: str | None) -> None:
    assert Scenario(round_trips=given) == Scenario()
    assert Scenario().to_dict()["round_trips"] == "none"


def test_the_summary_says_that_delays_are_measured() -> None:
    assert "delays as measured between 5 cities" in Scenario.named("wan").summary


BAD_FILES: list[tuple[str, bytes]] = [
    ("found \\[\\]; allowed is a first row", b""),
    ("found \\[\\]; allowed is a first row", b"# nothing\n\n"),
    ("line 1: found \\['from'\\]", b"from\n"),
    ("line 1, column: found ''", b"from,A,,B\n"),
    ("line 2, column: found 'A'; allowed is each city once", b"\nfrom,A,B,A\n"),
    ("line 2: found .*; allowed is a row of 3 cells", b"from,A,B\nA,,1,2\nB,1,\n"),
    ("line 3: found \\['B', '1'\\]", b"from,A,B\nA,,1\nB,1\n"),
    ("line 2, row: found 'C'; allowed is a city that has a column", b"from,A,B\nC,1,1\n"),
    ("did you mean 'Dallas'", b"from,Dallas,B\nDalas,,1\n"),
    ("line 3, row: found 'A'; allowed is each city once", b"from,A,B\nA,,1\nA,,1\n"),
    ("row 'B': found nothing; allowed is a row for every column", b"from,A,B\nA,,1\n"),
    ("line 3, from 'B' to 'A': found ''; allowed is a time in ms", b"from,A,B\nA,,1\nB,,\n"),
    ("from 'A' to 'B': found '-1'", b"from,A,B\nA,,-1\nB,1,\n"),
    ("from 'A' to 'B': found 'nan'", b"from,A,B\nA,,nan\nB,1,\n"),
    ("from 'A' to 'B': found 'inf'", b"from,A,B\nA,,inf\nB,1,\n"),
    ("from 'A' to 'B': found '1e3'", b"from,A,B\nA,,1e3\nB,1,\n"),
    ("from 'A' to 'B': found '1ms'", b"from,A,B\nA,,1ms\nB,1,\n"),
    ("found '2000000.1'; allowed is up to 2,000,000 ms", b"from,A,B\nA,,2000000.1\nB,1,\n"),
    ("found '9999", b"from,A,B\nA,," + b"9" * 5_000 + b"\nB,1,\n"),
    ("from 'A' to 'A': found 'x'", b"from,A,B\nA,x,1\nB,1,\n"),
    ("line 2: found .*unexpected end of data", b'from,A,B\n"A,,1\n'),
    ("line 2: found .*field larger", b"from,A,B\n" + b"x" * 200_000),
    ("column: found 'a.x1b", b"from,a\x1bb\n"),
    ("column: found 'xxx", b"from," + b"x" * 300 + b"\n"),
    ("found '201 cities'; allowed is 1 to 200", b"from" + b",a" * 201),
    ("a byte that is not UTF-8 at 5", b"from,\xff\xfe\n"),
    ("found 1,000,001 bytes", b"x" * 1_000_001),
]


@pytest.mark.parametrize(("says", "content"), BAD_FILES, ids=lambda part: repr(part)[:40])
def test_refuses_a_file_that_holds_no_matrix(tmp_path: Path, says: str, content: bytes) -> None:
    path = written(tmp_path, content)

    with pytest.raises(ScenarioError, match=says) as refused:
        Scenario(round_trips=str(path), cities={"*": "A"})

    assert_one_sentence(refused.value)
    assert "mine.csv'" in str(refused.value)


def assert_one_sentence(error: ScenarioError) -> None:
    assert str(error).startswith("round_trips, file ")
    assert str(error).isprintable()
    assert len(str(error)) < 500
    assert str(error).count(": found ") == str(error).count("; allowed is ") == 1


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no pipes with names here")
def test_does_not_wait_for_a_pipe(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "mine.csv")

    with pytest.raises(ScenarioError, match="found no regular file") as refused:
        Scenario(round_trips=str(tmp_path / "mine.csv"))

    assert_one_sentence(refused.value)


@pytest.mark.parametrize(
    ("path", "says"),
    [
        ("nowhere.csv", "found no readable file"),
        (".", "found a directory"),
        ("", "found a directory"),
        ("a\0b", "found no path"),
        ("\ud800", "found no path"),
        ("x" * 10_000, "found no readable file"),
        ("a\nb", "found no readable file"),
        ("ibm-cloud-2024-08", "did you mean 'ibm-cloud-2024-08-25'"),
    ],
    ids=lambda part: repr(part)[:30],
)
def test_refuses_a_path_that_leads_to_no_matrix(path: str, says: str) -> None:
    with pytest.raises(ScenarioError, match=says) as refused:
        Scenario(round_trips=path)

    assert_one_sentence(refused.value)


def test_says_in_which_file_the_path_stands(tmp_path: Path) -> None:
    (tmp_path / "my.toml").write_text('round_trips = "nowhere.csv"\n')

    with pytest.raises(ScenarioError, match=r"my.toml: round_trips, file .*where.csv'") as refused:
        Scenario.load(tmp_path / "my.toml")

    assert str(refused.value).isprintable()


names = st.lists(
    st.text(min_size=1, max_size=20).filter(str.isprintable), min_size=1, max_size=4, unique=True
)


@settings(deadline=None)
@given(cities=names, data=st.data())
def test_any_matrix_survives_being_written_as_json(cities: list[str], data: st.DataObject) -> None:
    times_us = {way: data.draw(st.integers(0, 10**9)) for way in permutations(cities, 2)}
    table: dict[str, dict[str, str]] = {city: {} for city in cities}
    for (source, target), time_us in times_us.items():
        table[source][target] = f"{time_us}us"
    scenario = Scenario(round_trips=table, cities={"*": cities[0], "leader-*": cities[-1]})

    again = Scenario.from_dict(json.loads(json.dumps(scenario.to_dict())), where="a test")

    assert (again, hash(again), repr(again)) == (scenario, hash(scenario), repr(scenario))
    if len(cities) > 1:
        half_us = round(Fraction(times_us[cities[-1], cities[0]], 2))
        assert delay(again, "leader-0", "client-0") == Constant(half_us)


@settings(max_examples=300, deadline=None)
@given(content=st.binary(max_size=60) | st.text('AB,\n".1 #-', max_size=60).map(str.encode))
def test_whatever_a_file_holds_makes_a_matrix_or_one_sentence(
    tmp_path_factory: pytest.TempPathFactory, content: bytes
) -> None:
    path = written(tmp_path_factory.getbasetemp(), content)

    try:
        found = round_trips.round_trips(str(path), "round_trips")
    except ScenarioError as refused:
        assert_one_sentence(refused)
    else:
        assert found is not None
        assert found == round_trips.round_trips(found.to_dict(), "round_trips")
