"""Repairing a protocol of many mistakes, one after another: each time, what still breaks.

A failing schedule *needs* a mistake if it harms nothing once that one is repaired and all others
stay as they are. So a hunt finds what breaks, and the same schedule, replayed without each mistake
in turn, says whose it is. That one is repaired, and the hunt begins again, until it finds nothing.

Mistakes mask one another: what is found first is what breaks most easily, not what matters most.
"""

from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations

from paxos_des.checks.judges import CHECKS
from paxos_des.cluster.registry import ProtocolSpec, registered
from paxos_des.cluster.scenario import Scenario
from paxos_des.explore.finds import Find
from paxos_des.explore.hunt import hunt
from paxos_des.explore.hunted import Report
from paxos_des.explore.strategies import DEFAULT
from paxos_des.failure import Failure, replay

__all__ = ["Repair", "repairs"]

Make = Callable[[Sequence[str]], ProtocolSpec]
"""Makes the protocol with just these mistakes, under a name that nobody else has."""

TOGETHER = 2
"""Where no mistake is needed, for another one does as well, so many are repaired at once."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Repair:
    """One step: a hunt, what it found, and what is repaired in the next step.

    Attributes
    ----------
    mistakes
        Those that the protocol still made.
    report
        What the hunt says; it stopped at the first failure.
    needed
        Mistakes that the failing schedule needs, each of them.
    repaired
        Which were repaired: the first that is needed; or some at once, where none is; or none, if
        nothing was found.
    """

    mistakes: tuple[str, ...]
    report: Report
    needed: tuple[str, ...]
    repaired: tuple[str, ...]

    @property
    def find(self) -> Find | None:
        """What was found, made small; None: nothing."""
        return self.report.finds[0] if self.report.finds else None


def repairs(
    make: Make,
    mistakes: Sequence[str],
    scenario: Scenario,
    seeds: range,
    *,
    strategy: str = DEFAULT,
    checks: Collection[str] = CHECKS,
) -> Iterator[Repair]:
    """Hunt, repair what the failure needs, and hunt again; the last step finds nothing.

    Parameters
    ----------
    make
        Makes the protocol with some of its mistakes.
    mistakes
        All of them.
    scenario
        What is simulated; its protocol is replaced.
    seeds, strategy, checks
        As `hunt` has them.

    Raises
    ------
    AssertionError
        When a schedule fails whichever mistake is repaired: it is about something else.
    """
    left = tuple(mistakes)
    while True:
        with registered(make(left)) as protocol:
            asked = scenario.replace(protocol=protocol.name)
            report = hunt(asked, seeds, strategy=strategy, checks=checks, stop_after=1)
        needed: tuple[str, ...] = ()
        repaired: tuple[str, ...] = ()
        if report.finds:
            failure = report.finds[0].failure
            mending = _mending(failure, make, left)
            needed = tuple(some[0] for some in mending if len(some) == 1)
            repaired = mending[0]
        yield Repair(mistakes=left, report=report, needed=needed, repaired=repaired)
        if not repaired:
            return
        left = _without(left, repaired)


def _mending(failure: Failure, make: Make, mistakes: Sequence[str]) -> list[tuple[str, ...]]:
    """Return the fewest mistakes without which the schedule harms nothing: in all ways."""
    for size in range(1, TOGETHER + 1):
        mending = [
            some
            for some in combinations(mistakes, size)
            if _is_harmless(failure, make(_without(mistakes, some)))
        ]
        if mending:
            return mending
    message = f"{failure.what}: it fails whichever of {', '.join(mistakes)} is repaired"
    raise AssertionError(message)


def _is_harmless(failure: Failure, protocol: ProtocolSpec) -> bool:
    with registered(protocol):
        scenario = failure.scenario.replace(protocol=protocol.name)
        return replay(scenario, failure.schedule, failure.check).first_violation is None


def _without(mistakes: Sequence[str], some: Sequence[str]) -> tuple[str, ...]:
    return tuple(one for one in mistakes if one not in some)
