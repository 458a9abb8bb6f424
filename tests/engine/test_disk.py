"""A disk keeps what it acknowledged, whenever the node crashes, or says that it cannot."""

import pytest
from disks import Desk, Note, notes, of_append, of_crash

from paxos_des.engine.choices import Decision, Key, Kind, Remember, name_of
from paxos_des.engine.delays import Uniform
from paxos_des.engine.disk import DiskModel, Refused
from paxos_des.engine.disk_format import MARKER_SIZE
from paxos_des.engine.words import says
from paxos_des.errors import ScheduleError

FSYNC_US = 100
BEFORE, BETWEEN = 49, 50
"""Just before the data are synced, and just after: the marker is on its way then."""


def test_gives_back_what_was_appended() -> None:
    desk = Desk()
    desk.append(1, 2, 3)

    assert desk.restart() == notes(1, 2, 3)


def test_without_a_delay_a_record_is_durable_within_the_call() -> None:
    desk = Desk()

    desk.append(1)

    assert desk.done == [(0, notes(1))]
    assert desk.disk.is_idle
    assert not desk.world._queue


def test_the_short_way_of_an_ideal_disk_leaves_the_same_bytes() -> None:
    short, long = Desk(), Desk(remember="decisions")
    assert short.disk._is_ideal
    assert not long.disk._is_ideal
    for desk in (short, long):
        desk.append(1, 2, 3)
        desk.disk.rewrite(notes(3))
        desk.append(4)
        desk.disk.slow_by(extra_us=1)
        desk.append(5)
        desk.until(1)
        desk.disk.slow_by()
        desk.append(6, 7, 8, 9)
        desk.disk.crash()

    assert short.disk._platter == long.disk._platter
    assert short.batches == long.batches
    assert short.disk.fsyncs == long.disk.fsyncs


def test_what_is_appended_while_an_fsync_is_on_its_way_goes_with_the_next() -> None:
    desk = Desk(FSYNC_US)
    desk.append(1)
    desk.until(10)
    desk.append(2, 3)
    pending = desk.disk.pending
    desk.until(1_000)

    assert pending == 3
    assert desk.done == [(100, notes(1)), (200, notes(2, 3))]
    assert desk.disk.fsyncs == 2


def test_a_rewrite_takes_its_turn() -> None:
    desk = Desk(FSYNC_US)
    desk.append(1, 2)
    desk.disk.rewrite(notes(7, 8))
    desk.append(9)
    desk.until(1_000)

    assert desk.done == [
        (100, notes(1)), (200, notes(2)), (300, notes(7, 8)), (400, notes(9)),
    ]  # fmt: skip
    assert desk.restart() == notes(7, 8, 9)


@pytest.mark.parametrize("remember", ["nothing", "schedule"])
def test_done_may_append_and_is_not_called_from_within_itself(remember: Remember) -> None:
    desk = Desk(remember=remember)
    depth = []

    def append_again(batch: object) -> None:
        depth.append("(")
        desk._note(batch)  # type: ignore[arg-type] # it is a batch
        if len(desk.batches) < 2_000:
            desk.append(len(desk.batches) + 1)
        depth.append(")")

    desk.disk._done = append_again
    desk.append(1)

    assert desk.acknowledged == notes(*range(1, 2_001))
    assert "".join(depth) == "()" * 2_000


def test_a_crash_ends_an_fsync_for_ever() -> None:
    desk = Desk(FSYNC_US)
    desk.append(1)
    desk.until(10)
    assert desk.restart() == []
    desk.append(2)
    desk.until(1_000)

    assert desk.done == [(110, notes(2))]
    assert desk.restart() == notes(2)


def test_what_was_in_memory_is_lost_whatever_the_crash_keeps() -> None:
    desk = Desk(FSYNC_US, schedule=[of_crash("keep", MARKER_SIZE)])
    desk.append(1)
    desk.append(2)
    desk.until(BETWEEN)

    assert desk.restart() == notes(1)
    assert desk.disk.unacknowledged == 1


def crashed(at_us: int, kept: int, *, is_rewrite: bool) -> Desk:
    """Return the disk that acknowledged two notes, and crashed while two more were on their way."""
    desk = Desk(FSYNC_US, schedule=[of_crash("keep", kept)])
    desk.disk.rewrite(notes(1, 2))
    desk.until(FSYNC_US)
    if is_rewrite:
        desk.disk.rewrite(notes(7, 8))
    else:
        desk.append(7)
    desk.until(FSYNC_US + at_us)
    desk.disk.crash()
    return desk


def every_kept(at_us: int) -> range:
    """Return every number of bytes that a crash then may keep: some answers that are too many
    show where they end, for they stay unused.
    """
    for kept in range(1, 1_000):
        if crashed(at_us, kept, is_rewrite=False).chooser.unused:
            return range(kept)
    raise AssertionError(at_us)


@pytest.mark.parametrize("is_rewrite", [False, True])
@pytest.mark.parametrize("at_us", [BEFORE, BETWEEN])
def test_a_tail_torn_at_any_byte_costs_nothing_that_was_acknowledged(
    at_us: int, *, is_rewrite: bool
) -> None:
    before = notes(1, 2)
    after = notes(7, 8) if is_rewrite else notes(1, 2, 7)
    seen = set()
    for kept in every_kept(at_us):
        found = crashed(at_us, kept, is_rewrite=is_rewrite).disk.recover()

        assert found in (before, after), kept
        seen.add(found == after)

    assert seen == ({False} if is_rewrite and at_us == BEFORE else
                    {True} if not is_rewrite and at_us == BETWEEN else {True, False})  # fmt: skip


@pytest.mark.parametrize("is_rewrite", [False, True])
@pytest.mark.parametrize("at_us", [BEFORE, BETWEEN])
def test_what_a_crash_left_is_a_place_to_go_on_from(at_us: int, *, is_rewrite: bool) -> None:
    for kept in every_kept(at_us):
        desk = crashed(at_us, kept, is_rewrite=is_rewrite)
        found = desk.disk.recover()
        assert isinstance(found, list)
        desk.append(9)
        desk.until(10_000)

        assert desk.restart() == [*found, *notes(9)], kept


@pytest.mark.parametrize("kept", range(MARKER_SIZE + 1))
def test_the_first_marker_of_all_may_be_torn(kept: int) -> None:
    desk = Desk(FSYNC_US, schedule=[of_crash("keep", kept)])
    desk.append(1)
    desk.until(BETWEEN)

    assert desk.restart() == notes(1)


def test_a_crash_just_after_an_fsync_loses_nothing() -> None:
    desk = Desk(FSYNC_US)
    desk.append(1)
    desk.until(FSYNC_US)

    assert desk.restart() == notes(1)


def test_rot_in_any_byte_of_what_was_acknowledged_is_refused() -> None:
    fresh = Desk()
    fresh.append(1, 2, 3)
    for place in range(fresh.disk.size):
        desk = Desk()
        desk.append(1, 2, 3)
        desk.disk._platter.flip(0, place)
        refused = desk.restart()

        number = 1 + sum(start <= place for start in fresh.disk._places[1:])
        sentence = f"record {number} of the 3 that were acknowledged does not match its checksum"
        assert refused == Refused(sentence), place


def test_rot_in_the_tail_is_no_more_than_a_torn_tail() -> None:
    desk = crashed(BEFORE, every_kept(BEFORE)[-1], is_rewrite=False)
    desk.disk._platter.flip(desk.disk._generation, desk.disk.size + 1)

    assert desk.disk.recover() == notes(1, 2)


@pytest.mark.parametrize("place", range(MARKER_SIZE))
@pytest.mark.parametrize("slot", [0, 1])
def test_rot_in_one_slot_of_the_marker_is_survived(slot: int, place: int) -> None:
    for is_rewritten in (False, True):
        desk = Desk()
        desk.append(1, 2, 3)
        if is_rewritten:
            desk.disk.rewrite(notes(1, 2))
            desk.append(3)
        rot_marker(desk, slot, place)

        assert desk.restart() == notes(1, 2, 3)


def test_rot_in_both_slots_of_the_marker_is_refused() -> None:
    desk = Desk()
    desk.append(1)
    rot_marker(desk, 0, 5)
    rot_marker(desk, 1, 0)
    desk.append(2)
    rot_marker(desk, 0, 5)

    assert desk.restart() == Refused("both commit markers are broken, and there are records")


def test_rot_in_a_marker_cannot_make_rot_in_the_last_record_a_torn_tail() -> None:
    desk = Desk()
    desk.append(1, 2, 3)
    rot_marker(desk, desk.disk._sequence % 2, 9)
    assert desk.disk.rot(1)
    refused = desk.restart()

    assert isinstance(refused, Refused)
    assert "a commit marker is broken, and record 3" in refused.reason


def test_an_empty_disk_with_broken_markers_lost_nothing() -> None:
    desk = Desk()
    desk.disk.rewrite([])
    rot_marker(desk, 0, 1)
    rot_marker(desk, 1, 1)

    assert desk.restart() == []


def rot_marker(desk: Desk, slot: int, place: int) -> None:
    desk.disk._catch_up()
    slots = desk.disk._platter.slots
    data = bytearray(slots[slot])
    data[place] ^= 0xFF
    slots[slot] = bytes(data)


@pytest.mark.parametrize("back", [1, 2, 3])
def test_rot_is_in_the_record_that_was_aimed_at(back: int) -> None:
    desk = Desk(schedule=[of_crash("rot", back)])
    desk.append(1, 2, 3)
    refused = desk.restart()

    assert isinstance(refused, Refused)
    assert f"record {4 - back} of the 3" in refused.reason


def test_rot_where_nothing_is_does_nothing() -> None:
    desk = Desk()
    desk.append(1)

    assert not desk.disk.rot(2)
    assert desk.restart() == notes(1)


def test_a_rewrite_makes_good_what_was_rotten() -> None:
    desk = Desk()
    desk.append(1, 2)
    assert desk.disk.rot(1)
    desk.disk.rewrite(notes(1, 2))

    assert desk.restart() == notes(1, 2)


@pytest.mark.parametrize("back", [1, 2, 3])
def test_a_misdirected_write_is_found(back: int) -> None:
    desk = Desk(schedule=[of_append("misdirected", 4, back)])
    desk.append(1, 2, 3, 4, 5)
    refused = desk.restart()

    assert desk.acknowledged == notes(1, 2, 3, 4, 5)
    where = f"record {4 - back} of the 5 that were acknowledged"
    assert refused == Refused(f"{where} is not there: record 4 was written in its place")


def test_a_misdirected_write_that_a_crash_tore_is_found() -> None:
    desk = Desk(FSYNC_US, schedule=[of_append("misdirected", 2, 1), of_crash("keep", 6)])
    desk.append(1)
    desk.until(FSYNC_US)
    desk.append(2)
    desk.until(FSYNC_US + BEFORE)

    assert isinstance(desk.restart(), Refused)


def test_a_misdirection_may_be_commanded_and_reaches_no_further_than_the_first_record() -> None:
    desk = Desk()
    desk.disk.misdirect_next(9)
    desk.append(1, 2)
    refused = desk.restart()

    assert isinstance(refused, Refused)
    assert "record 1 of the 2" in refused.reason


@pytest.mark.parametrize("delay_us", [0, FSYNC_US])
def test_a_failed_fsync_is_a_crash(delay_us: int) -> None:
    desk = Desk(delay_us, schedule=[of_append("fsync-fails", 2, answer=True)])
    desk.append(1)
    desk.until(delay_us)
    desk.append(2)
    desk.until(1_000)

    assert desk.acknowledged == notes(1)
    assert desk.failed == [2 * delay_us]
    assert desk.disk.recover() == notes(1)


def test_a_failure_may_be_commanded_and_happens_once() -> None:
    desk = Desk()
    desk.disk.fail_next()
    desk.append(1)
    desk.until(1)
    assert desk.disk.recover() == []
    desk.append(2)

    assert len(desk.failed) == 1
    assert desk.acknowledged == notes(2)


def test_a_failed_fsync_may_have_written_all_the_same() -> None:
    schedule = [of_append("fsync-fails", 1, answer=True), of_crash("keep", 5)]
    desk = Desk(FSYNC_US, schedule=schedule)
    desk.append(1)
    desk.until(FSYNC_US)

    assert desk.disk.recover() == []
    assert not desk.chooser.unused


def test_a_slow_disk_is_slow_until_it_is_not() -> None:
    desk = Desk(FSYNC_US)
    desk.disk.slow_by(factor=10, extra_us=5)
    desk.append(1)
    desk.append(2)
    desk.until(1_005)
    desk.disk.slow_by()
    desk.append(3)
    desk.until(10_000)

    assert desk.done == [(1_005, notes(1)), (2_010, notes(2)), (2_110, notes(3))]


def test_an_ideal_disk_that_was_slow_overtakes_nothing_that_is_on_its_way() -> None:
    """Found by a nemesis: what came after would have been durable first."""
    desk = Desk()
    desk.disk.slow_by(extra_us=100)
    desk.append(1)
    desk.disk.slow_by()
    desk.append(2)
    at_once = desk.done.copy()
    desk.until(1_000)

    assert at_once == []
    assert desk.done == [(100, notes(1)), (100, notes(2))]


def test_what_was_asked_of_an_fsync_is_taken_back_on_its_way_too() -> None:
    desk = Desk(FSYNC_US)
    desk.disk.fail_next()
    desk.append(1)
    desk.until(10)
    desk.disk.disarm()
    desk.until(1_000)

    assert desk.failed == []
    assert desk.acknowledged == notes(1)
    assert desk.restart() == notes(1)


def test_rewrites_keep_the_bytes_bounded() -> None:
    desk = Desk()
    for number in range(500):
        desk.append(number)
        if desk.disk.durable > 10:
            desk.disk.rewrite(notes(number))

    assert desk.disk.size < 600
    assert [len(file) for file in desk.disk._platter.files.values()] == [desk.disk.size]


WEATHER = DiskModel(
    fsync=Uniform(low_us=50, high_us=150), fsync_fails=0.05, misdirected=0.02, torn=0.5, rot=0.1
)


def a_hard_life(desk: Desk) -> list[object]:
    """Return all that a disk tells while its node crashes again and again."""
    told: list[object] = []
    for turn in range(60):
        if desk.disk._is_open:
            desk.append(turn, 1000 + turn)
        desk.until(40 * (turn + 1))
        if turn % 5 == 4 or not desk.disk._is_open:
            if desk.disk._is_open:
                desk.disk.crash()
            found = desk.disk.recover()
            told.append((desk.world.now, found))
            if isinstance(found, Refused):
                break
    return [told, desk.done, desk.failed]


@pytest.mark.parametrize("seed", range(20))
def test_a_schedule_over_the_dull_run_repeats_what_a_seed_did(seed: int) -> None:
    seeded = Desk(WEATHER, seed=seed)
    remembered = Desk(WEATHER, seed=seed, remember="schedule")
    lived = a_hard_life(seeded)
    assert a_hard_life(remembered) == lived

    schedule = remembered.chooser.remembered
    replayed = Desk(WEATHER, schedule=schedule)

    assert a_hard_life(replayed) == lived
    assert replayed.chooser.unused == ()


def test_weather_has_all_that_may_go_wrong() -> None:
    kinds = set()
    for seed in range(100):
        desk = Desk(WEATHER, seed=seed, remember="schedule")
        a_hard_life(desk)
        kinds |= {decision.key.kind for decision in desk.chooser.remembered}

    assert kinds == {"fsync", "fsync-fails", "misdirected", "keep", "rot"}


def test_chances_of_nothing_draw_nothing() -> None:
    desk = Desk(DiskModel(torn=1.0), seed=1)
    desk.append(1)

    assert desk.done == [(0, notes(1))]


def test_a_decision_is_named_by_the_first_record() -> None:
    desk = Desk(remember="decisions")
    desk.append(1)
    desk.append(1)
    desk.disk.rewrite([])
    desk.disk.rewrite([Note(3)])
    keys = [decision.key for decision in desk.chooser.remembered if decision.key.kind == "fsync"]

    first = '{"append":{"type":"Note","number":1}}'
    assert [(key.what, key.copy) for key in keys] == [
        (first, 1),
        (first, 2),
        ('{"rewrite":{}}', 1),
        ('{"rewrite":{"type":"Note","number":3}}', 1),
    ]


@pytest.mark.parametrize(
    ("decision", "sentence"),
    [
        (
            of_append("fsync", 1, 500, copy=2),
            "let acceptor-0's fsync of the Note of number 1 (the 2nd time) take 500 µs",
        ),
        (
            of_append("fsync-fails", 1, answer=True),
            "let acceptor-0's fsync of the Note of number 1 fail",
        ),
        (
            of_append("fsync-fails", 1, answer=False),
            "do not let acceptor-0's fsync of the Note of number 1 fail",
        ),
        (
            of_append("misdirected", 1, 2),
            "let acceptor-0's fsync of the Note of number 1 write over what lies 2 records back",
        ),
        (
            of_crash("keep", 12),
            "let the crash keep 12 bytes that were on their way to acceptor-0's disk",
        ),
        (
            of_crash("rot", 0, copy=2),
            "let the crash (the 2nd time) leave all of acceptor-0's records as they are",
        ),
        (
            of_crash("rot", 3),
            "let the crash leave a byte flipped in acceptor-0's record 3 from the last",
        ),
    ],
)
def test_decisions_of_disks_read_as_sentences(decision: Decision, sentence: str) -> None:
    assert says(decision) == sentence


@pytest.mark.parametrize("kind", ["fsync", "fsync-fails", "misdirected", "keep", "rot"])
@pytest.mark.parametrize("what", [{}, {"append": 5}, {"rewrite": {}}, {"crash": 1}])
def test_whatever_a_schedule_says_of_a_disk_has_a_sentence(
    kind: Kind, what: dict[str, object]
) -> None:
    key = Key(kind, ("acceptor-0",), name_of(what), 1)

    assert "{" not in says(Decision(key, answer=1)) + says(Decision(key, answer=0))


@pytest.mark.parametrize(
    ("kind", "place", "answer", "sentence"),
    [
        ("fsync", ["acceptor-0", "acceptor-1"], 5, "1 node names"),
        ("fsync", ["acceptor-0"], -1, "allowed is an integer from 0"),
        ("keep", ["acceptor-0"], True, "allowed is an integer from 0"),
        ("rot", ["acceptor-0"], "1", "allowed is an integer from 0"),
        ("misdirected", ["acceptor-0"], 1.5, "allowed is an integer from 0"),
        ("fsync-fails", ["acceptor-0"], 1, "allowed is true or false"),
    ],
)
def test_refuses_decisions_of_disks_that_cannot_be(
    kind: str, place: list[str], answer: object, sentence: str
) -> None:
    found = {"key": {"kind": kind, "place": place, "what": {}}, "answer": answer}

    with pytest.raises(ScheduleError, match=sentence):
        Decision.from_dict(found, "schedule")


@pytest.mark.parametrize(
    "decision",
    [of_append("fsync", 1, 5), of_append("fsync-fails", 1, answer=True), of_crash("rot", 2)],
)
def test_decisions_of_disks_are_written_and_read(decision: Decision) -> None:
    assert Decision.from_dict(decision.to_dict(), "schedule") == decision
