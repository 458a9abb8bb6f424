"""A failure in one screen of words."""

from dataclasses import replace

import pytest
from failures import DUEL, duel_failure, supposed_failures

from paxos_des import Scenario
from paxos_des.engine.choices import KINDS, OF_NODES, Decision, Key
from paxos_des.engine.durations import exactly, spaced
from paxos_des.engine.words import says
from paxos_des.report.words import LINES_MAX, WIDTH, page_of, variation

SMALL = replace(
    duel_failure(),
    schedule=duel_failure().schedule[3:6],
    core=({"says": "leader-1 starts ballot (1, 1)"}, {"says": "acceptor-0 promises it"}),
)


def test_a_page_says_what_broke_where_by_what_and_how_to_go_on() -> None:
    assert (
        page_of(SMALL, "small.json")
        == """\
agreement is violated at 22.54 ms: slot 0: leader-1 learned client-0's command 0
["put","x",0], and leader-0 learned client-1's command 0 ["put","x",1]

scenario   duel, protocol accept-below-promise
           3 acceptors, 2 leaders (2 told to be primary), 2 clients, 2 values; per-slot
           phase 1, majority quorums, heartbeats off, plain pumps; delay uniform 1ms
           10ms, 10 % dropped, 10 % duplicated
found      seed 0, strategy 'weather'

schedule   3 interventions over the dull run, in which nothing is lost, late or broken
  1  let the Prepare of ballot (1, 1), slot 0 from leader-1 to acceptor-0 take 1.712 ms
  2  lose the Prepare of ballot (1, 1), slot 0 from leader-1 to acceptor-1
  3  let the Prepare of ballot (1, 1), slot 0 from leader-1 to acceptor-2 take 9.971 ms

core       2 events, and nothing else, in this order
  1  leader-1 starts ballot (1, 1)
  2  acceptor-0 promises it

replay     paxos-des replay small.json
shrink     paxos-des shrink small.json
show       paxos-des show small.json
"""
    )


@pytest.mark.parametrize("failure", [duel_failure(), SMALL, *supposed_failures()])
def test_a_page_is_a_screen(failure: object) -> None:
    assert isinstance(failure, type(SMALL))
    lines = page_of(failure).splitlines()

    assert len(lines) <= LINES_MAX
    assert max(map(len, lines)) <= WIDTH


def test_a_long_schedule_is_cut_and_says_so() -> None:
    assert "  … and 15 more\n" in page_of(duel_failure())


def test_a_page_stays_a_page_whatever_the_file_says() -> None:
    drop = Key("drop", ("leader-0", "acceptor-0"), '{"type":"\\u001b[2J' + "x" * 9_000 + '"}', 1)
    hostile = replace(
        SMALL, what="\x1b[31m" + "y" * 9_000, schedule=(Decision(drop, True),) * 20,
        core=({"a": 1},) * 50, found={"\x07": "z" * 9_000},
    )  # fmt: skip
    page = page_of(hostile)

    assert len(page.splitlines()) <= LINES_MAX
    assert all(line.isprintable() for line in page.splitlines())


def test_only_what_differs_from_the_shipped_scenario_is_said() -> None:
    assert variation(Scenario.named("duel")) == "duel, protocol multi-paxos"
    assert variation(DUEL.replace(drop=0.5, horizon="2s")) == (
        "duel, protocol accept-below-promise, but drop = 0.5, horizon = '2s'"
    )
    faults = [{"at": "7ms", "pause": "acceptor-1", "for": "500us"}]
    assert variation(Scenario.named("duel").replace(faults=faults)) == (
        "duel, protocol multi-paxos, but these faults: at 7 ms, pause acceptor-1 for 500 µs"
    )
    assert variation(Scenario(name="mine")) == "mine, protocol multi-paxos"


@pytest.mark.parametrize(
    ("time_us", "words"),
    [
        (0, "0 µs"), (999, "999 µs"), (1_000, "1 ms"), (3_771, "3.771 ms"), (34_000, "34 ms"),
        (2_040, "2.04 ms"), (1_000_000, "1 s"), (1_000_001, "1.000001 s"), (-50_000, "-50 ms"),
        (90_500_000, "90.5 s"), (5_400_000_000, "5,400 s"),
    ],
)  # fmt: skip
def test_durations_read_as_people_write_them_and_lose_nothing(time_us: int, words: str) -> None:
    assert exactly(time_us) == words


@pytest.mark.parametrize(
    ("written", "words"),
    [("30ms", "30 ms"), ("1.5s", "1.5 s"), ("7us", "7 µs"), ("-50ms", "-50 ms"), ("2m", "2 min"),
     ("acceptor-1", "acceptor-1"), (3, "3"), ("for ever", "for ever")],
)  # fmt: skip
def test_durations_of_tables_are_spaced(written: object, words: str) -> None:
    assert spaced(written) == words


WHATS = (
    "{}", '{"type":[]}', '{"after":{"message":5}}', '{"step":{}}', '{"kind":[1]}', '{"bounded":0}',
    '{"name":{},"slot":[]}', '{"append":{"type":"Note"}}',
)  # fmt: skip
ANSWERS = (
    True, False, 0, 7, 10**20, "", "nothing", "x", "[]", "7", "{}", "null", '{"crash":[[]]}',
    '{"at":5,"partition":7}', '{"message":7}', "[" * 5_000,
)  # fmt: skip


@pytest.mark.parametrize("kind", KINDS)
def test_whatever_a_decision_holds_has_a_sentence(kind: str) -> None:
    place = ("leader-0",) if kind in OF_NODES else ("leader-0", "acceptor-0")
    for what in WHATS:
        for answer in ANSWERS:
            assert says(Decision(Key(kind, place, what, 1), answer))  # type: ignore[arg-type] # any
