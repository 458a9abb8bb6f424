"""`uniform`: each step any enabled event, all alike."""

from paxos_des.engine.dice import Dice
from paxos_des.engine.pool import Deed, Event
from paxos_des.explore.attempt import StrategySpec
from paxos_des.explore.strategies.pooled import pooled

ONE_IN = {"deliver": 1, "fsync": 1, "timer": 4, "restart": 4, "crash": 64}
"""How rarely an event is taken that chance points at. Messages are all alike; timers, which could
always fire and mostly do little, would else be most of what happens."""
BENT_ONE_IN = 16
"""So often a message is lost or doubled."""


class Uniform:
    """Throws dice at each step."""

    def __init__(self, seed: int, steps_max: int = 0) -> None:
        del steps_max
        self._dice = Dice(seed, "uniform")

    def pick(self, events: list[Event], may: frozenset[Deed]) -> tuple[Deed, int] | None:
        dice = self._dice
        place = dice.below(len(events))
        while not dice.one_in(ONE_IN[events[place].kind]):
            place = dice.below(len(events))
        if events[place].kind != "deliver":
            return "happen", place
        bent: Deed = "lose" if dice.one_in(2) else "double"
        is_bent = bent in may and dice.one_in(BENT_ONE_IN)
        return (bent if is_bent else "happen"), place


UNIFORM = StrategySpec(
    name="uniform", says="each step any enabled event, all alike", make=pooled(Uniform)
)
