"""How acceptors come and go, as a scenario's `lives` say, for the closed forms that rest on it."""

from typing import NamedTuple

from paxos_des.cluster.life_rules import LifeRule, life_of
from paxos_des.cluster.scenario import Scenario
from paxos_des.engine.delays import Delay, Exponential, table
from paxos_des.engine.knots import ALL
from paxos_des.names import NodeId


class Life(NamedTuple):
    """How one acceptor lives: up for a time, down for a time, and so on, each time anew.

    Attributes
    ----------
    up_us, down_us
        How long in the mean; 0 for never.
    is_memoryless
        Both times are exponential, so that the past says nothing of the future.
    """

    up_us: float
    down_us: float
    is_memoryless: bool = True

    @property
    def up_share(self) -> float:
        """The share of time that it is up in the long run: up / (up + down), whatever the
        distributions (an alternating renewal process: Ross, *Introduction to Probability Models*,
        7.5).
        """
        return self.up_us / (self.up_us + self.down_us)


ALWAYS_UP = Life(1, 0)
NEVER_UP = Life(0, 1)


def lives_of(scenario: Scenario) -> tuple[Life, ...] | None:
    """Return how each acceptor lives, in order; None where more befalls them than `lives` and
    `failed_acceptors` say, or lives end for good before the run does.
    """
    if scenario.faults or scenario.nemesis is not None or scenario.changes:
        return None
    lives = []
    for place, name in enumerate(scenario.member_names):
        rule = rule_of(scenario, name)
        is_failed = place < scenario.failed_acceptors
        if rule is None:
            lives.append(NEVER_UP if is_failed else ALWAYS_UP)
            continue
        if rule.until_us is not None and rule.until_us < scenario.horizon_us:
            return None
        if is_failed and rule.deed == "fail":
            return None  # the end of its first life heals what failed at the start
        lives.append(NEVER_UP if is_failed else _life(rule.up, rule.down))
    return tuple(lives)


def have_lives(scenario: Scenario) -> bool:
    """Whether any acceptor comes and goes."""
    return any(rule_of(scenario, name) is not None for name in scenario.member_names)


def mean_us(delay: Delay) -> float:
    """Return the mean of a distribution: of an exponential what it is called by, from which the
    table that it is drawn from is within 0.02 %; else the table's.
    """
    if isinstance(delay, Exponential):
        return delay.mean_us + delay.minimum_us
    # A segment of so many whole µs, all alike, ends one below where the next begins.
    return (
        sum(width * (low + max(span - 1, 0) / 2) for width, low, span in table(delay).segments())
        / ALL
    )


def rule_of(scenario: Scenario, name: NodeId) -> LifeRule | None:
    """Return the rule by which a node lives; None: it stays up."""
    return life_of(scenario.lives, scenario.roles, name)


def _life(up: Delay, down: Delay) -> Life:
    is_memoryless = all(
        isinstance(delay, Exponential) and not delay.minimum_us for delay in (up, down)
    )
    return Life(mean_us(up), mean_us(down), is_memoryless)
