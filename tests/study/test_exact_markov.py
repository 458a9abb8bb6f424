"""The chain of crash and repair: balance, hand-made cases, and one way against another."""

from math import comb, exp, inf

import numpy as np
import pytest

from paxos_des.errors import InputError
from paxos_des.protocol.quorum import Flexible, Grid, Majority, Quorums
from paxos_des.study.exact.availability import available
from paxos_des.study.exact.lives import ALWAYS_UP, NEVER_UP, Life
from paxos_des.study.exact.markov import (
    Chain,
    birth_and_death,
    chain_of,
    product,
    up_at,
    up_share_between,
)

UP_US, DOWN_US = 20_000_000, 5_000_000
ALIKE = Life(UP_US, DOWN_US)
DIFFERENT = [Life(UP_US, DOWN_US), Life(3e6, 1e6), Life(1e7, 1e7), Life(5e7, 1e5)]


def of_seven() -> Chain:
    return birth_and_death(7, up_us=UP_US, down_us=DOWN_US, size=4)


@pytest.mark.parametrize("chain", [
    of_seven(),
    birth_and_death(7, up_us=UP_US, down_us=DOWN_US, size=4, crews=1),
    product(DIFFERENT, Majority(4).is_phase1),
], ids=["alike", "one crew", "different"])  # fmt: skip
def test_in_the_long_run_nothing_flows_in_or_out(chain: Chain) -> None:
    shares = chain.steady_state()
    flows = shares[:, np.newaxis] * chain.generator

    assert chain.generator.sum(axis=1) == pytest.approx(0, abs=1e-18)
    assert shares.sum() == pytest.approx(1)
    assert (shares > 0).all()
    assert shares @ chain.generator == pytest.approx(0, abs=1e-20)
    assert flows - flows.T == pytest.approx(0, abs=1e-20)  # nor between any two: detailed balance


@pytest.mark.parametrize(("n", "size"), [(1, 1), (3, 2), (5, 3), (7, 4), (9, 5), (9, 9), (100, 51)])
def test_repaired_at_once_acceptors_are_binomial(n: int, size: int) -> None:
    chain = birth_and_death(n, up_us=UP_US, down_us=DOWN_US, size=size)

    chances = [comb(n, up) * 0.8**up * 0.2 ** (n - up) for up in range(n + 1)]
    assert chain.steady_state() == pytest.approx(chances)
    assert chain.up_share() == pytest.approx(sum(chances[size:]))


def test_one_crew_repairs_fewer() -> None:
    """With one crew, 2 acceptors, λ = 1 and μ = 2: π ∝ (1, 2, 2) of 0, 1, 2 up."""
    one = birth_and_death(2, up_us=1, down_us=0.5, size=1, crews=1)
    many = birth_and_death(2, up_us=1, down_us=0.5, size=1)

    assert one.steady_state() == pytest.approx([1 / 5, 2 / 5, 2 / 5])
    assert many.steady_state() == pytest.approx([1 / 9, 4 / 9, 4 / 9])


def test_one_acceptor_by_hand() -> None:
    chain = birth_and_death(1, up_us=4, down_us=1, size=1)
    decay = 1 / 4 + 1

    assert chain.up_share() == pytest.approx(0.8)
    assert chain.first_loss_us() == pytest.approx(4)
    assert chain.outage_us() == pytest.approx(1)
    assert chain.up_share_at(2) == pytest.approx(0.8 + 0.2 * exp(-2 * decay))
    assert chain.up_share_between(1, 3) == pytest.approx(
        0.8 + 0.2 * (exp(-decay) - exp(-3 * decay)) / (2 * decay)
    )


def test_two_acceptors_lose_a_quorum_of_one_after_as_long_as_by_hand() -> None:
    """With λ = μ = 1: from two up 1/2 to one up, from there 1/2 to either side: 1.5 + 0.5 in all.

    m2 = 1/2 + m1, m1 = 1/2 + m2 / 2: m1 = 1.5, m2 = 2; an outage is 1/2, for either comes back.
    """
    chain = birth_and_death(2, up_us=1, down_us=1, size=1)

    assert chain.first_loss_us() == pytest.approx(2)
    assert chain.outage_us() == pytest.approx(1 / 2)


def test_what_is_never_lost_or_never_there() -> None:
    always = birth_and_death(3, up_us=1, down_us=1, size=0)
    never = birth_and_death(3, up_us=1, down_us=1, size=4)

    assert (always.up_share(), always.first_loss_us(), always.outage_us()) == (1, inf, 0)
    assert (never.up_share(), never.first_loss_us(), never.outage_us()) == (0, 0, 0)


def test_counting_who_is_up_is_knowing_who_is() -> None:
    """The chain of how many are up against the chain of which."""
    counted = birth_and_death(5, up_us=UP_US, down_us=DOWN_US, size=3)
    known = product([ALIKE] * 5, Majority(5).is_phase1)

    assert known.up_share() == pytest.approx(counted.up_share())
    assert known.first_loss_us() == pytest.approx(counted.first_loss_us())
    assert known.outage_us() == pytest.approx(counted.outage_us())
    assert known.up_share_between(1e6, 4e7) == pytest.approx(counted.up_share_between(1e6, 4e7))


@pytest.mark.parametrize("quorums", [
    Majority(4), Flexible(acceptors=4, phase1=4, phase2=1), Grid(acceptors=4, rows=2, columns=2),
], ids=str)  # fmt: skip
def test_acceptors_that_differ_by_chain_and_by_integral(quorums: Quorums) -> None:
    chain = chain_of(quorums, DIFFERENT)
    assert chain is not None

    for window in ((0, 1e5), (0, 6e7), (3e6, 9e6), (5e8, 9e8)):
        integral = up_share_between(quorums, DIFFERENT, from_us=window[0], to_us=window[1])
        assert chain.up_share_between(*window) == pytest.approx(integral, rel=1e-10)
    assert chain.up_share() == pytest.approx(
        available(quorums, [life.up_share for life in DIFFERENT])
    )


def test_a_long_window_is_the_long_run_and_a_short_one_the_start() -> None:
    chain = of_seven()

    assert chain.up_share_between(0, 1) == pytest.approx(1)
    assert chain.up_share_between(1e9, 2e9) == pytest.approx(chain.up_share())
    assert up_share_between(Majority(7), [ALIKE] * 7, from_us=0, to_us=1e13) == pytest.approx(
        chain.up_share()
    )
    assert chain.up_share_at(0) == 1
    assert up_at(ALIKE, 0) == 1


def test_those_that_stay_up_or_down_need_no_state() -> None:
    chain = chain_of(Majority(5), [NEVER_UP, ALIKE, ALIKE, ALIKE, ALWAYS_UP])
    assert chain is not None
    mixed = chain_of(Majority(5), [NEVER_UP, ALIKE, DIFFERENT[1], ALIKE, ALWAYS_UP])
    assert mixed is not None

    assert len(chain.generator) == 4
    assert chain.up_share() == pytest.approx(3 * 0.64 * 0.2 + 0.512)
    assert len(mixed.generator) == 8
    assert mixed.up_share() == pytest.approx(available(Majority(5), [0, 0.8, 0.75, 0.8, 1]))
    assert chain_of(Majority(5), [ALWAYS_UP] * 5) is None
    assert chain_of(Majority(11), [Life(place + 1, 1) for place in range(11)]) is None


def test_times_that_are_none_are_refused() -> None:
    with pytest.raises(InputError, match="allowed are times above 0"):
        birth_and_death(3, up_us=0, down_us=1, size=2)
    with pytest.raises(InputError, match="allowed is one from 0 on"):
        of_seven().up_share_between(2, 1)
    with pytest.raises(InputError, match="allowed are 10"):
        product([ALIKE] * 11, Majority(11).is_phase1)
