"""Delays from files of measured times: plain numbers, or what `ping` printed."""

import os
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from paxos_des import Scenario
from paxos_des.cluster.delay_text import parse_delay, write_delay
from paxos_des.engine.delays import Delay, Samples
from paxos_des.errors import ScenarioError

LINUX = """PING example.org (192.0.2.7) 56(84) bytes of data.
64 bytes from 192.0.2.7: icmp_seq=1 ttl=56 time=12.3 ms
64 bytes from 192.0.2.7: icmp_seq=2 ttl=56 time=9.005 ms
no answer yet for icmp_seq=3
64 bytes from 192.0.2.7: icmp_seq=4 ttl=56 time=104 ms

--- example.org ping statistics ---
4 packets transmitted, 3 received, 25% packet loss, time 3004ms
rtt min/avg/max/mdev = 9.005/41.768/104.000/44.029 ms
"""
WINDOWS = """Pinging 192.0.2.7 with 32 bytes of data:\r
Reply from 192.0.2.7: bytes=32 time=12ms TTL=57\r
Request timed out.\r
Reply from 192.0.2.7: bytes=32 time=15ms TTL=57\r
"""
PLAIN = "# measured one evening\n12.5\n\n  3 \n0.0004\n"


def of_file(folder: Path, content: str | bytes, **others: str) -> Delay:
    path = folder / "pings.txt"
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return parse_delay({"kind": "samples", "file": str(path), **others}, "delay")


def test_plain_numbers_are_milliseconds_one_way(tmp_path: Path) -> None:
    assert of_file(tmp_path, PLAIN) == Samples((0, 3_000, 12_500))


def test_plain_numbers_may_be_round_trips_of_which_a_delay_is_half(tmp_path: Path) -> None:
    assert of_file(tmp_path, PLAIN, measured="round-trip") == Samples((0, 1_500, 6_250))


def test_what_ping_prints_are_round_trips(tmp_path: Path) -> None:
    assert of_file(tmp_path, LINUX) == Samples((4_502, 6_150, 52_000))
    assert of_file(tmp_path, WINDOWS) == Samples((6_000, 7_500))


def test_what_ping_prints_is_taken_as_it_is_where_the_scenario_says_so(tmp_path: Path) -> None:
    assert of_file(tmp_path, WINDOWS, measured="one-way") == Samples((12_000, 15_000))


def test_what_is_written_holds_the_samples_and_no_path(tmp_path: Path) -> None:
    delay = of_file(tmp_path, LINUX)

    assert write_delay(delay) == "samples 4502us 6150us 52ms"
    assert parse_delay(write_delay(delay), "delay") == delay


def test_a_path_in_a_file_is_seen_from_the_folder_of_the_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    inner = tmp_path / "inner"
    inner.mkdir()
    (inner / "pings.txt").write_text(LINUX)
    (inner / "my.toml").write_text("""
delay = { kind = "samples", file = "pings.txt" }
links = [
    { from = "leader-0", to = "*", delay = { kind = "samples", file = "pings.txt" } },
    { from = "leader-1", to = "*", drop = 0.1 },
]
""")
    monkeypatch.chdir(tmp_path)

    scenario = Scenario.load("inner/my.toml")

    assert scenario.delay == scenario.links[0].delay == Samples((4_502, 6_150, 52_000))
    assert Scenario.from_dict(scenario.to_dict(), where="a test") == scenario


def test_a_path_in_a_setting_is_seen_from_the_working_directory(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "pings.txt").write_text(LINUX)
    monkeypatch.chdir(tmp_path)

    scenario = Scenario().with_settings(['delay={kind = "samples", file = "pings.txt"}'])

    assert scenario.delay == Samples((4_502, 6_150, 52_000))


def test_the_summary_of_many_samples_is_short() -> None:
    times = " ".join(f"{time}ms" for time in range(5_000))
    quantiles = " ".join(f"{share / 100}:{share}ms" for share in range(101))

    assert "delay 5,000 samples from 0us to 4999ms" in Scenario(delay=f"samples {times}").summary
    assert (
        "delay 101 quantiles from 0us to 100ms" in Scenario(delay=f"quantiles {quantiles}").summary
    )
    assert "delay samples 1ms 2ms" in Scenario(delay="samples 2ms 1ms").summary


@pytest.mark.parametrize(
    ("says", "content"),
    [
        ("found no samples", b""),
        ("found no samples", b"# nothing\n"),
        ("line 2: found '12.3 ms'; allowed is a time in ms", b"12.3\n12.3 ms\n"),
        ("line 1: found '-1'", b"-1\n"),
        ("line 1: found 'nan'", b"nan\n"),
        ("line 1: found '1e3'", b"1e3"),
        ("line 1: found 'PING example.org", LINUX.splitlines()[0].encode()),
        ("line 1: found '2000001'; allowed is up to 2,000,000 ms", b"2000001"),
        ("line 1: found 'time<1ms TTL", b"Reply from 192.0.2.7: bytes=32 time<1ms TTL=57"),
        ("line 1: found 'time=3 s'", b"time=3 s"),
        ("line 2: found 'time= ms'", b"time=1 ms\ntime= ms"),
        ("line 1: found '1.2.3'", b"time=1.2.3 ms"),
        ("found 10,001 samples; allowed is up to 10,000", b"1\n" * 10_001),
        ("a byte that is not UTF-8 at 0", b"\xff"),
        ("found 1,000,001 bytes", b"1" * 1_000_001),
    ],
    ids=lambda part: repr(part)[:40],
)
def test_refuses_a_file_that_holds_no_times(tmp_path: Path, says: str, content: bytes) -> None:
    with pytest.raises(ScenarioError, match=says) as refused:
        of_file(tmp_path, content)

    assert_one_sentence(refused.value)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no pipes with names here")
def test_does_not_wait_for_a_pipe(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")

    with pytest.raises(ScenarioError, match="found no regular file") as refused:
        parse_delay({"kind": "samples", "file": str(tmp_path / "pipe")}, "delay")

    assert_one_sentence(refused.value)


def assert_one_sentence(error: ScenarioError) -> None:
    assert str(error).startswith("delay")
    assert str(error).isprintable()
    assert len(str(error)) < 500
    assert str(error).count(": found ") == str(error).count("; allowed is ") == 1


@settings(max_examples=200, deadline=None)
@given(content=st.binary(max_size=40) | st.text("time=<12. ms\n#", max_size=40).map(str.encode))
def test_whatever_a_file_holds_makes_samples_or_one_sentence(
    tmp_path_factory: pytest.TempPathFactory, content: bytes
) -> None:
    try:
        delay = of_file(tmp_path_factory.getbasetemp(), content)
    except ScenarioError as refused:
        assert_one_sentence(refused)
    else:
        assert isinstance(delay, Samples)
