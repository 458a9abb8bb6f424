"""Failures: a schedule that breaks a check, in one small file that replays anywhere.

    {"format": "paxos-des-failure", "version": 1, "scenario": {…}, "protocol": "own-value",
     "violation": {"check": "agreement", "what": "…", "at_us": 11000},
     "schedule": [{"key": {…}, "answer": …, "says": "lose the Accept of …"}, …],
     "digest": "…", "found": {"seed": 4711, "strategy": "pct"}, "core": […]}

A failure is replayed over the dull run: no weather is drawn, and its own interventions are all
that is not dull. Only the check that was violated judges, so that the run ends where it ended when
it was found, whatever other checks there will be one day.
"""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from paxos_des.checks.verdict import Violation
from paxos_des.cluster.scenario import Scenario
from paxos_des.engine.choices import Decision
from paxos_des.engine.trace import Recording
from paxos_des.run import Run, simulate

FAILURE_FORMAT = "paxos-des-failure"
FAILURE_VERSION = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Failure:
    """A schedule under which a check is violated.

    Attributes
    ----------
    scenario
        What is simulated; it names the protocol.
    check, what, at_us
        Which check is violated, how (a sentence), and when.
    schedule
        The interventions over the dull run.
    digest
        Of the run that ends with the violation.
    found
        How it was found: `seed`, `strategy`, and what else there is to say; for people.
    core
        The causal core, as `explore.core` writes it: the events that are enough, in order; None
        where nobody looked for it.
    """

    scenario: Scenario
    check: str
    what: str
    at_us: int
    schedule: tuple[Decision, ...]
    digest: str
    found: dict[str, Any] = field(default_factory=dict)
    core: tuple[dict[str, Any], ...] | None = None

    @classmethod
    def of(
        cls,
        scenario: Scenario,
        schedule: tuple[Decision, ...],
        check: str,
        found: dict[str, Any] | None = None,
    ) -> "Failure | None":
        """Return the failure that a schedule is, by running it; None if the check is not violated.

        What the schedule holds and the run never asked for is left out.
        """
        run = replay(scenario, schedule, check)
        violation = run.first_violation
        if violation is None:
            return None
        skipped = set(run.skipped)
        kept = tuple(decision for decision in schedule if decision not in skipped)
        assert run.digest is not None, "a replay has a digest"
        return cls(
            scenario=scenario,
            check=check,
            what=violation.what,
            at_us=violation.at_us,
            schedule=kept,
            digest=run.digest,
            found=found or {},
        )

    def replay(self, record: Recording = "digest") -> Run:
        """Run it again."""
        return replay(self.scenario, self.schedule, self.check, record)

    def save(self, path: str | Path) -> None:
        raise NotImplementedError

    @classmethod
    def load(cls, path: str | Path) -> "Failure":
        raise NotImplementedError


def replay(
    scenario: Scenario,
    schedule: tuple[Decision, ...],
    check: str,
    record: Recording = "digest",
) -> Run:
    """Run a schedule over the dull run, and let one check alone judge."""
    return simulate(scenario, schedule=schedule, record=record, checks=(check,))


def violated_by(scenario: Scenario, schedule: tuple[Decision, ...], check: str) -> Violation | None:
    """Return how a schedule violates a check, if it does: the question that shrinking asks."""
    return replay(scenario, schedule, check, "nothing").first_violation
