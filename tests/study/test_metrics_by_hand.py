"""Metrics of runs whose faults are made by hand, so that the answers are known beforehand."""

from types import SimpleNamespace
from typing import Any

import pytest
from measured import cells_of

from experiments.hosted_paxos.protocol import three_proposers
from experiments.two_phase_commit.protocol import coordinator_crashes
from paxos_des import Scenario, simulate
from paxos_des.checks.votes import Votes
from paxos_des.cluster.cluster import Cluster
from paxos_des.engine.entries import FaultEntry, LearnEntry, SnapshotEntry
from paxos_des.engine.trace import Trace
from paxos_des.museum import EXHIBITS
from paxos_des.study.metrics import METRICS
from paxos_des.study.metrics.metric import Observed
from paxos_des.study.metrics.quantiles import quantile_cells, quantile_columns
from paxos_des.study.plan import Measure

STEADY = Scenario(
    acceptors=3, leaders=2, primaries="highest", phase1="stable", heartbeats="on",
    heartbeat_every="100ms", heartbeat_timeout="250ms", clients=4, values=2000, in_flight=1,
    send_to="leader-1", retry_after="100ms", delay="constant 5ms", disks="on", resend_after="50ms",
    backoff_min="10ms", backoff_max="10ms", stop_when="horizon", horizon="3s",
)  # fmt: skip
"""Every 20 ms each of four clients asks, and has an answer."""


def steady(*faults: dict[str, object], **keys: Any) -> dict[str, Any]:  # noqa: ANN401 - any keys
    return cells_of(STEADY.replace(faults=faults, **keys), deadline_us=1_000_000)


def test_a_quiet_run_has_constant_times_and_no_elections() -> None:
    cells = steady()

    # Two delays to prepare, for which the first requests wait; then one to ask for votes.
    assert cells["first_value_us"] == 15_000
    assert (cells["choose_p50_us"], cells["reply_p50_us"]) == (10_000, 20_000)
    assert (cells["phase2_mean_us"], cells["available_share"]) == (10_000, 1)
    assert (cells["completed_share"], cells["all_completed"]) == (1, 1)
    assert (cells["elections"], cells["duels"], cells["primary_losses"]) == (0, 0, 0)
    assert (cells["catch_ups"], cells["catch_up_mean_us"]) == (0, None)
    assert cells["quorum_up_share"] == 1


def test_what_a_lost_primary_had_in_flight_ends_no_downtime() -> None:
    """It is chosen within 5 ms. The last heartbeat was heard at 1005 ms; silence takes 250 ms, and
    then come the refusal of a ballot too low, a back-off, phase 1, and an Accept: of a command that
    its client asks for again, of the right leader, when it has waited for 100 ms.
    """
    cells = steady({"at": "1008ms", "crash": "leader-1", "for": "1s"})

    least_us = 1_005_000 + 250_000 + 10_000 + 10_000 + 10_000 + 5_000 - 1_008_000
    assert least_us <= cells["downtime_max_us"] <= least_us + 100_000 + 20_000
    assert (cells["primary_losses"], cells["elections"], cells["false_elections"]) == (1, 1, 0)


def test_taking_over_from_the_dead_is_no_duel() -> None:
    cells = steady({"at": "1s", "crash": "leader-1"})

    assert (cells["elections"], cells["duels"]) == (1, 0)


def test_the_loss_of_a_follower_or_of_one_that_is_lost_already_is_no_primarys() -> None:
    cells = steady(
        {"at": "1s", "crash": "leader-0", "for": "100ms"},
        {"at": "1500ms", "crash": "leader-1"},
        {"at": "1600ms", "fail": "leader-1"},
    )

    assert cells["primary_losses"] == 1


def test_a_primary_that_is_back_before_it_is_missed_ends_the_downtime_itself() -> None:
    cells = steady({"at": "1s", "pause": "leader-1", "for": "100ms"})

    assert (cells["primary_losses"], cells["elections"]) == (1, 0)
    assert 100_000 < cells["downtime_max_us"] <= 120_000


def test_downtime_without_end_counts_up_to_the_end_of_the_run() -> None:
    cells = steady({"at": "1s", "crash": "leader-*"})

    assert (cells["primary_losses"], cells["downtime_max_us"]) == (1, 2_000_000)


def test_a_second_loss_lengthens_the_downtime() -> None:
    cells = steady(
        {"at": "1s", "crash": "leader-1", "for": "100ms"}, {"at": "1157ms", "crash": "leader-0"}
    )

    assert cells["primary_losses"] == 2
    assert cells["downtime_mean_us"] == cells["downtime_max_us"] > 300_000


def test_a_loss_after_the_last_answer_is_none() -> None:
    cells = steady({"at": "1s", "crash": "leader-1"}, values=40)

    assert (cells["completed"], cells["primary_losses"]) == (40, 0)
    assert (cells["windows"], cells["available_share"]) == (2, 1)  # 40 values take 0.2 s


def test_who_is_cut_off_is_falsely_replaced() -> None:
    cells = steady({"at": "1s", "cut": ["leader-1", "leader-0"], "for": "300ms"})

    assert (cells["elections"], cells["false_elections"]) == (1, 1)
    assert cells["duels"] >= 1  # both propose, until the higher one is heard again
    assert cells["primary_losses"] == 0


def test_two_that_want_one_slot_have_a_duel() -> None:
    """The higher ballot wins wherever it comes first; and whoever is refused comes back higher."""
    duel = Scenario.named("duel").replace(drop=0, duplicate=0, delay="constant 5ms")

    assert cells_of(duel)["duels"] == 1


@pytest.mark.parametrize(
    ("quorums", "acceptors", "share"),
    [
        ("majority", 3, 0.9),  # two of three are failed from 2 s to 3 s
        ("flexible 2 2", 3, 0.9),
        ("flexible 3 1", 3, 0.7),  # one is, from 1 s to 4 s
        ("grid 2 2", 4, 0.9),  # a row that is whole is left, but no column
    ],
)
def test_a_quorum_is_up_while_enough_acceptors_are(
    quorums: str, acceptors: int, share: float
) -> None:
    faults = [
        {"at": "1s", "fail": "acceptor-0", "for": "2s"},
        {"at": "2s", "crash": "acceptor-1", "for": "2s"},
    ]
    scenario = STEADY.replace(
        quorums=quorums, acceptors=acceptors, faults=faults, values=20, horizon="10s"
    )

    assert cells_of(scenario)["quorum_up_share"] == pytest.approx(share)


def test_a_quorum_counts_from_the_warm_up_on() -> None:
    faults = [{"at": "1s", "fail": "acceptor-0"}, {"at": "2s", "pause": "acceptor-1", "for": "2s"}]
    scenario = STEADY.replace(faults=faults, values=20, horizon="10s")

    assert cells_of(scenario, warm_up_us=3_000_000)["quorum_up_share"] == pytest.approx(6 / 7)


def test_an_acceptor_is_up_when_nothing_that_befell_it_is_left() -> None:
    """Paused and then crashed, it is not paused when it restarts; failed and then paused, it is
    still failed when it resumes.
    """
    faults = [
        {"at": "1s", "pause": "acceptor-0", "for": "1500ms"},
        {"at": "2s", "crash": "acceptor-0", "for": "1s"},  # up at 3 s
        {"at": "5s", "fail": "acceptor-0", "for": "3s"},  # up at 8 s
        {"at": "6s", "pause": "acceptor-0", "for": "1s"},
    ]
    scenario = STEADY.replace(acceptors=1, faults=faults, values=20, horizon="10s")

    assert cells_of(scenario)["quorum_up_share"] == pytest.approx(0.5)


@pytest.mark.parametrize(("failed", "share"), [(0, 1), (1, 1), (2, 0), (3, 0)])
def test_beyond_a_minority_of_failed_acceptors_nothing_is_completed(
    failed: int, share: int
) -> None:
    cells = steady(failed_acceptors=failed)

    assert (cells["completed_share"], cells["all_completed"]) == (share, share)
    assert (cells["available_share"], cells["quorum_up_share"]) == (share, share)
    assert (cells["first_value_us"] is None) == (share == 0)
    assert (cells["messages_per_value"] is None) == (share == 0)
    assert cells["requests"] == (4 if share == 0 else pytest.approx(404, abs=8))


def test_requests_that_the_horizon_cuts_short_are_left_out_answered_or_not() -> None:
    """Of 3 s, requests of the first two can be judged: each client makes one every 20 ms."""
    cells = steady({"at": "2500ms", "crash": "leader-*"})

    assert (cells["requests"], cells["completed_share"]) == (pytest.approx(404, abs=8), 1)


def test_where_the_horizon_is_before_the_deadline_no_request_can_be_judged() -> None:
    cells = cells_of(STEADY.replace(failed_acceptors=3), deadline_us=3_000_001)

    assert (cells["requests"], cells["completed_share"], cells["all_completed"]) == (0, None, None)


def test_a_leader_that_missed_nothing_has_caught_up_at_once() -> None:
    cells = steady({"at": "2s", "pause": "leader-0", "for": "100ms"}, values=20)

    assert (cells["catch_ups"], cells["catch_up_max_us"]) == (1, 0)


def test_a_leader_that_goes_down_again_begins_its_catching_up_anew() -> None:
    cells = steady(
        {"at": "1s", "fail": "leader-0", "for": "200ms"},
        {"at": "1203ms", "fail": "leader-0", "for": "200ms"},
    )

    # It asks, and is told, which takes two delays.
    assert (cells["catch_ups"], cells["catch_up_max_us"]) == (1, 10_000)


def test_a_leader_that_goes_down_for_good_before_it_has_caught_up_counts_for_nothing() -> None:
    cells = steady(
        {"at": "1s", "fail": "leader-0", "for": "200ms"}, {"at": "1203ms", "fail": "leader-0"}
    )

    assert cells["catch_ups"] == 0


def test_a_leader_that_does_not_come_back_is_not_up() -> None:
    faults = (
        {"at": "1s", "crash": "acceptor-0", "for": "1s"},
        {"at": "1500ms", "rot": "acceptor-0", "back": 3},
    )
    scenario = STEADY.replace(acceptors=1, faults=faults, horizon="4s")
    refused = [entry for entry in simulate(scenario).trace if entry.get("refused")]

    assert len(refused) == 1, "else the test is about nothing"
    assert cells_of(scenario)["quorum_up_share"] == pytest.approx(1 / 4)


def test_a_snapshot_that_a_crash_has_lost_has_to_be_made_up_for() -> None:
    """Entries by hand: no disk of a right leader loses one, and those of a museum's may."""
    trace = Trace("nothing")
    votes: Any = SimpleNamespace(chosen=dict.fromkeys(range(10)), slots=10)
    cluster: Any = SimpleNamespace(scenario=STEADY, trace=trace)
    meter = METRICS["catch_up"].meter(Observed(cluster, votes, Measure()))

    trace.add(SnapshotEntry, 1_000, "snapshot", "leader-0", 10, "")
    trace.add(FaultEntry, 2_000, "crash", "leader-0")
    trace.add(FaultEntry, 3_000, "restart", "leader-0")
    for slot in range(10):
        trace.add(LearnEntry, 4_000 + slot, "learn", "leader-0", slot, None)

    run: Any = SimpleNamespace(stats=SimpleNamespace(simulated_us=9_000))
    assert meter.cells(run)["catch_up_max_us"] == 4_009 - 3_000


def test_nearest_ranks_are_times_that_were_measured() -> None:
    cells = quantile_cells("x", list(range(1000, 0, -1)))

    assert list(cells.values()) == [500.5, 500, 900, 990, 999]
    assert list(cells) == [column.name for column in quantile_columns("x", "")]
    assert quantile_cells("x", [7])["x_p999_us"] == 7
    assert quantile_cells("x", []) == {}


def test_two_phase_commit_has_times_to_the_answer_and_no_more() -> None:
    cells = cells_of(coordinator_crashes())

    said = {name for name, cell in cells.items() if cell is not None}
    requests, replies = {"requests", "completed", "simulated_us"}, {"reply_us", "reply_mean_us"}
    assert said == requests | replies | {f"reply_{one}_us" for one in ("p50", "p90", "p99", "p999")}


def test_somebody_elses_paxos_has_no_messages_of_ours() -> None:
    cells = cells_of(three_proposers())

    assert cells["first_value_us"] > 0
    for column in ("requests", "reply_us", "messages_per_value", "duels", "phase2_count"):
        assert cells[column] is None


@pytest.mark.parametrize("name", ["naive-2009", "forgets-after-chosen", "volatile-vote"])
def test_wrong_protocols_are_measured_too(name: str) -> None:
    assert cells_of(EXHIBITS[name].scenario)["simulated_us"] > 0


@pytest.mark.deep
def test_every_wrong_protocol_is_measured_too() -> None:
    for exhibit in EXHIBITS.values():
        for seed in range(5):
            cells_of(exhibit.scenario, seed)


@pytest.mark.parametrize("name", ["lossy", "everything"])
def test_to_measure_a_run_changes_nothing_in_it(name: str) -> None:
    scenario = Scenario.named(name)

    def observe(cluster: Cluster, votes: Votes) -> None:
        observed = Observed(cluster, votes, Measure())
        for metric in METRICS.values():
            metric.meter(observed)

    run = simulate(scenario, seed=5, observe=observe)

    assert run.digest == simulate(scenario, seed=5).digest
