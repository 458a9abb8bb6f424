"""Where to place the leader: what clients wait, where every delay is known and constant.

A stable leader that nothing disturbs answers a client in each city after

    client → leader  +  the k-th smallest of (leader → acceptor → leader)  +  leader → client

with k the size of a phase-2 quorum; slot by slot, a phase-1 quorum's round trips come on top.
"""

from collections.abc import Iterable, Mapping
from statistics import mean, median
from typing import NamedTuple

from paxos_des.cluster.cities import placed_in
from paxos_des.cluster.scenario import Scenario
from paxos_des.cluster.workload import count_of
from paxos_des.engine.delays import Constant
from paxos_des.errors import InputError
from paxos_des.names import NodeId
from paxos_des.study.exact.conditions import (
    answering,
    asked_first,
    has_quorum,
    is_calm,
    sole_leader,
)
from paxos_des.study.exact.lattice import RoundTrip
from paxos_des.study.exact.order_statistics import constant_wait_us


class Ways(NamedTuple):
    """The constant times of a leader's work, in µs.

    Attributes
    ----------
    request, reply
        By client, the way to the leader, and from it.
    phase1, phase2
        Until a quorum has answered.
    """

    request: Mapping[NodeId, int]
    reply: Mapping[NodeId, int]
    phase1: int
    phase2: int


class Placement(NamedTuple):
    """What clients wait if the leader is in a city, in µs.

    Attributes
    ----------
    replies_us
        By client.
    """

    city: str
    replies_us: Mapping[NodeId, int]

    @property
    def mean_us(self) -> float:
        return mean(self.replies_us.values())

    @property
    def median_us(self) -> float:
        return median(self.replies_us.values())

    @property
    def longest_us(self) -> int:
        return max(self.replies_us.values())


def ways_of(scenario: Scenario, leader: NodeId) -> Ways | None:
    """Return the times of a leader's work; None where some delay is not constant, or the acceptors
    that hear are no quorum.
    """
    clients = scenario.client_names[: scenario.clients]
    acceptors = answering(scenario)
    there = _constants_us(scenario, [(leader, name) for name in (*acceptors, *clients)])
    back = _constants_us(scenario, [(name, leader) for name in (*acceptors, *clients)])
    if there is None or back is None or not has_quorum(scenario):
        return None
    places = {name: place for place, name in enumerate(scenario.member_names)}
    trips = {
        places[name]: RoundTrip(Constant(there[leader, name]), Constant(back[name, leader]))
        for name in acceptors
    }
    return Ways(
        {name: back[name, leader] for name in clients},
        {name: there[leader, name] for name in clients},
        constant_wait_us(trips, scenario.quorum_system, phase=1),
        constant_wait_us(trips, scenario.quorum_system, phase=2),
    )


def replies_us(scenario: Scenario, leader: NodeId) -> dict[NodeId, int] | None:
    """Return what each client waits for an answer from this leader, once it leads; None where some
    delay is not constant.
    """
    ways = ways_of(scenario, leader)
    if ways is None:
        return None
    phases_us = ways.phase2 + (ways.phase1 if scenario.phase1 == "per-slot" else 0)
    return {name: ways.request[name] + phases_us + ways.reply[name] for name in ways.request}


def placements(
    scenario: Scenario, leader: NodeId, candidates: Iterable[str] | None = None
) -> list[Placement]:
    """Return what clients wait for each city that the leader may stand in, the best first: by
    mean, then median, then name.

    Parameters
    ----------
    scenario
        One with `round_trips` and `cities`.
    leader
        Which leader is placed.
    candidates
        Cities; None: all of the matrix.

    Raises
    ------
    InputError
        When there are no round trips, or other delays are not constant.
    """
    if scenario.round_trips is None:
        message = "placement: found no round trips; allowed is a scenario with round_trips"
        raise InputError(message)
    placed = placed_in(scenario.cities, scenario.node_names, scenario.round_trips, "cities")
    found = []
    for city in scenario.round_trips.all.cities if candidates is None else candidates:
        moved = scenario.replace(round_trips=scenario.round_trips.all,
                                 cities={**placed, leader: city})  # fmt: skip
        waits = replies_us(moved, leader)
        if waits is None:
            message = "placement: found delays that vary; allowed are constant ones, and a quorum"
            raise InputError(message)
        found.append(Placement(city, waits))
    return sorted(found, key=lambda one: (one.mean_us, one.median_us, one.city))


def all_replies_us(scenario: Scenario, warm_up_us: int = 0) -> list[int] | None:
    """Return what every request waits that is asked for after the warm-up, in no order; None where
    no closed form is known.

    Requests in a closed loop follow each other; those that come before the leader has its first
    phase-1 quorum, if it needs one for all, wait for that.
    """
    leader = sole_leader(scenario) if is_calm(scenario) else None
    if leader is None or asked_first(scenario) != {leader}:
        return None
    ways = ways_of(scenario, leader)
    if ways is None or not _is_plain(scenario, ways):
        return None
    first_us, phases_us = ways.phase1, ways.phase2
    if scenario.phase1 == "per-slot":
        first_us, phases_us = 0, ways.phase1 + ways.phase2
    found = []
    for client in scenario.client_names[: scenario.clients]:
        for asked_us, replied_us in _requests(scenario, client, ways, first_us, phases_us):
            if replied_us >= scenario.horizon_us:
                return None
            if asked_us >= warm_up_us:
                found.append(replied_us - asked_us)
    return found


def _requests(
    scenario: Scenario, client: NodeId, ways: Ways, first_us: int, phases_us: int
) -> Iterable[tuple[int, int]]:
    """Yield when a client asks, and when it has the answer, for each of its requests."""
    count = count_of(scenario, client)
    at_once = count if scenario.in_flight == "all" else min(scenario.in_flight, count)
    asked_us = replied_us = 0
    for number in range(count):
        if scenario.arrivals == "open":
            asked_us = (number + 1) * scenario.every_max_us
        elif number and number % at_once == 0:
            asked_us = replied_us  # all that are open are answered at one instant
        ready_us = max(asked_us + ways.request[client], first_us)
        replied_us = ready_us + phases_us + ways.reply[client]
        yield asked_us, replied_us


def _is_plain(scenario: Scenario, ways: Ways) -> bool:
    """Whether all requests go the same way: nobody thinks, none waits for a place in the window,
    and nothing is sent again.
    """
    is_open = scenario.arrivals == "open"
    if is_open and (scenario.every_min_us != scenario.every_max_us or scenario.in_flight != "all"):
        return False
    if scenario.think_max_us:
        return False
    shares = [count_of(scenario, name) for name in scenario.client_names[: scenario.clients]]
    at_once = sum(
        share if scenario.in_flight == "all" else min(share, scenario.in_flight) for share in shares
    )
    if scenario.phase1 == "stable" and at_once > scenario.window:
        return False
    longest_us = max(
        ways.request[name] + ways.phase1 + ways.phase2 + ways.reply[name] for name in ways.request
    )
    is_answered = longest_us < scenario.retry_after_us
    return is_answered and max(ways.phase1, ways.phase2) < scenario.resend_after_us


def _constants_us(
    scenario: Scenario, links: Iterable[tuple[NodeId, NodeId]]
) -> dict[tuple[NodeId, NodeId], int] | None:
    """Return the delay of each link; None where one varies."""
    found = {}
    for link in links:
        delay = scenario.link_model(*link).delay
        if not isinstance(delay, Constant):
            return None
        found[link] = delay.delay_us
    return found
