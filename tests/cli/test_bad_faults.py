"""Traces and schedules of runs with faults, damaged: judged or refused in one line, never more."""

import json
from collections.abc import Iterator
from copy import deepcopy
from itertools import islice
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from shell import assert_judged_or_refused, fuzzed_a_little, in_process, mutations

from paxos_des import Scenario, simulate
from paxos_des.cluster.scenario import SHIPPED
from paxos_des.engine.choices import KINDS, Decision
from paxos_des.errors import InputError
from paxos_des.run import Run

SURVIVOR = Scenario.named("everything").replace(
    acceptors=3, leaders=2, clients=2, values=12, reconfigure_after=3, snapshot_every=4,
    changes=[{"at": "50ms", "replace": ["acceptor-0", "acceptor-3"]}],
    disk_faults={"torn": 0.5, "rot": 0.02}, live_within="2s", horizon="4s", lost_after="100ms",
    nemesis={"kinds": "all", "bounded": "drawn", "every": "20ms", "until": "300ms"},
)  # fmt: skip
SEED = 4
EVENTS = {
    "adopt", "apply", "complete", "crash", "deliver", "durable", "forget", "invoke", "learn",
    "miss", "nemesis", "primary", "recover", "restart", "send", "snapshot", "timer",
}  # fmt: skip
WRONG: tuple[Any, ...] = (
    None, True, -1, 0, 7, 1.5, "x", "", [], [1], [1, 1], [[]], {}, {"type": "Voted"}, 10**30,
)  # fmt: skip

Entry = dict[str, Any]


@pytest.fixture(scope="module")
def run() -> Run:
    return simulate(SURVIVOR, seed=SEED, record="trace")


@pytest.fixture(scope="module")
def saved(run: Run, tmp_path_factory: pytest.TempPathFactory) -> bytes:
    file = tmp_path_factory.mktemp("saved") / "run.jsonl"
    run.trace.save(file)
    return file.read_bytes()


def test_the_trace_that_is_damaged_has_entries_of_all_kinds(run: Run) -> None:
    assert {entry["event"] for entry in run.trace} >= EVENTS


def of_each_kind(run: Run) -> Iterator[Entry]:
    """Yield one entry of each kind, and one message or record of each type."""
    seen = set()
    for entry in run.trace:
        content = entry.get("message") or entry.get("record") or {}
        kind = (entry["event"] if content == {} else "", content.get("type"), entry.get("deed"))
        if kind not in seen:
            seen.add(kind)
            yield entry


def damaged(entry: Entry) -> Iterator[Entry]:
    """Yield copies in which one field, or one of a field's own, is gone or of a wrong type."""
    for path in paths(entry):
        for wrong in WRONG:
            copy = deepcopy(entry)
            inner: Any = copy
            for name in path[:-1]:
                inner = inner[name]
            inner[path[-1]] = wrong
            yield copy
        if isinstance(path[-1], str):
            copy = deepcopy(entry)
            inner = copy
            for name in path[:-1]:
                inner = inner[name]
            del inner[path[-1]]
            yield copy


def paths(found: Any) -> Iterator[tuple[str | int, ...]]:  # noqa: ANN401 - any JSON value
    places = found if isinstance(found, dict) else range(len(found))
    for place in places:
        yield (place,)
        if isinstance(found[place], dict | list):
            yield from ((place, *rest) for rest in paths(found[place]))


@pytest.mark.parametrize("every", [29, pytest.param(1, marks=pytest.mark.deep)])
def test_an_entry_with_any_field_damaged_is_judged_or_refused(
    run: Run, saved: bytes, tmp_path: Path, every: int
) -> None:
    """Alone, and twice: some checks look only at the second of a kind."""
    file = tmp_path / "damaged.jsonl"
    head = saved[: saved.index(b"\n") + 1]
    found = (bad for entry in of_each_kind(run) for bad in damaged(entry))
    for bad in islice(found, 0, None, every):
        line = json.dumps(bad).encode() + b"\n"
        file.write_bytes(head + line + line)
        try:
            assert_judged_or_refused(in_process("check", str(file)))
        except Exception as error:
            error.add_note(f"for {bad}")
            raise


@fuzzed_a_little
@given(data=st.data())
def test_a_damaged_trace_of_a_run_with_faults_is_judged_or_refused(
    tmp_path_factory: pytest.TempPathFactory, saved: bytes, data: st.DataObject
) -> None:
    file = tmp_path_factory.getbasetemp() / "damaged.jsonl"
    file.write_bytes(data.draw(mutations(saved)))

    assert_judged_or_refused(in_process("check", str(file)))


@pytest.mark.parametrize("name", ["everything", "reconfigure", "skewed-clocks"])
@fuzzed_a_little
@given(data=st.data())
def test_a_damaged_scenario_of_faults_runs_or_is_refused(
    tmp_path_factory: pytest.TempPathFactory, name: str, data: st.DataObject
) -> None:
    file = tmp_path_factory.getbasetemp() / "damaged.toml"
    file.write_bytes(data.draw(mutations((SHIPPED / f"{name}.toml").read_bytes())))

    # However it was damaged, it shall not take long.
    bounded = ["--set", "horizon=20ms", "--set", "values=2", "--set", "live_within=none"]
    nemesis = ["--set", 'nemesis={every="2ms",until="15ms",bounded="no"}']
    assert_judged_or_refused(in_process("run", str(file), *bounded, *nemesis))
    assert_judged_or_refused(in_process("run", str(file), *bounded[2:4]))


# Schedules.


BAD_DECISIONS: list[tuple[str, Any, Any, Any, Any]] = [
    ("allowed is true or false", "fsync-fails", ["acceptor-0"], {"append": {}}, 1),
    ("allowed is true or false", "fsync-fails", ["acceptor-0"], {"append": {}}, "yes"),
    ("an integer from 0", "fsync", ["acceptor-0"], {"append": {}}, -1),
    ("an integer from 0", "fsync", ["acceptor-0"], {"append": {}}, "2ms"),
    ("an integer from 0", "fsync", ["acceptor-0"], {"append": {}}, True),
    ("an integer from 0", "keep", ["acceptor-0"], {"crash": "acceptor-0"}, 1.5),
    ("an integer from 0", "rot", ["acceptor-0"], {"crash": "acceptor-0"}, None),
    ("an integer from 0", "misdirected", ["acceptor-0"], {"append": {}}, 2**60),
    ("in 'acceptor-9'", "rot", ["acceptor-9"], {"crash": "acceptor-9"}, 1),
    ("1 node names", "keep", ["leader-0", "acceptor-0"], {"crash": "acceptor-0"}, 1),
    ("1 node names", "operation", "client-0", {"sequence": 0}, "get k1"),
    ("an operation and its key", "operation", ["client-0"], {"sequence": 0}, ["get", "k1"]),
    ("allowed is 'nemesis'", "nemesis", ["acceptor-0"], {"step": 0}, "nothing"),
    ("a fault, as compact JSON", "nemesis", ["nemesis"], {"step": 0}, {"crash": "acceptor-0"}),
    ("found 'acceptor-9'", "nemesis", ["nemesis"], {"step": 0},
     '{"at":"1ms","crash":"acceptor-9"}'),
    ("cuts some link", "nemesis", ["nemesis"], {"step": 0},
     '{"at":"1ms","partition":[["acceptor-0"]]}'),
    ("did you mean 'fsync'", "fsinc", ["acceptor-0"], {"append": {}}, 1),
]  # fmt: skip


@pytest.mark.parametrize(("says", "kind", "place", "what", "answer"), BAD_DECISIONS)
def test_refuses_a_decision_that_cannot_be(
    says: str,
    kind: Any,  # noqa: ANN401 - anything
    place: Any,  # noqa: ANN401
    what: Any,  # noqa: ANN401
    answer: Any,  # noqa: ANN401
) -> None:
    found = {"key": {"kind": kind, "place": place, "what": what}, "answer": answer}

    with pytest.raises(InputError, match=says.replace("in 'acceptor-9'", "acceptor-9")) as refused:
        simulate(SURVIVOR, seed=SEED, schedule=[found])

    assert str(refused.value).isprintable()
    assert "found" in str(refused.value)


FAULTS = [
    '{"at":"1ms","crash":"leader-*"}', '{"at":"0us","heal":"all"}', "nothing", "on", "off",
    '{"at":"290ms","pause":"primary","for":"1s"}', '{"at":"9s","rot":"acceptor-0"}', "unbounded",
    '{"at":"1ms","storm":"acceptor-*","times":9,"every":"1ms"}', '{"at":', "[]", "null", "5",
    '{"at":"1ms","crash":"acceptor-0","when":"before-durable"}', "get k1", "put k9", "drop",
    '{"at":"1ms","step":"leader-0","by":"-10s"}', '{"at":"1ms","rate":"leader-0","to":10}',
    '{"at":"1ms","partition":"ring","draw":7}', '{"at":"1ms","misdirect":"leader-0","back":99}',
]  # fmt: skip
answers = (
    st.sampled_from(FAULTS) | st.integers(-2, 10**6) | st.booleans() | st.just(2**53) | st.none()
)


@fuzzed_a_little
@given(data=st.data())
def test_any_answer_to_any_decision_makes_a_run_or_one_sentence(
    run: Run, data: st.DataObject
) -> None:
    """Some are of another kind, or at another place, than they should be."""
    decisions = [decision.to_dict() for decision in data.draw(picked(run.decisions))]
    for decision in decisions:
        decision["answer"] = data.draw(answers | st.just(decision["answer"]))
        if data.draw(st.integers(0, 9)) == 0:
            decision["key"]["kind"] = data.draw(st.sampled_from(KINDS))
        if data.draw(st.integers(0, 9)) == 0:
            decision["key"]["place"] = data.draw(st.sampled_from([["leader-0"], ["nemesis"], []]))
    seed = data.draw(st.sampled_from([None, SEED]))
    try:
        again = simulate(SURVIVOR, seed=seed, schedule=decisions, record="nothing")
    except InputError as refused:
        assert str(refused).isprintable()  # noqa: PT017 - many are refused, and some are not
    else:
        # Whatever is intervened, it must be safe: what is violated would be a find.
        assert again.verdict in ("ok", "unknown"), (decisions, again.verdicts)


def picked(decisions: tuple[Decision, ...]) -> st.SearchStrategy[list[Decision]]:
    """Return some decisions: of each kind as often as of any other."""
    kinds = sorted({decision.key.kind for decision in decisions})
    of_kind = {kind: [one for one in decisions if one.key.kind == kind] for kind in kinds}
    one = st.sampled_from(kinds).flatmap(lambda kind: st.sampled_from(of_kind[kind]))
    return st.lists(one, min_size=1, max_size=6)
