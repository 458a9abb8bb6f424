"""Numbers are counted once, in whatever order they come."""

from hypothesis import given
from hypothesis import strategies as st

from paxos_des.cluster.once import Once


@given(st.lists(st.integers(0, 20)))
def test_each_number_is_first_once(numbers: list[int]) -> None:
    once = Once()

    first = [number for number in numbers if once.is_first(number)]

    assert first == list(dict.fromkeys(numbers))


def test_holds_only_what_is_out_of_order() -> None:
    once = Once()
    for number in (*range(1, 1_000), 0, 1_001):
        once.is_first(number)

    assert once == Once(1_000, {1_001})
