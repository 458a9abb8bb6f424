"""Bad input ends a command with code 2 and one line, which says what was found, and where."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from shell import (
    as_process,
    assert_judged_or_refused,
    assert_refuses,
    fuzzed,
    in_process,
    mutations,
)

from paxos_des import Scenario, simulate
from paxos_des.cluster.scenario import SHIPPED

BIG = 100_000_000
ARGUMENTS: list[tuple[str, tuple[str, ...]]] = [
    ("required: COMMAND", ()),
    ("invalid choice: 'rum'", ("rum",)),
    ("did you mean 'acceptor-0'", ("run", "duel", "--set", 'faults=[{at="1s",crash="aceptor-0"}]')),
    (
        "faults, item 0, partition: found []",
        ("run", "duel", "--set", 'faults=[{at="1s",partition=[]}]'),
    ),
    (
        "a `for`, or healing",
        (
            "run",
            "crashes",
            "--set",
            "nemesis=none",
            "--set",
            'faults=[{at="1s",crash="acceptor-[012]"}]',
        ),
    ),
    ("horizon: found '2s'; allowed is 11500ms or later", ("run", "crashes", "--set", "horizon=2s")),
    (
        "nemesis, until: found '1500ms'; allowed is a time before the horizon",
        ("run", "crashes", "--set", "horizon=1s"),
    ),
    (
        "a number of slots, where acceptors change",
        ("run", "reconfigure", "--set", "reconfigure_after=never"),
    ),
    (
        "log, without phase1 = 'stable' and a replica",
        ("run", "everything", "--set", "phase1=per-slot"),
    ),
    ("unrecognized arguments: --sed", ("run", "duel", "--sed", "1")),
    ("unrecognized arguments: extra", ("run", "duel", "extra")),
    ("--trace: expected one argument", ("run", "duel", "--trace")),
    ("--help shows", ("check",)),
    ("did you mean '2009'", ("run", "2010")),
    (
        "allowed: 2009, 2009-adversarial, crashes, disk-faults, duel, everything, lossy, ",
        ("run", ""),
    ),
    ("scenario: found 'xxx", ("run", "x" * 5_000)),
    (r"scenario: found 'a\nb'", ("run", "a\nb")),
    ("embedded null", ("run", "a\0b.toml")),
    ("No such file", ("run", "missing.toml")),
    ("No such file", ("run", "nowhere/at/all")),
    ("--seed: found 'x'; allowed is an integer", ("run", "duel", "--seed", "x")),
    ("--seed: found '1.5'", ("run", "duel", "--seed", "1.5")),
    ("--seed: found '999", ("run", "duel", "--seed", "9" * 5_000)),
]

SETTINGS: list[tuple[str, str]] = [
    ("--set: found 'drop'; allowed is KEY=VALUE", "drop"),
    ("--set: found the unknown key 'drpo' (did you mean 'drop'?)", "drpo=0.1"),
    ("--set: found the unknown key 'zzz'; allowed is one of name, protocol", "zzz=1"),
    ("--set drop: found 1.2; allowed is a number from 0 to 1", "drop=1.2"),
    ("--set drop: found nan", "drop=nan"),
    ("--set drop: found 'much'", "drop=much"),
    ("--set acceptors: found True", "acceptors=true"),
    ("--set acceptors: found '999", "acceptors=" + "9" * 5_000),
    ("--set acceptors: found '[[[", "acceptors=" + "[" * 5_000),
    ("--set delay: found '-2ms'; allowed is 0us or more", "delay=-2ms"),
    ("--set delay: found low", "delay=uniform 2ms 1ms"),
    ("--set horizon: found 5", "horizon=5"),
    ("so quorums need not meet; allowed is more than 3", "quorums=flexible 1 2"),
    ("--set quorums: found a grid of 2 x 2", "quorums=grid 2 2"),
    ("(did you mean 'multi-paxos'?)", "protocol=multi-paxo"),
]


@pytest.mark.parametrize(("says", "arguments"), ARGUMENTS, ids=lambda part: repr(part)[:40])
def test_refuses_arguments(says: str, arguments: tuple[str, ...]) -> None:
    assert_refuses(says, in_process(*arguments))


@pytest.mark.parametrize(("says", "setting"), SETTINGS, ids=lambda part: part[:40])
def test_refuses_a_setting(says: str, setting: str) -> None:
    assert_refuses(says, in_process("run", "duel", "--set", setting))


FILES: list[tuple[str, bytes]] = [
    ("found the unknown key 'aceptors' (did you mean 'acceptors'?)", b"aceptors = 3\n"),
    ("acceptors: found '3'; allowed is an integer", b'acceptors = "3"\n'),
    ("drop: found 1.2", b"drop = 1.2\n"),
    ("delay: found '-2ms'", b'delay = "-2ms"\n'),
    ("need not meet", b'quorums = "flexible 2 2"\n'),
    ("quorums, phase2: found '3'", b'quorums = {kind = "flexible", phase1 = 3, phase2 = "3"}\n'),
    ("links, item 0, drop: found 2", b'[[links]]\nfrom = "*"\nto = "*"\ndrop = 2\n'),
    ("faults, item 0, at: found 5", b'[[faults]]\nat=5\nfail="leader-0"\n'),
    ("did you mean 'multi-paxos'", b'protocol = "multipaxos"\n'),
    ("broken TOML (Invalid value (at line 2, column 8))", b"drop = 0\ndrop = \n"),
    ("not UTF-8 at 0", bytes(range(255, -1, -1))),
    ("nested too deep", b"a = " + b"[" * 100_000),
    ("cannot be read", b"values = " + b"9" * 10_000),
]  # fmt: skip


@pytest.mark.parametrize(("says", "content"), FILES, ids=lambda part: repr(part)[:40])
def test_refuses_a_file_that_holds_no_scenario(tmp_path: Path, says: str, content: bytes) -> None:
    file = tmp_path / "my.toml"
    file.write_bytes(content)

    said = in_process("run", str(file))

    assert_refuses(says, said)
    assert "my.toml" in said[2] or says.startswith("did you mean")


def test_an_empty_file_is_a_scenario_of_defaults(tmp_path: Path) -> None:
    (tmp_path / "empty.toml").write_bytes(b"")

    code, printed, complaint = in_process("run", str(tmp_path / "empty.toml"))

    assert (code, complaint) == (0, "")
    assert printed.startswith("empty · seed 0")


def test_refuses_a_scenario_that_is_a_directory_a_pipe_or_huge(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    huge = tmp_path / "huge.toml"
    with huge.open("wb") as sparse:
        sparse.truncate(BIG)

    assert_refuses("found a directory", in_process("run", str(tmp_path)))
    assert_refuses("found no regular file", in_process("run", str(tmp_path / "pipe")))
    assert_refuses("found 100,000,000 bytes", in_process("run", str(huge)))


def no_run(*_: object, **__: object) -> None:
    message = "the run began"
    raise AssertionError(message)


@pytest.mark.parametrize(
    ("says", "path"),
    [
        ("(No such file or directory)", "missing/run.jsonl"),
        ("(it is a directory)", ""),
        ("(it is a directory)", "folder"),
        ("(File name too long)", "x" * 300),
        ("embedded null", "a\0b"),
        ("which cannot be written", "file/run.jsonl"),
        ("which cannot be written", "dangling/run.jsonl"),
    ],
    ids=lambda part: part[:30],
)
def test_refuses_a_trace_that_cannot_be_written_before_the_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, says: str, path: str
) -> None:
    (tmp_path / "folder").mkdir()
    (tmp_path / "file").write_text("precious")
    (tmp_path / "dangling").symlink_to("nowhere")
    monkeypatch.setattr("paxos_des.cli.run.simulate", no_run)

    said = in_process("run", "2009", "--trace", f"{tmp_path}/{path}")

    assert_refuses(says, said)
    assert sorted(one.name for one in tmp_path.iterdir()) == ["dangling", "file", "folder"]


@pytest.mark.parametrize("path", ["", "/", ".", ".."])
def test_refuses_a_trace_without_a_name(path: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("paxos_des.cli.run.simulate", no_run)

    assert_refuses("which cannot be written", in_process("run", "2009", "--trace", path))


needs_full = pytest.mark.skipif(not Path("/dev/full").exists(), reason="no full device here")


@needs_full
def test_a_full_disk_is_a_sentence_too() -> None:
    assert_refuses("No space left", in_process("run", "duel", "--trace", "/dev/full"))


@needs_full
def test_an_output_without_room_is_a_sentence_too() -> None:
    with Path("/dev/full").open("w") as full:
        done = subprocess.run(
            [sys.executable, "-m", "paxos_des", "scenarios"],
            stdout=full, stderr=subprocess.PIPE, text=True, check=False,
        )  # fmt: skip

    assert_refuses("No space left", (done.returncode, "", done.stderr))


def trace_of(scenario: Scenario, folder: Path) -> bytes:
    file = folder / "saved.jsonl"
    simulate(scenario, seed=1, record="trace").trace.save(file)
    return file.read_bytes()


@pytest.fixture(scope="module")
def saved(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """A small trace, as `run --trace` saves it."""
    return trace_of(Scenario.named("duel"), tmp_path_factory.mktemp("saved"))


LEARN = b'{"n":0,"at_us":1,"event":"learn","node":"leader-0",'
HEADS: list[tuple[str, bytes, bytes]] = [
    ("found format 'other', version 1", b"paxos-des-trace", b"other"),
    ("found format 'paxos-des-trace', version 2", b'"version":1', b'"version":2'),
    ("line 1: found something else", b'"version":1', b'"version":"1"'),
    ("line 1, scenario: acceptors: found 0", b'"acceptors":3', b'"acceptors":0'),
    ("unknown key 'aceptors'", b'"acceptors":3', b'"aceptors":3'),
    ("line 1: found something else", b'"acceptors":3', b'"acceptors":' + b"[" * 100_000),
    ("scenario: acceptors: found 999", b'"acceptors":3', b'"acceptors":' + b"9" * 30),
]
LINES: list[tuple[str, bytes]] = [
    ("got `list` - at `$.type`",
     b'{"n":0,"at_us":1,"event":"send","node":"a","peer":"b","envelope":0,"message":{"type":[]}}\n'),
    ("got `str` - at `$.below`", b'{"n":0,"at_us":1,"event":"forget","node":"a","below":"1"}\n'),
    ("missing required field `chain`",
     b'{"n":0,"at_us":1,"event":"snapshot","node":"a","slot":1}\n'),
    ("got `int` - at `$.chain`",
     b'{"n":0,"at_us":1,"event":"install","node":"a","slot":1,"chain":7}\n'),
    ("got `int` - at `$.repeated`",
     b'{"n":0,"at_us":1,"event":"apply","node":"a","slot":1,"value":"noop","repeated":1}\n'),
    ("got `int` - at `$.refused`", b'{"n":0,"at_us":1,"event":"recover","node":"a","refused":1}\n'),
    ("got `int` - at `$.promised`",
     b'{"n":0,"at_us":1,"event":"recover","node":"a","promised":1}\n'),
    ("got `int` - at `$.deed`", b'{"n":0,"at_us":1,"event":"nemesis","node":"a","deed":1}\n'),
    ("line 2: found JSON is malformed", b"hello\n"),
    ("line 2: found Expected `object`, got `array`", b"[1,2]\n"),
    ("line 2: found", b"\n"),
    ("line 2: found a line without its end", b'{"event":"fail","n":0,"at_us":0,"node":"a"}'),
    ("line 2: found a line without its end", b'{"event":"fail","n":0,'),
    ("line 2: found Input data was truncated", b'{"event":"fail","n":0,\n'),
    ("missing required field", b'{"event":"learn","n":0}\n'),
    ("got `str` - at `$.slot`", LEARN + b'"slot":"1","value":"noop","ballot":[1,1],"votes":[]}\n'),
    ("got `float`", LEARN + b'"slot":1.5,"value":"noop","ballot":[1,1],"votes":[]}\n'),
    ("out of range", LEARN + b'"slot":' + b"9" * 5_000 + b"}\n"),
    ("of length 2, got 3", LEARN + b'"slot":1,"value":"noop","ballot":[1,1,1],"votes":[]}\n'),
    ("line 2: found", LEARN + b'"slot":1,"value":7,"ballot":[1,1],"votes":[]}\n'),
    ("found float in an operation", LEARN + b'"slot":1,"value":["c",0,1.5],"ballot":[1,1],'
     b'"votes":[]}\n'),
    ("±2**53", LEARN + b'"slot":1,"value":["c",0,9007199254740993],"ballot":[1,1],"votes":[]}\n'),
    ("'utf-8' codec", b'{"n":0,"at_us":1,"event":"fail","node":"\xff"}\n'),
    ("found Expected `int` >= 0", b'{"n":-1,"at_us":1,"event":"fail","node":"a"}\n'),
    ("`$.n`", b'{"n":9223372036854775808,"at_us":1,"event":"fail","node":"a"}\n'),
    ("recursion", LEARN + b'"slot":' + b"[" * 100_000 + b"]" * 100_000 + b"}\n"),
]  # fmt: skip


@pytest.mark.parametrize(("says", "old", "new"), HEADS, ids=lambda part: repr(part)[:40])
def test_refuses_a_trace_with_another_first_line(
    tmp_path: Path, saved: bytes, says: str, old: bytes, new: bytes
) -> None:
    file = tmp_path / "bad.jsonl"
    file.write_bytes(saved.replace(old, new, 1))

    said = in_process("check", str(file))

    assert_refuses(says, said)
    assert "bad.jsonl, line 1" in said[2]


@pytest.mark.parametrize(("says", "line"), LINES, ids=lambda part: repr(part)[:40])
def test_refuses_a_trace_with_a_damaged_line(
    tmp_path: Path, saved: bytes, says: str, line: bytes
) -> None:
    file = tmp_path / "bad.jsonl"
    file.write_bytes(saved[: saved.index(b"\n") + 1] + line)

    said = in_process("check", str(file))

    assert_refuses(says, said)
    assert "bad.jsonl, line 2" in said[2]


@pytest.mark.parametrize(
    ("says", "content"),
    [
        ("found an empty file", b""),
        ("found something else", b"acceptors = 3\n"),
        ("found something else", bytes(range(256)) * 99),
        ("found something else", b"{" * 20_000_000),
    ],
    ids=lambda part: repr(part[:40]),
)
def test_refuses_what_is_no_trace(tmp_path: Path, says: str, content: bytes) -> None:
    file = tmp_path / "bad.jsonl"
    file.write_bytes(content)

    assert_refuses(says, in_process("check", str(file)))


def test_refuses_a_hundred_megabytes_without_a_newline(tmp_path: Path) -> None:
    file = tmp_path / "huge.jsonl"
    with file.open("wb") as sparse:
        sparse.truncate(BIG)

    assert_refuses("line 1: found something else", in_process("check", str(file)))


def test_refuses_a_trace_that_is_missing_a_directory_or_a_pipe(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")

    assert_refuses("No such file", in_process("check", str(tmp_path / "nowhere")))
    assert_refuses("found no regular file", in_process("check", str(tmp_path)))
    assert_refuses("found no regular file", in_process("check", str(tmp_path / "pipe")))
    assert_refuses("null", in_process("check", "a\0b"))


def test_what_a_terminal_would_obey_is_shown_and_not_sent(tmp_path: Path) -> None:
    file = tmp_path / "\x1b[31m\n.jsonl"
    file.write_bytes(b"")

    assert_refuses(r"\x1b[31m", in_process("check", str(file)))


@pytest.mark.parametrize("depth", [100, 150, 200, 300, 400, 500, 700, 900, 1_000, 2_000])
def test_a_nested_operation_is_judged_or_refused(tmp_path: Path, saved: bytes, depth: int) -> None:
    deep = b'["c",0,' + b"[" * depth + b"]" * depth + b"]"
    file = tmp_path / "deep.jsonl"
    voted = b'"record":{"type":"Voted","slot":0,"ballot":[1,1],"value":' + deep + b"}}\n"
    lines = [
        LEARN + b'"slot":0,"value":' + deep + b',"ballot":[1,1],"votes":[]}\n',
        b'{"n":1,"at_us":1,"event":"durable","node":"acceptor-0",' + voted,
        b'{"n":2,"at_us":1,"event":"durable","node":"acceptor-1",' + voted,
        LEARN + b'"slot":0,"value":"noop","ballot":[1,1],"votes":[]}\n',
    ]
    file.write_bytes(saved[: saved.index(b"\n") + 1] + b"".join(lines))

    for form in ((), ("--json",)):
        code, _, complaint = in_process("check", str(file), *form)
        assert code in {1, 2}
        assert complaint.count("\n") == code - 1


@pytest.mark.parametrize(
    ("says", "arguments"),
    [
        ("invalid choice", ("rum",)),
        ("did you mean 'duel'", ("run", "dual")),
        ("--set drop: found 1.2", ("run", "duel", "--set", "drop=1.2")),
        ("need not meet", ("run", "duel", "--set", "quorums=flexible 1 2")),
        ("cannot be written", ("run", "duel", "--trace", "/")),
        ("found something else", ("check", sys.executable)),
    ],
)
def test_a_process_ends_like_that_too(says: str, arguments: tuple[str, ...]) -> None:
    assert_refuses(says, as_process(*arguments))


@pytest.mark.parametrize("form", [(), ("--json",)], ids=["text", "json"])
@fuzzed
@given(data=st.data())
def test_a_damaged_trace_is_judged_or_refused(
    tmp_path_factory: pytest.TempPathFactory, saved: bytes, form: tuple[str], data: st.DataObject
) -> None:
    file = tmp_path_factory.getbasetemp() / "damaged.jsonl"
    file.write_bytes(data.draw(mutations(saved)))

    assert_judged_or_refused(in_process("check", str(file), *form))


@fuzzed
@given(data=st.data())
def test_a_damaged_scenario_runs_or_is_refused(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    shipped = (SHIPPED / "duel.toml").read_bytes()
    file = tmp_path_factory.getbasetemp() / "damaged.toml"
    file.write_bytes(data.draw(mutations(shipped)))

    # However it was damaged, it shall not take long.
    bounded = ["--set", "horizon=20ms", "--set", "acceptors=3", "--set", "values=2"]
    assert_judged_or_refused(in_process("run", str(file), *bounded))
