"""How many messages a value costs, where none is lost and one leader proposes.

Of n acceptors, n' hear; there are L leaders, all of which hear of every vote. A value takes

    slot by slot       n Prepare + n' Promise + n Accept + n' · L Accepted
    stable             n Accept + n' · L Accepted, and once for all values n Prepare + n' Promise

The demonstration of 2009 has n = 5, n' = 3, L = 2: 5 + 3 + 5 + 6 = 19 for each value.
"""

from fractions import Fraction
from typing import NamedTuple

from paxos_des.cluster.scenario import Scenario
from paxos_des.study.exact.conditions import (
    alive,
    answering,
    asked_first,
    has_quorum,
    is_calm,
    longest_run_us,
    longest_us,
    sole_leader,
)


class Messages(NamedTuple):
    """Messages by kind, for each value chosen: fractions, so that their sum is what a count is."""

    prepare: Fraction | int
    promise: Fraction | int
    accept: Fraction | int
    accepted: Fraction | int

    @property
    def total(self) -> float:
        return float(sum(self))


def per_slot(*, acceptors: int, hearing: int, leaders: int) -> Messages:
    """Return the messages of each value, where every slot runs both phases (PMS 2.2).

    Parameters
    ----------
    hearing
        How many of the acceptors answer.
    leaders
        How many are told of each vote, whether or not they hear.
    """
    return Messages(acceptors, hearing, acceptors, hearing * leaders)


def stable(*, acceptors: int, hearing: int, leaders: int, values: int) -> Messages:
    """Return the messages of each value, where one phase 1 serves all of them (PMS 3)."""
    once = Fraction(acceptors, values), Fraction(hearing, values)
    return Messages(*once, acceptors, hearing * leaders)


def messages_of(scenario: Scenario) -> Messages | None:
    """Return the messages of each value of a scenario; None where no closed form is known.

    Nothing is sent twice where every answer comes in time; and the run goes on until the last
    messages have come, so that none is answered or not by chance.
    """
    if not is_calm(scenario) or sole_leader(scenario) is None or not scenario.values:
        return None
    if not has_quorum(scenario) or not _is_complete(scenario):
        return None
    numbers = {
        "acceptors": scenario.acceptors,
        "hearing": len(answering(scenario)),
        "leaders": scenario.leaders,
    }
    if scenario.phase1 == "per-slot":
        return per_slot(**numbers)
    return stable(**numbers, values=scenario.values)


def _is_complete(scenario: Scenario) -> bool:
    """Whether all values are chosen, nothing is sent again, and all that is sent is answered."""
    longest = longest_us(scenario)
    if 2 * longest >= scenario.resend_after_us or not asked_first(scenario) <= {*alive(scenario)}:
        return False
    run_us = longest_run_us(scenario)
    if scenario.stop_when == "horizon":
        return run_us + longest < scenario.horizon_us
    is_settled = scenario.settle_us >= longest or _needs_all(scenario)
    return is_settled and run_us < scenario.horizon_us


def _needs_all(scenario: Scenario) -> bool:
    """Whether no acceptor that hears can be spared, so that nothing is chosen before all answer."""
    quorums, up = scenario.quorum_system, answering(scenario)
    for name in up:
        others = [one for one in up if one != name]
        if quorums.is_phase1(others) or quorums.is_phase2(others):
            return False
    return True
