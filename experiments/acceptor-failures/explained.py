"""What of the acceptors' crashes and recoveries is exact, and what recovery explains of the rest.

    python experiments/acceptor-failures/explained.py experiments/acceptor-failures/results

Prints a row for each point of `at-random`, in Markdown. Exits with 1 if more intervals than a right
simulator's may miss the exact share of time with a quorum up, or if what was available is not below
it, or is below it by more than recovery explains: README.md tells why.
"""

import sys
from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
from scipy.integrate import trapezoid
from scipy.linalg import expm

from paxos_des.cluster.scenario import Scenario
from paxos_des.study.estimates import Estimate, estimates
from paxos_des.study.exact.lives import lives_of
from paxos_des.study.exact.markov import Chain, chain_of
from paxos_des.study.plan import Measure
from paxos_des.study.results import Results

MISSES_MAX = 6
"""Of 30 points; a right simulator has more once in a thousand."""
_STEPS = 400
"""Of the integral over how long a quorum stays up."""


class Row(NamedTuple):
    """A point: exact and measured shares of time.

    Attributes
    ----------
    losses_per_s
        How often a quorum is lost, exactly.
    floor
        What is available if each quorum is noticed as late as can be.
    """

    acceptors: int
    mean_up_us: int
    exact: float
    quorum: Estimate
    losses_per_s: float
    floor: float
    available: Estimate

    @property
    def is_missed(self) -> bool:
        """Whether the interval of what was measured misses what is exact."""
        low, high = ends(self.quorum)
        return not low <= self.exact <= high

    @property
    def is_explained(self) -> bool:
        """Whether less was available than a quorum was up, and not too little."""
        assert self.available.value is not None, self
        assert self.quorum.value is not None, self
        _, high = ends(self.available)
        return self.available.value <= self.quorum.value and self.floor <= high

    @property
    def cost_ms(self) -> float:
        """How much of the time with a quorum up was of no use, for each loss of one."""
        assert self.available.value is not None, self
        assert self.quorum.value is not None, self
        return 1000 * (self.quorum.value - self.available.value) / self.losses_per_s


def rows(results: Results) -> Iterator[Row]:
    """Yield a row for each point at which acceptors come and go."""
    quorums, available = (
        estimates(results, column) for column in ("quorum_up_share", "available_share")
    )
    for point in results.points({"case": "at-random"}):
        lives = lives_of(point.scenario)
        assert lives is not None, "they say it"
        chain = chain_of(point.scenario.quorum_system, lives)
        assert chain is not None, "it is small"
        late_us = late_of(point.scenario, results.plan.measure)
        yield Row(
            acceptors=point.scenario.acceptors,
            mean_up_us=round(lives[0].up_us),
            exact=chain.up_share(),
            quorum=quorums[point.number],
            losses_per_s=1e6 * chain.loss_rate(),
            floor=chain.up_share() - chain.loss_rate() * up_below_us(chain, late_us),
            available=available[point.number],
        )


def late_of(scenario: Scenario, measure: Measure) -> int:
    """Return how late a quorum that is back is noticed at the latest, in µs.

    A leader looks every `resend_after` for what is in flight since it looked last, and sends that
    again: what was sent right after a look is sent again by the second one after. That it is chosen
    then takes milliseconds; one window more is enough for them, and for one that is cut short.
    """
    return 2 * scenario.resend_after_us + measure.window_us


def up_below_us(chain: Chain, most_us: int) -> float:
    """Return the mean of min(L, most), where L is how long a quorum stays up, from when it is back.

    E min(L, m) = ∫ P(L > x) dx over 0 < x < m; and P(L > x) is what is left, after x, of the chain
    among its states with a quorum, begun in the one where acceptors are just enough.
    """
    up = np.flatnonzero(chain.is_up)
    step = expm(chain.generator[np.ix_(up, up)] * most_us / _STEPS)
    state = np.eye(len(up))[0]
    lasts = []
    for _ in range(_STEPS + 1):
        lasts.append(float(state.sum()))
        state = state @ step
    return float(trapezoid(lasts, dx=most_us / _STEPS))


def ends(estimate: Estimate) -> tuple[float, float]:
    assert estimate.low is not None, estimate
    assert estimate.high is not None, estimate
    return estimate.low, estimate.high


def table(found: list[Row]) -> str:
    """Return the rows in Markdown."""
    lines = [
        "| acceptors | mean up | exact | quorum up | | floor | available | ms lost a loss |",
        "|--:|--:|--:|--:|---|--:|--:|--:|",
    ]
    for row in found:
        quorum, available = (
            f"{one.value:.4f} ({one.low:.4f} to {one.high:.4f})"
            for one in (row.quorum, row.available)
        )
        cells = (
            row.acceptors, f"{row.mean_up_us / 1e6:g} s", f"{row.exact:.4f}", quorum,
            "missed" if row.is_missed else "", f"{row.floor:.4f}", available,
            f"{row.cost_ms:.0f}",
        )  # fmt: skip
        lines.append("| " + " | ".join(map(str, cells)) + " |")
    return "\n".join(lines)


def main(folder: str) -> int:
    from paxos_des.study.sweeps import read_results  # noqa: PLC0415 - it needs Arrow, and this not

    found = list(rows(read_results(folder)))
    missed = sum(row.is_missed for row in found)
    unexplained = sum(not row.is_explained for row in found)
    sys.stdout.write(
        f"{table(found)}\n\n"
        f"{missed} of {len(found)} intervals miss the exact share of time with a quorum up;\n"
        f"at {unexplained} points recovery does not explain what was available.\n"
    )
    return int(missed > MISSES_MAX or unexplained > 0)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
