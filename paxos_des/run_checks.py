"""Which checks judge a scenario: the package's, and those that its protocol brings."""

from collections.abc import Collection

import msgspec

from paxos_des.checks.facts import Facts
from paxos_des.checks.judges import AT_THE_END, CHECKS, Judges
from paxos_des.checks.verdict import Check
from paxos_des.cluster.registry import protocol_named
from paxos_des.cluster.scenario import Scenario
from paxos_des.cluster.shared import shared_of
from paxos_des.engine.trace import Trace

_FACTS = "what the checks of its runs are told"


def facts_of(scenario: Scenario) -> Facts:
    """Return what the checks of a saved trace are told of its scenario."""
    after = scenario.reconfigure_after
    return Facts(
        leaders=scenario.leader_names,
        reconfigure_after=None if after == "never" else after,
        live_within_us=scenario.live_within_us,
        replica=scenario.replica,
    )


def known_checks(scenario: Scenario) -> tuple[str, ...]:
    """Return the names of all checks that may judge a scenario: also those of its protocol."""
    return (*CHECKS, *(check.name for check in protocol_named(scenario.protocol).checks))


def checks_of(scenario: Scenario) -> tuple[str, ...]:
    """Return the names of the checks that judge a scenario where nobody says which do."""
    protocol = protocol_named(scenario.protocol)
    usual = CHECKS if protocol.usual_checks is None else protocol.usual_checks
    return (*usual, *(check.name for check in protocol.checks)) if protocol.checks else usual


def judges_of(scenario: Scenario, checks: Collection[str], trace: Trace) -> Judges:
    """Return the checks of a run that is about to begin: they observe its trace. Those of its
    protocol are among them; `CHECKS` stands for all that judge where nobody says which do.

    Raises
    ------
    InputError
        When there is no check of a name.
    """
    protocol = protocol_named(scenario.protocol)
    own = _own_checks(scenario) if protocol.checks else ()
    if (own or protocol.usual_checks is not None) and tuple(checks) == CHECKS:
        checks = checks_of(scenario)  # not `is`: they may have been to another process
    judges = Judges(scenario.quorum_system, checks, facts=_own_facts(scenario), own=own)
    judges.observe(trace.observers, trace.watching)
    return judges


def is_judged_at_the_end(scenario: Scenario, check: str) -> bool:
    """Return whether what a check says rests on when the run ends. What violates any other check
    violates it in any longer run too.
    """
    own = {one.name: type(one) for one in _own_checks(scenario)}
    if check in own:
        return own[check].finish is not Check.finish
    return check in AT_THE_END


def _own_checks(scenario: Scenario) -> tuple[Check, ...]:
    """Return the checks that a scenario's protocol brings, new for one run."""
    settings = shared_of(scenario).settings
    return tuple(make(settings) for make in protocol_named(scenario.protocol).checks)


def _own_facts(scenario: Scenario) -> Facts:
    """Return what the checks of a run are told of its scenario: also what cannot happen. Made once
    for all runs, it lies in the scenario's own dictionary, as its cached properties do.
    """
    facts: Facts | None = scenario.__dict__.get(_FACTS)
    if facts is None:
        facts = scenario.__dict__[_FACTS] = msgspec.structs.replace(
            facts_of(scenario),
            may_recover=scenario.has_disks,
            may_apply=scenario.replica != "none",
        )
    return facts
