"""What was compiled does what is meant, which stands in plain Python; and it may be missing."""

import json
import os
import re
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import msgspec
import pytest
from built import compiled
from compared import refuse, texts
from hypothesis import given, settings
from hypothesis import strategies as st
from nodes import DELAY_US, Pair
from world import Note

import paxos_des.engine
from paxos_des.engine import fast
from paxos_des.engine.calls import LATEST_US
from paxos_des.engine.entries import FaultEntry, MessageEntry
from paxos_des.engine.fast import FAST
from paxos_des.engine.ledger import BLOCK
from paxos_des.engine.trace import Limit, Trace
from paxos_des.names import NodeId
from paxos_des.protocol.effects import Effect, Send
from paxos_des.protocol.messages import Message

ROOT = Path(__file__).parents[1]
PLAIN = {
    **os.environ,
    "PAXOS_DES_COMPILED": "no",
    "PYTHONPATH": os.pathsep.join((str(ROOT), str(ROOT / "tests"))),
    "PYTEST_ADDOPTS": "",
}
TWINS = (
    "tests/engine/test_network.py", "tests/engine/test_link_faults.py",
    "tests/engine/test_links.py", "tests/engine/test_mailbox.py", "tests/engine/test_timers.py",
    "tests/engine/test_trace.py", "tests/engine/test_world.py", "tests/test_determinism.py",
    "tests/cluster/test_own_protocols.py",
)  # fmt: skip


@compiled
def test_every_run_is_the_same_in_plain_python() -> None:
    command = [sys.executable, str(ROOT / "tests" / "compared.py")]
    with subprocess.Popen(command, env=PLAIN, stdout=subprocess.PIPE) as child:
        ours = texts()
        theirs = json.loads(child.communicate()[0])

    assert (ours.pop("compiled"), theirs.pop("compiled")) == ("True", "False")
    assert len(ours) > 150
    assert ours.keys() == theirs.keys()
    assert {name for name in ours if ours[name] != theirs[name]} == set()


@compiled
def test_plain_python_passes_the_tests_of_what_was_compiled() -> None:
    """All others run what was compiled, where it was."""
    command = (sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-p", "no:xdist")
    # Its children run other processes, each alone, and are slow.
    options = ("-k", "not another_hash_seed")
    done = subprocess.run(
        [*command, *options, *TWINS], cwd=ROOT, env=PLAIN, capture_output=True, text=True,
        check=False,
    )  # fmt: skip

    passed = re.search(r"(\d+) passed", done.stdout)
    assert done.returncode == 0, done.stdout
    assert passed is not None
    assert int(passed[1]) > 250


# Lines that are written at once.


class Words(Message, frozen=True, gc=False):
    """A message that holds anything."""

    said: Any


class Encoded(Trace):
    """Keeps entries, which msgspec encodes: for what is no mere trace, nothing is written."""


names = st.text(st.characters(exclude_categories=["Cs"]), max_size=6) | st.sampled_from(
    ['"', "\\", '\\"', "é", "\u2028", "😀", "\0", "\x7f", "a" * 300]
)
said = st.recursive(
    st.integers(-(2**63), 2**64 - 1) | names | st.booleans() | st.none() | st.floats(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(names, inner, max_size=3),
    max_leaves=6,
)
deeds = st.lists(st.sampled_from(["send", "fail", "heal", "wait", "note"]), max_size=12)


@settings(deadline=None, max_examples=150)
@given(
    pair=st.lists(names, min_size=2, max_size=2, unique=True),
    start_us=st.integers(-LATEST_US, LATEST_US // 2) | st.integers(-1, 1),
    number=st.integers(0, 9) | st.integers(0, 2**62),
    message=said,
    done=deeds,
)
def test_what_is_written_at_once_is_what_msgspec_encodes(
    pair: list[NodeId], start_us: int, number: int, message: object, done: list[str]
) -> None:
    traces: list[Trace] = [Trace("trace"), Encoded("trace"), Trace("nothing")]
    for trace in traces:
        trace.numbers = number
        nodes = Pair(*pair, trace=trace, start_us=start_us, drop=0.3)
        for deed in done:
            do(deed, nodes, message)
        nodes.world.run()

    written, encoded = (list(trace.lines()) for trace in traces[:2])
    assert written == encoded
    assert {trace.numbers for trace in traces} == {number + len(written)}
    assert [json.loads(line)["n"] for line in written] == list(range(number, number + len(written)))


def do(deed: str, pair: Pair, message: object) -> None:
    match deed:
        case "send":
            pair.send(Words(message))
        case "fail":
            pair.nodes[1].fail()
        case "heal":
            pair.nodes[1].heal()
        case "wait":
            pair.world.run(until=pair.world.now + DELAY_US + 1)
        case _:
            pair.trace.add(FaultEntry, pair.world.now, "cut", pair.nodes[0].name)


def test_a_message_that_is_sent_and_heard_reads_as_the_interface_says() -> None:
    pair = Pair('say "é"', "b\\", start_us=-5)
    pair.send(Note(-(2**63)))
    pair.world.run()

    assert [line.decode() for line in pair.trace.lines()] == [
        (
            '{"n":0,"at_us":-5,"event":"send","node":"say \\"é\\"","peer":"b\\\\","envelope":0,'
            '"message":{"type":"Note","number":-9223372036854775808}}\n'
        ),
        (
            '{"n":1,"at_us":995,"event":"deliver","node":"b\\\\","peer":"say \\"é\\"","envelope":0,'
            '"message":{"type":"Note","number":-9223372036854775808}}\n'
        ),
    ]


@pytest.mark.parametrize("count", [BLOCK // 2 - 1, BLOCK // 2, BLOCK // 2 + 1, 2 * BLOCK])
def test_no_line_is_lost_where_a_block_is_full(count: int) -> None:
    pair = Pair()
    for number in range(count):
        pair.send(Note(number))
    pair.world.run()

    sent = [MessageEntry(n, 0, "send", "a", "b", n, Note(n)) for n in range(count)]
    heard = [
        MessageEntry(count + n, DELAY_US, "deliver", "b", "a", n, Note(n)) for n in range(count)
    ]
    encode = msgspec.json.encode
    assert list(pair.trace.lines()) == [encode(entry) + b"\n" for entry in (*sent, *heard)]


def test_whether_a_run_is_too_long_is_looked_at_with_every_full_block() -> None:
    pair = Pair()
    pair.trace.limit = Limit(BLOCK - 1, 10**9, refuse)
    for number in range(BLOCK - 1):
        pair.send(Note(number))

    with pytest.raises(OverflowError):
        pair.send(Note(BLOCK - 1))


def test_what_a_node_puts_into_its_own_mailbox_comes_after_what_it_is_about() -> None:
    pair, said = Pair(), list[object]()

    def answer(_: NodeId, words: Words) -> list[Effect]:
        said.append(words.said)
        if words.said == "sent":
            assert pair.nodes[1].seats[0].mailbox.put(("b", Words("own")))
        said.append("end")
        return [Send("a", words)]

    pair.roles[1].answer = answer
    pair.send(Words("sent"))
    pair.world.run()

    assert said == ["sent", "end", "own", "end"]
    assert pair.roles[0].heard == [Words("sent"), Words("own")]


# What goes wrong.


class OddError(Exception):
    """Has a constructor of its own."""

    def __init__(self, *, slot: int) -> None:
        super().__init__()
        self.slot = slot


@pytest.mark.parametrize("error", [OddError(slot=1), KeyboardInterrupt(), SystemExit(3)])
def test_what_a_role_raises_comes_out_as_itself_and_the_world_runs_on(
    error: BaseException,
) -> None:
    pair, called = Pair(), list[int]()

    def fail(*_: object) -> list[Effect]:
        raise error

    pair.roles[1].answer = fail
    pair.send(Words(1))
    pair.world.call_at(5 * DELAY_US, called.append, 5)
    with pytest.raises(type(error)) as caught:
        pair.world.run()
    assert caught.value is error
    assert pair.world.now == DELAY_US
    assert not called
    assert not pair.nodes[1].seats[0].mailbox.is_busy

    pair.nodes[1].send(("a",), Words(2))
    pair.world.run()

    assert (pair.roles[0].heard, called) == ([Words(2)], [5])
    events = [json.loads(line)["event"] for line in pair.trace.lines()]
    assert events == ["send", "deliver", "send", "deliver"]


def test_what_fails_among_effects_comes_out_as_itself() -> None:
    pair = Pair()
    pair.roles[1].answer = lambda source, _: [Send(source, Words(2)), Send("nobody", Words(3))]
    pair.send(Words(1))

    with pytest.raises(KeyError, match="nobody"):
        pair.world.run()
    pair.world.run()

    assert pair.roles[0].heard == [Words(2)]


def test_an_interrupt_ends_the_loop() -> None:
    pair = Pair()

    def answer(_: NodeId, asked: Words) -> list[Effect]:
        if asked.said == 100:
            signal.raise_signal(signal.SIGINT)
        return [Send("b", Words(asked.said + 1))]

    pair.roles[0].answer = answer
    pair.roles[1].answer = lambda source, asked: [Send(source, asked)]
    pair.send(Words(1))
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        with pytest.raises(KeyboardInterrupt):
            pair.world.run(until=10_000 * DELAY_US)
    finally:
        signal.signal(signal.SIGINT, before)

    assert pair.roles[0].heard[-1] == Words(100)
    pair.world.run()
    assert not pair.world._queue


# Whether it is used.


@compiled
def test_it_is_used_where_it_was_built() -> None:
    assert fast._built() is FAST


@compiled
def test_it_is_not_used_where_the_environment_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PAXOS_DES_COMPILED", "no")

    assert fast._built() is None


@compiled
@pytest.mark.parametrize("by", [-1, 1])
def test_another_edition_is_not_used(by: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(FAST, "EDITION", fast.EDITION + by)

    assert fast._built() is None


@compiled
@pytest.mark.parametrize(("younger_by_s", "used"), [(-1, FAST), (0, FAST), (1, None)])
def test_what_is_older_than_its_source_is_not_used(
    younger_by_s: int, used: object, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    source, made = tmp_path / "_fast.pyx", tmp_path / "_fast.so"
    for file in (source, made):
        file.touch()
    os.utime(source, (10**9 + younger_by_s, 10**9 + younger_by_s))
    os.utime(made, (10**9, 10**9))
    monkeypatch.setattr(fast, "__file__", str(tmp_path / "fast.py"))
    monkeypatch.setattr(FAST, "__file__", str(made))

    assert fast._built() is used


@compiled
def test_without_its_source_beside_it_it_is_used(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fast, "__file__", str(tmp_path / "fast.py"))

    assert fast._built() is FAST


def test_where_nothing_was_built_nothing_is_used(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "paxos_des.engine._fast", None)
    monkeypatch.delattr(paxos_des.engine, "_fast", raising=False)

    assert fast._built() is None
