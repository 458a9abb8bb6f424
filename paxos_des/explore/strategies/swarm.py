"""`swarm`: features on or off, drawn for each run (Groce et al., ISSTA 2012).

A run that leaves something out goes further in what is left: messages are never lost, so three
ballots are completed; a leader hears no news of others, so it goes on; and so on.
"""

from paxos_des.engine.dice import Dice
from paxos_des.engine.pool import Deed, Event
from paxos_des.explore.attempt import StrategySpec
from paxos_des.explore.strategies.pooled import pooled
from paxos_des.explore.strategies.waves import Waves

NEVER = 62
"""As a rarity: practically never, while there is anything else."""


class Swarm:
    """Picks at random; how rarely each event comes is a matter of the run's features.

    A rarity r means: once in 2^r times that it is looked at.
    """

    def __init__(self, seed: int, steps_max: int = 0) -> None:
        del steps_max
        dice = self._dice = Dice(seed, "swarm")
        self.loses = dice.one_of((0, 0, 0, 16, 16, 4))
        self.doubles = dice.one_of((0, 0, 16, 4))
        self.routine = dice.one_of((3, 4, 8))
        self.reaction = dice.one_of((0, 2, 4))
        self.crash = dice.one_of((NEVER, 8, 5))
        self.news = dice.one_of((0, 3, 3, 6, 6, NEVER))
        self.answers_at_once = dice.one_in(2)
        self.spares = dice.one_of((0, 4, 8, 8))
        self.starve = dice.one_of((2, 3, 4))
        self._waves = Waves()
        self._starved: dict[tuple[int, str], int] = {}
        self._rarity: dict[int, int] = {}
        self._at_once: list[int] = []

    def see(self, events: list[Event]) -> None:
        """Note what is in the pool, also where another picks."""
        for event in self._waves.fresh(events):
            self._rarity[event.number] = self._rarity_of(event)

    def pick(self, events: list[Event], may: frozenset[Deed]) -> tuple[Deed, int] | None:
        self.see(events)
        place = self._place(events)
        return self._deed(events[place], may), place

    def _place(self, events: list[Event]) -> int:
        rarity, dice, size = self._rarity, self._dice, len(events)
        if self.answers_at_once:
            part = self._waves.part
            for place, event in enumerate(events):
                if part[event.number] == "answer":
                    return place
        least = NEVER + 1
        for event in events:
            least = min(least, rarity[event.number])
        while True:
            bits = dice.bits()
            place = (bits & 0xFFFFFFFF) * size >> 32
            excess = rarity[events[place].number] - least
            if not excess or (excess < NEVER // 2 and not bits >> (64 - excess)):
                return place

    def _deed(self, event: Event, may: frozenset[Deed]) -> Deed:
        if event.kind != "deliver":
            return "happen"
        if self.loses and "lose" in may and self._dice.one_in(self.loses):
            return "lose"
        if self.doubles and "double" in may and self._dice.one_in(self.doubles):
            return "double"
        return "happen"

    def _rarity_of(self, event: Event) -> int:
        part = self._waves.part[event.number]
        if part == "routine":
            return self.routine
        if part == "reaction":
            return self.reaction
        if part == "life":
            return self.crash if event.kind == "crash" else 2
        if part == "news":
            return self.news
        if part == "beginning":
            return 0
        pair = (self._waves.of[event.number], event.node)
        if pair not in self._starved:
            self._starved[pair] = self.starve if self._dice.below(16) < self.spares else 0
        return self._starved[pair]


SWARM = StrategySpec(
    name="swarm",
    says="features on or off, by run: losses, doubles, crashes, early timers, news, starved nodes",
    make=pooled(Swarm),
)
