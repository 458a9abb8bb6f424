"""What long runs of `everything` found: mistakes that are mended, and must not come back."""

import pytest

from paxos_des import Scenario, simulate

EVERYTHING = Scenario.named("everything").with_settings(["nemesis.from=0s"])


@pytest.mark.parametrize("seed", [1499, 9058, 11391])
def test_a_snapshot_that_is_installed_may_be_lost_in_a_crash(seed: int) -> None:
    """The checks took it for durable, although the crash came before the disk had it."""
    assert simulate(EVERYTHING, seed=seed, record="nothing").verdict == "ok"


def test_a_primary_that_is_behind_is_told() -> None:
    """It hears no heartbeats, and where nobody asks for anything any more, it sends nothing that
    could be refused: while leader-1 is cut off, in its client's time to think, leader-0 leads.
    """
    at = "940ms"
    acceptors = [{"at": at, "cut": [f"acceptor-{n}", "leader-1"], "for": "2s"} for n in range(5)]
    run = simulate(
        Scenario(
            values=20, in_flight=1, think_min="100ms", think_max="100ms", delay="10ms",
            heartbeat_every="100ms", heartbeat_timeout="250ms", retry_after="100ms",
            resend_after="50ms", stop_when="horizon", horizon="10s",
            faults=[
                {"at": at, "partition": [["leader-1"], ["leader-0"]], "for": "2s"},
                {"at": at, "cut": ["client-0", "leader-1"], "for": "2s"},
                *acceptors,
            ],
        ),
        seed=1,
    )  # fmt: skip

    believed = [one["primary"] for one in run.trace if one["event"] == "primary"]
    assert believed[-1] == "leader-1"
    assert [history.length for history in run.leader_histories.values()] == [20, 20]


def test_nothing_that_a_nemesis_asked_of_a_disk_outlasts_its_healing() -> None:
    """An fsync that was on its way failed later, and nobody restarted the node."""
    run = simulate(EVERYTHING, seed=19966, record="nothing")

    chains = {(history.length, history.chain) for history in run.leader_histories.values()}
    assert run.verdict == "ok"
    assert len(chains) == 1


def test_an_idle_primary_hears_that_others_have_chosen_something_since() -> None:
    """Whoever had chosen it crashed, and there was nothing more to propose."""
    run = simulate(Scenario.named("everything"), seed=4663, record="nothing")

    assert run.verdict == "ok"
    assert {history.length for history in run.leader_histories.values()} == {39}
