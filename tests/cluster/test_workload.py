"""The workload: what clients ask for is drawn, named, and never written twice."""

from collections import Counter
from itertools import pairwise
from typing import Any

import pytest

from paxos_des import Scenario, simulate
from paxos_des.cluster.shared import settings_of
from paxos_des.cluster.workload import client_of, count_of, habits_of, operation_of
from paxos_des.engine.choices import Chooser, Decision, Key
from paxos_des.engine.words import says
from paxos_des.errors import ScheduleError
from paxos_des.protocol.ballot import Operation
from paxos_des.protocol.state_machines import MACHINES

MIXED = Scenario(
    replica="kv", keys=3, operations={"put": 2, "get": 1, "cas": 1, "delete": 0}, clients=2
)


def test_values_are_dealt_to_the_clients_in_turn() -> None:
    scenario = Scenario(values=7, clients=3)

    dealt = [
        [operation_of(scenario, name, Chooser(0))(sequence) for sequence in range(size)]
        for name in scenario.client_names
        for size in [count_of(scenario, name)]
    ]

    assert dealt == [
        [("put", "x", number) for number in numbers] for numbers in ((0, 3, 6), (1, 4), (2, 5))
    ]


@pytest.mark.parametrize(
    ("replica", "operation"),
    [
        ("none", ("put", "x", 3)), ("kv", ("put", "x", 3)),
        ("register", ("write", 3)), ("list", ("append", 3)),
    ],
)  # fmt: skip
def test_puts_are_the_plain_writes_of_the_replica(replica: str, operation: Operation) -> None:
    scenario = Scenario(replica=replica, clients=2)

    assert operation_of(scenario, "client-1", Chooser(0))(1) == operation


def test_plain_writes_draw_nothing() -> None:
    chooser = Chooser(0, remember="decisions")
    make = operation_of(Scenario(replica="kv"), "client-0", chooser)
    one = operation_of(Scenario(replica="kv", operations={"get": 7}), "client-0", chooser)

    assert (make(0), one(0)) == (("put", "x", 0), ("get", "k0"))
    assert chooser.remembered == []


def test_draws_operations_by_weight_and_keys_alike() -> None:
    asked = mixed(4_000)

    by_name = Counter(operation[0] for operation in asked)
    by_key = Counter(operation[1] for operation in asked)
    assert by_name.keys() == {"put", "get", "cas"}
    assert 1_900 < by_name["put"] < 2_100
    assert 900 < by_name["get"] < 1_100
    assert by_key.keys() == {"k0", "k1", "k2"}
    assert all(1_200 < count < 1_450 for count in by_key.values())


@pytest.mark.parametrize(
    ("replica", "operations"),
    [
        ("kv", {"put": 1, "get": 1, "cas": 1, "delete": 1}),
        ("register", {"write": 1, "read": 1, "cas": 1}),
        ("list", {"append": 1, "read": 1}),
    ],
)
def test_what_is_asked_is_known_to_the_replica_and_no_value_is_written_twice(
    replica: str, operations: dict[str, int]
) -> None:
    scenario = Scenario(replica=replica, operations=operations, clients=2)
    machine = MACHINES[scenario.replica]()  # type: ignore[index] # there is a replica here
    chooser = Chooser(1)
    makes = [operation_of(scenario, name, chooser) for name in scenario.client_names]
    asked: list[Any] = [make(sequence) for sequence in range(200) for make in makes]

    written = [one[-1] for one in asked if one[0] in ("put", "cas", "write", "append")]
    answers = [machine.apply(operation) for operation in asked]

    assert len(written) == len(set(written)) > 100
    assert {operation[0] for operation in asked} == set(operations)
    assert any(answer is True for answer in answers) == ("cas" in operations)


def test_compares_with_what_it_wrote_last_at_that_key() -> None:
    last: dict[str, Operation] = {}
    compared = 0
    for name, key, *values in mixed(500):
        if name == "cas":
            assert values[0] == last.get(key)
            compared += values[0] is not None
        if name != "get":
            last[key] = values[-1]

    assert compared > 50


def test_a_choice_of_what_is_asked_has_a_name_and_a_sentence() -> None:
    chooser = Chooser(None, [request(3, "get k1")], remember="decisions")
    make = operation_of(MIXED, "client-0", chooser)

    asked = [make(sequence) for sequence in range(4)]

    assert asked[:3] == [("put", "k0", f"0:{sequence}") for sequence in range(3)]
    assert asked[3] == ("get", "k1")
    assert chooser.unused == ()
    assert says(chooser.remembered[3]) == "let client-0's request 3 be get k1"


def test_an_operation_that_cannot_be_asked_is_skipped() -> None:
    chooser = Chooser(None, [request(0, "get k9")])

    assert operation_of(MIXED, "client-0", chooser)(0) == ("put", "k0", "0:0")
    assert chooser.unused == (request(0, "get k9"),)


def test_what_one_client_asks_does_not_depend_on_the_others() -> None:
    alone = operation_of(MIXED, "client-1", Chooser(5))
    chooser = Chooser(5)
    other, beside = (operation_of(MIXED, f"client-{index}", chooser) for index in (0, 1))

    for sequence in range(50):
        other(sequence)
        assert alone(sequence) == beside(sequence)


@pytest.mark.parametrize(
    ("found", "sentence"),
    [
        ({"kind": "operation", "place": ["client-0", "leader-0"], "what": {}}, "1 node names"),
        ({"kind": "operation", "place": ["client-0"], "what": {}}, "an operation and its key"),
    ],
)
def test_refuses_a_choice_that_cannot_be(found: dict[str, object], sentence: str) -> None:
    with pytest.raises(ScheduleError, match=sentence):
        Decision.from_dict({"key": found, "answer": 3}, "a test")


def test_survives_being_written_down() -> None:
    assert request(3, "get k1") == Decision.from_dict(request(3, "get k1").to_dict(), "a test")


def test_the_window_of_numbers_holds_where_a_replica_rests_on_it() -> None:
    plain, kept = Scenario(in_flight=3), Scenario(in_flight=3, replica="kv")

    assert not habits_of(plain, settings_of(plain)).is_windowed
    assert habits_of(kept, settings_of(kept)).is_windowed
    assert settings_of(kept).session_window == 3
    assert settings_of(kept.replace(in_flight="all")).session_window is None


def test_a_million_values_are_not_made_at_the_start() -> None:
    scenario = Scenario(values=10**7, in_flight=1)
    client = client_of(scenario, settings_of(scenario), "client-0", Chooser(0))

    client.on_start()

    assert client.asked == 1


def test_what_clients_ask_is_part_of_the_schedule_that_replays_a_run() -> None:
    scenario = MIXED.replace(values=20)
    run = simulate(scenario, seed=3)

    assert run.verdict == "ok"
    assert {one.key.kind for one in run.schedule} >= {"operation", "delay"}
    assert simulate(scenario, schedule=run.schedule).digest == run.digest


def test_clients_think_between_requests() -> None:
    scenario = Scenario(values=20, in_flight=1, think_min="100ms", think_max="200ms")
    run = simulate(scenario, seed=3)

    assert run.verdict == "ok"
    assert run.goal_met
    assert 19 * 100_000 < run.stats.simulated_us < 19 * 210_000


def test_requests_arrive_whether_or_not_there_is_an_answer() -> None:
    scenario = Scenario(values=20, arrivals="open", every_min="1ms", every_max="2ms", delay="1s")
    run = simulate(scenario, seed=3)

    invoked = [record.at_us for record in run.client_history if record.type == "invoke"]
    gaps = [after - before for before, after in pairwise(invoked)]
    assert run.goal_met
    assert all(1_000 <= gap <= 2_000 for gap in gaps)
    assert len(set(gaps)) > 5


def test_retries_spread_out() -> None:
    scenario = Scenario(
        values=1, failed_acceptors=3, retry_after="1s", retry_max="8s", retry_jitter=0.5
    )
    run = simulate(scenario, seed=3)

    retried = [
        entry["at_us"] for entry in run.trace
        if entry["event"] == "timer" and entry["timer"]["name"] == "retry"
    ]  # fmt: skip
    waits = [after - before for before, after in pairwise(retried)]
    assert len(waits) > 3
    assert 8_000_000 <= waits[-1] <= 12_000_000
    assert len({wait % 1_000_000 for wait in waits}) == len(waits)


def mixed(count: int) -> list[tuple[str, ...]]:
    """Return what a client asks for first."""
    make = operation_of(MIXED, "client-0", Chooser(1))
    return [make(sequence) for sequence in range(count)]  # type: ignore[misc] # tuples, all


def request(sequence: int, answer: str) -> Decision:
    return Decision(Key("operation", ("client-0",), f'{{"sequence":{sequence}}}', 1), answer)
