"""How likely a quorum is up: by hand, and against every set of acceptors there is."""

from collections.abc import Sequence
from fractions import Fraction
from itertools import product
from math import comb, prod

import pytest

from paxos_des.errors import InputError
from paxos_des.names import acceptor_name
from paxos_des.protocol.quorum import Flexible, Grid, Majority, Quorums
from paxos_des.study.exact.availability import (
    at_least,
    available,
    flexible,
    grid,
    majority,
    poisson_binomial,
    survives,
)

SYSTEMS: list[Quorums] = [
    Majority(1), Majority(4), Majority(7),
    Flexible(acceptors=5, phase1=4, phase2=2), Flexible(acceptors=6, phase1=3, phase2=6),
    Grid(acceptors=6, rows=2, columns=3), Grid(acceptors=8, rows=4, columns=2),
    Grid(acceptors=9, rows=3, columns=3), Grid(acceptors=4, rows=1, columns=4),
    Grid(acceptors=10, rows=2, columns=5), Grid(acceptors=1, rows=1, columns=1),
]  # fmt: skip


def unequal(acceptors: int) -> list[float]:
    return [0.5 + 0.37 * (place * 7 % acceptors) / acceptors for place in range(acceptors)]


def enumerated(quorums: Quorums, chances: Sequence[float]) -> float:
    """Add up the chances of all sets of acceptors that hold a quorum of each phase."""
    total = 0.0
    for ups in product((False, True), repeat=len(chances)):
        names = [acceptor_name(place) for place, is_up in enumerate(ups) if is_up]
        if quorums.is_phase1(names) and quorums.is_phase2(names):
            total += prod(
                chance if is_up else 1 - chance for chance, is_up in zip(chances, ups, strict=True)
            )
    return total


@pytest.mark.parametrize("quorums", SYSTEMS, ids=str)
def test_every_system_is_as_available_as_all_sets_of_acceptors_say(quorums: Quorums) -> None:
    alike, different = [0.8] * quorums.acceptors, unequal(quorums.acceptors)

    assert available(quorums, alike) == pytest.approx(enumerated(quorums, alike), rel=1e-12)
    assert available(quorums, different) == pytest.approx(enumerated(quorums, different), rel=1e-12)


def test_what_can_be_had_by_hand() -> None:
    assert majority([0.9] * 3) == pytest.approx(3 * 0.81 * 0.1 + 0.729)
    assert majority([0.5] * 5) == pytest.approx(0.5)
    assert flexible([0.9] * 3, phase1=3, phase2=1) == pytest.approx(0.729)
    assert grid([0.9] * 4, rows=2, columns=2) == pytest.approx(4 * 0.729 * 0.1 + 0.9**4)
    assert at_least([0.2, 0.5], 1) == pytest.approx(0.6)
    assert at_least([0.2, 0.5], 0) == 1
    assert at_least([0.2, 0.5], 3) == 0


def test_counts_of_acceptors_that_differ_are_a_poisson_binomial() -> None:
    counts = poisson_binomial([0.1, 0.5, 0.8])

    assert counts.tolist() == pytest.approx([0.09, 0.46, 0.41, 0.04])
    assert counts @ range(4) == pytest.approx(0.1 + 0.5 + 0.8)


def by_inclusion_and_exclusion(p: Fraction, rows: int, columns: int) -> Fraction:
    """Return the availability of a grid of equals another way: over how many columns are whole."""
    no_row, no_column = (1 - p**columns) ** rows, (1 - p**rows) ** columns
    terms = ((-1) ** whole * comb(columns, whole) * (p**whole - p**columns) ** rows
             for whole in range(columns + 1))  # fmt: skip
    neither = sum(terms, start=Fraction(0))
    return 1 - no_row - no_column + neither


@pytest.mark.parametrize(("rows", "columns"), [(9, 9), (4, 9), (9, 4), (2, 100), (12, 12)])
def test_large_grids_are_exact_without_their_2_to_the_81_sets(rows: int, columns: int) -> None:
    found = grid([0.9] * (rows * columns), rows=rows, columns=columns)

    expected = by_inclusion_and_exclusion(Fraction(9, 10), rows, columns)
    assert found == pytest.approx(float(expected), rel=1e-12)


def test_a_grid_that_is_hardly_ever_up_is_so_to_the_last_digit() -> None:
    """By inclusion and exclusion, 1 - 1 would be left."""
    found = grid([1e-4] * 81, rows=9, columns=9)

    assert found == pytest.approx(81 * 1e-4**17, rel=0.02)


def test_a_grid_is_as_available_turned_over() -> None:
    chances = unequal(12)
    turned = [chances[row * 4 + column] for column in range(4) for row in range(3)]

    assert grid(chances, rows=3, columns=4) == pytest.approx(grid(turned, rows=4, columns=3))


@pytest.mark.parametrize("quorums", SYSTEMS, ids=str)
def test_so_many_failures_are_surely_survived_and_so_many_at_best(quorums: Quorums) -> None:
    lives: dict[int, set[bool]] = {}
    for ups in product((False, True), repeat=quorums.acceptors):
        names = [acceptor_name(place) for place, is_up in enumerate(ups) if is_up]
        is_up = quorums.is_phase1(names) and quorums.is_phase2(names)
        lives.setdefault(quorums.acceptors - len(names), set()).add(is_up)

    surely = max(failed for failed in lives if all(lives[failed]))
    assert survives(quorums) == (surely, max(failed for failed in lives if any(lives[failed])))


def test_what_is_no_chance_or_does_not_fit_is_refused() -> None:
    with pytest.raises(InputError, match=r"found the chance 1\.5; allowed is 0 to 1"):
        majority([1.5])
    with pytest.raises(InputError, match="found 3 chances; allowed are 4"):
        grid([0.5] * 3, rows=2, columns=2)
    with pytest.raises(InputError, match="found 2 chances; allowed are 3"):
        available(Majority(3), [0.5] * 2)
    with pytest.raises(InputError, match="allowed is a side of 12 at most"):
        grid([0.5] * 169, rows=13, columns=13)
