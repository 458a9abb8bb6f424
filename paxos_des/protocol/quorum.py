"""Quorums: which sets of acceptors are enough for phase 1 and for phase 2.

Paxos needs one thing of them: every phase-1 quorum meets every phase-2 quorum. Two phase-1
quorums need not meet, nor two phase-2 quorums (*Flexible Paxos*, Howard et al. 2016, section 2).

A quorum system is made for the acceptors of a cluster, in order; the same object answers for
both phases. A system whose quorums need not meet is refused when it is made.
"""

from collections.abc import Collection
from dataclasses import dataclass

from paxos_des.errors import ScenarioError
from paxos_des.names import NodeId, index_of


@dataclass(frozen=True, slots=True)
class Majority:
    """More than half of the acceptors, in both phases (PMS 2.2)."""

    acceptors: int

    def __post_init__(self) -> None:
        _require(self.acceptors >= 1, f"a majority of {self.acceptors} acceptors; 1 or more")

    @property
    def size(self) -> int:
        return self.acceptors // 2 + 1

    @property
    def least_phase2(self) -> int:
        """How many acceptors the smallest phase-2 quorum has: with fewer, none need be asked."""
        return self.size

    def is_phase1(self, voters: Collection[NodeId]) -> bool:
        return 2 * len(voters) > self.acceptors

    def is_phase2(self, voters: Collection[NodeId]) -> bool:
        return 2 * len(voters) > self.acceptors


@dataclass(frozen=True, slots=True, kw_only=True)
class Flexible:
    """Any `phase1` acceptors to prepare, any `phase2` to choose (Flexible Paxos 4.1)."""

    acceptors: int
    phase1: int
    phase2: int

    def __post_init__(self) -> None:
        for name, size in (("phase1", self.phase1), ("phase2", self.phase2)):
            _require(
                1 <= size <= self.acceptors,
                f"{name} = {size}; 1 to {self.acceptors}, the number of acceptors",
            )
        _require(
            self.phase1 + self.phase2 > self.acceptors,
            f"phase1 + phase2 = {self.phase1} + {self.phase2} = {self.phase1 + self.phase2}, "
            f"so quorums need not meet; more than {self.acceptors}, the number of acceptors",
        )

    @property
    def least_phase2(self) -> int:
        return self.phase2

    def is_phase1(self, voters: Collection[NodeId]) -> bool:
        return len(voters) >= self.phase1

    def is_phase2(self, voters: Collection[NodeId]) -> bool:
        return len(voters) >= self.phase2


@dataclass(frozen=True, slots=True, kw_only=True)
class Grid:
    """One whole row to prepare, one whole column to choose (Flexible Paxos 4.3).

    Acceptor i stands in row i // columns and column i % columns.
    """

    acceptors: int
    rows: int
    columns: int

    def __post_init__(self) -> None:
        _require(
            self.rows >= 1 and self.columns >= 1,
            f"a grid of {self.rows} x {self.columns}; 1 or more rows and columns",
        )
        _require(
            self.rows * self.columns == self.acceptors,
            f"a grid of {self.rows} x {self.columns} = {self.rows * self.columns} places; "
            f"{self.acceptors}, the number of acceptors",
        )

    @property
    def least_phase2(self) -> int:
        return self.rows

    def is_phase1(self, voters: Collection[NodeId]) -> bool:
        places = {index_of(voter) for voter in voters}
        return any(
            all(row * self.columns + column in places for column in range(self.columns))
            for row in range(self.rows)
        )

    def is_phase2(self, voters: Collection[NodeId]) -> bool:
        places = {index_of(voter) for voter in voters}
        return any(
            all(row * self.columns + column in places for row in range(self.rows))
            for column in range(self.columns)
        )


Quorums = Majority | Flexible | Grid


def _require(holds: bool, found_and_allowed: str) -> None:  # noqa: FBT001 - a private guard
    if not holds:
        found, _, allowed = found_and_allowed.rpartition("; ")
        message = f"quorums: found {found}; allowed is {allowed}"
        raise ScenarioError(message)
