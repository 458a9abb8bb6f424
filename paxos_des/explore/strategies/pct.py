"""`pct`: priorities of nodes, and d - 1 points at which one falls below all others.

Burckhardt, Kothari, Musuvathi, Nagarakatte, ASPLOS 2010: a bug that needs d orderings is found with
a chance of at least 1/(n k^(d-1)), where n nodes take k steps. Their threads are our nodes, and a
node's messages come in the order in which they were sent.
"""

from paxos_des.engine.dice import Dice
from paxos_des.engine.pool import Deed, Event
from paxos_des.explore.attempt import StrategySpec
from paxos_des.explore.strategies.pooled import pooled
from paxos_des.explore.strategies.unusual import CALM_ONE_IN, Unusual

DEPTH_MAX = 4
HIGH = 1 << 63
"""A priority that is drawn lies above all those that a change point gives."""
STEPS = 64
"""Change points lie among so many steps, or fewer where a run has fewer: most runs of a cluster of
a few nodes are no longer, and a point after the end changes nothing."""


class Pct:
    """Lets the node of the highest priority take the next step.

    Attributes
    ----------
    depth
        Drawn for each run, from 1: there are depth - 1 change points.
    """

    def __init__(self, seed: int, steps_max: int = STEPS, *, depth: int | None = None) -> None:
        dice = self._dice = Dice(seed, "pct")
        drawn = 1 + dice.below(DEPTH_MAX)
        self.depth = drawn if depth is None else depth
        steps = dice.one_of((min(steps_max, STEPS), steps_max))
        self.changes = {dice.below(steps): left for left in range(self.depth - 1, 0, -1)}
        self.unusual = Unusual(dice)
        self._priorities: dict[str, int] = {}
        self._step = 0

    def pick(self, events: list[Event], may: frozenset[Deed]) -> tuple[Deed, int] | None:
        places = self.unusual.open_to(events)
        place = self._highest(events, places)
        low = self.changes.get(self._step)
        self._step += 1
        if low is not None:
            self._priorities[events[place].node] = low
            place = self._highest(events, places)
        return self.unusual.deed(events[place], may), place

    def _highest(self, events: list[Event], places: list[int]) -> int:
        priorities, best, highest = self._priorities, -1, -1
        for place in places:
            node = events[place].node
            priority = priorities.get(node)
            if priority is None:
                priority = priorities[node] = HIGH | self._dice.bits()
            if priority > highest:
                best, highest = place, priority
        return best


def bound(nodes: int, steps: int) -> tuple[float, ...]:
    """Return the least chance of one run for bugs of each depth, from 1 on: the paper's, for the
    runs that have that depth, are calm, and have their change points anywhere.
    """
    runs = DEPTH_MAX * CALM_ONE_IN * 2
    return tuple(1 / (runs * nodes * steps**depth) for depth in range(DEPTH_MAX))


PCT = StrategySpec(
    name="pct",
    says="priorities of nodes, of which some fall at drawn steps",
    make=pooled(Pct),
    bound=bound,
)
