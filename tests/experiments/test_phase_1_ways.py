"""`experiments/phase-1-ways`: what phase 1 for every slot costs beside one for all, in messages
exactly, and in time as far as the quick form can tell.
"""

from statistics import fmean

import pytest
from study_runs import quick_results, rows_of

from paxos_des.study.results import Results

VALUES = 200


@pytest.fixture(scope="module")
def results() -> Results:
    return quick_results("phase-1-ways")


def ratio_of_replies(results: Results, *, acceptors: int, in_flight: str) -> float:
    """Return how much longer a reply takes with a phase 1 for every slot."""
    per_slot, stable = (
        fmean(
            row["reply_mean_us"]
            for row in rows_of(
                results, case="alone", acceptors=acceptors, in_flight=in_flight, phase1=phase1
            )
        )
        for phase1 in ("per-slot", "stable")
    )
    return per_slot / stable


def test_every_run_is_safe_and_answers_everything(results: Results) -> None:
    columns = results.columns

    assert set(columns["verdict"]) == {"ok"}
    assert set(columns["all_completed"]) == {1}


@pytest.mark.parametrize("acceptors", [3, 5, 7, 9])
def test_a_slot_costs_four_messages_an_acceptor_and_two_where_phase_1_is_paid(
    results: Results, acceptors: int
) -> None:
    rows = rows_of(results, case="alone", acceptors=acceptors)

    assert {(row["phase1"], row["in_flight"]): row["messages"] for row in rows} == {
        ("per-slot", "1"): 4 * acceptors * VALUES,
        ("per-slot", "all"): 4 * acceptors * VALUES,
        ("stable", "1"): 2 * acceptors * (VALUES + 1),
        ("stable", "all"): 2 * acceptors * (VALUES + 1),
    }


def test_one_phase_1_is_shared_by_all_values(results: Results) -> None:
    rows = rows_of(results, case="values")
    found = {(row["phase1"], row["values"]): row["messages_per_value"] for row in rows}

    for values in (1, 2, 5, 10, 20, 50, 100, 200):
        assert found["per-slot", values] == 20
        assert found["stable", values] == pytest.approx(10 * (1 + 1 / values))


@pytest.mark.parametrize("acceptors", [3, 5, 7, 9])
def test_a_stable_leader_answers_in_half_the_time_what_is_asked_one_after_the_other(
    results: Results, acceptors: int
) -> None:
    ratio = ratio_of_replies(results, acceptors=acceptors, in_flight="1")

    assert 1.95 < ratio < 2.05


@pytest.mark.parametrize("acceptors", [3, 5, 7, 9])
def test_it_saves_no_time_where_all_is_asked_before_it_leads(
    results: Results, acceptors: int
) -> None:
    """All values wait for its one phase 1, as each would for its own."""
    ratio = ratio_of_replies(results, acceptors=acceptors, in_flight="all")

    assert 0.8 < ratio < 1.25


def test_it_saves_messages_and_time_at_every_share_of_loss(results: Results) -> None:
    rows = rows_of(results, case="lossy")
    found = {(row["phase1"], row["drop"]): row for row in rows}

    for drop in (0, 0.05, 0.1, 0.15, 0.2, 0.25, 0.3):
        ours, theirs = found["stable", drop], found["per-slot", drop]
        assert ours["messages_per_value"] < 0.6 * theirs["messages_per_value"]
        assert ours["reply_mean_us"] < 0.75 * theirs["reply_mean_us"]


def test_leaders_that_all_believe_duel_and_pay_for_it_in_either_way(results: Results) -> None:
    for phase1 in ("per-slot", "stable"):
        for in_flight in ("1", "all"):
            alone, two, three = rows_of(
                results, case="duels", phase1=phase1, in_flight=in_flight
            )  # by the number of leaders

            assert alone["duels"] == 0
            assert 0 < two["duels"] < three["duels"]
            assert alone["messages"] < two["messages"] < three["messages"]


def test_a_burst_that_leaders_fight_over_is_where_a_stable_leader_is_slower(
    results: Results,
) -> None:
    """Who is refused loses all its slots in flight, and not one of them."""
    theirs, ours = rows_of(results, case="duels", leaders=2, in_flight="all")

    assert (ours["phase1"], theirs["phase1"]) == ("stable", "per-slot")
    assert ours["reply_mean_us"] > 1.2 * theirs["reply_mean_us"]
    assert ours["messages"] < theirs["messages"]
