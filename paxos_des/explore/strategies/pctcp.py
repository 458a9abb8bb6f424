"""`pctcp`: PCT for message passing: priorities of chains of events, in place of nodes.

Ozkan, Majumdar, Niksic, Befrouei, Weissenbacher, OOPSLA 2018. Events that cause each other form
chains, found as events join the pool; a new chain's priority is drawn among those of the others.
"""

from paxos_des.engine.dice import Dice
from paxos_des.engine.pool import Deed, Event
from paxos_des.explore.attempt import StrategySpec
from paxos_des.explore.strategies.pct import DEPTH_MAX, HIGH, STEPS
from paxos_des.explore.strategies.pooled import pooled
from paxos_des.explore.strategies.unusual import CALM_ONE_IN, Unusual


class Chains:
    """Parts events into chains, each of which causes the next.

    An event goes on where its nearest ancestor is that ends a chain; if there is none, it begins
    one.

    Attributes
    ----------
    of
        By an event's number: its chain, from 0.
    members
        By chain: its events' numbers.
    """

    __slots__ = ("_parents", "members", "of")

    def __init__(self) -> None:
        self.of: dict[int, int] = {}
        self.members: list[list[int]] = []
        self._parents: dict[int, int] = {}

    def add(self, event: Event) -> int:
        """Note an event; return its chain."""
        number, parents = event.number, self._parents
        ancestor = parents[number] = event.parent
        while ancestor in parents:
            members = self.members[self.of[ancestor]]
            if members[-1] == ancestor:
                members.append(number)
                self.of[number] = self.of[ancestor]
                return self.of[number]
            ancestor = parents[ancestor]
        self.of[number] = len(self.members)
        self.members.append([number])
        return self.of[number]


class PctCp:
    """Lets the chain of the highest priority take the next step."""

    def __init__(self, seed: int, steps_max: int = STEPS, *, depth: int | None = None) -> None:
        dice = self._dice = Dice(seed, "pctcp")
        drawn = 1 + dice.below(DEPTH_MAX)
        self.depth = drawn if depth is None else depth
        steps = dice.one_of((min(steps_max, STEPS), steps_max))
        self.changes = {dice.below(steps): left for left in range(self.depth - 1, 0, -1)}
        self.unusual = Unusual(dice)
        self.chains = Chains()
        self.priorities: list[int] = []
        self._step = 0
        self._seen = -1

    def pick(self, events: list[Event], may: frozenset[Deed]) -> tuple[Deed, int] | None:
        self._note(events)
        places = self.unusual.open_to(events)
        place = self._highest(events, places)
        low = self.changes.get(self._step)
        self._step += 1
        if low is not None:
            self.priorities[self.chains.of[events[place].number]] = low
            place = self._highest(events, places)
        return self.unusual.deed(events[place], may), place

    def _note(self, events: list[Event]) -> None:
        seen = self._seen
        if events[-1].number <= seen:
            return
        for event in events:
            if event.number > seen and self.chains.add(event) == len(self.priorities):
                self.priorities.append(HIGH | self._dice.bits())
        self._seen = events[-1].number

    def _highest(self, events: list[Event], places: list[int]) -> int:
        priorities, of, best, highest = self.priorities, self.chains.of, -1, -1
        for place in places:
            priority = priorities[of[events[place].number]]
            if priority > highest:
                best, highest = place, priority
        return best


def bound(nodes: int, steps: int) -> tuple[float, ...]:
    """Return the least chance of one run for bugs of each depth, from 1 on.

    The paper's is 1/(w^2 k^(d-1)), w being how many events at most do not cause each other, for
    w^2 bounds the number of chains. That may be large; there are never more chains than steps.
    """
    del nodes
    runs = DEPTH_MAX * CALM_ONE_IN * 2
    return tuple(1 / (runs * steps * steps**depth) for depth in range(DEPTH_MAX))


PCTCP = StrategySpec(
    name="pctcp",
    says="priorities of chains of events that cause each other, of which some fall",
    make=pooled(PctCp),
    bound=bound,
)
