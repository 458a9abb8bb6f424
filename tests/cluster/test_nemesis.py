"""The nemesis: the same faults from the same seed, within its bound, and healed in the end."""

from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from garbage import garbage_of

from paxos_des import Scenario, simulate
from paxos_des.cli.check import check
from paxos_des.cluster.bound import Assumptions, Bound
from paxos_des.cluster.cluster import Cluster
from paxos_des.cluster.fault_model import DRAWN
from paxos_des.cluster.faults import Fault, fault
from paxos_des.cluster.nemesis import Nemesis
from paxos_des.engine.choices import Decision, Key
from paxos_des.engine.words import says
from paxos_des.errors import ScenarioError, ScheduleError
from paxos_des.protocol.quorum import Majority
from paxos_des.run import Run

MODEL: dict[str, Any] = {"every": "100ms", "lasts": ["20ms", "300ms"], "until": "2s"}
SCENARIO = Scenario(
    values=30, in_flight=2, clients=2, horizon="5s", stop_when="horizon", nemesis=MODEL
)
SEEDS = range(8)
STEP = '{"step"'


def played(seed: int | None, **changes: Any) -> tuple[Run, Nemesis]:  # noqa: ANN401 - any keys
    """Return a run, and its nemesis; `changes` are of the fault model."""
    return played_again(seed, None, **changes)


def played_again(
    seed: int | None,
    schedule: tuple[Decision, ...] | None,
    **changes: Any,  # noqa: ANN401 - any keys
) -> tuple[Run, Nemesis]:
    clusters: list[Cluster] = []
    scenario = SCENARIO.replace(nemesis={**MODEL, **changes})
    run = simulate(scenario, seed=seed, schedule=schedule, extend=clusters.append)
    assert clusters[0].nemesis is not None
    return run, clusters[0].nemesis


def faults_of(run: Run) -> list[Decision]:
    """Return what the nemesis did, step by step."""
    return [
        one for one in run.decisions if one.key.kind == "nemesis" and one.key.what.startswith(STEP)
    ]


@pytest.mark.parametrize("seed", SEEDS)
def test_the_same_seed_makes_the_same_faults(seed: int) -> None:
    (first, one), (second, other) = played(seed), played(seed)

    assert first.digest == second.digest
    assert one.happened == other.happened
    assert faults_of(first) == faults_of(second)


@pytest.mark.parametrize("bounded", ["yes", "no", "drawn"])
@pytest.mark.parametrize("kinds", ["all", "swarm"])
def test_a_schedule_replays_a_nemesis_over_the_dull_run(kinds: str, bounded: str) -> None:
    for seed in range(2):
        run, nemesis = played(seed, kinds=kinds, bounded=bounded)

        again, same = played_again(None, run.schedule, kinds=kinds, bounded=bounded)

        assert again.digest == run.digest
        assert again.skipped == ()
        assert same.happened == nemesis.happened
        assert (same.bounded, same.options) == (nemesis.bounded, nemesis.options)


def test_remembering_what_the_nemesis_decides_changes_nothing() -> None:
    run, _ = played(3)

    again, _ = played_again(3, run.schedule)

    assert again.digest == run.digest


def test_a_nemesis_leaves_no_garbage() -> None:
    kinds = ["cut", "flap", "clog", "hold", "filter", "bandwidth", "partition", "pause", "slow"]

    assert garbage_with({**MODEL, "kinds": kinds}) == garbage_with("none")


def garbage_with(nemesis: object) -> int:
    scenario = SCENARIO.replace(nemesis=nemesis)
    simulate(scenario, seed=1)
    return garbage_of(scenario)


def test_the_trace_of_a_nemesis_can_be_judged_again(tmp_path: Path) -> None:
    run, _ = played(1)
    run.trace.save(tmp_path / "run.jsonl")

    assert check(tmp_path / "run.jsonl", form="json") == 0


def test_without_a_seed_the_nemesis_does_nothing() -> None:
    run, nemesis = played_again(None, ())

    assert nemesis.happened == Counter()
    assert {one.answer for one in faults_of(run)} == {"nothing"}
    assert [one["deed"] for one in run.trace if one["event"] == "nemesis"] == [
        "bounded", "healed",
    ]  # fmt: skip


@pytest.mark.parametrize("seed", SEEDS)
def test_in_the_end_all_is_healed_and_all_is_chosen(seed: int) -> None:
    run, nemesis = played(seed)

    healed = [one["at_us"] for one in run.trace if one.get("deed") == "healed"]
    assert healed == [2_000_000]
    assert sum(nemesis.happened.values()) > 3
    assert run.verdict == "ok"
    assert run.stats.chosen == 30
    assert harmed_over_time(run)[-1][1] <= set(refused(run))
    assert all(one["at_us"] <= 2_000_000 for one in run.trace if one["event"] == "nemesis")


@pytest.mark.parametrize("seed", range(12))
def test_a_bounded_nemesis_never_harms_more_than_a_minority(seed: int) -> None:
    """As the trace has it: crashed, paused or deaf; and who has refused to come back."""
    run, nemesis = played(seed, kinds=["crash", "storm", "pause", "fail", "rot", "fsync-fails"])

    assert nemesis.bounded
    assert most_acceptors_harmed(run) <= 2
    assert len(refused(run)) <= 1


def test_an_unbounded_nemesis_goes_further() -> None:
    runs = [played(seed, kinds=["crash", "pause"], bounded="no", every="50ms") for seed in range(6)]

    assert max(most_acceptors_harmed(run) for run, _ in runs) > 2
    assert not any(nemesis.bounded for _, nemesis in runs)


def test_every_kind_is_drawn_and_happens() -> None:
    happened: Counter[str] = Counter()
    for seed in range(30):
        happened += played(seed)[1].happened

    kinds = Counter({kind: sum(count for label, count in happened.items()
                               if label.partition(" ")[0] == kind) for kind in DRAWN})  # fmt: skip
    assert min(kinds.values()) >= 5, kinds


def test_everyone_is_aimed_at() -> None:
    aims: Counter[str] = Counter()
    for seed in range(12):
        for one in faults_of(played(seed)[0]):
            if one.answer != "nothing":
                aims.update(Fault.from_text(str(one.answer), "a test").nodes)

    assert {"primary", "acceptor-*", "leader-*", *SCENARIO.node_names} == set(aims)


def test_left_out_faults_leave_all_other_faults_as_they_were() -> None:
    for seed in range(4):
        run, nemesis = played(seed)
        rest, other = played(seed, without=["crash", "partition ring"])

        before = {one.key: str(one.answer) for one in faults_of(run)}
        after = {one.key: str(one.answer) for one in faults_of(rest)}
        assert after.keys() == before.keys()
        for key, answer in before.items():
            is_out = '"crash"' in answer or '"ring"' in answer
            assert after[key] == ("nothing" if is_out else answer)
        assert other.happened["crash"] == other.happened["partition ring"] == 0
        assert nemesis.bounded == other.bounded


def test_a_swarm_has_some_kinds_on_and_others_off() -> None:
    sizes: set[int] = set()
    seen: set[str] = set()
    for seed in range(12):
        run, nemesis = played(seed, kinds="swarm")
        sizes.add(len(nemesis.kinds))
        seen.update(nemesis.kinds)
        drawn = [Fault.from_text(str(one.answer), "a test").kind
                 for one in faults_of(run) if one.answer != "nothing"]  # fmt: skip

        assert set(drawn) <= set(nemesis.kinds)
        assert nemesis.options == {"bounded": True, "kinds": list(nemesis.kinds)}
    assert len(sizes) > 4
    assert seen == set(DRAWN)


def test_a_coin_draws_whether_a_run_is_bounded() -> None:
    assert {played(seed, bounded="drawn")[1].bounded for seed in SEEDS} == {True, False}


def test_an_intervention_makes_any_fault_in_place_of_the_one_that_was_drawn() -> None:
    crash = '{"at":"320ms","crash":"leader-0","for":"30ms"}'
    run, nemesis = played_again(None, (step(3, crash),))

    befell = [(one["at_us"], one["event"]) for one in run.trace
              if one["node"] == "leader-0" and one["event"] in ("crash", "restart")]  # fmt: skip
    assert befell == [(320_000, "crash"), (350_000, "restart")]
    assert nemesis.happened == {"crash": 1}
    assert nemesis.bounded
    assert says(step(3, crash)) == "let the nemesis, at 320 ms, crash leader-0 for 30 ms (step 3)"


def test_an_intervention_beyond_the_bound_makes_a_run_unbounded() -> None:
    run, nemesis = played_again(1, (step(3, '{"at":"320ms","crash":"acceptor-*"}'),))

    said = [(one["at_us"], one["deed"]) for one in run.trace
            if one.get("deed") in ("bounded", "unbounded")]  # fmt: skip
    assert said == [(0, "bounded"), (300_000, "unbounded")]
    assert not nemesis.bounded


def test_an_intervention_of_the_past_happens_at_its_step() -> None:
    run, _ = played_again(None, (step(3, '{"at":"1ms","pause":"leader-0"}'),))

    assert [one["at_us"] for one in run.trace if one["event"] == "pause"] == [300_000]


def step(number: int, answer: str) -> Decision:
    return Decision(Key("nemesis", ("nemesis",), f'{{"step":{number}}}', 1), answer)


@pytest.mark.parametrize(
    ("answer", "sentence"),
    [
        ("something", "allowed is a fault"),
        ('{"at":"1s"}', "one of fail, heal"),
        ('{"at":"1s","crash":"acceptor-9"}', "found 'acceptor-9'"),
        ('{"at":"1s","cut":["acceptor-0","acceptor-1"]}', "a link with a leader's end"),
    ],
)
def test_refuses_an_intervention_that_is_no_fault(answer: str, sentence: str) -> None:
    with pytest.raises(ScheduleError, match=sentence):
        played_again(None, (step(1, answer),))


@pytest.mark.parametrize(
    ("found", "sentence"),
    [
        ({"key": {"kind": "nemesis", "place": ["nobody"], "what": {"step": 1}},
          "answer": "nothing"}, "allowed is 'nemesis'"),
        ({"key": {"kind": "nemesis", "place": ["nemesis"], "what": {"step": 1}}, "answer": 3},
         "a fault, as compact JSON"),
        ({"key": {"kind": "nemesis", "place": ["nemesis"], "what": {"kind": "cut"}},
          "answer": "maybe"}, "on or off"),
        ({"key": {"kind": "nemesis", "place": ["nemesis"], "what": {"bounded": "drawn"}},
          "answer": "maybe"}, "bounded or unbounded"),
    ],
)  # fmt: skip
def test_refuses_a_decision_of_the_nemesis_that_cannot_be(
    found: dict[str, Any], sentence: str
) -> None:
    with pytest.raises(ScheduleError, match=sentence):
        simulate(SCENARIO, schedule=[found])


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"kinds": []}, "one kind of fault or more"),
        ({"kinds": ["crahs"]}, "did you mean 'crash'"),
        ({"kinds": ["heal"]}, "found 'heal'"),
        ({"kinds": "some"}, "'all', 'swarm', or a list"),
        ({"without": ["partition rings"]}, "did you mean 'partition ring'"),
        ({"lasts": ["2s", "1s"]}, "the shortest time, then the longest"),
        ({"lasts": ["2s"]}, "the shortest and the longest"),
        ({"drift": 0.9}, "from 0 to 0.5"),
        ({"until": "1ms", "from": "2ms"}, "a time after from, 2ms"),
        ({"until": "5s"}, "a time before the horizon, 5s"),
        ({"bounded": True}, "'yes' or 'no'"),
        ({"every": "5us"}, "found '5us'"),
        ({"evry": "5ms"}, "did you mean 'every'"),
    ],
)
def test_refuses_a_fault_model_that_cannot_be(changes: dict[str, Any], sentence: str) -> None:
    with pytest.raises(ScenarioError, match=sentence) as refused:
        SCENARIO.replace(nemesis={**MODEL, **changes})

    assert str(refused.value).isprintable()


def test_a_fault_model_survives_being_written() -> None:
    written = SCENARIO.to_dict()

    assert Scenario.from_dict(written, where="a test") == SCENARIO
    assert written["nemesis"] == {
        "kinds": "all", "every": "100ms", "lasts": ["20ms", "300ms"], "by": ["1ms", "50ms"],
        "drift": 0.05, "from": "0us", "until": "2s", "bounded": "yes", "without": [],
    }  # fmt: skip
    assert Scenario().to_dict()["nemesis"] == "none"


BOUND = Assumptions(
    SCENARIO.roles,
    ((SCENARIO.acceptor_names, Majority(5)),),
    healed_us=10_000_000,
    drift_ppm=10_000,
)


@pytest.mark.parametrize(
    ("before", "then", "is_allowed"),
    [
        ([], {"crash": "acceptor-0"}, True),
        ([], {"crash": "acceptor-*", "for": "1ms"}, False),
        ([], {"crash": "leader-*", "for": "1ms"}, True),
        ([{"crash": "acceptor-0"}, {"pause": "acceptor-1"}], {"fail": "acceptor-2"}, False),
        ([{"crash": "acceptor-0"}, {"pause": "acceptor-1"}], {"fail": "acceptor-1"}, True),
        ([{"crash": "acceptor-0", "for": "1ms"}, {"pause": "acceptor-1"}],
         {"at": "2s", "fail": "acceptor-2"}, True),
        ([], {"rot": "acceptor-0"}, True),
        ([], {"rot": "leader-0"}, False),
        ([{"rot": "acceptor-0"}], {"rot": "acceptor-1"}, False),
        ([{"rot": "acceptor-0"}], {"misdirect": "acceptor-0"}, True),
        ([{"rot": "acceptor-0"}, {"crash": "acceptor-1"}], {"crash": "acceptor-2"}, False),
        ([{"crash": "acceptor-1"}, {"crash": "acceptor-2"}], {"rot": "acceptor-0"}, False),
        ([], {"rate": "leader-0", "to": 1.01}, True),
        ([], {"rate": "leader-0", "to": 1.02}, False),
        ([], {"step": "leader-0", "by": "1ms"}, True),
        ([], {"partition": "quorum-loss"}, True),
    ],
)  # fmt: skip
def test_the_bound_leaves_quorums(
    before: list[dict[str, Any]], then: dict[str, Any], *, is_allowed: bool
) -> None:
    bound = Bound(BOUND)
    for table in before:
        bound.take(fault({"at": "1s", **table}, "a test"))
    assert bound.is_kept

    last = fault({"at": "1s", **then}, "a test")

    assert bound.allows(last) == is_allowed
    bound.take(last)
    assert bound.is_kept == is_allowed


def test_the_bound_leaves_quorums_of_every_set_of_acceptors_there_will_be() -> None:
    """Of five, two may crash; of the three that two of them leave, one."""
    three = SCENARIO.acceptor_names[:3]
    bound = Bound(BOUND._replace(sets=(*BOUND.sets, (three, Majority(3)))))
    crash = [Fault(0, "crash", (name,)) for name in SCENARIO.acceptor_names]
    bound.take(crash[0])

    assert [bound.allows(one) for one in crash] == [True, False, False, True, True]


UNDOES = {"restart": "crash", "resume": "pause", "heal": "fail"}


def harmed_over_time(run: Run) -> list[tuple[int, frozenset[str]]]:
    """Return who is harmed at the end of each instant in which that changed, time by time."""
    over_time: dict[int, frozenset[str]] = {}
    harmed: set[tuple[str, str]] = set()
    for one in run.trace:
        name, event = one["node"], one["event"]
        if event in ("crash", "pause", "fail"):
            harmed.add((name, event))
        elif event == "recover" and one.get("refused"):
            harmed.add((name, "crash"))
        elif event in UNDOES:
            harmed.discard((name, UNDOES[event]))
        else:
            continue
        if event == "crash":
            harmed.discard((name, "pause"))
        over_time[one["at_us"]] = frozenset(name for name, _ in harmed)
    return sorted(over_time.items())


def most_acceptors_harmed(run: Run) -> int:
    return max(
        (sum(name.startswith("acceptor") for name in harmed)
         for _, harmed in harmed_over_time(run)), default=0,
    )  # fmt: skip


def refused(run: Run) -> list[str]:
    return sorted({one["node"] for one in run.trace
                   if one["event"] == "recover" and one.get("refused")})  # fmt: skip
