"""The closed forms as functions of a scenario, each for the column that it is of.

Each says None where it does not apply: see `conditions`, and `lives_of`.
"""

from typing import TYPE_CHECKING

from paxos_des.cluster.scenario import Scenario
from paxos_des.errors import InputError
from paxos_des.run_record import nearest_rank
from paxos_des.study.exact.availability import available
from paxos_des.study.exact.conditions import (
    alive,
    asked_first,
    has_quorum,
    is_calm,
    longest_reply_us,
    longest_run_us,
    sole_leader,
)
from paxos_des.study.exact.elections import false_elections_of
from paxos_des.study.exact.form import Exact
from paxos_des.study.exact.lives import have_lives, lives_of
from paxos_des.study.exact.markov import chain_of, up_share_between
from paxos_des.study.exact.messages import messages_of
from paxos_des.study.exact.order_statistics import phase_2
from paxos_des.study.exact.placement import all_replies_us

if TYPE_CHECKING:
    from paxos_des.study.plan import Measure

RESENT_SHARE = 1e-4
"""A phase 2 that lasts so long that its leader asks again may change the mean by at most this."""


def quorum_availability(scenario: Scenario, measure: "Measure") -> float | None:  # noqa: ARG001
    """Return how likely a quorum is up at any time in the long run; without lives, 1 or 0."""
    lives = lives_of(scenario)
    if lives is None:
        return None
    try:
        return available(scenario.quorum_system, [life.up_share for life in lives])
    except InputError:  # a grid that is too large
        return None


def binomial(scenario: Scenario, measure: "Measure") -> float | None:
    """Return the same where acceptors come and go, and else None."""
    return quorum_availability(scenario, measure) if have_lives(scenario) else None


def markov(scenario: Scenario, measure: "Measure") -> float | None:  # noqa: ARG001
    """Return the share of time with a quorum up in the steady state of the chain."""
    lives = lives_of(scenario)
    if lives is None or not all(life.is_memoryless for life in lives):
        return None
    chain = chain_of(scenario.quorum_system, lives)
    return None if chain is None else chain.up_share()


def markov_window(scenario: Scenario, measure: "Measure") -> float | None:
    """Return the share of what is measured, from the warm-up to the horizon, in which a quorum is
    to be expected, if all acceptors that live are up at the start.
    """
    lives = lives_of(scenario)
    if lives is None or not all(life.is_memoryless for life in lives):
        return None
    is_whole = scenario.stop_when == "horizon" and measure.warm_up_us < scenario.horizon_us
    if not is_whole or not have_lives(scenario):
        return None
    window = {"from_us": measure.warm_up_us, "to_us": scenario.horizon_us}
    try:
        return up_share_between(scenario.quorum_system, lives, **window)
    except InputError:  # a grid that is too large
        return None


def phase2_mean_us(scenario: Scenario, measure: "Measure") -> float | None:  # noqa: ARG001
    """Return the mean time of phase 2, in µs."""
    waiting = phase_2(scenario) if is_calm(scenario) and scenario.values else None
    if waiting is None:
        return None
    mean_us = waiting.moments().mean_us
    if waiting.beyond_us(scenario.resend_after_us) > RESENT_SHARE * mean_us:
        return None
    return mean_us


def messages_per_value(scenario: Scenario, measure: "Measure") -> float | None:  # noqa: ARG001
    """Return how many messages a value costs."""
    found = messages_of(scenario)
    return None if found is None else found.total


def completed_share(scenario: Scenario, measure: "Measure") -> float | None:
    """Return 0 where there never is a quorum, and 1 where there always is and nothing can take
    longer than the deadline.
    """
    if scenario.protocol != "multi-paxos" or not scenario.values or have_lives(scenario):
        return None
    if quorum_availability(scenario, measure) == 0:
        return 0.0
    if not is_calm(scenario) or sole_leader(scenario) is None or not has_quorum(scenario):
        return None
    is_heard = asked_first(scenario) <= {*alive(scenario)}
    is_soon = longest_reply_us(scenario) <= measure.deadline_us
    return 1.0 if is_heard and is_soon and longest_run_us(scenario) < scenario.horizon_us else None


def reply_mean_us(scenario: Scenario, measure: "Measure") -> float | None:
    """Return the mean time to the answer, in µs."""
    found = all_replies_us(scenario, measure.warm_up_us)
    return sum(found) / len(found) if found else None


def reply_median_us(scenario: Scenario, measure: "Measure") -> float | None:
    """Return the median time to the answer, in µs."""
    found = all_replies_us(scenario, measure.warm_up_us)
    return float(nearest_rank(sorted(found), 500)) if found else None


def false_elections(scenario: Scenario, measure: "Measure") -> float | None:
    """Return how many elections for nothing are to be expected."""
    return false_elections_of(scenario, measure.warm_up_us)


FORMS = (
    Exact(
        name="quorum-availability",
        says="How likely the acceptors that are up include a quorum of each phase, each up on its"
        " own: binomial tails, and grids exactly (Flexible Paxos, 2016).",
        column="quorum_up_share",
        value=quorum_availability,
    ),
    Exact(
        name="binomial",
        says="The same where acceptors come and go, each up for up / (up + down) of the time,"
        " whatever the distributions (renewal theory).",
        column="quorum_up_share",
        value=binomial,
    ),
    Exact(
        name="markov",
        says="The share of time with a quorum in the steady state of the Markov chain of crash and"
        " repair (birth and death; Trivedi, 8).",
        column="quorum_up_share",
        value=markov,
    ),
    Exact(
        name="markov-window",
        says="The share to be expected of the time from the warm-up to the horizon, as all"
        " acceptors are up at the start: the same chain's transient.",
        column="quorum_up_share",
        value=markov_window,
    ),
    Exact(
        name="phase-2",
        says="The k-th smallest of n sums of two delays, Accept there and Accepted back (order"
        " statistics; David and Nagaraja).",
        column="phase2_mean_us",
        value=phase2_mean_us,
    ),
    Exact(
        name="messages",
        says="Prepare, Promise, Accept and Accepted for each value, where none is lost and one"
        " leader proposes: counted from the protocol.",
        column="messages_per_value",
        value=messages_per_value,
    ),
    Exact(
        name="completed",
        says="All requests where a quorum is left from the start, and none where none is (PMS 2.2):"
        " a step, as long as no delay is near the deadline.",
        column="completed_share",
        value=completed_share,
    ),
    Exact(
        name="reply",
        says="The mean of what clients wait where all delays are constant: to the leader, to the"
        " k-th acceptor and back, and to the client.",
        column="reply_mean_us",
        value=reply_mean_us,
    ),
    Exact(
        name="reply-median",
        says="The median of the same.",
        column="reply_p50_us",
        value=reply_median_us,
    ),
    Exact(
        name="false-elections",
        says="How many elections are to be expected because heartbeats are lost in a row, where"
        " they take a constant time and the primary stays up.",
        column="false_elections",
        value=false_elections,
    ),
)
