"""What watches a run forgets what the run has forgotten: its memory stays flat."""

import tracemalloc

import pytest
from story import ACCEPTORS, LEADERS, Story

from paxos_des.run_record import Watcher

KEPT_RECORDS = 1_000
SNAPSHOT_EVERY = 500
FLAT_BYTES = 400_000
"""What may come in between: sizes of dicts and arrays that are doubled."""


def memory_after(slots: tuple[int, ...], *, forgets: int) -> list[int]:
    """Return the bytes in use after so many slots, under all checks and a watcher."""
    story = Story()
    watcher = Watcher(story.trace, story.judges.votes, KEPT_RECORDS)
    found = []
    tracemalloc.start()
    for slot in range(slots[-1] + 1):
        story.now_us += 10
        if slot in slots:
            found.append(tracemalloc.get_traced_memory()[0])
        story.pass_through(slot)
        if forgets and slot % SNAPSHOT_EVERY == SNAPSHOT_EVERY - 1:
            for leader in LEADERS:
                story.snapshot(leader, slot + 1, str(slot))
            story.forget(slot + 1, *ACCEPTORS, *LEADERS)
    tracemalloc.stop()
    assert story.violated == set()
    assert story.judges.votes.slots == slots[-1] + 1
    assert watcher.history(0) is None
    return found


def test_memory_is_flat_where_slots_are_forgotten() -> None:
    first, last = memory_after((3_000, 15_000), forgets=1)

    # Two latencies of 8 bytes for each value are figures, and stay.
    assert last - first < 16 * 12_000 + FLAT_BYTES


def test_memory_grows_where_they_are_not() -> None:
    """Or the test above would prove nothing."""
    first, last = memory_after((3_000, 15_000), forgets=0)

    assert last - first > 12_000 * 500


@pytest.mark.deep
def test_memory_is_flat_up_to_a_million_values() -> None:
    first, last = memory_after((100_000, 1_000_000), forgets=1)

    assert last - first < 18 * 900_000 + FLAT_BYTES
