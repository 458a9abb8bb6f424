"""Each check sees the smallest change of a right trace that breaks its rule."""

import json
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tampering import Entry, Judge, SavedTrace, first_duel_where

from paxos_des.checks.judges import CHECKS

UNKNOWN_COMMAND = ["client-0", 7, ["put", "x", 7]]


@pytest.fixture(scope="module")
def plain_duel(tmp_path_factory: pytest.TempPathFactory) -> SavedTrace:
    """A duel that both leaders learn from, and in which no promise reports a vote."""
    return first_duel_where(
        lambda trace: len(trace.only("learn")) == 2 and not reports(trace),
        tmp_path_factory.mktemp("duels"),
    )


@pytest.fixture(scope="module")
def reporting_duel(tmp_path_factory: pytest.TempPathFactory) -> SavedTrace:
    """A duel in which a promise reports a vote."""
    return first_duel_where(reports, tmp_path_factory.mktemp("duels"))


@pytest.fixture
def trace(plain_duel: SavedTrace) -> SavedTrace:
    return plain_duel.copy()


@pytest.fixture
def reporting(reporting_duel: SavedTrace) -> SavedTrace:
    return reporting_duel.copy()


@pytest.fixture
def judge(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Judge:
    return Judge(tmp_path, capsys)


def reports(trace: SavedTrace) -> list[Entry]:
    return [entry for entry in trace.only("send", "Promise") if entry["message"]["votes"]]


def violated(document: Entry) -> dict[str, list[int]]:
    """Return the violated checks, and which entries prove each."""
    for violation in document["violations"]:
        assert [entry["n"] for entry in violation["entries"]] == violation["numbers"]
        assert violation["what"]
    found = {one["check"]: one["numbers"] for one in document["violations"]}
    assert set(found) == {name for name, said in document["checks"].items() if said == "violated"}
    return found


def test_a_right_trace_is_ok(judge: Judge, trace: SavedTrace, reporting: SavedTrace) -> None:
    for right in (trace, reporting):
        code, document = judge(right)

        assert code == 0
        assert document["checks"] == dict.fromkeys(CHECKS, "ok")
        assert document["violations"] == []


# agreement, never-unlearned, learned-chosen: what leaders learned


def test_agreement_sees_a_learned_value_that_was_changed(judge: Judge, trace: SavedTrace) -> None:
    first, second = trace.only("learn")
    second["value"] = other_command(trace, second["value"])

    code, document = judge(trace)

    assert code == 1
    # The other value is not chosen either: the two checks look at one fact from two sides.
    assert violated(document) == {
        "agreement": [first["n"], second["n"]],
        "learned-chosen": [second["n"]],
    }


def test_agreement_tells_true_from_1(judge: Judge, trace: SavedTrace) -> None:
    _, second = operations_set_to(trace, 1).only("learn")
    second["value"][2][2] = True

    code, document = judge(trace)

    assert code == 1
    assert set(violated(document)) == {"agreement", "learned-chosen", "validity"}


def test_never_unlearned_sees_a_second_learn(judge: Judge, trace: SavedTrace) -> None:
    first, second = trace.only("learn")
    added = trace.add({**second, "value": other_command(trace, second["value"])})

    code, document = judge(trace)

    assert code == 1
    # Agreement holds over all time, for one leader too.
    assert violated(document) == {
        "never-unlearned": [second["n"], added],
        "agreement": [first["n"], added],
        "learned-chosen": [added],
    }


def test_never_unlearned_allows_to_learn_the_same_again(judge: Judge, trace: SavedTrace) -> None:
    trace.add(trace.only("learn")[-1])

    assert judge(trace)[0] == 0


def test_learned_chosen_sees_that_votes_are_missing(judge: Judge, trace: SavedTrace) -> None:
    learn = trace.only("learn")[0]
    votes = trace.only("durable", "Voted")
    trace.remove(*(vote for vote in votes if vote["node"] != "acceptor-0"))

    code, document = judge(trace)

    assert code == 1
    assert violated(document) == {"learned-chosen": [learn["n"]]}


def test_learned_chosen_sees_votes_that_come_too_late(judge: Judge, trace: SavedTrace) -> None:
    learn, votes = trace.only("learn")[0], trace.only("durable", "Voted")
    trace.remove(*votes)
    trace.entries += votes

    code, document = judge(trace)

    assert code == 1
    assert violated(document) == {"learned-chosen": [learn["n"]]}


def test_votes_of_one_acceptor_or_in_two_ballots_choose_nothing(
    judge: Judge, trace: SavedTrace
) -> None:
    first = trace.only("durable", "Voted")[0]
    trace.remove(*trace.only("durable", "Voted"), *trace.only("learn"))
    another = {"acceptor-0": "acceptor-1"}.get(first["node"], "acceptor-0")
    trace.add(first)
    trace.add(first)
    trace.add({**first, "node": another, "record": {**first["record"], "ballot": [99, 0]}})

    code, document = judge(trace)

    assert code == 3
    assert document["chosen"] == 0


@pytest.mark.parametrize("stranger", ["acceptor-3", "leader-0", "nobody"])
def test_only_acceptors_make_a_quorum(judge: Judge, trace: SavedTrace, stranger: str) -> None:
    """Three acceptors have quorums of two: one of them and a stranger are none."""
    vote = trace.only("durable", "Voted")[0]
    trace.remove(*trace.only("durable", "Voted"), *trace.only("learn"))
    trace.add(vote)
    trace.add({**vote, "node": stranger})

    code, document = judge(trace)

    assert code == 3
    assert document["checks"]["progress"] == "unknown"


# chosen-once: all votes ever cast


def test_chosen_once_sees_a_second_quorum(judge: Judge, trace: SavedTrace) -> None:
    votes = trace.only("durable", "Voted")
    other = other_command(trace, votes[0]["record"]["value"])
    record = {"type": "Voted", "slot": 0, "ballot": [99, 0], "value": other}
    quorum = (votes[0]["node"], votes[1]["node"])
    added = [trace.add({**votes[0], "node": node, "record": record}) for node in quorum]

    code, document = judge(trace)

    assert code == 1
    assert violated(document) == {"chosen-once": [votes[1]["n"], *added]}


def test_chosen_once_tells_true_from_1(judge: Judge, trace: SavedTrace) -> None:
    votes = operations_set_to(trace, 1).only("durable", "Voted")
    client, sequence, _ = votes[0]["record"]["value"]
    value = [client, sequence, ["put", "x", True]]
    record = {"type": "Voted", "slot": 0, "ballot": [99, 0], "value": value}
    for vote in votes[:2]:
        trace.add({**vote, "record": record})

    code, document = judge(trace)

    assert code == 1
    assert set(violated(document)) == {"chosen-once", "validity"}


def test_a_value_that_is_chosen_second_may_be_learned(judge: Judge, trace: SavedTrace) -> None:
    """Then two values are chosen, which is bad enough; that the second is not would be wrong."""
    votes, learn = trace.only("durable", "Voted"), trace.only("learn")[0]
    other = other_command(trace, votes[0]["record"]["value"])
    record = {"type": "Voted", "slot": 0, "ballot": [99, 0], "value": other}
    for vote in votes[:2]:
        trace.add({**vote, "record": record})
    trace.add({**learn, "value": other, "ballot": [99, 0]})

    assert set(violated(judge(trace)[1])) == {"agreement", "never-unlearned", "chosen-once"}


# validity: what clients asked for


def test_validity_sees_a_command_that_nobody_asked_for(judge: Judge, trace: SavedTrace) -> None:
    learn = trace.only("learn")[0]
    votes = trace.only("durable", "Voted")
    for entry in trace.entries:
        for said in (entry, entry.get("record", {}), entry.get("message", {})):
            if "value" in said:
                said["value"] = UNKNOWN_COMMAND

    code, document = judge(trace)

    assert code == 1
    assert violated(document) == {"validity": [votes[0]["n"]]}
    trace.remove(*votes)
    assert violated(judge(trace)[1])["validity"] == [learn["n"]]


@pytest.mark.parametrize("asked", [7, "1", None, [1], True])
def test_validity_sees_that_only_the_operation_differs(
    judge: Judge, trace: SavedTrace, asked: object
) -> None:
    """True is among them: in Python it equals 1, in JSON it does not."""
    operations_set_to(trace, 1)
    for invoke in trace.only("invoke"):
        invoke["command"][2][2] = asked

    code, document = judge(trace)

    assert code == 1
    assert violated(document) == {"validity": [trace.only("durable", "Voted")[0]["n"]]}


def test_validity_lets_no_ops_pass(judge: Judge, trace: SavedTrace) -> None:
    for entry in trace.entries:
        for said in (entry, entry.get("record", {}), entry.get("message", {})):
            if "value" in said:
                said["value"] = "noop"

    code, document = judge(trace)

    assert violated(document) == {}
    assert code == 3  # nothing that a client asked for is chosen


# ballots


@pytest.mark.parametrize("kind", ["Prepare", "Accept"])
def test_ballots_sees_another_leaders_ballot(judge: Judge, trace: SavedTrace, kind: str) -> None:
    entry = trace.only("send", kind)[0]
    ballot = entry["message"]["ballot"]
    entry["message"]["ballot"] = [ballot[0], 1 - ballot[1]]

    code, document = judge(trace)

    assert code == 1
    assert violated(document) == {"ballots": [entry["n"]]}


def test_ballots_sees_two_values_asked_for_in_one(judge: Judge, trace: SavedTrace) -> None:
    first, second, *_ = trace.only("send", "Accept")
    assert first["message"] == second["message"]
    second["message"]["value"] = other_command(trace, first["message"]["value"])

    code, document = judge(trace)

    assert code == 1
    assert violated(document) == {"ballots": [first["n"], second["n"]]}


def test_ballots_sees_a_vote_for_another_value(judge: Judge, trace: SavedTrace) -> None:
    accept, vote = trace.only("send", "Accept")[0], trace.only("durable", "Voted")[-1]
    vote["record"]["value"] = other_command(trace, accept["message"]["value"])

    code, document = judge(trace)

    assert code == 1
    assert violated(document)["ballots"] == [accept["n"], vote["n"]]


# promises


def test_promises_sees_a_promise_that_falls(judge: Judge, trace: SavedTrace) -> None:
    promised = trace.only("durable", "Promised")[-1]
    added = trace.add({**promised, "record": {**promised["record"], "ballot": [0, 1]}})

    code, document = judge(trace)

    assert code == 1
    numbers = violated(document).pop("promises")
    assert set(violated(document)) == {"promises"}
    assert numbers[-1] == added


@pytest.mark.parametrize("covered", [{"slot": 0}, {"from_slot": 0}])
def test_promises_sees_a_vote_below_a_promise(
    judge: Judge, trace: SavedTrace, covered: Entry
) -> None:
    vote = trace.only("durable", "Voted")[0]
    before = next(one for one in trace.only("durable") if one["node"] == vote["node"])
    before["record"] = {"type": "Promised", "ballot": [50, 1], **covered}

    code, document = judge(trace)

    assert code == 1
    assert set(violated(document)) == {"promises"}
    assert violated(document)["promises"][0] == before["n"]


def test_promises_sees_a_vote_below_a_promise_that_was_only_said(
    judge: Judge, trace: SavedTrace
) -> None:
    """An acceptor that answers and keeps nothing has promised all the same."""
    vote = trace.only("durable", "Voted")[0]
    said = next(one for one in trace.only("send", "Promise") if one["node"] == vote["node"])
    trace.remove(*trace.only("durable", "Promised"))
    said["message"]["ballot"] = [50, 1]

    code, document = judge(trace)

    assert code == 1
    assert violated(document) == {"promises": [said["n"], vote["n"]]}


def test_a_promise_for_later_slots_binds_those_only(judge: Judge, trace: SavedTrace) -> None:
    vote = trace.only("durable", "Voted")[0]
    record = {"type": "Promised", "ballot": [50, 1], "slot": 1}
    trace.entries.insert(0, {**vote, "n": 10_000, "at_us": 0, "record": record})

    assert judge(trace)[0] == 0
    trace.entries[0]["record"]["slot"] = 0
    assert judge(trace)[0] == 1


# reported-votes


@pytest.mark.parametrize(
    "change",
    [
        lambda votes, _: votes.clear(),
        lambda votes, _: votes.append([1, [1, 0], "noop"]),
        lambda votes, other: votes[0].__setitem__(2, other),
        lambda votes, _: votes[0][1].__setitem__(0, votes[0][1][0] + 1),
        lambda votes, _: votes[0].__setitem__(0, 5),
    ],
    ids=["none", "one-too-many", "value", "ballot", "slot"],
)
def test_reported_votes_sees_a_report_that_was_changed(
    judge: Judge, reporting: SavedTrace, change: object
) -> None:
    promise = reports(reporting)[0]
    votes = promise["message"]["votes"]
    assert callable(change)
    change(votes, other_command(reporting, votes[0][2]))

    code, document = judge(reporting)

    assert code == 1
    assert set(violated(document)) == {"reported-votes"}
    assert violated(document)["reported-votes"][-1] == promise["n"]


def test_reported_votes_tells_true_from_1(judge: Judge, reporting: SavedTrace) -> None:
    promise = reports(operations_set_to(reporting, 1))[0]
    promise["message"]["votes"][0][2][2][2] = True

    assert set(violated(judge(reporting)[1])) == {"reported-votes"}


def test_reported_votes_sees_a_report_of_a_vote_that_was_never_cast(
    judge: Judge, reporting: SavedTrace
) -> None:
    promise = reports(reporting)[0]
    votes = reporting.only("durable", "Voted")
    reporting.remove(*(vote for vote in votes if vote["node"] == promise["node"]))

    assert "reported-votes" in violated(judge(reporting)[1])


# progress, and traces that are damaged


def test_progress_is_unknown_where_nothing_is_chosen(judge: Judge, trace: SavedTrace) -> None:
    trace.remove(*trace.only("durable", "Voted"), *trace.only("learn"))

    code, document = judge(trace)

    assert code == 3
    assert document["verdict"] == "unknown"
    assert document["checks"] == {**dict.fromkeys(CHECKS, "ok"), "progress": "unknown"}


def test_a_trace_without_entries_is_unknown(judge: Judge, trace: SavedTrace) -> None:
    trace.entries.clear()

    assert judge(trace)[0] == 3


@settings(
    derandomize=True,
    max_examples=60,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(data=st.data())
def test_no_order_and_no_gap_makes_check_crash(
    judge: Judge, reporting_duel: SavedTrace, data: st.DataObject
) -> None:
    size = len(reporting_duel.entries)
    kept = data.draw(st.lists(st.integers(0, size - 1), max_size=size))
    entries = [reporting_duel.entries[index] for index in kept]

    code, document = judge(SavedTrace(reporting_duel.header, entries))

    assert code in (0, 1, 3)
    assert code != 1 or violated(document)


@pytest.mark.parametrize(
    "entry",
    [
        {"event": "unheard-of"},
        {"event": "unheard-of", "n": [1], "node": 7},
        {"event": "restart", "n": 0, "at_us": 0, "node": "acceptor-0", "more": {"of": []}},
        {
            "event": "send", "n": 0, "at_us": 0, "node": "a", "peer": "b", "envelope": 0,
            "message": {"type": "Gossip"},
        },
        {
            "event": "send", "n": 0, "at_us": 0, "node": "nobody", "peer": "b", "envelope": 0,
            "message": {"type": "Prepare", "ballot": [1, 1], "slot": 0},
        },
    ],
)  # fmt: skip
def test_unknown_events_messages_and_nodes_are_no_reason_to_crash(
    judge: Judge, trace: SavedTrace, entry: Entry
) -> None:
    trace.entries.insert(0, entry)
    trace.only("learn")[0]["value"] = UNKNOWN_COMMAND  # so that entries are looked up

    assert judge(trace)[0] == 1


def other_command(trace: SavedTrace, value: object) -> list[object]:
    """Return a command that was asked for, and is not `value`."""
    commands = [entry["command"] for entry in trace.only("invoke")]
    return next(list(command) for command in commands if command != value)


def operations_set_to(trace: SavedTrace, number: int) -> SavedTrace:
    """Let every command of a duel put this number."""
    changed = json.dumps(trace.entries)
    for old in (0, 1):
        changed = changed.replace(f'["put", "x", {old}]', f'["put", "x", {number}]')
    trace.entries = json.loads(changed)
    return trace
