"""`pos`: a priority for each event, drawn anew for those that race with what just happened.

Yuan, Yang, Gu, CAV 2018 (partial order sampling). Two events race where they are at the same node
and neither causes the other: what lies in the pool has not caused anything, so all at that node do.
"""

from paxos_des.engine.dice import Dice
from paxos_des.engine.pool import Deed, Event
from paxos_des.explore.attempt import StrategySpec
from paxos_des.explore.strategies.pooled import pooled
from paxos_des.explore.strategies.unusual import Unusual


class Pos:
    """Lets the event of the highest priority happen.

    Attributes
    ----------
    priorities
        By an event's number; drawn when the event is first looked at.
    """

    def __init__(self, seed: int, steps_max: int = 0) -> None:
        del steps_max
        self._dice = Dice(seed, "pos")
        self.unusual = Unusual(self._dice)
        self.priorities: dict[int, int] = {}

    def pick(self, events: list[Event], may: frozenset[Deed]) -> tuple[Deed, int] | None:
        place = self._highest(events, self.unusual.open_to(events))
        deed = self.unusual.deed(events[place], may)
        if deed != "lose":
            self._draw_anew(events, events[place])
        return deed, place

    def _highest(self, events: list[Event], places: list[int]) -> int:
        priorities, best, highest = self.priorities, -1, -1
        for place in places:
            number = events[place].number
            priority = priorities.get(number)
            if priority is None:
                priority = priorities[number] = self._dice.bits()
            if priority > highest:
                best, highest = place, priority
        return best

    def _draw_anew(self, events: list[Event], happened: Event) -> None:
        priorities, node = self.priorities, happened.node
        for event in events:
            if event.node == node and event.number in priorities:
                del priorities[event.number]


POS = StrategySpec(
    name="pos",
    says="a priority for each event, drawn anew for those that race with what happened",
    make=pooled(Pos),
)
