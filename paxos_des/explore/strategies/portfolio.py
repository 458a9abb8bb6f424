"""`portfolio`: all strategies in turn: no bug is hard for all of them."""

from collections.abc import Mapping

from paxos_des.cluster.scenario import Scenario
from paxos_des.errors import ScenarioError
from paxos_des.explore.attempt import Attempt, Strategy, StrategySpec
from paxos_des.explore.strategies.delay_bounded import DELAY_BOUNDED
from paxos_des.explore.strategies.guided import GUIDED, Guided
from paxos_des.explore.strategies.overlap import OVERLAP
from paxos_des.explore.strategies.pct import PCT
from paxos_des.explore.strategies.pctcp import PCTCP
from paxos_des.explore.strategies.pooled import VALUES_MAX, Pooled
from paxos_des.explore.strategies.pos import POS
from paxos_des.explore.strategies.swarm import SWARM
from paxos_des.explore.strategies.uniform import UNIFORM
from paxos_des.explore.strategies.weather import WEATHER

PARTS = (WEATHER, UNIFORM, SWARM, PCT, PCTCP, POS, DELAY_BOUNDED, OVERLAP, GUIDED)
SHARES = {
    "guided": 44, "overlap": 24, "weather": 4, "swarm": 3,
    "uniform": 1, "pct": 1, "pctcp": 1, "pos": 1, "delay-bounded": 1,
}  # fmt: skip
"""How many turns each has in a round. This comes from measuring: what needs three ballots is found
by `guided`, which goes on from where two values compete, and by `overlap`, which gets there; most
else by any of them."""


def dealt(shares: Mapping[str, int]) -> tuple[str, ...]:
    """Return a round: who has a share of the turns, has about that share of the first few too."""
    turns = sum(shares.values())
    had = dict.fromkeys(shares, 0)
    table = []
    for turn in range(1, turns + 1):
        next_ = max(shares, key=lambda name: shares[name] * turn - had[name] * turns)
        had[next_] += 1
        table.append(next_)
    return tuple(table)


TABLE = dealt(SHARES)
"""Whose turn it is, by the seed modulo the table's length."""


class Portfolio:
    """Gives each strategy its share of the seeds, counted for each from the first on.

    Attributes
    ----------
    note
        Why some strategies are left out, in a sentence; None: none is.
    """

    def __init__(self, scenario: Scenario, checks: tuple[str, ...]) -> None:
        self._parts: dict[str, Strategy] = {}
        self.note: str | None = None
        for spec in PARTS:
            try:
                self._parts[spec.name] = spec.make(scenario, checks)
            except ScenarioError as error:
                self.note = f"portfolio: only {', '.join(self._parts)} is left ({error})"
        self._table = tuple(
            name for turn in TABLE for name in (*_weather_first(scenario), turn)
            if name in self._parts
        )  # fmt: skip
        self._shares = {name: self._table.count(name) for name in self._parts}
        counts = dict.fromkeys(self._parts, 0)
        self._places: list[int] = []
        for name in self._table:
            self._places.append(counts[name])
            counts[name] += 1

    def turn(self, seed: int) -> tuple[str, int]:
        """Return whose turn it is, and which seed it gets."""
        round_, place = divmod(seed, len(self._table))
        name = self._table[place]
        return name, round_ * self._shares[name] + self._places[place]

    def attempt(self, seed: int) -> Attempt:
        """Run a seed. `guided` learns from all runs in the pool that are made by a policy."""
        name, own_seed = self.turn(seed)
        part, guided = self._parts[name], self._parts.get(GUIDED.name)
        if isinstance(part, Pooled) and isinstance(guided, Guided):
            return guided.follow(part.make(own_seed, part.steps_max), own_seed)
        return part.attempt(own_seed)

    def news(self) -> bytes | None:
        """Return what those that learn have learned since the last call; None: nothing."""
        guided = self._parts.get(GUIDED.name)
        return guided.news() if isinstance(guided, Guided) else None

    def restore(self, told: bytes) -> None:
        guided = self._parts.get(GUIDED.name)
        if isinstance(guided, Guided):
            guided.restore(told)


def _weather_first(scenario: Scenario) -> tuple[str, ...]:
    """Return what every turn begins with: the weather, where the pool shows a part only of what a
    scenario is about. It knows nothing of a scenario's faults, clocks and time limits, and runs a
    few of many values.
    """
    is_partial = (
        bool(scenario.faults)
        or bool(scenario.lives)
        or scenario.nemesis is not None
        or scenario.has_clocks
        or scenario.live_within_us is not None
        or scenario.values > VALUES_MAX * scenario.clients
    )
    return (WEATHER.name,) if is_partial else ()


PORTFOLIO = StrategySpec(
    name="portfolio", says="all of the others in turn, each with its share of the seeds",
    make=Portfolio,
)  # fmt: skip
