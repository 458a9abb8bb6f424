"""One run: a cluster under its checks, and what is left of it."""

from collections.abc import Callable, Collection, Iterable
from functools import cached_property
from typing import Any, NamedTuple

import msgspec

from paxos_des.checks.judges import CHECKS, Judges, joined
from paxos_des.checks.verdict import Verdict, Violation
from paxos_des.checks.votes import Votes
from paxos_des.cluster.cluster import Cluster
from paxos_des.cluster.faults import NEEDS_CLOCK, NEEDS_DISK, Fault
from paxos_des.cluster.havoc import NEMESIS, NOTHING
from paxos_des.cluster.nemesis import check_answer
from paxos_des.cluster.registry import add_shelf
from paxos_des.cluster.scenario import Scenario
from paxos_des.engine.choices import Chooser, Decision, Remember
from paxos_des.engine.trace import Recording, Trace
from paxos_des.errors import InputError, ScheduleError, shorten
from paxos_des.names import nearest
from paxos_des.run_checks import checks_of, facts_of, judges_of, known_checks
from paxos_des.run_record import (
    CLIENT_RECORDS_KEPT,
    ClientRecord,
    NemesisRecord,
    RunTrace,
    Stats,
    Watcher,
    header_of,
    history_of,
    nemesis_record,
)

__all__ = [
    "RECORDINGS", "Run", "check_means", "checks_of", "facts_of", "judges_of", "known_checks",
    "read_schedule", "simulate",
]  # fmt: skip

add_shelf("paxos_des.museum")
RECORDINGS: tuple[Recording, ...] = ("digest", "trace", "nothing")

if not __debug__:  # pragma: no branch - assertions are part of the product
    message = "found python -O; allowed is python without it: assertions are part of paxos_des"
    raise ImportError(message)


def simulate(
    scenario: Scenario,
    *,
    seed: int | None = None,
    schedule: Iterable[Decision | dict[str, Any]] | None = None,
    record: Recording = "digest",
    checks: Collection[str] = CHECKS,
    extend: Callable[[Cluster], object] | None = None,
    observe: Callable[[Cluster, Votes], object] | None = None,
) -> "Run":
    """Simulate a scenario once; the same arguments give the same run, anywhere.

    Parameters
    ----------
    scenario
        What is simulated.
    seed
        Names the weather. Without a seed and a schedule, 0.
    schedule
        Interventions: over the seed's weather, or, without a seed, over the dull run, in which
        every answer is the dullest there is. Decisions, or the dicts that files hold.
    record
        `digest` keeps the trace's hash, `trace` the trace too, `nothing` neither.
    checks
        Which checks judge, by name; the run stops when one of them is violated. By default, all
        of the package's, or what the protocol says: see `ProtocolSpec`.
    extend
        Called with the cluster before it starts: to put stock SimPy processes into its world.
    observe
        Called with the cluster and the votes before it starts, once: to observe what is made into
        figures, and to change nothing. (`trace` and `schedule` are made by running again, and
        nobody hears of that.)

    Returns
    -------
    Run
        Its digest, verdict, violations, histories, schedule, trace and figures.

    Raises
    ------
    ScenarioError, ScheduleError, InputError
        When an argument is wrong: one sentence says how.
    """
    if record not in RECORDINGS:
        hint = nearest(str(record), RECORDINGS)
        message = f"record: found {record!r}{hint}; allowed: {', '.join(RECORDINGS)}"
        raise InputError(message)
    if seed is not None and type(seed) is not int:
        message = f"seed: found {seed!r}; allowed is an integer"
        raise InputError(message)
    if seed is None and schedule is None:
        seed = 0
    decisions = read_schedule(schedule or ())
    return Run(scenario, seed, decisions, record, tuple(checks), extend, observe)


def read_schedule(found: Iterable[Decision | dict[str, Any]]) -> tuple[Decision, ...]:
    """Return interventions, from decisions or from the dicts that files hold.

    Raises
    ------
    ScheduleError
        With the place, where one cannot be read.
    """
    if isinstance(found, str | bytes | dict):
        message = f"schedule: found {type(found).__name__}; allowed is a list of interventions"
        raise ScheduleError(message)
    return tuple(
        one if isinstance(one, Decision) else Decision.from_dict(one, f"schedule, item {place}")
        for place, one in enumerate(found)
    )


def check_means(decision: Decision, scenario: Scenario) -> None:
    """Refuse a schedule's own fault where nodes have nothing that it could befall.

    Raises
    ------
    ScheduleError
        With what the nodes lack.
    """
    if decision.key.kind != "fault" or decision.answer == NOTHING:
        return
    kind = Fault.from_text(str(decision.answer), "schedule").kind
    lacks: str | None = None
    if kind in NEEDS_DISK and not scenario.has_disks:
        lacks = 'disk; allowed is a scenario with disks = "on"'
    elif kind in NEEDS_CLOCK and not scenario.has_clocks:
        lacks = "clock of its own; allowed is a scenario with clocks"
    if lacks is not None:
        message = f"schedule: found {kind!r}, and no node has a {lacks}"
        raise ScheduleError(message)


class _Done(NamedTuple):
    """What a simulation leaves behind, before it is made into a run."""

    cluster: Cluster
    judges: Judges
    chooser: Chooser
    watcher: Watcher


class Run:
    """One simulation, done.

    Attributes
    ----------
    digest
        SHA-256 of the trace's lines after the header, 64 hex digits; None with `nothing`.
    verdict
        `violated` if any check is, else `unknown` if any check could not decide, else `ok`.
    verdicts
        Each check's, by name.
    leader_histories
        By leader: what it learned, slot by slot.
    stats
        Counts and times.
    nemesis
        What the nemesis did, and whether it was bounded; None without one.
    skipped
        Interventions whose question was never asked.
    goal_met
        Whether the run ended because all was done, and not at its horizon.
    """

    def __init__(
        self,
        scenario: Scenario,
        seed: int | None,
        schedule: tuple[Decision, ...],
        record: Recording,
        checks: tuple[str, ...],
        extend: Callable[[Cluster], object] | None,
        observe: Callable[[Cluster, Votes], object] | None = None,
    ) -> None:
        self.scenario = scenario
        self.seed = seed
        self._given = schedule
        self._checks = checks
        self._extend = extend
        cluster, judges, chooser, watcher = self._simulate(record, observe=observe)
        self.digest = cluster.trace.digest()
        self.verdicts: dict[str, Verdict] = judges.verdicts
        self.verdict: Verdict = joined(self.verdicts.values())
        self.skipped: tuple[Decision, ...] = chooser.unused
        self.goal_met = cluster.goal.is_met
        self.leader_histories = {
            name: history_of(leader) for name, leader in cluster.leaders.items()
        }
        self.stats: Stats = watcher.stats(cluster)
        self.nemesis: NemesisRecord | None = nemesis_record(cluster)
        history = watcher.history(cluster.world.now)
        if history is not None:
            self.__dict__["client_history"] = history
        self._violations = judges.violations
        if record == "trace":
            self.__dict__["trace"] = RunTrace(header_of(scenario, seed), cluster.trace)

    @cached_property
    def trace(self) -> RunTrace:
        """All that happened, in order; made by running again where it was not kept."""
        done = self._simulate("trace")
        return RunTrace(header_of(self.scenario, self.seed), done.cluster.trace)

    @cached_property
    def client_history(self) -> tuple[ClientRecord, ...]:
        """What clients saw; of a long run, made by running again."""
        done = self._simulate("nothing", kept_records=None)
        history = done.watcher.history(done.cluster.world.now)
        assert history is not None, "all was kept"
        return history

    @property
    def first_violation(self) -> Violation | None:
        """What was violated first, without its entries: they are looked up by running again."""
        return self._violations[0] if self._violations else None

    @cached_property
    def violations(self) -> tuple[Violation, ...]:
        """What was violated, with the entries that prove it."""
        if not self._violations:
            return ()
        wanted = {number for violation in self._violations for number in violation.numbers}
        entries = {entry["n"]: entry for entry in self.trace if entry["n"] in wanted}
        return tuple(
            msgspec.structs.replace(
                violation, entries=tuple(entries[number] for number in violation.numbers)
            )
            for violation in self._violations
        )

    @cached_property
    def schedule(self) -> tuple[Decision, ...]:
        """The interventions that replay this run over the dull one: every answer that was not
        dull. Made by running again.
        """
        return self._remembered("schedule")

    @cached_property
    def decisions(self) -> tuple[Decision, ...]:
        """Every decision of the run and its answer, in order. Made by running again."""
        return self._remembered("decisions")

    def _remembered(self, remember: Remember) -> tuple[Decision, ...]:
        return tuple(self._simulate("nothing", remember).chooser.remembered)

    def _simulate(
        self,
        record: Recording,
        remember: Remember = "nothing",
        kept_records: int | None = CLIENT_RECORDS_KEPT,
        observe: Callable[[Cluster, Votes], object] | None = None,
    ) -> _Done:
        chooser = Chooser(self.seed, self._given, remember=remember)
        trace = Trace(record)
        judges = judges_of(self.scenario, self._checks, trace)
        watcher = Watcher(trace, judges.votes, kept_records)
        cluster = Cluster(self.scenario, chooser, trace)
        self._check_places(cluster)
        judges.ring(cluster.world.stop)
        if self._extend is not None:
            self._extend(cluster)
        if observe is not None:
            observe(cluster, judges.votes)
        cluster.run()
        judges.finish(cluster.world.now)
        cluster.dissolve()
        judges.dissolve()
        return _Done(cluster, judges, chooser, watcher)

    def _check_places(self, cluster: Cluster) -> None:
        """Refuse interventions at nodes, or on links, that are not in the cluster."""
        for decision in self._given:
            place = decision.key.place
            if decision.key.kind in ("nemesis", "fault"):
                if place != (NEMESIS,):
                    message = f"schedule: found node {shorten(place[0])}; allowed is {NEMESIS!r}"
                    raise ScheduleError(message)
                check_answer(decision, self.scenario.roles)
                check_means(decision, self.scenario)
                continue
            for name in place:
                if name not in cluster.nodes:
                    hint = nearest(name, cluster.nodes)
                    message = f"schedule: found node {name!r}{hint}; allowed: those of the cluster"
                    raise ScheduleError(message)
            if len(place) > 1 and place[1] not in cluster.network.links[place[0]]:
                message = f"schedule: found link {' → '.join(place)}; allowed: links of the cluster"
                raise ScheduleError(message)
