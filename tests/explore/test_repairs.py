"""One mistake after another: a hunt finds what breaks, and its schedule says whose it is."""

from collections.abc import Sequence

import pytest

from paxos_des import Scenario
from paxos_des.cluster.registry import ProtocolSpec
from paxos_des.explore.repairs import repairs
from paxos_des.museum.naive_2009 import MISTAKES, naive
from paxos_des.report.repairs import bound_in_words, repair_in_words

DUEL = Scenario.named("duel")
TWO = ("votes-below-promise", "unlearns")
SEEDS = range(20)


def with_only(mistakes: Sequence[str]) -> ProtocolSpec:
    return naive(f"naive-2009-of-{len(mistakes)}", mistakes)


def test_repairs_what_breaks_and_stops_where_nothing_does() -> None:
    first, last = repairs(with_only, TWO, DUEL, SEEDS)

    assert first.mistakes == TWO
    assert first.find is not None
    assert first.needed == first.repaired == ("votes-below-promise",)
    assert last.mistakes == ("unlearns",)
    assert last.find is None
    assert last.needed == last.repaired == ()
    assert last.report.schedules == len(SEEDS)


def test_says_what_broke_whose_it_is_and_what_finding_nothing_means() -> None:
    first, last = repairs(with_only, TWO, DUEL, SEEDS)

    said = repair_in_words(first, MISTAKES)
    assert said.startswith("2 mistakes left\nfound      in schedule ")
    assert "repaired   votes-below-promise: An acceptor that is asked to accept" in said
    assert repair_in_words(last, MISTAKES).startswith("1 mistake left\n")
    assert "none of 20 schedules breaks anything" in bound_in_words(last.report)
    assert "at most 0.14, at 95%" in bound_in_words(last.report)


def test_refuses_to_blame_a_mistake_for_what_comes_without_it() -> None:
    with pytest.raises(AssertionError, match="fails whichever of unlearns is repaired"):
        list(repairs(lambda _: with_only(TWO), ("unlearns",), DUEL, SEEDS))
