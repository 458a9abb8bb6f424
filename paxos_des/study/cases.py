"""The cases of a plan, their points, and when a point has runs enough."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import accumulate
from math import prod
from operator import mul
from typing import Any, Literal

from paxos_des.cluster.keys import attribute_of, parse_keys
from paxos_des.cluster.scenario import Scenario
from paxos_des.study.axes import Axis
from paxos_des.study.columns import Cell
from paxos_des.study.paths import changed, top

REPLICATIONS_MAX = 10**7
_SAID_MAX = 120


@dataclass(frozen=True, slots=True, kw_only=True)
class Stop:
    """When a point has runs enough: when the interval of a column's statistic is narrow.

    Attributes
    ----------
    column
        Of which the interval is taken, as its statistic says.
    half_width
        Narrow is at most so much on either side; None: nobody asks.
    relative
        Or at most this share of the estimate.
    least, most
        So many runs a point has in any case, and no more than.
    by
        After so many more it is looked at again.
    """

    column: str
    half_width: float | None = None
    relative: float | None = None
    least: int = 20
    most: int = 1_000
    by: int = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """One study of a plan: its points, and how often each is run.

    Attributes
    ----------
    weather
        `common` to all points, or each point's `own`.
    """

    name: str
    axes: tuple[Axis, ...] = field(repr=False)
    scenario: Mapping[str, Any] = field(repr=False)
    replications: int
    stop: Stop | None
    weather: Literal["common", "own"]

    @property
    def levels(self) -> int:
        """How many points its axes make."""
        return prod(len(one.levels) for one in self.axes)

    def level(self, number: int) -> list[int]:
        """Return each axis's level at a point, from 0: the last axis's changes first."""
        strides = list(accumulate((len(one.levels) for one in reversed(self.axes)), mul, initial=1))
        found = zip(self.axes, reversed(strides[:-1]), strict=True)
        return [number // stride % len(one.levels) for one, stride in found]


@dataclass(frozen=True, slots=True, kw_only=True)
class Point:
    """One scenario of a plan.

    Attributes
    ----------
    number
        From 0, over all cases.
    cells
        What the columns of the axes hold; those of other cases' axes are missing.
    """

    number: int
    case: Case
    cells: Mapping[str, Cell]
    scenario: Scenario

    @property
    def replications_max(self) -> int:
        """So many runs it has at most; without a stop, just so many."""
        return self.case.replications if self.case.stop is None else self.case.stop.most

    @property
    def seed_offset(self) -> int:
        """What is added to the plan's seeds: so much that no two points share one, where each has
        weather of its own.
        """
        return 0 if self.case.weather == "common" else (1 + self.number) * REPLICATIONS_MAX


@dataclass(frozen=True, slots=True, kw_only=True)
class Quick:
    """How a plan is made small; see `Plan.quick`."""

    replications: int = 2
    points: int | None = None
    scenario: Mapping[str, Any]
    measure: Mapping[str, Any]


def scenarios_of(
    case: Case, numbers: Sequence[int], changes: Mapping[str, Any], *, name: str, where: str
) -> Iterator[tuple[dict[str, Cell], Scenario]]:
    """Give some of a case's points by number: their cells and scenarios.

    Parameters
    ----------
    changes
        What is changed after all axes.
    name
        Of all scenarios.
    """
    keys = [*(key for one in case.axes for key in one.keys), *changes]
    touched = {top(key) for key in keys}
    own = {key: value for key, value in case.scenario.items() if attribute_of(key) in touched}
    # What no axis touches is read once: a matrix of round trips takes longer than a scenario.
    others = {key: value for key, value in case.scenario.items() if key not in own}
    read = parse_keys({**others, "name": name}, f"{where}: ")
    shared = {key: value for key, value in read.items() if key not in touched}
    for number in numbers:
        plain, cells = own, dict[str, Cell]()
        for one, at in zip(case.axes, case.level(number), strict=True):
            names = (column.name for column in one.columns)
            cells.update(zip(names, one.cells[at], strict=True))
            for key, value in zip(one.keys, one.levels[at], strict=True):
                plain = changed(plain, key, value, where)
        for key, value in changes.items():
            plain = changed(plain, key, value, where)
        said = ", ".join(f"{column} {cell}" for column, cell in cells.items())[:_SAID_MAX]
        place = f"{where} ({said})" if said else where
        yield cells, Scenario.from_dict({**shared, **plain}, where=place)


def evenly(levels: int, most: int | None) -> Sequence[int]:
    """Return so many of their numbers at most, the first and the last among them."""
    if most is None or levels <= most:
        return range(levels)
    if most == 1:
        return (0,)
    return [round(at * (levels - 1) / (most - 1)) for at in range(most)]
