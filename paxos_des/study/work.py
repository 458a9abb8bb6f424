"""The work of a sweep, in pieces that any process can do: pure functions of what they are given."""

from collections.abc import Iterator
from typing import NamedTuple

from paxos_des.checks.votes import Votes
from paxos_des.cluster.cluster import Cluster
from paxos_des.cluster.registry import import_protocols
from paxos_des.cluster.scenario import Scenario
from paxos_des.errors import InputError
from paxos_des.failure import Failure
from paxos_des.failure_file import document_text
from paxos_des.run import Run, simulate
from paxos_des.study.columns import Cell
from paxos_des.study.metrics import METRICS
from paxos_des.study.metrics.metric import Meter, Observed
from paxos_des.study.plan import Measure

BROKEN_MAX = 200
"""So much is kept of what breaks a run."""


class Span(NamedTuple):
    """Some runs of one point: replications from `first` on, `runs` of them.

    Attributes
    ----------
    seed_offset
        The point's: added to the seeds of its job.
    """

    point: int
    scenario: Scenario
    first: int
    runs: int
    seed_offset: int = 0


class Job(NamedTuple):
    """Some spans, and what else another process has to know.

    Attributes
    ----------
    home
        The modules that register the scenarios' protocols.
    seed
        The seed of replication 0, but for a point's offset.
    """

    spans: tuple[Span, ...]
    seed: int
    metrics: tuple[str, ...]
    measure: Measure
    home: tuple[str, ...] = ()


class Measured(NamedTuple):
    """What came of one run.

    Attributes
    ----------
    cells
        By column, but for those that only the plan knows.
    failure
        The name of a failure file, and what it holds; None unless a check was violated.
    """

    point: int
    replication: int
    cells: dict[str, Cell]
    failure: tuple[str, str] | None = None


def do(job: Job) -> list[Measured]:
    """Do all runs of a job, in order."""
    return list(each_of(job))


def each_of(job: Job) -> Iterator[Measured]:
    """Do the runs of a job, one after the other."""
    for module in job.home:
        import_protocols(module, "sweep")
    for span in job.spans:
        for replication in range(span.first, span.first + span.runs):
            yield measured(span, replication, job)


def measured(span: Span, replication: int, job: Job) -> Measured:
    """Run a point once, and measure. What breaks in a run, as an assertion or a role of one's own
    may, ends this run and no other.
    """
    seed = job.seed + span.seed_offset + replication
    cells: dict[str, Cell] = {"seed": seed}
    meters: list[Meter] = []

    def observe(cluster: Cluster, votes: Votes) -> None:
        observed = Observed(cluster, votes, job.measure)
        meters.extend(METRICS[name].meter(observed) for name in job.metrics)

    try:
        run = simulate(span.scenario, seed=seed, record="nothing", observe=observe)
        found = [meter.cells(run) for meter in meters]
    except (InputError, MemoryError):
        raise
    except Exception as error:  # noqa: BLE001 - whatever it is, it is told
        said = (
            str(error) if isinstance(error, AssertionError) else f"{type(error).__name__}: {error}"
        )
        cells |= {"verdict": "unknown", "broken": " ".join(said.split())[:BROKEN_MAX]}
        return Measured(span.point, replication, cells)
    cells["verdict"] = run.verdict
    for one in found:
        cells |= one
    if run.first_violation is None:
        return Measured(span.point, replication, cells)
    cells["violated"] = run.first_violation.check
    failure = _failure(run, span, replication)
    if failure is not None:
        cells["failure"] = failure[0]
    return Measured(span.point, replication, cells, failure)


def _failure(run: Run, span: Span, replication: int) -> tuple[str, str] | None:
    """Return a failure file's name and content, where a check was violated."""
    violation = run.first_violation
    if violation is None:
        return None
    found = {"seed": run.seed, "strategy": "weather"}
    try:
        failure = Failure.of(span.scenario, run.schedule, violation.check, found)
    except InputError:  # larger than a file may ask for
        return None
    if failure is None:  # seen at the end of the run alone, and of several checks
        return None
    name = f"{violation.check}-p{span.point}-r{replication}.json"
    return name, document_text(failure.to_dict())
