"""The mutation score of the checks: which bugs each sees, which it alone sees, which it saw first.

Over all failing runs of hunts, and the seeds of each exhibit's own weather that were looked at.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from paxos_des.checks.judges import CHECKS
from paxos_des.explore.measure.hunting import Row
from paxos_des.explore.measure.sightings import Seen


class Witness(NamedTuple):
    """What one check sees.

    Attributes
    ----------
    sees, alone
        Exhibits that it sees, and that no other check does.
    first
        Exhibits that it sees before all others, more often than any other check does.
    """

    check: str
    sees: tuple[str, ...]
    alone: tuple[str, ...]
    first: tuple[str, ...]


class Score:
    """Who saw what.

    Attributes
    ----------
    exhibits
        Those that were looked at.
    saw, first
        By exhibit, then check: in how many runs it was violated, and was before all others.
    """

    def __init__(self, exhibits: Sequence[str], rows: Iterable[Row], seen: Iterable[Seen]) -> None:
        self.exhibits = tuple(exhibits)
        self.saw: dict[str, Counter[str]] = {name: Counter() for name in exhibits}
        self.first: dict[str, Counter[str]] = {name: Counter() for name in exhibits}
        for row in rows:
            if row.exhibit in self.saw:
                self.saw[row.exhibit].update(row.saw)
                self.first[row.exhibit].update(row.saw[:1])
        for one in seen:
            if one.exhibit in self.saw:
                self.saw[one.exhibit].update(one.saw)
                self.first[one.exhibit].update(one.first)

    @property
    def checks(self) -> tuple[str, ...]:
        """The package's checks, then those that a protocol brought."""
        others = {check for saw in self.saw.values() for check in saw} - set(CHECKS)
        return (*CHECKS, *sorted(others))

    def witness(self, check: str) -> Witness:
        sees = tuple(name for name in self.exhibits if self.saw[name][check])
        alone = tuple(name for name in sees if len(self.saw[name]) == 1)
        first = tuple(name for name in sees if self._first_to_see(name) == check)
        return Witness(check, sees, alone, first)

    @property
    def unneeded(self) -> tuple[str, ...]:
        """The checks without which every exhibit would be seen all the same."""
        return tuple(check for check in self.checks if not self.witness(check).alone)

    @property
    def unseen(self) -> tuple[str, ...]:
        """The exhibits that no check sees."""
        return tuple(name for name in self.exhibits if not self.saw[name])

    def _first_to_see(self, exhibit: str) -> str | None:
        first = self.first[exhibit]
        return max(self.checks, key=lambda check: first[check]) if first else None
