"""When a point has runs enough, where its plan says how narrow an interval is to be.

What is decided depends on the point's own runs alone, in their order: after the least number of
them, and then after so many more each time. So it does not depend on how many processes there are,
nor on kills.
"""

import math
from collections.abc import Iterable

from paxos_des.study.plan import Plan, Stop


class Stops:
    """What the points that stop by themselves have, and want.

    Attributes
    ----------
    wanted
        By point, so many runs: the least number first, and more as it turns out.
    """

    def __init__(self, plan: Plan) -> None:
        self._plan = plan
        self._stops = {
            point.number: point.case.stop for point in plan.points if point.case.stop is not None
        }
        self.wanted = {number: stop.least for number, stop in self._stops.items()}
        # Of points that go on, by replication: the number that counts, or NaN where none does.
        self._cells: dict[int, dict[int, float]] = {}

    def stop_of(self, point: int) -> Stop | None:
        return self._stops.get(point)

    def add(self, point: int, first: int, numbers: Iterable[float]) -> None:
        """Take what runs of a point say, from a replication on; NaN: nothing."""
        self._cells.setdefault(point, {}).update(enumerate(numbers, first))

    def settle(self, point: int) -> tuple[int, int] | None:
        """Decide, if all runs that are wanted are there; return from which replication on, and
        below which, more are wanted.
        """
        stop, cells = self._stops[point], self._cells.get(point, {})
        before = wanted = self.wanted[point]
        # Runs beyond what is wanted are from before a kill: it was decided then to go on.
        while wanted < max(cells, default=-1) + 1:
            wanted = min(wanted + stop.by, stop.most)
        if len(cells) == wanted < stop.most and not self._is_narrow(stop, cells):
            wanted = min(wanted + stop.by, stop.most)
        self.wanted[point] = wanted
        if len(cells) == wanted:
            self._cells.pop(point, None)  # it has enough
        return (before, wanted) if wanted > before else None

    def _is_narrow(self, stop: Stop, cells: dict[int, float]) -> bool:
        from paxos_des.study import estimates  # noqa: PLC0415 - only such plans estimate

        said = [cells[replication] for replication in sorted(cells)]
        counting = [number for number in said if not math.isnan(number)]
        return estimates.is_narrow(stop, self._plan.column(stop.column), counting)
