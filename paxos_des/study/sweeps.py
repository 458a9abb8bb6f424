"""Sweeps: all runs of a plan, by one process or many, into a folder with a table.

The table is a function of the plan alone: not of how many processes there were, nor of how often
the sweep was killed and went on: see `sweeping`.
"""

import time
from collections.abc import Callable
from concurrent.futures import Executor
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from paxos_des.cluster.registry import home_of
from paxos_des.errors import InputError
from paxos_des.processes import pool_of
from paxos_des.study.crew import Crew, Inline, MakePool
from paxos_des.study.folder import FAILURES, TABLE, check_table, opened
from paxos_des.study.head import SweepError, head_in
from paxos_des.study.places import Places
from paxos_des.study.plan import Plan
from paxos_des.study.results import Results
from paxos_des.study.sweeping import Progress, Sweeping
from paxos_des.study.tables import Table, failures_in, tally_of_table

FAILURES_SHOWN = 3


@dataclass(frozen=True, kw_only=True)
class Swept:
    """What a sweep has done.

    Attributes
    ----------
    folder
        Where its table is.
    points, runs
        How many.
    violated, unknown, broken
        Of the runs: how many violated a check, were not decided, and ended with a broken
        assertion.
    failures
        The first failure files.
    before
        Of the runs, how many were there when it began.
    seconds
        What it took.
    """

    plan: Plan = field(repr=False)
    folder: Path
    points: int
    runs: int
    violated: int
    unknown: int
    broken: int
    failures: tuple[Path, ...]
    before: int
    seconds: float

    @property
    def table(self) -> Path:
        return self.folder / TABLE

    def results(self) -> Results:
        """Read the table."""
        return read_results(self.folder)


def sweep(
    plan: Plan,
    out: str | Path,
    *,
    jobs: int = 1,
    executor: Executor | MakePool | None = None,
    on_progress: Callable[[Progress], object] | None = None,
) -> Swept:
    """Do all runs of a plan that are not done yet, and make a table of them.

    Parameters
    ----------
    out
        The folder for the table; a sweep that was stopped, in whatever way, goes on there.
    jobs
        How many processes; 1: this one.
    executor
        Who does the work in place of those: an executor, or a function that makes one (as a context
        manager, as executors are), so that one that breaks is replaced.
    on_progress
        Called when runs are done.

    Returns
    -------
    Swept
        Counts, and where the table is.

    Raises
    ------
    InputError
        When an argument is wrong, or the folder cannot be used or holds something else: one
        sentence says how.
    """
    if jobs < 1:
        message = f"jobs: found {jobs}; allowed is an integer from 1"
        raise InputError(message)
    began = time.monotonic()
    out = Path(out)
    places = Places(plan.points)
    home = _home_of(plan)
    if executor is None:
        executor = Inline() if jobs == 1 else partial(pool_of, jobs)
    with opened(out, plan, places) as folder:
        if folder.is_finished:
            folder.tidy()
            before = None
        else:
            before = Sweeping(plan, folder, places, jobs, home).run(Crew(executor), on_progress)
        tally = tally_of_table(out / TABLE)
        names = failures_in(out / TABLE, FAILURES_SHOWN)
    return Swept(
        plan=plan,
        folder=out,
        points=len(plan.points),
        **tally._asdict(),
        failures=tuple(out / FAILURES / name for name in names),
        before=tally.runs if before is None else before,
        seconds=time.monotonic() - began,
    )


def _home_of(plan: Plan) -> tuple[str, ...]:
    """Return the modules that register the protocols of all points, which are known here."""
    protocols = dict.fromkeys(point.scenario.protocol for point in plan.points)
    return tuple(dict.fromkeys(map(home_of, protocols)))


def read_results(folder: str | Path) -> Results:
    """Read the table that a sweep has left in a folder, and its plan.

    Raises
    ------
    InputError
        When there is none, the sweep is not finished, or it is damaged: one sentence says which.
    """
    folder = Path(folder)
    head = head_in(folder)
    if not (folder / TABLE).exists():
        message = (
            f"{folder}: found a sweep that is not finished; allowed is one with its table "
            f"(`paxos-des sweep PLAN --out {folder}` goes on)"
        )
        raise SweepError(message)
    check_table(folder, head.digest)
    plan = Plan.from_dict(head.plan, where=str(folder))
    return Results(plan=plan, columns=Table(folder / TABLE), recorded=head.digest)
