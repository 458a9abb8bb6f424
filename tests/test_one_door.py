"""One door for chance: one fault more leaves the rest of the world as it was."""

from collections.abc import Iterable

import pytest

from paxos_des import Scenario, simulate
from paxos_des.engine.choices import Answer, Decision, Key
from paxos_des.engine.words import says
from paxos_des.errors import ScheduleError

SCENARIO = Scenario.named("duel").replace(horizon="200ms")


@pytest.mark.parametrize("seed", range(8))
def test_one_drop_leaves_the_weather_of_all_other_links_as_it_was(seed: int) -> None:
    """Compared decision by decision: the k-th of a kind on a link, whatever message asks it."""
    run = simulate(SCENARIO, seed=seed)
    before = by_stream(run.decisions)
    lost = next(one for one in run.decisions if one.key.kind == "drop" and not one.answer)

    after = by_stream(simulate(SCENARIO, seed=seed, schedule=[Decision(lost.key, True)]).decisions)

    compared = 0
    for (kind, place), answers in before.items():
        if place == lost.key.place:
            continue
        for old, new in zip(answers, after.get((kind, place), []), strict=False):
            assert old == new, (kind, place)
            compared += 1
    assert compared > 20


def test_one_drop_leaves_every_other_answer_on_its_own_link_too_but_for_its_message() -> None:
    """The weather of the k-th message on a link stays its own, also where another was lost."""
    run = simulate(SCENARIO, seed=1)
    lost = next(one for one in run.decisions if one.key.kind == "drop" and not one.answer)
    after = simulate(SCENARIO, seed=1, schedule=[Decision(lost.key, True)])

    old = {one.key: one.answer for one in run.decisions if one.key.place == lost.key.place}
    new = {one.key: one.answer for one in after.decisions if one.key.place == lost.key.place}

    assert new.pop(lost.key) is True
    first = list(old)[: list(old).index(lost.key)]
    assert all(new[key] == old[key] for key in first)


def test_two_variants_of_a_scenario_meet_the_same_weather() -> None:
    """Common random numbers: more acceptors change no answer on the links of the others."""
    small = by_stream(simulate(SCENARIO.replace(drop=0), seed=2).decisions)
    large = by_stream(simulate(SCENARIO.replace(drop=0, acceptors=4), seed=2).decisions)

    for (kind, place), answers in small.items():
        if kind == "delay":
            for old, new in zip(answers, large[kind, place], strict=False):
                assert old == new, place


def test_an_intervention_whose_question_is_never_asked_is_skipped_and_reported() -> None:
    what = '{"type":"Accept","slot":99,"ballot":[1,1]}'
    never = Decision(Key("drop", ("leader-1", "acceptor-0"), what, 1), True)

    run = simulate(SCENARIO, seed=1, schedule=[never])

    assert run.skipped == (never,)
    assert run.digest == simulate(SCENARIO, seed=1).digest


def test_a_pick_of_a_message_that_is_not_there_is_skipped_and_reported() -> None:
    scenario = Scenario.named("2009-adversarial").replace(values=10)
    run = simulate(scenario, seed=1)
    picked = next(one for one in run.decisions if one.key.kind == "pick")
    absent = Decision(picked.key, '{"from":"leader-9","message":{}}')

    again = simulate(scenario, seed=1, schedule=[absent])

    assert again.skipped == (absent,)
    assert again.digest == run.digest
    assert simulate(scenario, schedule=again.schedule).digest == run.digest


def test_a_drop_drops() -> None:
    what = '{"type":"Prepare","ballot":[1,1],"slot":0}'
    lose = [Decision(Key("drop", ("leader-1", f"acceptor-{n}"), what, 1), True) for n in range(3)]

    run = simulate(SCENARIO, schedule=lose)

    dropped = [entry for entry in run.trace if entry["event"] == "drop"]
    assert [entry["peer"] for entry in dropped] == ["acceptor-0", "acceptor-1", "acceptor-2"]
    assert run.verdict == "ok"


def test_a_schedule_reads_as_sentences() -> None:
    what = '{"type":"Accept","slot":4,"ballot":[2,1]}'
    link = ("leader-1", "acceptor-2")

    assert says(Decision(Key("drop", link, what, 1), True)) == (
        "lose the Accept of slot 4, ballot (2, 1) from leader-1 to acceptor-2"
    )
    assert says(Decision(Key("delay", link, what, 2), 30_000)) == (
        "let the Accept of slot 4, ballot (2, 1) from leader-1 to acceptor-2 (the 2nd time) "
        "take 30 ms"
    )
    assert says(Decision(Key("timer", ("leader-0",), '{"name":"back-off","slot":3}', 1), 7)) == (
        "let leader-0's timer back-off of slot 3 fire after 7 µs"
    )


def test_every_decision_of_every_kind_has_a_sentence() -> None:
    scenario = Scenario.named("2009-adversarial").replace(
        values=10,
        drop=0.1,
        duplicate=0.1,
        ties="shuffled",
        replica="list",
        operations={"append": 1, "read": 1},
    )

    decisions = simulate(scenario, seed=1).decisions

    assert {one.key.kind for one in decisions} == {
        "drop", "duplicate", "delay", "duplicate-delay", "tie", "duplicate-tie", "timer", "pick",
        "operation",
    }  # fmt: skip
    assert all(says(one) and "{" not in says(one) for one in decisions)


@pytest.mark.parametrize(
    ("found", "sentence"),
    [
        ("drop", "allowed is a list"),
        ([7], "item 0: found 7"),
        ([{"key": {"kind": "drip"}}], "did you mean 'drop'"),
        ([{"key": {"kind": "drop", "place": ["leader-1"], "what": {}}}], "2 node names"),
        (
            [{"key": {"kind": "drop", "place": ["leader-1", "acceptor-9"], "what": {}},
              "answer": True}],
            "found node 'acceptor-9'",
        ),
        (
            [{"key": {"kind": "drop", "place": ["acceptor-1", "acceptor-0"], "what": {}},
              "answer": True}],
            "found link acceptor-1 → acceptor-0",
        ),
        (
            [{"key": {"kind": "drop", "place": ["leader-1", "acceptor-0"], "what": {}},
              "answer": 3}],
            "allowed is true or false",
        ),
        (
            [{"key": {"kind": "delay", "place": ["leader-1", "acceptor-0"], "what": {}},
              "answer": -1}],
            "allowed is an integer from 0",
        ),
    ],
)  # fmt: skip
def test_refuses_a_schedule_that_cannot_be(found: list[dict[str, object]], sentence: str) -> None:
    with pytest.raises(ScheduleError, match=sentence):
        simulate(SCENARIO, schedule=found)


def by_stream(decisions: Iterable[Decision]) -> dict[tuple[str, tuple[str, ...]], list[Answer]]:
    """Return answers by kind and place, in the order in which they were asked."""
    streams: dict[tuple[str, tuple[str, ...]], list[Answer]] = {}
    for decision in decisions:
        streams.setdefault((decision.key.kind, decision.key.place), []).append(decision.answer)
    return streams
