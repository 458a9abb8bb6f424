"""How long it takes to notice that a primary is gone, and how often it is suspected for nothing.

The primary of two leaders sends a beat every h; the other takes the lead when it has heard nothing
for t. A beat takes D, the same for each:

    primary    │  beat  │  beat  │  beat  ✗
    other           ↑ D      ↑ D      ↑ D ─────── t ───────▶ takes the lead

A crash at any time alike finds the last beat sent 0 to h ago: so t + D - h to t + D pass until the
other leads, t + D - h/2 in the mean. Its phases 1 and 2, and clients that ask again, come on top.

Where each beat is lost with the chance d, the other takes the lead for nothing when m = ⌈t/h⌉ - 1
in a row are lost: the next would come too late (the timer rings first where both are due at once).
Each such row of at least m begins after a beat that came, or at the start: one election for each.
"""

from math import ceil
from typing import NamedTuple

from paxos_des.cluster.disks import DiskFaults
from paxos_des.cluster.scenario import Scenario
from paxos_des.engine.clocks import RIGHT_PPM
from paxos_des.engine.delays import Constant
from paxos_des.names import NodeId
from paxos_des.study.exact.conditions import alive
from paxos_des.study.exact.lives import rule_of


class Detection(NamedTuple):
    """How long after a primary's crash, at any time alike, the other leader leads, in µs."""

    least_us: float
    mean_us: float
    most_us: float


def detection(*, every_us: float, timeout_us: float, delay_us: float = 0) -> Detection:
    """Return how long a crash goes unnoticed.

    Parameters
    ----------
    every_us, timeout_us
        h and t, as the world's clock has them: a clock of the rate r makes h/r of h.
    delay_us
        D.
    """
    most_us = timeout_us + delay_us
    return Detection(most_us - every_us, most_us - every_us / 2, most_us)


def false_elections(
    *, every_us: int, timeout_us: int, drop: float, horizon_us: int, delay_us: int = 0
) -> float:
    """Return how many elections for nothing are to be expected before the horizon, if the primary
    stays up all the time and is the higher of the two leaders.

    At the start the other leader waits for t, from 0 on, and the first beats come at h + D,
    2 h + D, …: so it takes the lead at t if all that come before are lost, ⌈(t - D)/h⌉ - 1. Later
    it does for each beat i that comes, at i h + D, and is followed by m that do not, at
    i h + D + t.

    Parameters
    ----------
    every_us, timeout_us, delay_us
        h, t and D.
    drop
        d.
    """
    first = max(0, ceil((timeout_us - delay_us) / every_us) - 1)
    later = max(0, ceil(timeout_us / every_us) - 1)
    at_start = drop**first if timeout_us < horizon_us else 0.0
    rows = max(0, ceil((horizon_us - delay_us - timeout_us) / every_us) - 1)
    return at_start + rows * (1 - drop) * drop**later


def false_elections_of(scenario: Scenario, warm_up_us: int = 0) -> float | None:
    """Return the same for a scenario, from the warm-up to its horizon; None where no closed form
    is known.

    The higher of two leaders is told to be primary and stays up, and nothing but a constant delay
    and losses befalls its beats. Their clocks may run at rates of their own.
    """
    if not _is_plain(scenario):
        return None
    other, primary = scenario.leader_names
    link = scenario.link_model(primary, other)
    every_us = _true_us(scenario, primary, scenario.heartbeat_every_us)
    timeout_us = _true_us(scenario, other, scenario.heartbeat_timeout_us)
    delay = link.delay
    if not isinstance(delay, Constant) or delay.delay_us >= every_us or link.duplicate:
        return None

    def before(horizon_us: int) -> float:
        return false_elections(
            every_us=every_us, timeout_us=timeout_us, delay_us=delay.delay_us, drop=link.drop,
            horizon_us=horizon_us,
        )  # fmt: skip

    return before(scenario.horizon_us) - before(min(warm_up_us, scenario.horizon_us))


def _is_plain(scenario: Scenario) -> bool:
    """Whether the higher of two leaders sends beats all the time, and at once."""
    leaders = scenario.leader_names
    return (
        scenario.protocol == "multi-paxos"
        and len(leaders) == 2  # noqa: PLR2004 - one that beats, and one that listens
        and alive(scenario) == leaders
        and scenario.primary_names == leaders[-1:]
        and scenario.heartbeats == "on"
        and scenario.pump == "plain"
        and scenario.stop_when == "horizon"
        and not scenario.faults
        and scenario.nemesis is None
        and not any(rule_of(scenario, name) for name in leaders)
        and scenario.fsync == Constant(0)
        and scenario.disk_faults == DiskFaults()
    )


def _true_us(scenario: Scenario, name: NodeId, time_us: int) -> int:
    """Return how long a time on a node's own clock is: timers are never early."""
    clock = scenario.clock_of(name)
    return time_us if clock is None else -(-time_us * RIGHT_PPM // clock.rate_ppm)
