"""Scenarios that Hypothesis draws: clusters of all shapes, their workloads, and whole runs."""

from typing import NamedTuple

from hypothesis import strategies as st

from paxos_des.cluster.scenario import Scenario
from paxos_des.errors import InputError, shorten
from paxos_des.run import Run, simulate
from paxos_des.testing.drawn_schedules import Schedule, schedules
from paxos_des.testing.questions import require_scenario

Workload = dict[str, object]
"""Keys of a scenario that say what is asked: for `scenario.replace(**workload)`."""

_ACCEPTORS = (3, 4, 5, 1, 2, 6)
_DELAYS = ("1ms", "uniform 1ms 10ms", "exponential 3ms", "bimodal 1ms 50ms 0.1")
_OPERATIONS = {
    "kv": ({"put": 1, "get": 1}, {"put": 2, "get": 2, "cas": 1, "delete": 1}),
    "register": ({"write": 1, "read": 1}, {"write": 2, "read": 2, "cas": 1}),
    "list": ({"append": 1, "read": 1},),
}


def scenarios(
    *, protocol: str = "multi-paxos", acceptors_max: int = 6, leaders_max: int = 3
) -> st.SearchStrategy[Scenario]:
    """Return a strategy for small scenarios: shapes of cluster, workloads and networks.

    All of them are valid. The simplest is three acceptors, one leader, and a client that asks for
    one value. None has a nemesis: `fault_plans` and `schedules` draw what befalls one.

    Parameters
    ----------
    protocol
        Whose roles.
    acceptors_max, leaders_max
        How many there are at most.

    Raises
    ------
    InputError
        When a number is below 1.
    """
    for name, most in (("acceptors_max", acceptors_max), ("leaders_max", leaders_max)):
        if type(most) is not int or most < 1:
            message = f"{name}: found {shorten(most)}; allowed is an integer from 1"
            raise InputError(message)
    return _scenarios(protocol, acceptors_max, leaders_max)


@st.composite
def _scenarios(draw: st.DrawFn, protocol: str, acceptors_max: int, leaders_max: int) -> Scenario:
    few = tuple(size for size in _ACCEPTORS if size <= acceptors_max)
    acceptors = draw(st.sampled_from(few))
    leaders = draw(st.integers(1, leaders_max))
    keys: Workload = {
        "name": "drawn",
        "protocol": protocol,
        "acceptors": acceptors,
        "leaders": leaders,
        "quorums": draw(_quorums(acceptors)),
        "phase1": draw(st.sampled_from(("stable", "per-slot"))),
        "primaries": draw(st.sampled_from(("highest", "all", "none"))),
        "heartbeat_every": "20ms",
        "heartbeat_timeout": "60ms",
        "resend_after": "30ms",
        "retry_after": "100ms",
        "fill_after": "50ms",
        "catch_up_every": "50ms",
        "stop_when": "learned",
        "horizon": "3s",
        **draw(networks()),
        **draw(workloads()),
    }
    if draw(st.booleans()):
        keys |= {"disks": "on", "fsync": draw(st.sampled_from(("0us", "1ms")))}
    return Scenario(**keys)


@st.composite
def workloads(draw: st.DrawFn, *, values_max: int = 12) -> Workload:
    """Return what is asked of a cluster: how many clients, values, in flight, and of which kind."""
    replica = draw(st.sampled_from(("none", *_OPERATIONS)))
    keys: Workload = {
        "values": draw(st.integers(1, values_max)),
        "clients": draw(st.integers(1, 3)),
        "in_flight": draw(st.sampled_from((1, 2, "all"))),
        "send_to": draw(st.sampled_from(("highest", "own", "spread"))),
        "replica": replica,
    }
    if replica != "none":
        mixes = _OPERATIONS[replica]
        keys["operations"] = draw(st.sampled_from(("puts", *mixes)))
    if replica == "kv" and keys["operations"] != "puts":
        keys["keys"] = draw(st.integers(1, 3))
    if draw(st.booleans()):
        keys |= {"arrivals": "open", "every_min": "1ms", "every_max": "20ms"}
    return keys


@st.composite
def networks(draw: st.DrawFn) -> Workload:
    """Return how messages fare: a delay, and the chances of drops, doubles and shuffled ties."""
    return {
        "delay": draw(st.sampled_from(_DELAYS)),
        "drop": draw(st.sampled_from((0, 0.05, 0.2))),
        "duplicate": draw(st.sampled_from((0, 0.05, 0.2))),
        "ties": draw(st.sampled_from(("first-come", "shuffled"))),
        "pump": draw(st.sampled_from(("plain", "adversarial"))),
        "pump_wait": "5ms",
    }


class Case(NamedTuple):
    """A run that is not made yet: a scenario, and what happens in it.

    Attributes
    ----------
    seed
        Names the weather; None: every answer is dull but the schedule's.
    """

    scenario: Scenario
    seed: int | None
    schedule: Schedule

    def run(self) -> Run:
        return simulate(self.scenario, seed=self.seed, schedule=self.schedule)


def runs(
    scenario: Scenario | st.SearchStrategy[Scenario] | None = None,
    *,
    max_interventions: int | None = None,
) -> st.SearchStrategy[Case]:
    """Return a strategy for runs: a scenario with a schedule over its dull run, or with a seed.

    Parameters
    ----------
    scenario
        One, or a strategy for them; None: any that `scenarios` draws.
    max_interventions
        How many a schedule has at most.
    """
    if isinstance(scenario, st.SearchStrategy):
        shapes = scenario
    else:
        shapes = scenarios() if scenario is None else st.just(require_scenario(scenario))
    return _runs(shapes, max_interventions)


@st.composite
def _runs(draw: st.DrawFn, shapes: st.SearchStrategy[Scenario], most: int | None) -> Case:
    scenario = draw(shapes)
    # A schedule first: it shrinks to sentences, and a seed to a smaller number.
    if draw(st.booleans()):
        return Case(scenario, draw(st.integers(0, 2**32 - 1)), Schedule())
    return Case(scenario, None, draw(schedules(scenario, max_interventions=most)))


def _quorums(acceptors: int) -> st.SearchStrategy[str]:
    flexible = [
        f"flexible {first} {second}"
        for first in range(1, acceptors + 1)
        for second in range(1, acceptors + 1)
        if first + second == acceptors + 1
    ]
    grids = [f"grid {rows} {acceptors // rows}"
             for rows in range(2, acceptors) if acceptors % rows == 0]  # fmt: skip
    return st.sampled_from(("majority", *flexible, *grids))
