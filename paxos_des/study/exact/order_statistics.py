"""How long a phase takes: order statistics of round trips.

A leader sends Accept to n acceptors, and each sends Accepted back: n sums of two delays. A quorum
of k is there with the k-th smallest of them (David and Nagaraja, *Order Statistics*, 2003). With
F_i(t) the chance that the i-th has come by t, that a quorum takes longer is the chance that at most
k - 1 have come; and the mean is the integral of that chance over t.

Chances are arrays over the times of a lattice: see there.
"""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from math import fsum
from typing import NoReturn

import numpy as np

from paxos_des.cluster.scenario import Scenario
from paxos_des.errors import InputError
from paxos_des.names import NodeId, acceptor_name
from paxos_des.protocol.quorum import Grid, Quorums
from paxos_des.study.exact.conditions import answering, has_quorum, sole_leader
from paxos_des.study.exact.lattice import (
    Floats,
    Moments,
    RoundTrip,
    Waiting,
    are_constant,
    least_us,
    waiting_for,
)
from paxos_des.study.extras import scipy_special

WORK_MAX = 2_000
"""So many steps over a lattice are taken for acceptors that differ."""


class TooManyError(InputError):
    """Too many round trips that differ."""


def kth_exponential_us(mean_us: float, *, n: int, k: int) -> float:
    """Return the mean of the k-th smallest of n exponentials: mean · Σ_{i=1}^{k} 1 / (n - i + 1).

    After each that has come, what is left is memoryless: the next one of m takes mean / m (Feller,
    *An Introduction to Probability Theory* II, I.6).
    """
    _require_kth(n, k)
    return mean_us * fsum(1 / (n - i + 1) for i in range(1, k + 1))


def kth_smallest(trips: Sequence[RoundTrip], k: int) -> Moments:
    """Return mean (µs) and variance (µs²) of the k-th smallest of independent round trips, which
    may differ.
    """
    _require_kth(len(trips), k)
    if are_constant(trips):
        return Moments(sorted(map(least_us, trips))[k - 1], 0.0)
    return waiting_for(trips, lambda chances: at_most(chances, k - 1)).moments()


def constant_wait_us(trips: Mapping[int, RoundTrip], quorums: Quorums, *, phase: int = 2) -> int:
    """Return after how long enough have answered, where every delay is constant.

    Parameters
    ----------
    trips
        By acceptor's index, those that answer.
    phase
        1 or 2.

    Raises
    ------
    InputError
        When those that answer are no quorum.
    """
    is_quorum = _quorum_of(quorums, phase)
    answered: list[NodeId] = []
    for time_us, index in sorted((least_us(trip), index) for index, trip in trips.items()):
        answered.append(acceptor_name(index))
        if is_quorum(answered):
            return time_us
    return _refuse_few(answered)


def quorum_wait(trips: Mapping[int, RoundTrip], quorums: Quorums, *, phase: int = 2) -> Waiting:
    """Return how long a leader waits for a quorum, of acceptors that may differ; parameters are
    those of `constant_wait_us`.

    Raises
    ------
    InputError
        As there; or when there is too much to compute.
    """
    names = [acceptor_name(index) for index in trips]
    is_quorum = _quorum_of(quorums, phase)
    if not is_quorum(names):
        _refuse_few(names)
    ordered = tuple(trips.values())
    if are_constant(ordered):
        return Waiting(constant_wait_us(trips, quorums, phase=phase), 1, np.zeros(1))
    if isinstance(quorums, Grid):
        lines = _whole_lines(tuple(trips), quorums, phase)
        return waiting_for(ordered, lambda chances: none_whole(chances, lines))
    size = next(size for size in range(1, len(names) + 1) if is_quorum(names[:size]))
    return waiting_for(ordered, lambda chances: at_most(chances, size - 1))


def at_most(chances: Sequence[Floats], most: int) -> Floats:
    """Return, by place, how likely at most so many of independent events have happened.

    Parameters
    ----------
    chances
        Of each event, by place. Those that are one array are alike, and counted together.

    Raises
    ------
    TooManyError
        When they differ.
    """
    alike: dict[int, tuple[Floats, int]] = {}
    for one in chances:
        alike[id(one)] = (one, alike.get(id(one), (one, 0))[1] + 1)
    groups = list(alike.values())
    if len(groups) == 1:
        return _binomial(groups[0][0], groups[0][1], most)
    if len(chances) * (most + 1) > WORK_MAX:
        message = f"found {len(chances)} round trips that differ; allowed are few"
        raise TooManyError(message)
    # How likely 0, 1, … most have happened, event by event: a Poisson binomial, cut off.
    counts = [np.ones_like(chances[0]), *(np.zeros_like(chances[0]) for _ in range(most))]
    for one in chances:
        for count in range(most, 0, -1):
            counts[count] = counts[count] * (1 - one) + counts[count - 1] * one
        counts[0] = counts[0] * (1 - one)
    found: Floats = np.sum(counts, axis=0)
    return found


def none_whole(chances: Sequence[Floats], lines: Iterable[Sequence[int]]) -> Floats:
    """Return, by place, how likely no line of a grid has all its events: lines have no acceptor in
    common, and so are independent; each is whole with its last.
    """
    found = np.ones_like(chances[0])
    for line in lines:
        found = found * (1 - np.prod([chances[place] for place in line], axis=0))
    return found


def phase_2(scenario: Scenario) -> Waiting | None:
    """Return how long a slot takes from its leader's first Accept until the leader has learned it;
    None where no closed form is known.
    """
    leader = sole_leader(scenario)
    if leader is None or not has_quorum(scenario):
        return None
    places = {name: place for place, name in enumerate(scenario.member_names)}
    trips = {
        places[name]: RoundTrip(
            scenario.link_model(leader, name).delay, scenario.link_model(name, leader).delay
        )
        for name in answering(scenario)
    }
    try:
        return quorum_wait(trips, scenario.quorum_system)
    except TooManyError:
        return None


def _quorum_of(quorums: Quorums, phase: int) -> Callable[[Collection[NodeId]], bool]:
    return quorums.is_phase1 if phase == 1 else quorums.is_phase2


def _refuse_few(answering: Sequence[NodeId]) -> NoReturn:
    message = f"found {len(answering)} acceptors that answer; allowed is a quorum of them"
    raise InputError(message)


def _binomial(chance: Floats, n: int, most: int) -> Floats:
    """Return, by place, how likely at most so many of n alike have happened: a binomial's tail."""
    found: Floats = scipy_special("exact").bdtr(float(most), n, chance)
    return found


def _whole_lines(indices: Sequence[int], grid: Grid, phase: int) -> list[list[int]]:
    """Return the rows (of phase 1) or columns (of phase 2) of which all acceptors answer: of each,
    the places of its acceptors among these.
    """
    lines: dict[int, list[int]] = {}
    for place, index in enumerate(indices):
        line = index // grid.columns if phase == 1 else index % grid.columns
        lines.setdefault(line, []).append(place)
    length = grid.columns if phase == 1 else grid.rows
    return [places for places in lines.values() if len(places) == length]


def _require_kth(n: int, k: int) -> None:
    if not 1 <= k <= n:
        message = f"found the {k}-th smallest of {n}; allowed are 1 to {n}"
        raise InputError(message)
