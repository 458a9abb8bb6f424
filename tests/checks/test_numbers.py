"""Numbers of entries by slot, as a dict would keep them, whatever the slots."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from paxos_des.checks.numbers import Numbers

SLOTS = st.one_of(st.integers(0, 40), st.integers(-3, 200_000), st.integers(0, 2**60))


@given(st.lists(st.tuples(SLOTS, st.integers(0, 2**60))))
def test_keeps_what_a_dict_keeps(noted: list[tuple[int, int]]) -> None:
    numbers, plain = Numbers(), dict[int, int]()
    for slot, number in noted:
        numbers.note(slot, number)
        plain[slot] = number

    assert {slot: numbers[slot] for slot in plain} == plain


@pytest.mark.parametrize("slot", [-1, 0, 1, 3, 10**12])
def test_a_slot_of_which_nothing_was_noted_has_no_number(slot: int) -> None:
    numbers = Numbers()
    numbers.note(2, 7)

    with pytest.raises(KeyError):
        _ = numbers[slot]


def test_a_slot_that_was_far_and_is_no_longer_has_its_last_number() -> None:
    numbers = Numbers()
    numbers.note(100_000, 1)
    numbers.note(60_000, 2)
    numbers.note(100_000, 3)

    assert numbers[100_000] == 3
    assert numbers[60_000] == 2
