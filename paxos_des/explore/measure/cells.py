"""What the hunts of one strategy for one exhibit came to, together."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from math import inf

from paxos_des.explore.measure.hunting import Row, Small
from paxos_des.explore.measure.medians import Median, median_of


@dataclass(frozen=True, slots=True)
class Cell:
    """Rows of one exhibit and one strategy, in the order of their numbers: at least one."""

    rows: tuple[Row, ...]

    @property
    def found(self) -> int:
        return sum(row.is_found for row in self.rows)

    @property
    def schedules(self) -> Median:
        """How many schedules it takes."""
        return self._median(lambda row: row.tried)

    @property
    def cpu_s(self) -> Median:
        """How much CPU time it takes, in seconds."""
        return self._median(lambda row: row.cpu_s)

    @property
    def schedules_max(self) -> float:
        """Of how many schedules alone it is known how many hunts take no more."""
        return self._known_to(lambda row: row.tried)

    @property
    def cpu_s_max(self) -> float:
        return self._known_to(lambda row: row.cpu_s)

    @property
    def smalls(self) -> list[Small]:
        return [row.small for row in self.rows if row.small is not None]

    def _known_to(self, value_of: Callable[[Row], float]) -> float:
        """Return where the first censored hunt was given up."""
        return min((value_of(row) for row in self.rows if not row.is_found), default=inf)

    def _median(self, value_of: Callable[[Row], float]) -> Median:
        """Return the median. What was found later than another hunt was given up counts as
        censored too: as if all had been given up at the same point.
        """
        most = self._known_to(value_of)
        values = [value_of(row) if row.is_found else inf for row in self.rows]
        return median_of(None if value > most else value for value in values)


def cells_of(rows: Iterable[Row]) -> dict[tuple[str, str], Cell]:
    """Return the cells of a table, by exhibit and strategy."""
    found: dict[tuple[str, str], list[Row]] = {}
    for row in sorted(rows, key=lambda row: row.name):
        found.setdefault((row.exhibit, row.strategy), []).append(row)
    return {name: Cell(tuple(rows)) for name, rows in found.items()}
