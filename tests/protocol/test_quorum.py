"""Quorums: every phase-1 quorum meets every phase-2 quorum, shown by enumeration."""

from collections.abc import Callable
from itertools import combinations, product

import pytest

from paxos_des.errors import ScenarioError
from paxos_des.names import NodeId, acceptor_name
from paxos_des.protocol.quorum import Flexible, Grid, Majority, Quorums

Subset = frozenset[NodeId]
MOST = 6
SIZES = range(1, MOST + 1)
MAJORITIES = [Majority(n) for n in SIZES]
FLEXIBLES = [
    Flexible(acceptors=n, phase1=phase1, phase2=phase2)
    for n in SIZES
    for phase1, phase2 in product(range(1, n + 1), repeat=2)
    if phase1 + phase2 > n
]
GRIDS = [
    Grid(acceptors=n, rows=rows, columns=n // rows)
    for n in SIZES
    for rows in SIZES
    if n % rows == 0
]
SYSTEMS: list[Quorums] = [*MAJORITIES, *FLEXIBLES, *GRIDS]


def acceptors(count: int) -> list[NodeId]:
    return [acceptor_name(index) for index in range(count)]


def subsets(count: int) -> list[Subset]:
    names = acceptors(count)
    return [frozenset(chosen) for size in range(count + 1) for chosen in combinations(names, size)]


def accepted(system: Quorums, is_quorum: Callable[[Subset], bool]) -> list[Subset]:
    return [subset for subset in subsets(system.acceptors) if is_quorum(subset)]


@pytest.mark.parametrize("system", SYSTEMS, ids=repr)
def test_every_phase_1_quorum_meets_every_phase_2_quorum(system: Quorums) -> None:
    first = accepted(system, system.is_phase1)
    second = accepted(system, system.is_phase2)

    assert first
    assert second
    assert not [(one, other) for one in first for other in second if one.isdisjoint(other)]


@pytest.mark.parametrize("system", SYSTEMS, ids=repr)
def test_more_voters_never_unmake_a_quorum(system: Quorums) -> None:
    everyone = frozenset(acceptors(system.acceptors))
    for is_quorum in (system.is_phase1, system.is_phase2):
        for quorum in accepted(system, is_quorum):
            assert all(is_quorum(quorum | {one}) for one in everyone)
        assert is_quorum(everyone)
        assert not is_quorum(frozenset())


@pytest.mark.parametrize("system", MAJORITIES, ids=repr)
def test_one_fewer_than_a_majority_would_not_meet(system: Majority) -> None:
    names = acceptors(system.acceptors)
    too_few = system.size - 1
    assert not system.is_phase1(names[:too_few])
    assert not system.is_phase2(names[:too_few])
    assert system.is_phase1(names[: too_few + 1])
    assert system.is_phase2(names[: too_few + 1])

    assert 2 * too_few <= system.acceptors


@pytest.mark.parametrize("system", FLEXIBLES, ids=repr)
def test_flexible_quorums_are_of_their_own_sizes(system: Flexible) -> None:
    names = acceptors(system.acceptors)

    for size in range(system.acceptors + 1):
        assert system.is_phase1(names[:size]) == (size >= system.phase1)
        assert system.is_phase2(names[:size]) == (size >= system.phase2)


def test_a_grid_prepares_by_rows_and_chooses_by_columns() -> None:
    """Rows are 0 1 2 and 3 4 5; columns are 0 3, 1 4 and 2 5."""
    grid = Grid(acceptors=6, rows=2, columns=3)

    def smallest(is_quorum: Callable[[Subset], bool]) -> list[list[int]]:
        found = accepted(grid, is_quorum)
        return [
            sorted(int(name[-1]) for name in one)
            for one in found
            if not any(other < one for other in found)
        ]

    assert smallest(grid.is_phase1) == [[0, 1, 2], [3, 4, 5]]
    assert smallest(grid.is_phase2) == [[0, 3], [1, 4], [2, 5]]


@pytest.mark.parametrize(
    ("acceptors", "phase1", "phase2"),
    [
        (n, phase1, phase2)
        for n in SIZES
        for phase1, phase2 in product(range(1, n + 1), repeat=2)
        if phase1 + phase2 <= n
    ],
)
def test_refuses_sizes_whose_quorums_need_not_meet(
    acceptors: int, phase1: int, phase2: int
) -> None:
    with pytest.raises(ScenarioError, match="need not meet; allowed is more than"):
        Flexible(acceptors=acceptors, phase1=phase1, phase2=phase2)


@pytest.mark.parametrize(
    ("make", "says"),
    [
        (lambda: Majority(0), "a majority of 0 acceptors; allowed is 1 or more"),
        (lambda: Flexible(acceptors=3, phase1=4, phase2=2), "phase1 = 4; allowed is 1 to 3"),
        (lambda: Flexible(acceptors=3, phase1=3, phase2=0), "phase2 = 0; allowed is 1 to 3"),
        (lambda: Grid(acceptors=6, rows=2, columns=2), "= 4 places; allowed is 6"),
        (lambda: Grid(acceptors=6, rows=-2, columns=-3), "1 or more rows and columns"),
    ],
)
def test_refuses_what_does_not_fit_the_acceptors(make: Callable[[], Quorums], says: str) -> None:
    with pytest.raises(ScenarioError, match=says):
        make()
