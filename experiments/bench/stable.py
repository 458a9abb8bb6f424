"""The stable-leader run: a hundred values in flight under one ballot, at any size.

Each measurement is a child process of its own, so that its peak memory is its own too.
"""

from functools import partial
from typing import NamedTuple

from experiments import children
from experiments.bench.measure import Sample, beside_bare
from paxos_des import Scenario, simulate
from paxos_des.engine.trace import Recording

IN_FLIGHT = 100
WARM_UP = 200


class StableSample(NamedTuple):
    """One run: its messages beside bare SimPy, and the most memory that its process had, before
    it (all is imported) and at the end.
    """

    values: int
    of_messages: Sample
    imported_mib: float
    peak_mib: float

    @property
    def of_values(self) -> Sample:
        return self.of_messages._replace(done=self.values)


def scenario_of(values: int) -> Scenario:
    return Scenario(
        name="stable",
        acceptors=5,
        leaders=2,
        clients=1,
        values=values,
        in_flight=IN_FLIGHT,
        delay="uniform 200us 1ms",
        phase1="stable",
        stop_when="learned",
        horizon="3600s",
    )


def in_a_child(values: int, record: Recording, *, timeouts: int) -> StableSample:
    """Measure one run in a new process, which ends with it."""
    return children.in_a_child(partial(measure, values, record, timeouts))


def measure(values: int, record: Recording, timeouts: int) -> StableSample:
    """Measure one run in this process."""
    imported_mib = children.peak_mib()
    _messages_of(WARM_UP, record)
    sample = beside_bare(lambda: _messages_of(values, record), timeouts=timeouts)
    return StableSample(values, sample, imported_mib, children.peak_mib())


def _messages_of(values: int, record: Recording) -> int:
    run = simulate(scenario_of(values), seed=1, record=record)
    assert run.verdict == "ok", run.verdicts
    assert run.goal_met, run.stats.simulated_us
    assert run.stats.chosen == values, run.stats.chosen
    return sum(run.stats.messages.values())
