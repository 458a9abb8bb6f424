"""State machines: what they answer, and what they are afterwards."""

from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from paxos_des.protocol.ballot import Operation
from paxos_des.protocol.state_machines import MACHINES, MachineKind, is_same

KINDS: list[MachineKind] = ["kv", "register", "list"]
VALUES = st.sampled_from([None, True, False, 0, 1, "", "a", (), (1,), (True,)])
NAMES = st.sampled_from(["put", "get", "cas", "delete", "write", "read", "append", "k0", "k1"])
OPERATIONS = st.one_of(VALUES, st.lists(st.one_of(NAMES, VALUES), max_size=5).map(tuple))


@pytest.mark.parametrize(
    ("kind", "asked", "answers", "state"),
    [
        ("register", [("read",), ("write", 7), ("read",)], [None, None, 7], 7),
        ("register", [("cas", None, 1), ("cas", 2, 3), ("read",)], [True, False, 1], 1),
        ("register", [("write", 1), ("cas", True, 2)], [None, False], 1),
        ("register", [("write", (1, 2)), ("cas", (1, 2), 3)], [None, True], 3),
        ("register", [("write", (1, 2)), ("cas", (True, 2), 3)], [None, False], (1, 2)),
        ("kv", [("get", "x"), ("put", "x", 7), ("get", "x")], [None, None, 7], (("x", 7),)),
        ("kv", [("put", "x", 7), ("get", "y")], [None, None], (("x", 7),)),
        ("kv", [("cas", "x", None, 1), ("cas", "x", 2, 3)], [True, False], (("x", 1),)),
        ("kv", [("put", "x", 0), ("cas", "x", False, 1)], [None, False], (("x", 0),)),
        ("kv", [("put", "x", 7), ("delete", "x"), ("get", "x")], [None, None, None], ()),
        ("kv", [("delete", "x")], [None], ()),
        ("kv", [("put", "x", 7), ("put", "x", None)], [None, None], ()),
        ("kv", [("put", "b", 1), ("put", "a", 2)], [None, None], (("a", 2), ("b", 1))),
        ("list", [("read",), ("append", 7), ("append", 7)], [(), 1, 2], (7, 7)),
        ("list", [("append", 1), ("read",), ("append", 2)], [1, (1,), 2], (1, 2)),
    ],
)
def test_does_what_is_asked(
    kind: MachineKind, asked: list[Operation], answers: list[Operation], state: Operation
) -> None:
    machine = MACHINES[kind]()

    assert [machine.apply(operation) for operation in asked] == answers
    assert machine.state() == state


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(
    "foreign",
    [
        ("reconfigure", ("acceptor-0", "acceptor-1")), (), ("put",), ("put", "x"), ("read", 1),
        ("get", 1), ("put", True, 1), ("cas", 1), ("cas", 1, 2, 3, 4), ("append",), ("write", 1, 2),
        ("delete", None), None, "read", "get", 7, True,
    ],
    ids=repr,
)  # fmt: skip
def test_what_it_does_not_know_changes_nothing_and_answers_none(
    kind: MachineKind, foreign: Operation
) -> None:
    machine = MACHINES[kind]()
    for operation in (("put", "x", 1), ("write", 1), ("append", 1)):
        machine.apply(operation)
    before = machine.state()

    assert machine.apply(foreign) is None
    assert machine.state() == before
    assert not machine.is_read(foreign)


def test_knows_reads() -> None:
    reads = {kind: [one for one in (("get", "x"), ("read",)) if MACHINES[kind]().is_read(one)]
             for kind in KINDS}  # fmt: skip

    assert reads == {"kv": [("get", "x")], "register": [("read",)], "list": [("read",)]}


@pytest.mark.parametrize("kind", KINDS)
@given(operations=st.lists(OPERATIONS))
def test_reads_change_nothing(kind: MachineKind, operations: list[Operation]) -> None:
    machine = MACHINES[kind]()
    for operation in operations:
        before = machine.state()
        machine.apply(operation)
        assert not machine.is_read(operation) or is_same(machine.state(), before)


@pytest.mark.parametrize("kind", KINDS)
@given(operations=st.lists(OPERATIONS), later=st.lists(OPERATIONS))
def test_a_state_that_was_written_down_is_the_same_machine(
    kind: MachineKind, operations: list[Operation], later: list[Operation]
) -> None:
    one, other = MACHINES[kind](), MACHINES[kind]()
    for operation in operations:
        one.apply(operation)

    written: Any = msgspec.json.decode(msgspec.json.encode(one.state()))
    other.restore(written)

    assert is_same(other.state(), one.state())
    assert all(is_same(one.apply(item), other.apply(item)) for item in later)


@pytest.mark.parametrize("kind", KINDS)
def test_a_state_does_not_change_with_its_machine(kind: MachineKind) -> None:
    machine = MACHINES[kind]()
    before = machine.state()
    for operation in (("put", "x", 1), ("write", 1), ("append", 1)):
        machine.apply(operation)

    assert machine.state() != before
    assert before == MACHINES[kind]().state()


@given(one=VALUES, other=VALUES)
def test_values_compare_as_json_does(one: Operation, other: Operation) -> None:
    assert is_same(one, other) == (msgspec.json.encode(one) == msgspec.json.encode(other))
