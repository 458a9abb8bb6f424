"""Any sequence of appends, rewrites, waits and crashes does to a disk what it does to a list."""

from disks import Desk, Note, notes, of_crash
from hypothesis import given, settings
from hypothesis import strategies as st

from paxos_des.engine.disk import Refused

FSYNC_US = 10

steps = st.lists(
    st.one_of(
        st.tuples(st.just("append"), st.integers(1, 3)),
        st.tuples(st.just("rewrite"), st.integers(0, 3)),
        st.tuples(st.just("wait"), st.integers(1, 25)),
        st.tuples(st.just("crash"), st.integers(0, 120)),
    ),
    max_size=30,
)


class Expected:
    """What must be on the disk, and what may be there beyond, in words of lists.

    Attributes
    ----------
    stages
        What is on the disk at first, then after each batch that was asked for.
    """

    def __init__(self) -> None:
        self.stages: list[list[Note]] = [[]]

    def append(self, record: Note) -> None:
        self.stages.append([*self.stages[-1], record])

    def rewrite(self, records: list[Note]) -> None:
        self.stages.append(records)


@settings(max_examples=400, deadline=None)
@given(steps=steps, delay_us=st.sampled_from([0, 1, FSYNC_US]))
def test_a_disk_is_a_list_of_which_a_crash_takes_the_end_that_nobody_was_told_of(
    steps: list[tuple[str, int]], delay_us: int
) -> None:
    kept = [number for deed, number in steps if deed == "crash"]
    schedule = [of_crash("keep", answer, copy) for copy, answer in enumerate(kept, 1) if answer]
    desk, expected, number = Desk(delay_us, schedule=schedule), Expected(), 0
    done_before = 0
    for deed, amount in steps:
        fresh = notes(*range(number, number + amount))
        if deed == "append":
            for record in fresh:
                desk.disk.append(record)
                expected.append(record)
            number += amount
        elif deed == "rewrite":
            desk.disk.rewrite(fresh)
            expected.rewrite(fresh)
            number += amount
        elif deed == "wait":
            desk.until(desk.world.now + amount)
        else:
            told = stages_told(desk, done_before)
            found = desk.restart()

            assert not isinstance(found, Refused)
            assert found in expected.stages[told:]
            expected.stages = [found]
            done_before = len(desk.batches)
    desk.until(desk.world.now + 1_000)

    assert desk.disk.is_idle
    assert desk.restart() == expected.stages[-1]


def stages_told(desk: Desk, since: int) -> int:
    """Return how many stages have been acknowledged: one for each record, or for a rewrite."""
    batches = desk.batches[since:]
    return sum(1 if batch.is_rewrite else len(batch.records) for batch in batches)
