"""Other ways out of a local minimum: to smaller causal cores, which hold as the others do."""

from dataclasses import replace
from functools import cache
from itertools import count

from paxos_des.engine.dice import Dice
from paxos_des.engine.trace import Trace
from paxos_des.explore.core import Core, violates
from paxos_des.explore.core_search import Search
from paxos_des.explore.happened import events_of
from paxos_des.explore.other_ways import _AsIn, _double, smaller_core
from paxos_des.explore.pool_run import judge_pooled, pooled_scenario
from paxos_des.explore.script import ScriptWorld
from paxos_des.explore.shrink import shrink
from paxos_des.explore.smallest import harder, smallest
from paxos_des.failure import Failure
from paxos_des.museum import EXHIBITS
from paxos_des.run import simulate

EXHIBIT = EXHIBITS["counts-promises-not-acceptors"]


@cache
def failure() -> Failure:
    """Return the first failing run of the exhibit."""
    scenario, check = EXHIBIT.scenario, EXHIBIT.check
    runs = (simulate(scenario, seed=seed, checks=(check,), record="nothing") for seed in count())
    run = next(run for run in runs if run.first_violation is not None)
    found = Failure.of(scenario, run.schedule, check)
    assert found is not None
    return found


@cache
def core() -> Core:
    """Return the causal past of the violation, of which much can be spared."""
    search = Search(pooled_scenario(failure().scenario), failure(), 2)
    past = search.start(events_of(failure()))
    assert past is not None
    return Core(tuple(past), is_minimal=False, replays=search.replays)


@cache
def smaller() -> Core:
    return smaller_core(failure(), core(), replays_max=600)


def test_other_ways_lead_to_a_core_as_small_as_the_smallest_known() -> None:
    assert EXHIBIT.least is not None
    assert len(core().events) > EXHIBIT.least + 2
    assert len(smaller().events) <= EXHIBIT.least + 2


def test_what_they_lead_to_is_a_core_of_which_no_event_can_be_spared() -> None:
    events = smaller().events
    fewer = [events[:place] + events[place + 1 :] for place in range(len(events))]

    assert smaller().is_minimal
    assert violates(failure(), events)
    assert not any(violates(failure(), rest) for rest in fewer)


def test_a_message_is_told_twice_only_where_its_link_may_double_it() -> None:
    """A script may do more than the links of a scenario do, and the timed network may not."""
    scenario, dice = failure().scenario, Dice(0, "test")
    names = [event._replace(again=0, deed="happen") for event in core().events]

    doubled = [_double(names, scenario, dice) for _ in range(200)]

    links = {(name.peer, name.node) for told in doubled for name in told if name.again}
    assert {link[0].partition("-")[0] for link in links} == {"leader", "acceptor"}
    assert not any(name.again for name in _double(names, scenario.replace(duplicate=0), dice))


def test_a_search_is_the_same_each_time_and_keeps_its_budget() -> None:
    one, other = (smaller_core(failure(), core(), replays_max=200) for _ in range(2))

    assert one == other
    assert one.replays <= core().replays + 201


def test_without_runs_the_core_stays_as_it_is() -> None:
    assert smaller_core(failure(), core(), replays_max=1) is core()


def test_the_smallest_of_several_failures_is_the_one_with_fewest_events() -> None:
    scenario = EXHIBITS["own-value"].scenario
    seeds = (simulate(scenario, seed=seed, checks=("agreement",)) for seed in count())
    runs = (run for run in seeds if run.verdict == "violated")
    found = [Failure.of(scenario, next(runs).schedule, "agreement") for _ in range(2)]
    failures = [one for one in found if one is not None]
    sizes = [len(shrink(one, runs_max=60).core.events) for one in failures]

    best = smallest(failures, runs_max=60, replays_max=1)

    assert best is not None
    assert len(best.core.events) == min(sizes)
    assert len(best.failure.core or ()) == min(sizes)


def test_of_no_failures_there_is_no_smallest() -> None:
    assert smallest([]) is None


def test_what_has_no_core_is_not_searched() -> None:
    shrunk = replace(shrink(failure(), runs_max=1), core=Core((), is_minimal=False, replays=0))

    assert harder(shrunk) is shrunk


def test_a_run_of_its_own_has_no_timers_where_the_core_has_none() -> None:
    names = [event for event in smaller().events if event.kind != "timer"]
    policy = _AsIn(names, failure().scenario, Dice(0, "test"))
    world = ScriptWorld(policy, 200)

    judge_pooled(pooled_scenario(failure().scenario), world, Trace("nothing"), ())

    assert {event.kind for _, event in world.picked} == {"deliver"}
