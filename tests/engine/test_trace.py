"""The trace: numbered lines of compact JSON, and their digest, kept up as they come."""

import json
from hashlib import sha256
from pathlib import Path

import pytest
from world import entry

from paxos_des.engine.entries import (
    AdoptEntry,
    CompleteEntry,
    Entry,
    FaultEntry,
    InvokeEntry,
    LearnEntry,
    PrimaryEntry,
    RecordEntry,
    TimerEntry,
)
from paxos_des.engine.ledger import BLOCK
from paxos_des.engine.trace import TRACE_FORMAT, TRACE_VERSION, Header, Recording, Trace
from paxos_des.protocol.ballot import NOOP, Ballot, Command, Vote
from paxos_des.protocol.effects import Promised, Timer, Voted
from paxos_des.protocol.messages import Accept, Prepare, Promise

HEADER = Header(TRACE_FORMAT, TRACE_VERSION, {"name": "custom"}, 7, "multi-paxos")
COMMAND = Command("client-0", 3, ("put", "k", "v"))
BALLOT = Ballot(1, 1)


@pytest.mark.parametrize("size", [0, 1, BLOCK - 1, BLOCK, BLOCK + 1, 3 * BLOCK, 3 * BLOCK + 5])
def test_the_digest_is_the_hash_of_the_lines(size: int) -> None:
    trace = filled(Trace("trace"), size)

    lines = list(trace.lines())

    assert trace.digest() == sha256(b"".join(lines)).hexdigest()
    assert [json.loads(line)["n"] for line in lines] == list(range(size))
    assert all(line.endswith(b"}\n") for line in lines)


@pytest.mark.parametrize("size", [0, BLOCK - 1, BLOCK, BLOCK + 1])
def test_the_digest_does_not_depend_on_whether_the_lines_are_kept(size: int) -> None:
    kept, hashed = filled(Trace("trace"), size), filled(Trace("digest"), size)

    assert kept.digest() == hashed.digest()


def test_asking_for_the_digest_on_the_way_changes_nothing() -> None:
    asked, unasked = Trace("trace"), filled(Trace("trace"), 30)
    for number in range(30):
        add(asked, number)
        asked.digest()

    assert asked.digest() == unasked.digest()
    assert list(asked.lines()) == list(unasked.lines())


def test_the_digest_tells_the_order_of_entries() -> None:
    forth, back = Trace("digest"), Trace("digest")
    for trace, nodes in ((forth, "ab"), (back, "ba")):
        for node in nodes:
            trace.add(FaultEntry, 0, "fail", node)

    assert forth.digest() != back.digest()


def test_where_nothing_is_recorded_there_is_no_digest() -> None:
    trace = filled(Trace("nothing"), 10)

    assert trace.digest() is None
    assert trace.numbers == 10


@pytest.mark.parametrize("recording", ["digest", "nothing"])
def test_lines_that_are_not_kept_cannot_be_read(recording: Recording, tmp_path: Path) -> None:
    trace = filled(Trace(recording), 10)

    with pytest.raises(AssertionError):
        list(trace.lines())
    with pytest.raises(AssertionError):
        trace.save(tmp_path / "run.jsonl", HEADER)


@pytest.mark.parametrize("size", [0, 3, BLOCK + 1])
def test_saves_a_header_and_then_the_lines(size: int, tmp_path: Path) -> None:
    trace = filled(Trace("trace"), size)
    path = tmp_path / "run.jsonl"

    trace.save(path, HEADER)

    header, _, lines = path.read_bytes().partition(b"\n")
    assert header == (
        b'{"format":"paxos-des-trace","version":1,"scenario":{"name":"custom"},"seed":7,'
        b'"protocol":"multi-paxos"}'
    )
    assert lines == b"".join(trace.lines())
    assert sha256(lines).hexdigest() == trace.digest()


def test_observers_see_their_event_also_where_nothing_is_recorded() -> None:
    trace = Trace("nothing")
    seen: list[Entry] = []
    trace.observers["fail"] = [seen.append]
    trace.add(FaultEntry, 5, "fail", "acceptor-0")
    trace.add(FaultEntry, 6, "heal", "acceptor-0")

    assert seen == [FaultEntry(0, 5, "fail", "acceptor-0")]


def test_watchers_see_a_type_of_record_when_it_is_durable_and_only_then() -> None:
    trace = Trace("nothing")
    seen: list[Entry] = []
    trace.watching[Promised] = [seen.append]
    trace.add_record(5, "acceptor-0", Promised(BALLOT, slot=3))
    trace.add_record(6, "acceptor-0", Voted(3, BALLOT, NOOP))

    assert seen == [RecordEntry(0, 5, "durable", "acceptor-0", Promised(BALLOT, slot=3))]
    assert trace.numbers == 2


def test_whoever_observes_an_event_hears_of_records_after_who_watches_their_kind() -> None:
    trace, seen = Trace("nothing"), list[tuple[str, Entry]]()
    trace.observers["durable"] = [lambda entry: seen.append(("event", entry))]
    trace.watching[Promised].append(lambda entry: seen.append(("kind", entry)))

    trace.add_record(5, "acceptor-0", Promised(BALLOT, slot=3))
    trace.add_record(6, "acceptor-0", Voted(3, BALLOT, NOOP))

    first, second = (
        RecordEntry(0, 5, "durable", "acceptor-0", Promised(BALLOT, slot=3)),
        RecordEntry(1, 6, "durable", "acceptor-0", Voted(3, BALLOT, NOOP)),
    )
    assert seen == [("kind", first), ("event", first), ("event", second)]


def test_a_message_reads_as_the_interface_says() -> None:
    trace = Trace("trace")
    trace.numbers = 17
    trace.add_message(2_041, "send", "leader-1", "acceptor-0", 9, Prepare(BALLOT, slot=0))

    assert the_line(trace) == (
        '{"n":17,"at_us":2041,"event":"send","node":"leader-1","peer":"acceptor-0","envelope":9,'
        '"message":{"type":"Prepare","ballot":[1,1],"slot":0}}'
    )


def test_a_vote_in_a_message_is_a_list_and_so_is_a_command() -> None:
    trace = Trace("trace")
    promise = Promise(BALLOT, (Vote(3, BALLOT, COMMAND), Vote(4, BALLOT, NOOP)), from_slot=3)
    trace.add_message(1, "send", "acceptor-0", "leader-1", 9, promise)
    trace.add_message(1, "send", "leader-1", "acceptor-0", 9, Accept(3, BALLOT, COMMAND))

    vote, asked = (json.loads(line)["message"] for line in trace.lines())

    value = ["client-0", 3, ["put", "k", "v"]]
    assert vote == {
        "type": "Promise",
        "ballot": [1, 1],
        "votes": [[3, [1, 1], value], [4, [1, 1], "noop"]],
        "from_slot": 3,
    }
    assert asked == {"type": "Accept", "slot": 3, "ballot": [1, 1], "value": value}


KINDS: list[tuple[type[Entry], str, tuple[object, ...], str]] = [
    (RecordEntry, "durable", (Promised(BALLOT, slot=3),),
     '"record":{"type":"Promised","ballot":[1,1],"slot":3}'),
    (RecordEntry, "durable", (Promised(BALLOT, from_slot=3),),
     '"record":{"type":"Promised","ballot":[1,1],"from_slot":3}'),
    (RecordEntry, "durable", (Voted(3, BALLOT, NOOP),),
     '"record":{"type":"Voted","slot":3,"ballot":[1,1],"value":"noop"}'),
    (AdoptEntry, "adopt", (BALLOT, ("acceptor-0",), 3, None),
     '"ballot":[1,1],"promises":["acceptor-0"],"slot":3'),
    (AdoptEntry, "adopt", (BALLOT, ("acceptor-0",), None, 0),
     '"ballot":[1,1],"promises":["acceptor-0"],"from_slot":0'),
    (LearnEntry, "learn", (3, COMMAND, BALLOT, ("acceptor-0",)),
     '"slot":3,"value":["client-0",3,["put","k","v"]],"ballot":[1,1],"votes":["acceptor-0"]'),
    (PrimaryEntry, "primary", ("leader-1",), '"primary":"leader-1"'),
    (InvokeEntry, "invoke", (COMMAND,), '"command":["client-0",3,["put","k","v"]]'),
    (CompleteEntry, "complete", (COMMAND, "ok", 3),
     '"command":["client-0",3,["put","k","v"]],"outcome":"ok","slot":3'),
    (TimerEntry, "timer", (Timer("back-off", 3),), '"timer":{"name":"back-off","slot":3}'),
    (FaultEntry, "nemesis", ("leader-1", "cut"), '"peer":"leader-1","deed":"cut"'),
]  # fmt: skip


@pytest.mark.parametrize(("kind", "event", "fields", "rest"), KINDS)
def test_an_entry_reads_as_the_interface_says(
    kind: type[Entry], event: str, fields: tuple[object, ...], rest: str
) -> None:
    trace = Trace("trace")
    trace.add(kind, 5, event, "node", *fields)

    assert the_line(trace) == f'{{"n":0,"at_us":5,"event":"{event}","node":"node",{rest}}}'


def test_a_failing_node_is_all_that_its_entry_says() -> None:
    trace = Trace("trace")
    trace.add(FaultEntry, 5, "fail", "acceptor-0")

    assert the_line(trace) == '{"n":0,"at_us":5,"event":"fail","node":"acceptor-0"}'


def filled(trace: Trace, size: int) -> Trace:
    for number in range(size):
        add(trace, number)
    return trace


def add(trace: Trace, number: int) -> None:
    """Add an entry, a message or another in turn."""
    if number % 2:
        one = entry(number)
        trace.add_message(one.at_us, "send", one.node, one.peer, one.envelope, one.message)
    else:
        trace.add(FaultEntry, 5, "fail", "acceptor-0")


def the_line(trace: Trace) -> str:
    (line,) = trace.lines()
    return line.decode().removesuffix("\n")
