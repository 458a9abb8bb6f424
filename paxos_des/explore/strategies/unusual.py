"""What a strategy that orders messages does with all else: early timers, crashes, lost messages.

In the dull run messages come first, and a timer only when no message is left. A quarter of runs is
calm: no more than that happens in them, so that what a paper says of its order of messages holds.
In others, most of the time, news waits until nothing else is under way: a leader that has heard of
a choice is out of the game, and with it the third ballot, which many a bug needs.
"""

from paxos_des.engine.dice import Dice
from paxos_des.engine.pool import Deed, Event
from paxos_des.explore.strategies.pooled import is_prompt
from paxos_des.explore.strategies.waves import Waves

CALM_ONE_IN = 4
"""How many runs there are for one that is calm."""


class Unusual:
    """Decides, for one run, what may happen that is no plain delivery, and when.

    Attributes
    ----------
    is_calm
        Nothing unusual happens in this run.
    waves
        Of the run's events, as far as `open_to` has seen them.
    """

    __slots__ = (
        "_crashes", "_dice", "_doubles", "_holds_news", "_loses", "_rings", "is_calm", "waves",
    )  # fmt: skip

    def __init__(self, dice: Dice) -> None:
        self._dice = dice
        self.waves = Waves()
        # All are drawn in any case, so that calm runs differ from others in nothing else.
        self.is_calm = dice.one_in(CALM_ONE_IN)
        self._holds_news = not dice.one_in(4) and not self.is_calm
        self._rings, self._crashes = dice.one_of((8, 16, 32)), dice.one_of((0, 0, 32, 128))
        self._loses, self._doubles = dice.one_of((0, 0, 16)), dice.one_of((0, 0, 16))

    def open_to(self, events: list[Event]) -> list[int]:
        """Return the places from which a strategy is to choose: of messages and fsyncs, the oldest
        first; or one alone, which happens now.
        """
        self.waves.fresh(events)
        if not self.is_calm:
            if self._dice.one_in(self._rings):
                places = _places(events, ("timer", "restart"))
                if places:
                    return [self._dice.one_of(places)]
            if self._crashes and self._dice.one_in(self._crashes):
                places = _places(events, ("crash",))
                if places:
                    return [self._dice.one_of(places)]
        prompt = [place for place, event in enumerate(events) if is_prompt(event)]
        if self._holds_news:
            part = self.waves.part
            others = [place for place in prompt if part[events[place].number] != "news"]
            if others:
                return others
            if prompt and not self._dice.one_in(8):
                return [self._idle(events)]
        return prompt or [self._idle(events)]

    def _idle(self, events: list[Event]) -> int:
        """Return the place of what happens when nothing is under way: mostly a timer that is set
        because of what happened, or a restart; else one that fires again and again.
        """
        part = self.waves.part
        asked = [
            place
            for place, event in enumerate(events)
            if event.kind == "restart" or part[event.number] == "reaction"
        ]
        if asked and not self._dice.one_in(8):
            return self._dice.one_of(asked)
        rings = [place for place, event in enumerate(events) if event.kind != "crash"]
        return self._dice.one_of(rings or range(len(events)))

    def deed(self, event: Event, may: frozenset[Deed]) -> Deed:
        """Return what becomes of an event that is picked."""
        if self.is_calm or event.kind != "deliver":
            return "happen"
        if self._loses and "lose" in may and self._dice.one_in(self._loses):
            return "lose"
        if self._doubles and "double" in may and self._dice.one_in(self._doubles):
            return "double"
        return "happen"


def _places(events: list[Event], kinds: tuple[str, ...]) -> list[int]:
    return [place for place, event in enumerate(events) if event.kind in kinds]
