"""The order of a table's rows, and which of them are wanted.

Each run has a place: those of point 0 first, then those of point 1, and so on, with room for as
many of each point as it may ever have. What is a run of places is a run of rows, as long as it
does not go beyond the last row of a point that stops by itself: so none of those goes on into the
next point.
"""

from bisect import bisect_right
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from itertools import accumulate
from typing import NamedTuple

from paxos_des.study.plan import Plan, Point
from paxos_des.study.work import Span


class Stretch(NamedTuple):
    """The places from one on, below another."""

    start: int
    end: int


class Places:
    """Where the runs of a plan's points stand."""

    def __init__(self, points: Sequence[Point]) -> None:
        self._points = points
        self._starts = [0, *accumulate(point.replications_max for point in points)]

    def __len__(self) -> int:
        return self._starts[-1]

    def of(self, point: int, replication: int) -> int:
        return self._starts[point] + replication

    def at(self, place: int) -> tuple[int, int]:
        """Return the point and the replication that have a place."""
        point = bisect_right(self._starts, place) - 1
        return point, place - self._starts[point]

    def spans(self, stretch: Stretch) -> Iterator[Span]:
        """Yield the runs of a stretch, point by point."""
        start = stretch.start
        while start < stretch.end:
            point, first = self.at(start)
            runs = min(stretch.end, self._starts[point + 1]) - start
            its = self._points[point]
            yield Span(point, its.scenario, first, runs, its.seed_offset)
            start += runs

    def stretch(self, point: int, first: int, last: int) -> Stretch:
        """Return the replications of a point from one on, below another."""
        return Stretch(self.of(point, first), self.of(point, last))

    def fits(self, stretch: Stretch) -> bool:
        """Whether a part may have such rows: see above."""
        if not 0 <= stretch.start < stretch.end <= len(self):
            return False
        first, last = self.at(stretch.start)[0], self.at(stretch.end - 1)[0]
        return first == last or all(
            point.case.stop is None for point in self._points[first : last + 1]
        )


def wanted_at_first(plan: Plan, wanted: dict[int, int]) -> Iterator[Stretch]:
    """Yield the stretches that a sweep is to have; `wanted` has those points that stop by
    themselves.
    """
    start = end = 0
    for point in plan.points:
        runs = wanted.get(point.number)
        if runs is None:
            end += point.replications_max
            continue
        if start < end:
            yield Stretch(start, end)
        yield Stretch(end, end + runs)
        start = end = end + point.replications_max
    if start < end:
        yield Stretch(start, end)


def without(stretches: Iterable[Stretch], done: Iterable[Stretch]) -> Iterator[Stretch]:
    """Yield what of some stretches is not done; both are in order."""
    left = deque(done)
    for stretch in stretches:
        start = stretch.start
        while left and left[0].start < stretch.end:
            known = left.popleft()
            if start < known.start:
                yield Stretch(start, known.start)
            start = max(start, known.end)
            if known.end > stretch.end:
                left.appendleft(known)
                break
        if start < stretch.end:
            yield Stretch(start, stretch.end)


class Wanted:
    """What is wanted and not given to anybody, the first places first."""

    def __init__(self, stretches: Iterable[Stretch]) -> None:
        self._stretches = deque(stretches)
        self.rows = sum(one.end - one.start for one in self._stretches)

    def take(self, rows: int) -> Stretch | None:
        """Return a stretch of so many rows at most; None if nothing is wanted."""
        if not self._stretches:
            return None
        first = self._stretches.popleft()
        taken = Stretch(first.start, min(first.end, first.start + rows))
        if taken.end < first.end:
            self._stretches.appendleft(Stretch(taken.end, first.end))
        self.rows -= taken.end - taken.start
        return taken

    def add(self, stretch: Stretch) -> None:
        """Want these next."""
        self._stretches.appendleft(stretch)
        self.rows += stretch.end - stretch.start
