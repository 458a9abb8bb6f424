"""Runs in the pool: a policy picks what happens next, and the checks judge as it happens."""

from collections.abc import Callable, Collection
from dataclasses import dataclass
from functools import cached_property

from paxos_des.checks.judges import CHECKS, Judges
from paxos_des.checks.verdict import Verdict, Violation
from paxos_des.cluster.cluster import Cluster
from paxos_des.cluster.pooled import PooledCluster, deeds_of
from paxos_des.cluster.scenario import Scenario
from paxos_des.engine.delays import median_us
from paxos_des.engine.pool import Deed, Event, Policy
from paxos_des.engine.pooled import PooledChooser
from paxos_des.engine.pooled_world import PooledWorld
from paxos_des.engine.trace import Trace
from paxos_des.errors import ScenarioError
from paxos_des.explore.behaviour import Behaviour
from paxos_des.run import judges_of

STEPS_A_DELAY = 10
"""How many picks there are in the time that a message mostly takes from a leader to an acceptor."""
_POOLED = "what of a scenario is run in the pool"
_STEPS = "how long a step in the pool is, and how many there are"


def pooled_scenario(scenario: Scenario) -> Scenario:
    """Return what of a scenario is run in the pool.

    All that befalls nodes and links at certain times is left out (faults, the nemesis, lives,
    clocks that go wrong), for the pool has crashes, losses and lateness of its own; so is the
    adversarial pump, the pool's little brother; and so is what has to be done within a time, for
    nothing bounds how long a policy may keep a node waiting. Where nodes had disks they still have,
    and crash.

    Raises
    ------
    ScenarioError
        Where safety rests on clocks: in the pool, a timer may fire at any time.
    """
    found: Scenario | None = scenario.__dict__.get(_POOLED)
    if found is not None:
        return found
    if scenario.reads == "lease":
        message = (
            "pool: found reads = 'lease', whose safety rests on clocks; allowed is reads = 'log': "
            "in the pool, a timer may fire at any time"
        )
        raise ScenarioError(message)
    disks = "on" if scenario.has_disks else scenario.disks
    taken_out = {
        "faults": (), "nemesis": "none", "lives": (), "clocks": (), "live_within": "none",
    }  # fmt: skip
    found = scenario.replace(**taken_out, pump="plain", disks=disks)
    found.__dict__[_POOLED] = scenario.__dict__[_POOLED] = found
    return found


def steps_of(scenario: Scenario) -> tuple[int, int]:
    """Return how long a step takes in the pool, in microseconds, and how many steps there are
    unless one says otherwise.

    A step is a tenth of the median delay from leaders to acceptors, made round (1, 2 or 5 times a
    power of ten), and shorter where there would not be time for all. There are so many that each
    request may take three ballots, and some more.
    """
    found: tuple[int, int] | None = scenario.__dict__.get(_STEPS)
    if found is None:
        found = scenario.__dict__[_STEPS] = (_step_us(scenario), _steps_max(scenario))
    return found


@dataclass(frozen=True, eq=False)
class PooledRun:
    """A run in the pool, done.

    Attributes
    ----------
    scenario
        What was run: see `pooled_scenario`.
    verdict, violation
        What the checks say; the first violation, whose entries are not looked up.
    picked
        The events that happened, in order, each with its deed.
    end_us
        Up to when the world ran: to the violation, or the goal; else to the horizon.
    step_us
        How long each event is after the one before.
    checks, seed
        Who judged, and what clients asked for: see `run_pooled`.
    """

    scenario: Scenario
    verdict: Verdict
    violation: Violation | None
    picked: tuple[tuple[Deed, Event], ...]
    end_us: int
    step_us: int
    checks: tuple[str, ...]
    seed: int | None
    _behaviour: Behaviour

    @property
    def steps(self) -> int:
        """How many events happened."""
        return len(self.picked)

    @cached_property
    def behaviour(self) -> int:
        """What happened, in the abstract: see `Behaviour`."""
        return self._behaviour.digest()


def run_pooled(
    scenario: Scenario,
    policy: Policy,
    checks: Collection[str] = CHECKS,
    *,
    steps_max: int | None = None,
    seed: int | None = None,
    extend: Callable[[Cluster], object] | None = None,
) -> PooledRun:
    """Run a scenario in the pool, once; `extend` is called with the cluster before it starts.

    It ends when its goal is reached, a check is violated, the policy picks nothing or there is
    nothing left to pick, at the horizon, or after `steps_max` events (see `steps_of`). What clients
    ask for is drawn from a seed, where the scenario lets anything be drawn; without one it is what
    is dullest. Nothing else is drawn.

    Raises
    ------
    ScenarioError
        Where a scenario cannot be run in the pool: see `pooled_scenario`.
    InputError
        When there is no check of a name.
    """
    scenario = pooled_scenario(scenario)
    step_us, steps = steps_of(scenario)
    if steps_max is not None:
        steps = steps_max
        step_us = min(step_us, max(1, scenario.horizon_us // (steps_max + 1)))
    world = PooledWorld(policy, step_us=step_us, steps_max=steps, may=deeds_of(scenario))
    behaviour = Behaviour()

    def observe(cluster: Cluster) -> None:
        behaviour.observe(cluster)
        if extend is not None:
            extend(cluster)

    judges = judge_pooled(
        scenario, world, Trace("nothing"), checks, chooser=PooledChooser(seed), extend=observe
    )
    violations = judges.violations
    return PooledRun(
        scenario,
        judges.verdict,
        violations[0] if violations else None,
        tuple(world.picked),
        world.now if world.has_stopped else scenario.horizon_us,
        step_us,
        tuple(checks),
        seed,
        behaviour,
    )


def judge_pooled(
    scenario: Scenario,
    world: PooledWorld,
    trace: Trace,
    checks: Collection[str],
    *,
    chooser: PooledChooser | None = None,
    extend: Callable[[Cluster], object] | None = None,
) -> Judges:
    """Run a scenario in a pooled world, under its checks.

    Parameters
    ----------
    scenario
        What `pooled_scenario` returned.
    chooser
        Who says what clients ask for; without one, it is what is dullest.
    extend
        Called with the cluster before it starts.
    """
    judges = judges_of(scenario, checks, trace)
    cluster = PooledCluster(scenario, chooser or PooledChooser(), trace, world)
    judges.ring(world.stop)
    if extend is not None:
        extend(cluster)
    cluster.run()
    judges.finish(world.now)
    cluster.dissolve()
    judges.dissolve()
    return judges


def _step_us(scenario: Scenario) -> int:
    delays = sorted(
        median_us(scenario.link_model(leader, acceptor).delay)
        for leader in scenario.leader_names
        for acceptor in scenario.acceptor_names
    )
    usual_us = delays[len(delays) // 2] if delays else 0
    most_us = scenario.horizon_us // (_steps_max(scenario) + 1)
    return _round_below(max(1, min(usual_us // STEPS_A_DELAY, most_us)))


def _round_below(number: int) -> int:
    """Return the largest of 1, 2, 5, 10, 20, 50 … that is not above a number from 1 on."""
    power = int(f"1{'0' * (len(str(number)) - 1)}")
    return max(one * power for one in (1, 2, 5) if one * power <= number)


def _steps_max(scenario: Scenario) -> int:
    a_ballot = scenario.acceptors * (3 + scenario.leaders)
    return 100 + 3 * scenario.requests * a_ballot
