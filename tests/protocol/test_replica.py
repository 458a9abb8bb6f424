"""The replica: applies in order, once, and forgets what nobody waits for."""

from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from paxos_des.protocol.ballot import NOOP, Command, Operation, Value
from paxos_des.protocol.effects import Applied
from paxos_des.protocol.messages import Session, Snapshot
from paxos_des.protocol.replica import Replica

CHAIN = "0" * 64


def test_applies_in_slot_order_and_answers() -> None:
    replica = Replica("kv", None)
    put, get = asked(0, ("put", "x", 7)), asked(1, ("get", "x"))

    applied = [replica.apply(0, put), replica.apply(1, NOOP), replica.apply(2, get)]

    assert applied == [Applied(0, put), Applied(1, NOOP), Applied(2, get, 7)]
    assert replica.applied == 3


def test_a_slot_out_of_order_is_a_bug() -> None:
    with pytest.raises(AssertionError, match="slot 0 is next, then 1"):
        Replica("kv", None).apply(1, NOOP)


def test_a_command_takes_effect_once_and_keeps_its_first_result() -> None:
    replica = Replica("list", None)
    first, other = asked(0, ("append", 1)), asked(1, ("append", 2))

    applied = [replica.apply(slot, value) for slot, value in enumerate((first, other, first))]

    assert applied[2] == Applied(2, first, 1, repeated=True)
    assert replica.read(("read",)) == (1, 2)
    assert replica.result_of("client-0", 0) == (0, 1)


def test_clients_do_not_share_sequence_numbers() -> None:
    replica = Replica("list", None)
    replica.apply(0, asked(0, ("append", 1)))

    other = Command("client-1", 0, ("append", 2))

    assert replica.apply(1, other) == Applied(1, other, 2)


def test_what_did_not_take_effect_has_no_result() -> None:
    replica = Replica("kv", 2)

    assert replica.result_of("client-0", 0) is None
    assert not replica.has_applied("client-0", 0)
    replica.apply(0, asked(1, ("get", "x")))
    assert replica.result_of("client-0", 0) is None
    assert not replica.has_applied("client-0", 0)
    assert replica.result_of("client-0", 1) == (0, None)
    assert replica.has_applied("client-0", 1)


def test_a_number_answers_all_that_are_a_window_below() -> None:
    replica = Replica("list", 2)
    for slot in range(4):
        replica.apply(slot, asked(slot, ("append", slot)))

    _, sessions = replica.snapshot_parts()

    assert sessions == (Session("client-0", 2, ((2, 2, 3), (3, 3, 4))),)
    assert replica.result_of("client-0", 1) is None
    assert replica.has_applied("client-0", 1)


def test_what_is_forgotten_is_not_done_again() -> None:
    replica = Replica("list", 1)
    old, new = asked(0, ("append", 1)), asked(1, ("append", 2))
    for slot, value in enumerate((old, new)):
        replica.apply(slot, value)

    assert replica.apply(2, old) == Applied(2, old, None, repeated=True)
    assert replica.read(("read",)) == (1, 2)


def test_a_jump_forgets_all_that_lies_below() -> None:
    """Nobody holds a client of somebody else's making to the window: it must not cost a day."""
    replica = Replica("list", 2)
    replica.apply(0, asked(0, ("append", 1)))
    replica.apply(1, asked(2**53, ("append", 2)))

    _, sessions = replica.snapshot_parts()

    assert sessions == (Session("client-0", 2**53 - 1, ((2**53, 1, 2),)),)


def test_a_million_values_are_not_kept() -> None:
    """A tenth of them shows it: what is kept of a client is its window."""
    replica = Replica("kv", 10)
    for slot in range(100_000):
        replica.apply(slot, asked(slot, ("put", "x", slot)))

    state, sessions = replica.snapshot_parts()

    assert state == (("x", 99_999),)
    assert len(sessions[0].results) == 10


def test_without_a_machine_it_only_knows_what_took_effect() -> None:
    replica = Replica("none", None)
    put = asked(0, ("put", "x", 7))

    assert replica.apply(0, put) == Applied(0, put)
    assert replica.apply(1, put) == Applied(1, put, repeated=True)
    assert replica.snapshot_parts() == (None, (Session("client-0", 0, ((0, 0, None),)),))
    assert not replica.is_read(("get", "x"))


def test_reads_take_no_slot() -> None:
    replica = Replica("kv", None)
    replica.apply(0, asked(0, ("put", "x", 7)))

    assert replica.is_read(("get", "x"))
    assert not replica.is_read(("put", "x", 8))
    assert replica.read(("get", "x")) == 7
    assert replica.applied == 1


def test_reading_what_is_no_read_is_a_bug() -> None:
    with pytest.raises(AssertionError, match="reads change nothing"):
        Replica("kv", None).read(("put", "x", 7))


def test_sessions_are_in_the_order_of_names_and_numbers() -> None:
    replica = Replica("register", 5)
    for slot, (client, sequence) in enumerate((("client-1", 1), ("client-0", 0), ("client-1", 0))):
        replica.apply(slot, Command(client, sequence, ("read",)))

    _, sessions = replica.snapshot_parts()

    assert sessions == (
        Session("client-0", 0, ((0, 1, None),)),
        Session("client-1", 0, ((0, 2, None), (1, 0, None))),
    )


def test_an_older_snapshot_is_not_installed() -> None:
    replica = Replica("kv", None)
    replica.apply(0, NOOP)

    with pytest.raises(AssertionError, match="1 applied, then 0"):
        replica.install(Snapshot(0, CHAIN, (), ()))


COMMANDS = st.builds(
    Command,
    st.sampled_from(["client-0", "client-1"]),
    st.integers(0, 6),
    st.one_of(
        st.tuples(st.just("put"), st.sampled_from("xy"), st.integers(0, 3)),
        st.tuples(st.just("get"), st.sampled_from("xy")),
        st.tuples(st.just("append"), st.just((True, 1))),
        st.tuples(st.just("read")),
    ),
)
LOGS = st.lists(st.one_of(COMMANDS, st.just(NOOP)), max_size=30)


@given(
    kind=st.sampled_from(["kv", "list", "register", "none"]),
    window=st.sampled_from([None, 1, 3]),
    log=LOGS,
    cut=st.integers(0, 30),
)
def test_a_replica_that_was_told_by_snapshot_is_like_one_that_applied_all(
    kind: Any,  # noqa: ANN401 - a literal, to hypothesis a text
    window: int | None,
    log: list[Value],
    cut: int,
) -> None:
    one, other = Replica(kind, window), Replica(kind, window)
    cut = min(cut, len(log))
    for slot in range(cut):
        one.apply(slot, log[slot])

    state, sessions = one.snapshot_parts()
    written = msgspec.json.encode(Snapshot(cut, CHAIN, state, sessions))
    other.install(msgspec.json.decode(written, type=Snapshot))

    for slot in range(cut, len(log)):
        assert one.apply(slot, log[slot]) == other.apply(slot, log[slot])
    assert one.snapshot_parts() == other.snapshot_parts()


def asked(sequence: int, operation: Operation) -> Command:
    return Command("client-0", sequence, operation)
