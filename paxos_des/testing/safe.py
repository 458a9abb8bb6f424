"""`assert_safe`: a run that is unsafe is an error that says so in words."""

from contextlib import suppress
from functools import cached_property
from pathlib import Path

from paxos_des.checks.verdict import Violation
from paxos_des.errors import InputError
from paxos_des.explore.shape import shape_of
from paxos_des.explore.shrink import shrink
from paxos_des.failure import Failure
from paxos_des.report.diagram import space_time
from paxos_des.report.words import page_of
from paxos_des.run import Run
from paxos_des.testing.folder import failures_folder

NOT_SAFETY = ("liveness", "progress")
"""Checks that say what must come to pass: a run in which nothing does is safe."""
SHRINK_RUNS, SHRINK_SECONDS = 400, 30.0
"""A message is waited for: with so many runs, and for so long at most, a failure is made smaller
for it. Runs, first of all: so the message is the same on a slow machine."""


class UnsafeError(AssertionError):
    """A run violates a safety check.

    What it says is made when it is read for the first time, for making a failure small takes many
    runs: Hypothesis, which shrinks by itself and meets hundreds of these, never reads but the last.

    Attributes
    ----------
    run, violation
        Which, and what was violated first.
    is_brief
        Say one sentence only: the pytest plugin shows the rest below.
    """

    def __init__(self, run: Run, violation: Violation) -> None:
        super().__init__(violation.check, violation.what)
        self.run = run
        self.violation = violation
        self.is_brief = False

    def __str__(self) -> str:
        sentence = f"{self.violation.check} is violated: {self.violation.what}"
        return sentence if self.is_brief else f"{sentence}\n\n{self.page}"

    @cached_property
    def failure(self) -> Failure | None:
        """The failure, made small; None if the run cannot be had again by its schedule alone, as
        where `extend` put more into its world.
        """
        run, check = self.run, self.violation.check
        found = {"seed": run.seed, "strategy": "a test"}
        failure = Failure.of(run.scenario, run.schedule, check, found)
        if failure is None:
            return None
        with suppress(InputError):
            return shrink(failure, runs_max=SHRINK_RUNS, seconds_max=SHRINK_SECONDS).failure
        return failure

    @cached_property
    def file(self) -> Path | None:
        """Where the failure is saved: in the folder of the pytest plugin, or a temporary one."""
        if self.failure is None:
            return None
        path = failures_folder() / f"{shape_of(self.failure)}.json"
        self.failure.save(path)
        return path

    @cached_property
    def page(self) -> str:
        """The schedule in words, the diagram of its run, and the commands that replay it."""
        failure = self.failure
        if failure is None:
            given = "" if self.run.seed is None else f", with seed {self.run.seed}"
            return f"It happens in {self.run.scenario.name}{given}; its schedule alone does not\n"
        return f"{page_of(failure, str(self.file))}\n{space_time(failure.replay('trace'))}\n"


def assert_safe(run: Run) -> None:
    """Raise if a run violates a safety check.

    A run passes that is ok, and one that is unknown: where a check cannot decide (too long a
    history to be searched), or nothing is chosen, nothing unsafe was seen. Ask for
    `run.verdict == "ok"` where that is not enough. `liveness` and `progress` do not count: under
    any schedule, a cluster may be kept from ever choosing.

    Raises
    ------
    UnsafeError
        An AssertionError, whose message has the failure's schedule, made small, in words, the
        diagram of its run, and the command that replays it. The failure is saved where the pytest
        plugin says (`--paxos-failures`), or in a temporary folder, when the message is read.
    """
    if run.verdict == "ok":
        return
    for violation in run._violations:
        if violation.check not in NOT_SAFETY:
            raise UnsafeError(run, violation)
