"""A disk whose failed fsyncs are ignored says that they went well, and has kept nothing of them."""

import pytest
from disks import Desk, notes, of_append

from paxos_des.engine.disk import Refused

FSYNC_US = 100


def desk_that_ignores(number: int, delay_us: int) -> Desk:
    """Return a disk whose fsync of a record will fail, and nobody cares."""
    desk = Desk(delay_us, schedule=[of_append("fsync-fails", number, answer=True)])
    desk.disk.ignores_failures = True
    for one in (1, 2):
        desk.append(one)
        desk.until(one * max(delay_us, 1))
    return desk


@pytest.mark.parametrize("delay_us", [0, FSYNC_US])
def test_what_was_acknowledged_last_is_gone_after_a_crash(delay_us: int) -> None:
    desk = desk_that_ignores(2, delay_us)

    assert desk.failed == []
    assert desk.acknowledged == notes(1, 2)
    assert desk.restart() == notes(1)
    assert desk.disk.unacknowledged == 0


@pytest.mark.parametrize("delay_us", [0, FSYNC_US])
def test_what_was_acknowledged_later_tells_of_the_hole(delay_us: int) -> None:
    desk = desk_that_ignores(1, delay_us)

    assert desk.acknowledged == notes(1, 2)
    assert isinstance(desk.restart(), Refused)


def test_a_log_in_the_place_of_the_former_one_is_gone_too() -> None:
    desk = Desk(FSYNC_US)
    desk.disk.ignores_failures = True
    desk.append(1)
    desk.until(FSYNC_US)
    desk.disk.fail_next()
    desk.disk.rewrite(notes(7))
    desk.until(2 * FSYNC_US)

    assert desk.acknowledged == notes(1, 7)
    assert isinstance(desk.restart(), Refused)
