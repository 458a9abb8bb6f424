"""Failures: a schedule that breaks a check, in one small file that replays anywhere.

    {"format": "paxos-des-failure", "version": 1, "scenario": {…}, "protocol": "own-value",
     "violation": {"check": "agreement", "what": "…", "at_us": 11000},
     "schedule": [{"key": {…}, "answer": …, "says": "lose the Accept of …"}, …],
     "digest": "…", "found": {"seed": 4711, "strategy": "pct"}, "core": […]}

A failure is replayed over the dull run: no weather is drawn, and its own interventions are all
that is not dull. Only the check that was violated judges, so that the run ends where it ended when
it was found, whatever other checks there will be one day.
"""

import dataclasses
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NoReturn

from paxos_des.checks.verdict import Violation
from paxos_des.cluster.cluster import Cluster
from paxos_des.cluster.fault_model import DRAWN
from paxos_des.cluster.scenario import Scenario
from paxos_des.engine.choices import Decision
from paxos_des.engine.trace import Limit, Recording
from paxos_des.engine.words import says
from paxos_des.errors import FailureError
from paxos_des.failure_file import (
    FAILURE_FORMAT,
    FAILURE_VERSION,
    document_text,
    read_document,
    shown,
    write_text,
)
from paxos_des.failure_parts import (
    check_in,
    check_size,
    digest_in,
    objects_in,
    required,
    scenario_in,
    schedule_in,
    text_in,
    time_in,
)
from paxos_des.run import Run, simulate

__all__ = ["FAILURE_FORMAT", "FAILURE_VERSION", "Failure", "replay", "settled", "violated_by"]

ENTRIES_MAX = 1_000_000
ENCODED_MAX = 500_000_000
"""How long a replay may be, in entries of its trace and in bytes: some twenty seconds at most."""


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

    def __post_init__(self) -> None:
        object.__setattr__(self, "scenario", settled(self.scenario))

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
        """Run it again, judged by its own check."""
        return replay(self.scenario, self.schedule, self.check, record)

    def judged_by_all(self) -> Run:
        """Run it again, judged by all checks: something else may break where this one holds."""
        return simulate(self.scenario, schedule=self.schedule, extend=limited)

    def save(self, path: str | Path) -> None:
        """Write it to a file, whole or not at all, whatever interrupts it.

        Raises
        ------
        FailureError
            When the file cannot be written, or the scenario is larger than a file may ask for.
        """
        path = Path(path)
        check_size(self.scenario, shown(path))
        write_text(path, document_text(self.to_dict()))

    def to_dict(self) -> dict[str, Any]:
        """Return what a failure file holds."""
        core = {} if self.core is None else {"core": list(self.core)}
        return {
            "format": FAILURE_FORMAT,
            "version": FAILURE_VERSION,
            "scenario": self.scenario.to_dict(),
            "protocol": self.scenario.protocol,
            "violation": {"check": self.check, "what": self.what, "at_us": self.at_us},
            "schedule": [{**one.to_dict(), "says": says(one)} for one in self.schedule],
            "digest": self.digest,
            "found": self.found,
            **core,
        }

    @classmethod
    def load(cls, path: str | Path) -> "Failure":
        """Return the failure that a file holds; nothing in it is executed.

        Raises
        ------
        InputError
            When the file cannot be read, is damaged, of another format or version, names what
            does not exist, or asks for more than a file may: one sentence says what was found,
            what is allowed, and where.
        """
        path = Path(path)
        where = shown(path)
        document = read_document(path)
        scenario = scenario_in(document, where)
        violation = required(document, "violation", dict, "an object with a check", where)
        place = f"{where}, violation"
        core = document.get("core")
        return cls(
            scenario=scenario,
            check=check_in(violation, scenario, place),
            what=text_in(violation, "what", place),
            at_us=time_in(violation, "at_us", place),
            schedule=schedule_in(document, scenario, where),
            digest=digest_in(document, where),
            found=required(document, "found", dict, "an object: seed, strategy, …", where),
            core=None if core is None else objects_in(document, "core", where),
        )


def settled(scenario: Scenario) -> Scenario:
    """Return a scenario in which "all kinds of fault" are those of today: the trace names them, and
    a kind that is new one day must not change what a failure's digest was.
    """
    model = scenario.nemesis
    if model is None or model.kinds != "all":
        return scenario
    return scenario.replace(nemesis=dataclasses.replace(model, kinds=DRAWN))


def replay(
    scenario: Scenario,
    schedule: tuple[Decision, ...],
    check: str,
    record: Recording = "digest",
) -> Run:
    """Run a schedule over the dull run, and let one check alone judge.

    Raises
    ------
    FailureError
        When the run does not end within a million entries of its trace, or half a gigabyte.
    """
    return simulate(scenario, schedule=schedule, record=record, checks=(check,), extend=limited)


def limited(cluster: Cluster) -> None:
    """Bound a run: to be given to `simulate` as `extend`, where a file says what is run."""
    cluster.trace.limit = Limit(ENTRIES_MAX, ENCODED_MAX, _refuse_length)


def _refuse_length() -> NoReturn:
    found = f"found a run of more than {ENTRIES_MAX:,} entries, or {ENCODED_MAX:,} bytes of them"
    message = f"replay: {found}; allowed is a failure that shows before"
    raise FailureError(message)


def violated_by(scenario: Scenario, schedule: tuple[Decision, ...], check: str) -> Violation | None:
    """Return how a schedule violates a check, if it does: the question that shrinking asks."""
    return replay(scenario, schedule, check, "nothing").first_violation
