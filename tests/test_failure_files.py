"""Failure files: written whole, read as data, and refused in one sentence."""

import os
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import msgspec
import pytest
from failures import DUEL, duel_failure, supposed_failures
from hostile import fuzzed
from shell import assert_refuses, in_process

import paxos_des.failure
from paxos_des import Scenario
from paxos_des.engine.choices import Decision, Key
from paxos_des.errors import FailureError, InputError
from paxos_des.failure import Failure
from paxos_des.failure_file import BYTES_MAX

Document = dict[str, Any]
Edit = Callable[[Document], object]


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "failure.json"
    duel_failure().save(path)
    return path


def document() -> Document:
    found: Document = msgspec.json.decode(msgspec.json.encode(duel_failure().to_dict()))
    return found


def test_what_is_loaded_is_what_was_saved(file: Path) -> None:
    loaded = Failure.load(file)

    assert loaded == duel_failure()
    assert loaded.replay().digest == duel_failure().digest


def test_a_file_reads_as_the_interface_says(file: Path) -> None:
    found = msgspec.json.decode(file.read_bytes())

    assert list(found) == [
        "format", "version", "scenario", "protocol", "violation", "schedule", "digest", "found",
    ]  # fmt: skip
    assert (found["format"], found["version"]) == ("paxos-des-failure", 1)
    assert (found["protocol"], found["violation"]["check"]) == ("accept-below-promise", "agreement")
    assert list(found["schedule"][4]) == ["key", "answer", "says"]
    assert found["schedule"][4]["says"] == (
        "lose the Prepare of ballot (1, 1), slot 0 from leader-1 to acceptor-1"
    )


def test_each_intervention_has_a_line_of_its_own(file: Path) -> None:
    lines = file.read_text(encoding="utf-8").splitlines()

    said = [line for line in lines if line.startswith('  {"key":')]
    assert len(said) == len(duel_failure().schedule)


@pytest.mark.parametrize("name", Scenario.names())
def test_every_shipped_scenario_is_held_whole(tmp_path: Path, name: str) -> None:
    scenario = Scenario.named(name)
    failure = Failure(
        scenario=scenario, check="agreement", what="x", at_us=0, schedule=(), digest="0" * 64,
        core=({"says": "nothing"},),
    )  # fmt: skip

    failure.save(tmp_path / "it.json")

    assert Failure.load(tmp_path / "it.json") == failure


def test_every_kind_of_decision_comes_back(tmp_path: Path) -> None:
    kinds = set()
    for failure in supposed_failures():
        failure.save(tmp_path / "it.json")
        loaded = Failure.load(tmp_path / "it.json")
        kinds |= {decision.key.kind for decision in loaded.schedule}

        assert loaded == failure

    assert kinds >= {"drop", "duplicate", "delay", "tie", "timer", "pick", "fsync", "nemesis"}


def test_saving_again_changes_nothing(file: Path) -> None:
    before = file.read_bytes()

    Failure.load(file).save(file)

    assert file.read_bytes() == before
    assert [path.name for path in file.parent.iterdir()] == ["failure.json"]


def test_a_save_that_breaks_off_leaves_what_was_there(
    file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = file.read_bytes()

    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(FailureError, match="No space left on device"):
        duel_failure().save(file)

    assert file.read_bytes() == before
    assert [path.name for path in file.parent.iterdir()] == ["failure.json"]


@pytest.mark.parametrize("name", ["", "none/it.json", "x" * 300])
def test_refuses_to_write_where_nothing_can_be_written(tmp_path: Path, name: str) -> None:
    with pytest.raises(FailureError, match="allowed is a file in a writable folder"):
        duel_failure().save(tmp_path / name)


def test_what_is_said_in_words_does_not_count(file: Path) -> None:
    found = document()
    for item in found["schedule"]:
        item["says"] = "crash everything"
    del found["schedule"][0]["says"]
    file.write_bytes(msgspec.json.encode(found))

    assert Failure.load(file) == duel_failure()


def put(*path: str | int, value: object) -> Edit:
    def edit(found: Document) -> None:
        inner: Any = found
        for step in path[:-1]:
            inner = inner[step]
        inner[path[-1]] = value

    return edit


def without(key: str) -> Edit:
    return lambda found: found.pop(key)


def twice(found: Document) -> None:
    found["schedule"].insert(3, found["schedule"][0])


def crash_without_disks(found: Document) -> None:
    key = {"kind": "fault", "place": ["nemesis"], "what": {"fault": 1}, "copy": 1}
    answer = '{"at":"1ms","crash":"acceptor-0"}'
    found["schedule"].append({"key": key, "answer": answer})


def crowd(found: Document) -> None:
    found["scenario"] |= {"leaders": 100, "acceptors": 1000}


def long_nemesis(found: Document) -> None:
    nemesis = {"every": "1ms", "until": "1000s"}
    found["scenario"] |= {"nemesis": nemesis, "horizon": "2000s"}


def storms(found: Document) -> None:
    key = {"kind": "fault", "place": ["nemesis"], "copy": 1}
    answer = '{"at":"1ms","flap":["leader-*","acceptor-*"],"times":1000,"every":"2us"}'
    found["schedule"] += ({"key": {**key, "what": {"fault": n}}, "answer": answer}
                          for n in range(400))  # fmt: skip


KEY = ("schedule", 2, "key")
REFUSED: tuple[tuple[str, Edit], ...] = (
    ("format: found 'paxos-des-trace'", put("format", value="paxos-des-trace")),
    ("version: found 2, which a later paxos-des wrote", put("version", value=2)),
    ("version: found 0; allowed is 1", put("version", value=0)),
    ("version: found True", put("version", value=True)),
    ("version: found '1'", put("version", value="1")),
    ("found no 'scenario'", without("scenario")),
    ("found no 'protocol'", without("protocol")),
    ("found no 'violation'", without("violation")),
    ("found no 'schedule'", without("schedule")),
    ("found no 'digest'", without("digest")),
    ("scenario: found [1]; allowed is an object", put("scenario", value=[1])),
    ("unknown key 'x'", put("scenario", "x", value=1)),
    ("scenario: acceptors: found 1000000000", put("scenario", "acceptors", value=10**9)),
    ("10,000,000 values; allowed are up to", put("scenario", "values", value=10**7)),
    ("pairs of a leader and a node", crowd),
    ("links: found 30,000 items; allowed are up to 2,000",
     put("scenario", "links", value=[{"from": "*", "to": "*"}] * 30_000)),
    ("5,600,028 pairs of a link and a rule or fault", storms),
    ("steps of the nemesis", long_nemesis),
    ("the file '/etc/passwd'", put("scenario", "delay", value={"kind": "samples",
                                                                "file": "/etc/passwd"})),
    ("round_trips: found '/etc/passwd'", put("scenario", "round_trips", value="/etc/passwd")),
    ("protocol: found 'multi-paxos'; allowed is the scenario's", put("protocol",
                                                                     value="multi-paxos")),
    ("violation, check: found 'agreemint' (did you mean 'agreement'?)",
     put("violation", "check", value="agreemint")),
    ("violation, at_us: found -1", put("violation", "at_us", value=-1)),
    ("violation, at_us: found 1.5", put("violation", "at_us", value=1.5)),
    ("violation, what: found 100,000 characters", put("violation", "what", value="x" * 100_000)),
    ("digest: found 'abc'", put("digest", value="abc")),
    ("found: found 7; allowed is an object", put("found", value=7)),
    ("core, item 0: found 7", put("core", value=[7])),
    ("schedule: found {}", put("schedule", value={})),
    ("schedule, item 0: found 'x'", put("schedule", value=["x"])),
    ("schedule, item 3: found the key of item 0 again", twice),
    ("schedule, item 2: found kind 'dorp' (did you mean 'drop'?)", put(*KEY, "kind", value="dorp")),
    ("schedule, item 2: found node 'acceptor-9'", put(*KEY, "place", 1, value="acceptor-9")),
    ("schedule, item 2: found link acceptor-0 → acceptor-2", put(*KEY, "place", 0,
                                                                  value="acceptor-0")),
    ("schedule, item 2: found copy 0", put(*KEY, "copy", value=0)),
    ("schedule, item 2: found what 5", put(*KEY, "what", value=5)),
    ("schedule, item 2: found answer -1", put("schedule", 2, "answer", value=-1)),
    ("schedule, item 2: found answer 100000", put("schedule", 2, "answer", value=10**30)),
    ("schedule, item 37: found 'crash', and no node has a disk", crash_without_disks),
)  # fmt: skip


@pytest.mark.parametrize(("says", "edit"), REFUSED, ids=[says for says, _ in REFUSED])
def test_refuses_what_cannot_be(file: Path, says: str, edit: Edit) -> None:
    found = document()
    edit(found)
    file.write_bytes(msgspec.json.encode(found))

    said = in_process("replay", str(file))

    assert_refuses(says, said)
    assert "failure.json" in said[2]


def test_refuses_a_protocol_that_nobody_registered(file: Path) -> None:
    text = file.read_text(encoding="utf-8").replace("accept-below-promise", "accept-below-promize")
    file.write_text(text, encoding="utf-8")

    assert_refuses("did you mean 'accept-below-promise'?", in_process("replay", str(file)))


CONTENTS = (
    (b"", "an empty file"),
    (b"\xff{}", "no JSON"),
    (b"{}", "format: found None"),
    (b"[]", "found a list"),
    (b"7", "found a int"),
    (b'{"format": NaN}', "no JSON"),
    (b'{"format": 1e999}', "no JSON"),
    (b'{"format": ' + b"9" * 5000 + b"}", "no JSON"),
    (b'{"format": "\\ud800"}', "no JSON"),
    (b'{"format": "\xed\xa0\x80"}', "no JSON"),
    (b'{"version": 1, "version": 2}', "the key 'version' twice"),
    (b"[" * 100_000, "nested too deep"),
    (b'{"a":' * 100_000, "nested too deep"),
    (b"\x80\x04\x95\x0b\x00\x00\x00\x00\x00\x00\x00\x8c\x05posix", "no JSON"),
)


@pytest.mark.parametrize(("content", "says"), CONTENTS, ids=lambda part: str(part)[:20])
def test_refuses_what_is_no_failure(file: Path, content: bytes, says: str) -> None:
    file.write_bytes(content)

    assert_refuses(says, in_process("replay", str(file)))


@pytest.mark.parametrize("length", [1, 100, 2_000, 5_000])
def test_refuses_a_truncated_file(file: Path, length: int) -> None:
    file.write_bytes(file.read_bytes()[:length])

    assert_refuses("no JSON", in_process("replay", str(file)))


def test_refuses_a_file_that_is_too_large_without_reading_it(file: Path) -> None:
    with file.open("r+b") as opened:
        opened.truncate(100 * BYTES_MAX)

    assert_refuses("up to 32 MB", in_process("replay", str(file)))


def test_refuses_what_is_no_file(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")

    assert_refuses("no regular file", in_process("replay", str(tmp_path / "pipe")))
    assert_refuses("a directory", in_process("replay", str(tmp_path)))
    assert_refuses("No such file", in_process("replay", str(tmp_path / "none")))
    assert_refuses("no path", in_process("replay", f"{tmp_path}/a\0b"))
    assert_refuses("no regular file", in_process("replay", "/dev/zero"))


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_refuses_a_file_that_may_not_be_read(file: Path) -> None:
    file.chmod(0)

    assert_refuses("Permission denied", in_process("replay", str(file)))


def test_a_run_that_does_not_end_is_refused(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A heartbeat every microsecond, for ten years."""
    monkeypatch.setattr(paxos_des.failure, "ENTRIES_MAX", 5_000)
    scenario = DUEL.replace(heartbeats="on", heartbeat_every="1us", horizon="315360000s",
                            stop_when="horizon")  # fmt: skip
    endless = replace(duel_failure(), scenario=scenario, schedule=())
    endless.save(file)

    assert_refuses("a run of more than 5,000 entries", in_process("replay", str(file)))


def test_a_scenario_larger_than_a_file_may_ask_for_is_not_saved(tmp_path: Path) -> None:
    failure = replace(duel_failure(), scenario=DUEL.replace(values=10**6))

    with pytest.raises(InputError, match="1,000,000 values"):
        failure.save(tmp_path / "it.json")


def test_an_intervention_whose_moment_never_comes_is_left_out() -> None:
    never = Decision(Key("drop", ("leader-0", "acceptor-0"), '{"type":"Nothing"}', 9), answer=True)
    failure = duel_failure()

    assert Failure.of(DUEL, (*failure.schedule, never), "agreement", failure.found) == failure


def bases() -> list[bytes]:
    failures = (duel_failure(), *supposed_failures())
    return [msgspec.json.encode(failure.to_dict()) for failure in failures]


def assert_bears(file: Path, content: bytes, number: int) -> int:
    """Replay a file, whatever is in it; return the exit code."""
    file.write_bytes(content)
    code, printed, complaint = in_process("replay", str(file), *(["--json"] if number % 3 else []))
    assert code in (0, 1, 2, 3), number
    assert complaint.count("\n") == (code == 2), number
    assert (printed == "") == (code == 2), number
    assert len(complaint) < 600, number
    assert complaint[:-1].isprintable(), number
    return code


def test_fuzzed_files_are_refused_or_replayed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(paxos_des.failure, "ENTRIES_MAX", 5_000)
    contents = bases()

    codes = {
        assert_bears(tmp_path / "it.json", fuzzed(contents[number % 5], number), number)
        for number in range(120)
    }

    assert codes >= {0, 1, 2}


@pytest.mark.deep
def test_ten_thousand_fuzzed_files_are_refused_or_replayed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(paxos_des.failure, "ENTRIES_MAX", 20_000)
    contents = bases()

    for number in range(10_000):
        content = fuzzed(contents[number % len(contents)], number)
        assert_bears(tmp_path / "it.json", content, number)
