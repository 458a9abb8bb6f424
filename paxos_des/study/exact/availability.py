"""How likely it is that a quorum is up, when acceptors are up independently of each other.

A cluster is *available* here when the acceptors that are up include a phase-1 quorum and a phase-2
quorum: a new leader needs both. With chances of being up p_1 … p_n (Poisson and binomial
distributions: Feller, *An Introduction to Probability Theory*, VI; quorums: Naor and Wool, *The
Load, Capacity and Availability of Quorum Systems*, 1998; Howard et al., *Flexible Paxos*, 2016):

    majority    P(more than n/2 are up)
    flexible    P(at least max(phase1, phase2) are up)
    grid        P(some whole row is up, and some whole column)
"""

from collections.abc import Sequence
from math import fsum
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from paxos_des.errors import InputError
from paxos_des.protocol.quorum import Flexible, Grid, Majority, Quorums

GRID_SIDE_MAX = 12
"""The shorter side of a grid: there are two to the power of it sets of columns."""


def poisson_binomial(chances: Sequence[float]) -> NDArray[np.float64]:
    """Return how likely it is that 0, 1, … n of n acceptors are up.

    By convolution, one acceptor after the other: sums of products of chances, none of which is
    below 0, so that nothing cancels.

    Parameters
    ----------
    chances
        How likely each acceptor is up, from 0 to 1.
    """
    counts = np.ones(1)
    for chance in _checked(chances):
        counts = np.convolve(counts, (1 - chance, chance))
    return counts


def at_least(chances: Sequence[float], size: int) -> float:
    """Return how likely it is that at least `size` acceptors are up: Σ_{i ≥ size} P(i are up).

    With equal chances p, that is Σ C(n, i) pⁱ (1 - p)ⁿ⁻ⁱ, the tail of a binomial.
    """
    return min(fsum(poisson_binomial(chances)[max(size, 0) :]), 1.0)


def majority(chances: Sequence[float]) -> float:
    """Return how likely it is that more than half of the acceptors are up (PMS 2.2)."""
    return at_least(chances, len(chances) // 2 + 1)


def flexible(chances: Sequence[float], *, phase1: int, phase2: int) -> float:
    """Return how likely it is that both phases have a quorum (Flexible Paxos 4.1): as any
    acceptors will do, the larger of both.
    """
    return at_least(chances, max(phase1, phase2))


def grid(chances: Sequence[float], *, rows: int, columns: int) -> float:
    """Return how likely it is that some whole row and some whole column are up (Flexible Paxos
    4.3). Acceptor i stands in row i // columns and column i % columns.

    Acceptor by acceptor, row by row, the chance of each state is carried along: which columns are
    whole so far, whether this row is, and whether one was. With the columns as the shorter side (a
    grid turned over is as available) these are 4 · 2^columns states; nothing cancels, as it would
    by inclusion and exclusion.

    Raises
    ------
    InputError
        When the chances are not as many as the places, or both sides are above `GRID_SIDE_MAX`.
    """
    square = np.asarray(_checked(chances))
    if square.size != rows * columns:
        message = f"grid: found {square.size} chances; allowed are {rows * columns}, one a place"
        raise InputError(message)
    if min(rows, columns) > GRID_SIDE_MAX:
        message = f"grid: found {rows} x {columns}; allowed is a side of {GRID_SIDE_MAX} at most"
        raise InputError(message)
    square = square.reshape(rows, columns)
    if columns > rows:
        square = square.T
    # By: which columns are whole (a bit each), is this row whole so far, was one before.
    states = np.zeros((1 << square.shape[1], 2, 2))
    states[-1, 1, 0] = 1
    for row in square:
        for column, chance in enumerate(row):
            states = _after(states, column, float(chance))
        states = _next_row(states)
    return min(fsum(states[1:, 1, 1]), 1.0)


def available(quorums: Quorums, chances: Sequence[float]) -> float:
    """Return how likely it is that a quorum of each phase is up.

    Parameters
    ----------
    quorums
        A quorum system.
    chances
        How likely each acceptor is up, in the order of their indices.

    Raises
    ------
    InputError
        When there are not as many chances as acceptors, or the grid is too large.
    """
    if len(chances) != quorums.acceptors:
        message = f"found {len(chances)} chances; allowed are {quorums.acceptors}, one an acceptor"
        raise InputError(message)
    match quorums:
        case Majority():
            return majority(chances)
        case Flexible(phase1=phase1, phase2=phase2):
            return flexible(chances, phase1=phase1, phase2=phase2)
        case Grid(rows=rows, columns=columns):
            return grid(chances, rows=rows, columns=columns)


class Survives(NamedTuple):
    """How many failed acceptors a quorum system lives through.

    Attributes
    ----------
    surely
        Whichever acceptors fail, so many leave a quorum of each phase; one more may not.
    at_best
        Some so many may fail, and a quorum of each phase is left; of more, none may.
    """

    surely: int
    at_best: int


def survives(quorums: Quorums) -> Survives:
    """Return how many failures a quorum system survives, in the worst case and in the best.

    A grid falls with one acceptor of each row, or one of each column, so surely survives
    min(rows, columns) - 1; in the best case one row and one column are left, which share a place.
    """
    match quorums:
        case Majority(acceptors=acceptors):
            spare = acceptors - quorums.size
            return Survives(spare, spare)
        case Flexible(acceptors=acceptors):
            spare = acceptors - max(quorums.phase1, quorums.phase2)
            return Survives(spare, spare)
        case Grid(rows=rows, columns=columns):
            return Survives(min(rows, columns) - 1, rows * columns - (rows + columns - 1))


def _after(states: NDArray[np.float64], column: int, chance: float) -> NDArray[np.float64]:
    """Return the states after one more place of the row, which is up by this chance."""
    found = states * chance
    # Where it is down, neither its column nor its row is whole any more.
    halves = states.sum(axis=1).reshape(-1, 2, 1 << column, 2)
    into = found.reshape(-1, 2, 1 << column, 2, 2)
    into[:, 0, :, 0, :] += (1 - chance) * halves.sum(axis=1)
    return found


def _next_row(states: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the states before the next row, which is whole as long as nobody is down in it."""
    found = np.zeros_like(states)
    found[:, 1, 0] = states[:, 0, 0]
    found[:, 1, 1] = states[:, 0, 1] + states[:, 1, 0] + states[:, 1, 1]
    return found


def _checked(chances: Sequence[float]) -> list[float]:
    found = [float(chance) for chance in chances]
    for chance in found:
        if not 0 <= chance <= 1:
            message = f"found the chance {chance}; allowed is 0 to 1"
            raise InputError(message)
    return found
