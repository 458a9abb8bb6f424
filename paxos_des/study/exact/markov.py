"""The exact Markov chain of crash and repair: acceptors that fall and come back, memorylessly.

An acceptor that is up falls at the rate λ, one that is down comes back at the rate μ. If all have
the same rates, how many are up is a birth and death chain on 0 … n:

              n μ          (n-1) μ                   μ
          0 ───────▶ 1 ───────────▶ 2   …   n-1 ───────────▶ n
            ◀───────   ◀───────────             ◀───────────
               λ            2 λ                      n λ

Its generator Q has Q_ij for the rate from i to j, and rows that sum to 0. What is asked of it is
linear algebra (Trivedi, *Probability and Statistics with Reliability, Queuing, and Computer Science
Applications*, 8; Ross, *Introduction to Probability Models*, 6):

    in the long run          π Q = 0, Σ π = 1
    over a window            mean of e^{Qt} over [from, to], by one exponential of a larger matrix
    until the first loss     -Q_UU m = 1, over the states U with a quorum
    how long an outage lasts P(no quorum) / (rate at which quorums are lost)

Times are µs, rates are per µs.
"""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import inf

import numpy as np
from numpy.typing import NDArray

from paxos_des.errors import InputError
from paxos_des.names import NodeId, acceptor_name
from paxos_des.protocol.quorum import Grid, Quorums
from paxos_des.study.exact.availability import available
from paxos_des.study.exact.lives import Life
from paxos_des.study.extras import scipy_linalg

Floats = NDArray[np.float64]

PRODUCT_MAX = 10
"""Acceptors that differ have two to the power of their number of states."""
_NODES = 24


@dataclass(frozen=True, slots=True, eq=False)
class Chain:
    """A Markov chain in continuous time, in whose states there is a quorum or not.

    Attributes
    ----------
    generator
        The rates from each state (row) to each other (column); rows sum to 0.
    is_up
        By state, whether there is a quorum.
    start
        The state at the beginning: all acceptors are up.
    """

    generator: Floats
    is_up: NDArray[np.bool_]
    start: int

    def steady_state(self) -> Floats:
        """Return the share of time in each state in the long run: π Q = 0, Σ π = 1.

        The equations of π Q = 0 are one too many, and have a factor free: the last one gives way
        to the sum.
        """
        scale = np.abs(self.generator).max() or 1.0
        equations = self.generator.T / scale
        equations[-1] = 1
        right = np.zeros(len(equations))
        right[-1] = 1
        return np.asarray(np.linalg.solve(equations, right), dtype=np.float64)

    def up_share(self) -> float:
        """Return the share of time with a quorum in the long run."""
        return float(self.steady_state()[self.is_up].sum())

    def up_share_between(self, from_us: float, to_us: float) -> float:
        """Return the share of [from, to] with a quorum that is to be expected, if all is up at 0.

        With v the states that have one, s the start, T = to - from: (1/T) s e^{Q·from} ∫ e^{Qt} v
        dt, and that integral stands in the upper right of the exponential of [[Q, v], [0, 0]] · T
        (Van Loan, *Computing Integrals Involving the Matrix Exponential*, 1978).
        """
        if not 0 <= from_us < to_us:
            message = f"found the window from {from_us} to {to_us}; allowed is one from 0 on"
            raise InputError(message)
        expm = scipy_linalg("exact").expm
        size, length_us = len(self.generator), to_us - from_us
        larger = np.zeros((size + 1, size + 1))
        larger[:size, :size] = self.generator * length_us
        larger[:size, size] = self.is_up
        mean = expm(larger)[:size, size]
        first = expm(self.generator * from_us)[self.start] if from_us else np.eye(size)[self.start]
        return float(first @ mean)

    def up_share_at(self, at_us: float) -> float:
        """Return how likely there is a quorum at a time, if all is up at 0."""
        found = scipy_linalg("exact").expm(self.generator * at_us)[self.start]
        return float(found[self.is_up].sum())

    def first_loss_us(self) -> float:
        """Return how long it takes in the mean, from all up on, until there is no quorum."""
        if self.is_up.all():
            return inf
        if not self.is_up[self.start]:
            return 0.0
        inner = self.generator[np.ix_(self.is_up, self.is_up)]
        times = np.linalg.solve(-inner, np.ones(len(inner)))
        return float(times[np.flatnonzero(self.is_up).tolist().index(self.start)])

    def loss_rate(self) -> float:
        """Return how often a quorum is lost in the long run, per µs."""
        outflow = self.generator[np.ix_(self.is_up, ~self.is_up)].sum(axis=1)
        return float(self.steady_state()[self.is_up] @ outflow)

    def outage_us(self) -> float:
        """Return how long it takes in the mean, from a loss on, until there is a quorum again: of
        the time without one, each loss has its part. Where none is ever lost, 0.
        """
        rate = self.loss_rate()
        return (1 - self.up_share()) / rate if rate else 0.0


def birth_and_death(
    acceptors: int, *, up_us: float, down_us: float, size: int, crews: int | None = None
) -> Chain:
    """Return the chain of how many acceptors are up, all alike; `size` of them are a quorum.

    Parameters
    ----------
    up_us, down_us
        How long an acceptor is up, and down, in the mean: 1/λ and 1/μ.
    crews
        So many are repaired at once, at most; None: all that are down.
    """
    _require(up_us, down_us)
    generator = np.zeros((acceptors + 1, acceptors + 1))
    for up in range(acceptors + 1):
        down = acceptors - up
        if up:
            generator[up, up - 1] = up / up_us
        if down:
            generator[up, up + 1] = min(down, down if crews is None else crews) / down_us
    np.fill_diagonal(generator, -generator.sum(axis=1))
    return Chain(generator, np.arange(acceptors + 1) >= size, acceptors)


def product(lives: Sequence[Life], is_quorum: Callable[[Collection[NodeId]], bool]) -> Chain:
    """Return the chain of which acceptors are up, each with rates of its own.

    Bit i of a state's number says that acceptor i is up. The generator is the Kronecker sum of the
    acceptors' own.

    Parameters
    ----------
    is_quorum
        Says of the acceptors that are up whether they are enough.
    """
    if len(lives) > PRODUCT_MAX:
        message = f"found {len(lives)} acceptors that differ; allowed are {PRODUCT_MAX}"
        raise InputError(message)
    size = 1 << len(lives)
    generator = np.zeros((size, size))
    states = np.arange(size)
    for place, life in enumerate(lives):
        _require(life.up_us, life.down_us)
        is_up = states >> place & 1 == 1
        generator[states[is_up], states[is_up] ^ 1 << place] = 1 / life.up_us
        generator[states[~is_up], states[~is_up] ^ 1 << place] = 1 / life.down_us
    np.fill_diagonal(generator, -generator.sum(axis=1))
    names = [acceptor_name(place) for place in range(len(lives))]
    ups = [
        is_quorum([name for place, name in enumerate(names) if state >> place & 1])
        for state in range(size)
    ]
    return Chain(generator, np.array(ups), size - 1)


def up_share_between(
    quorums: Quorums, lives: Sequence[Life], *, from_us: float, to_us: float
) -> float:
    """Return the share of [from, to] in which a quorum of each phase is to be expected, if all is
    up at 0, for any number of acceptors that differ, under any quorums.

    Acceptors are independent, so each is up at t with the chance p + (1 - p) e^{-(λ+μ)t}, where
    p = μ / (λ + μ), and a quorum with what `available` makes of these; the mean over the window is
    a sum of integrals of a smooth function, by Gauss and Legendre.
    """
    rates = [1 / life.up_us + 1 / life.down_us for life in lives if life.up_us and life.down_us]
    cuts = {float(from_us), float(to_us)}
    if rates:
        step_us = 0.25 / max(rates)
        while step_us < 50 / min(rates):  # beyond, nothing is left of the start
            cuts.add(min(max(step_us, from_us), to_us))
            step_us *= 2
    nodes, weights = np.polynomial.legendre.leggauss(_NODES)
    edges = sorted(cuts)
    total = 0.0
    for low, high in pairwise(edges):
        middle, half = (low + high) / 2, (high - low) / 2
        total += half * sum(
            weight * available(quorums, [up_at(life, middle + half * node) for life in lives])
            for node, weight in zip(nodes, weights, strict=True)
        )
    return total / (to_us - from_us)


def up_at(life: Life, at_us: float) -> float:
    """Return how likely an acceptor is up at a time, if it is up at 0: p + (1 - p) e^{-(λ+μ)t}."""
    if not life.up_us or not life.down_us:
        return float(life.up_us > 0)
    p = life.up_share
    return p + (1 - p) * float(np.exp(-at_us * (1 / life.up_us + 1 / life.down_us)))


def chain_of(quorums: Quorums, lives: Sequence[Life]) -> Chain | None:
    """Return the smallest chain of these acceptors: how many are up, where all that come and go
    are alike and any will do, else which. Those that are always up, or never, need no state.
    None where it would be too large.
    """
    moving = [life for life in lives if life.up_us and life.down_us]
    if not moving:
        return None
    always = sum(not life.down_us for life in lives)
    if len(set(moving)) == 1 and not isinstance(quorums, Grid):
        size = max(0, _size(quorums) - always)
        return birth_and_death(
            len(moving), up_us=moving[0].up_us, down_us=moving[0].down_us, size=size
        )
    if len(moving) > PRODUCT_MAX:
        return None
    places = [place for place, life in enumerate(lives) if life.up_us and life.down_us]
    fixed = [acceptor_name(place) for place, life in enumerate(lives) if not life.down_us]

    def is_quorum(up: Collection[NodeId]) -> bool:
        # The chain numbers those that move from 0 on.
        numbers = {acceptor_name(number): place for number, place in enumerate(places)}
        names = [*fixed, *(acceptor_name(numbers[name]) for name in up)]
        return quorums.is_phase1(names) and quorums.is_phase2(names)

    return product(moving, is_quorum)


def _size(quorums: Quorums) -> int:
    """Return how many acceptors are enough for both phases, whichever they are."""
    assert not isinstance(quorums, Grid), quorums
    names = [acceptor_name(place) for place in range(quorums.acceptors)]
    return next(
        size for size in range(1, quorums.acceptors + 1)
        if quorums.is_phase1(names[:size]) and quorums.is_phase2(names[:size])
    )  # fmt: skip


def _require(up_us: float, down_us: float) -> None:
    if up_us <= 0 or down_us <= 0:
        message = f"found {up_us} µs up and {down_us} µs down; allowed are times above 0"
        raise InputError(message)
