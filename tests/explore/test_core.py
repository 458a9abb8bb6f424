"""The causal core: how small it is, that nothing can be spared, and when there is none."""

import json
from collections import Counter
from functools import cache
from itertools import count, islice
from pathlib import Path
from statistics import median
from time import process_time

import pytest
import simpy

from paxos_des.cluster.scenario import Scenario
from paxos_des.engine.pool import Event
from paxos_des.engine.trace import Trace
from paxos_des.explore.core import Core, causal_core, violates
from paxos_des.explore.happened import events_of
from paxos_des.explore.script import Named, Script, past_of
from paxos_des.failure import Failure
from paxos_des.museum import EXHIBITS
from paxos_des.run import simulate

BROKEN = Scenario.named("duel").replace(protocol="accept-below-promise")
SIZES = {"chosen-once": 14, "agreement": 18}


@cache
def failures(check: str, size: int) -> tuple[Failure, ...]:
    """Return the first failing runs, each as its own seed has it."""
    runs = (simulate(BROKEN, seed=seed, checks=(check,), record="nothing") for seed in count())
    failing = (run for run in runs if run.first_violation is not None)
    found = (Failure.of(BROKEN, run.schedule, check) for run in islice(failing, size))
    return tuple(failure for failure in found if failure is not None)


def without_any_one(core: Core) -> list[list[Named]]:
    events = list(core.events)
    return [[*events[:place], *events[place + 1 :]] for place in range(len(events))]


@pytest.mark.parametrize("check", SIZES)
def test_a_core_is_as_small_as_can_be(check: str) -> None:
    cores = [causal_core(failure) for failure in failures(check, 8)]

    assert [len(core.events) for core in cores] == [SIZES[check]] * 8
    assert all(core.is_minimal for core in cores)


@pytest.mark.parametrize("check", SIZES)
def test_no_event_of_a_core_can_be_spared(check: str) -> None:
    for failure in failures(check, 8)[:4]:
        core = causal_core(failure)

        assert violates(failure, core.events)
        assert not any(violates(failure, fewer) for fewer in without_any_one(core))


def test_each_of_two_ballots_needs_a_start_and_two_of_each_message() -> None:
    core = causal_core(failures("chosen-once", 1)[0])

    assert Counter(event.type for event in core.events) == {
        "Request": 2, "Prepare": 4, "Promise": 4, "Accept": 4,
    }  # fmt: skip
    assert all(event.kind == "deliver" for event in core.events)


def test_a_core_is_the_same_each_time() -> None:
    failure = failures("agreement", 1)[0]

    assert causal_core(failure) == causal_core(failure)


def test_a_core_is_written_as_a_trace_names_events() -> None:
    dicts = causal_core(failures("chosen-once", 1)[0]).to_dicts()

    assert json.loads(json.dumps(dicts)) == list(dicts)
    prepare = next(one for one in dicts if one["message"]["type"] == "Prepare")
    assert prepare | {"node": "", "peer": "", "says": "", "message": {}} == {
        "event": "deliver", "node": "", "peer": "", "message": {}, "copy": 1, "says": "",
    }  # fmt: skip
    ballot = tuple(prepare["message"]["ballot"])
    said = f"{prepare['peer']}'s Prepare of slot 0, ballot {ballot} reaches {prepare['node']}"
    assert prepare["says"] == said


@pytest.mark.parametrize(("event", "says"), [
    (Named("crash", "acceptor-0"), "acceptor-0 crashes"),
    (Named("restart", "acceptor-0"), "acceptor-0 restarts"),
    (Named("timer", "leader-0", type="resend", what='{"name":"resend","slot":3}'),
     "leader-0's timer resend of slot 3 fires"),
    (Named("timer", "leader-0", type="beat", what='{"name":"beat"}'),
     "leader-0's timer beat fires"),
    (Named("fsync", "acceptor-0", what='{"append":{"type":"Voted","slot":1}}'),
     "acceptor-0's fsync of the Voted of slot 1 is done"),
    (Named("deliver", "acceptor-0", "leader-1", "Accept", '{"type":"Accept","slot":4}', 2),
     "leader-1's Accept of slot 4 reaches acceptor-0 (number 2 of its like)"),
    (Named("deliver", "acceptor-0", "leader-1", "Accept", '{"type":"Accept","slot":4}', again=1),
     "leader-1's Accept of slot 4 reaches acceptor-0 once more"),
])  # fmt: skip
def test_events_are_said_as_one_says_them(event: Named, says: str) -> None:
    assert event.says == says
    assert event.to_dict()["says"] == says


def test_a_budget_is_kept_and_what_is_left_is_not_said_to_be_minimal() -> None:
    core = causal_core(failures("agreement", 1)[0], replays_max=5)

    assert not core.is_minimal
    assert core
    assert core.replays <= 6


def test_what_the_pool_cannot_show_has_no_core() -> None:
    failure = failures("agreement", 1)[0]
    lease = Scenario.named("everything").replace(protocol="accept-below-promise")
    refused = Failure(scenario=lease, check="agreement", what="", at_us=0, schedule=(), digest="")
    harmless = Failure(
        scenario=failure.scenario, check="agreement", what="", at_us=0, schedule=(), digest=""
    )

    for core in (causal_core(refused), causal_core(harmless)):
        assert not core
        assert not core.is_minimal
        assert core.to_dicts() == ()


def test_crashes_and_fsyncs_are_among_what_happened() -> None:
    scenario = Scenario.named("crashes").replace(values=6)
    schedule = simulate(scenario, seed=3, record="nothing").schedule
    failure = Failure(
        scenario=scenario, check="agreement", what="", at_us=0, schedule=schedule, digest=""
    )

    kinds = {event.kind for event in events_of(failure)}

    assert kinds == {"deliver", "timer", "fsync", "crash", "restart"}


def test_a_message_that_is_doubled_is_told_twice() -> None:
    events = [event for failure in failures("agreement", 8) for event in events_of(failure)]

    doubles = sum(event.deed == "double" for event in events)
    assert doubles == sum(event.again for event in events) > 0


def test_the_causal_past_is_what_came_before_at_a_node_and_what_was_sent() -> None:
    def event(number: int, node: str, parent: int) -> Event:
        return Event(number, "deliver", node, "", None, parent)

    events = [event(1, "a", -1), event(3, "b", -1), event(5, "c", 1), event(7, "a", -1),
              event(9, "c", 3), event(11, "d", 7)]  # fmt: skip

    assert past_of(events, [2]) == [0, 2]
    assert past_of(events, [4]) == [0, 1, 2, 4]
    assert past_of(events, [5]) == [0, 3, 5]


def test_a_script_takes_the_likest_message_where_the_very_one_is_not_there() -> None:
    """Else a retried ballot would keep its history."""
    failure = failures("chosen-once", 1)[0]
    core = causal_core(failure)
    later = [
        event._replace(what=event.what.replace('"ballot":[1,', '"ballot":[7,'))
        if event.type == "Accept"
        else event
        for event in core.events
    ]

    assert later != list(core.events)
    assert violates(failure, later)


def test_a_leader_that_came_back_gives_way_to_one_that_was_not_refused() -> None:
    """No event can be spared where leader-0's second ballot breaks what leader-1's has chosen; but
    leader-1's first ballot breaks as well what leader-0's has chosen, in 18 events.
    """
    scenario = Scenario.named("duel").replace(protocol="own-value")
    run = simulate(scenario, seed=73, checks=("agreement",), record="nothing")
    failure = Failure.of(scenario, run.schedule, "agreement")
    assert failure is not None

    core = causal_core(failure)

    assert len(core.events) == 18
    assert {event.kind for event in core.events} == {"deliver"}


def test_what_leaders_did_before_their_last_try_goes_at_one_stroke() -> None:
    """A duplicate promise broke agreement in a third ballot, in 24 events of which none could be
    spared; two first ballots do.
    """
    exhibit = EXHIBITS["counts-promises-not-acceptors"]
    scenario, check = exhibit.scenario, exhibit.check
    runs = (simulate(scenario, seed=seed, checks=(check,), record="nothing") for seed in count())
    run = next(run for run in runs if run.first_violation is not None)
    failure = Failure.of(scenario, run.schedule, check)
    assert failure is not None

    core = causal_core(failure)

    assert core.is_minimal
    assert len(core.events) == 17
    assert {event.kind for event in core.events} == {"deliver"}


def test_a_script_leaves_out_what_cannot_happen() -> None:
    script = Script(
        [Named("crash", "acceptor-0"), Named("timer", "b", "", "x", "{}")], Trace("nothing")
    )

    assert script.pick([Event(1, "timer", "a", "", None, -1)] * 0, frozenset()) is None


@pytest.mark.deep
@pytest.mark.parametrize("check", SIZES)
def test_of_two_hundred_failing_seeds_nearly_all_have_the_smallest_core(check: str) -> None:
    costs = []
    sizes: Counter[int] = Counter()
    for failure in failures(check, 200):
        started = process_time()
        sizes[len(causal_core(failure).events)] += 1
        costs.append(process_time() - started)

    assert sizes[SIZES[check]] >= 190
    assert median(costs) <= bare_timeouts(100_000)


def bare_timeouts(size: int) -> float:
    """Return how long SimPy takes for so many timeouts, one after the other, in seconds of CPU."""

    def waiting(env: simpy.Environment) -> simpy.events.ProcessGenerator:
        for _ in range(size):
            yield env.timeout(1)

    env = simpy.Environment()
    env.process(waiting(env))
    started = process_time()
    env.run()
    return process_time() - started


def test_an_fsync_that_a_crash_cut_short_may_have_been_done() -> None:
    """Its data had reached the disk: the pool knows fsyncs that are done, and others, only."""
    files = Path(__file__).parents[1] / "schedules"
    failure = Failure.load(files / "answers-before-fsync-cut-short.json")

    core = causal_core(failure)

    assert core.is_minimal
    assert any(event.kind == "fsync" for event in core.events)
