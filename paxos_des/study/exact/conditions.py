"""What has to hold of a scenario before a closed form says anything of it.

Theory is about a cluster in which messages only take their time, and one leader proposes. Where a
scenario has more to it, and nobody has shown that this makes no difference, a closed form says
None: a line that is nearly right beside measured points is worse than no line.
"""

from collections.abc import Iterable
from math import ceil

from paxos_des.cluster.disks import DiskFaults
from paxos_des.cluster.scenario import Scenario
from paxos_des.engine.delays import Constant, Delay, table
from paxos_des.engine.knots import ALL
from paxos_des.names import NodeId, index_of

STEPS = 8
"""More messages than that do not follow from each other between a request and its answer: the
request, a redirect, the request again, both phases there and back, the answer."""


def is_calm(scenario: Scenario) -> bool:
    """Whether messages only take their time, and nothing befalls anybody.

    No losses and no copies, no faults, no disks or pumps that take time, no clocks that are off, no
    acceptors that change, and no slots that are forgotten: an acceptor that has forgotten one
    answers otherwise.
    """
    rules = scenario.links
    return (
        scenario.protocol == "multi-paxos"
        and not scenario.faults
        and scenario.nemesis is None
        and not scenario.lives
        and not scenario.changes
        and scenario.reconfigure_after == "never"
        and not scenario.spares
        and scenario.pump == "plain"
        and not scenario.drop
        and not scenario.duplicate
        and not any(rule.drop or rule.duplicate for rule in rules)
        and not scenario.clocks
        and scenario.fsync == Constant(0)
        and scenario.disk_faults == DiskFaults()
        and scenario.snapshot_every == "never"
        and scenario.reads == "log"
        and scenario.slots == "unbounded"
    )


def sole_leader(scenario: Scenario) -> NodeId | None:
    """Return the only leader that ever proposes, in a calm scenario; None where it is not known
    that there is one, and one alone.

    It is the one that is told to be primary, if no silence is long enough for another to become
    one. Where several are told, with phase 1 slot by slot, a leader that nobody asks proposes
    nothing (2009): then it is the one that all clients ask, if none of them ever tries another.
    """
    told = scenario.primary_names
    if not told or not set(told) <= set(alive(scenario)) or _may_depose(scenario):
        return None
    if len(told) == 1:
        return told[0]
    asked = asked_first(scenario)
    is_patient = STEPS * longest_us(scenario) < min(scenario.retry_after_us, scenario.fill_after_us)
    if scenario.phase1 == "per-slot" and len(asked) == 1 and asked <= set(told) and is_patient:
        return next(iter(asked))
    return None


def asked_first(scenario: Scenario) -> set[NodeId]:
    """Return the leaders that clients turn to at first."""
    leaders = scenario.leader_names
    match scenario.send_to:
        case "highest":
            return {leaders[-1]}
        case "spread":
            return set(leaders)
        case "own":
            return {leaders[index_of(name) % len(leaders)] for name in scenario.client_names}
        case name:
            return {name}


def alive(scenario: Scenario) -> tuple[NodeId, ...]:
    """Return the leaders that hear."""
    return scenario.leader_names[scenario.failed_leaders :]


def answering(scenario: Scenario) -> tuple[NodeId, ...]:
    """Return the acceptors that hear, where none changes: all but those that fail at the start."""
    return scenario.member_names[scenario.failed_acceptors :]


def has_quorum(scenario: Scenario) -> bool:
    """Whether the acceptors that hear are enough for both phases."""
    quorums, up = scenario.quorum_system, answering(scenario)
    return quorums.is_phase1(up) and quorums.is_phase2(up)


def longest_us(scenario: Scenario) -> int:
    """Return how long a message takes at most, on any link."""
    return max(map(most_us, _delays(scenario)))


def longest_reply_us(scenario: Scenario) -> int:
    """Return how long a request takes at most, in a calm scenario with one leader and a quorum: it
    may wait for all others to have their turn in the leader's window, and for the leader to lead.
    """
    turns = 1
    if scenario.phase1 == "stable":
        turns = max(1, ceil(_at_once(scenario) * scenario.clients / scenario.window))
    return (turns + 1) * STEPS * longest_us(scenario)


def longest_run_us(scenario: Scenario) -> int:
    """Return how long it takes at most until all is answered, in such a scenario: requests that
    wait for each other, one after the other.
    """
    share = _share(scenario)
    rounds = ceil(share / max(_at_once(scenario), 1))
    waits_us = share * scenario.every_max_us if scenario.arrivals == "open" else 0
    return waits_us + rounds * (longest_reply_us(scenario) + scenario.think_max_us)


def most_us(delay: Delay) -> int:
    """Return the longest delay of a distribution: what it is drawn from ends somewhere."""
    return table(delay).delay_us(ALL - 1)


def _share(scenario: Scenario) -> int:
    """Return how many requests a client has at most."""
    return ceil(scenario.values / max(scenario.clients, 1))


def _at_once(scenario: Scenario) -> int:
    """Return how many of them may be open at once."""
    share = _share(scenario)
    return share if scenario.in_flight == "all" else min(share, scenario.in_flight)


def _delays(scenario: Scenario) -> Iterable[Delay]:
    """Yield all delays of messages, and perhaps some that no link has."""
    if scenario.round_trips is None:
        yield scenario.delay
    else:
        yield Constant(scenario.same_city_us)
        for _, _, delay_us in scenario.round_trips.delays:
            yield Constant(delay_us)
    for rule in scenario.links:
        if rule.delay is not None:
            yield rule.delay


def _may_depose(scenario: Scenario) -> bool:
    """Whether some leader may hear no heartbeat for so long that it takes the lead."""
    if scenario.heartbeats == "off" or len(alive(scenario)) == 1:
        return False
    silence_us = scenario.heartbeat_every_us + longest_us(scenario)
    return silence_us >= scenario.heartbeat_timeout_us
