"""The strategies, by name: one small file each."""

from paxos_des.errors import InputError
from paxos_des.explore.attempt import StrategySpec
from paxos_des.explore.strategies.portfolio import PARTS, PORTFOLIO
from paxos_des.names import nearest

STRATEGIES: dict[str, StrategySpec] = {spec.name: spec for spec in (*PARTS, PORTFOLIO)}
DEFAULT = "portfolio"


def strategy_named(name: str) -> StrategySpec:
    """Return a strategy by name.

    Raises
    ------
    InputError
        With the nearest known name, when there is none of this name.
    """
    if name not in STRATEGIES:
        hint = nearest(name, STRATEGIES)
        message = f"--strategy: found {name!r}{hint}; allowed: {', '.join(STRATEGIES)}"
        raise InputError(message)
    return STRATEGIES[name]
