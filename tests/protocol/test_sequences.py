"""Sets of commands, as plain sets would be, in whatever order they come."""

from hypothesis import given
from hypothesis import strategies as st

from paxos_des.protocol.sequences import Sequences

COMMANDS = st.tuples(st.sampled_from(["client-0", "client-1"]), st.integers(-2, 12))


@given(st.lists(COMMANDS))
def test_holds_what_a_set_holds(added: list[tuple[str, int]]) -> None:
    sequences, plain = Sequences(), set[tuple[str, int]]()
    for client, sequence in added:
        assert sequences.add(client, sequence) == ((client, sequence) not in plain)
        plain.add((client, sequence))

    assert sequences.count == len(plain)
    for client in ("client-0", "client-1"):
        for sequence in range(-3, 14):
            assert sequences.has(client, sequence) == ((client, sequence) in plain)


def test_what_comes_in_order_takes_no_room() -> None:
    sequences = Sequences()
    for sequence in (1, 0, 2, 4, 3):
        sequences.add("client-0", sequence)

    assert sequences._below == {"client-0": 5}
    assert sequences._above == {"client-0": set()}
