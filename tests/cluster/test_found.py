"""Runs of `everything` that once failed, each by a mistake that is mended: they must not again."""

import pytest

from paxos_des import Scenario, simulate

EVERYTHING = Scenario.named("everything").with_settings(["nemesis.from=0s"])


@pytest.mark.parametrize("seed", [1499, 5397, 8682, 9058, 11391, 13314])
def test_a_snapshot_that_is_installed_may_be_lost_in_a_crash(seed: int) -> None:
    """The checks took it for durable, although the crash came before the disk had it."""
    assert simulate(EVERYTHING, seed=seed, record="nothing").verdict == "ok"


@pytest.mark.parametrize("seed", [12056, 17573])
def test_a_primary_that_is_behind_is_told(seed: int) -> None:
    """It hears no heartbeats, and nobody had any more to ask that would have told it."""
    assert is_whole(seed)


@pytest.mark.parametrize("seed", [13927, 19966])
def test_nothing_that_a_nemesis_asked_of_a_disk_outlasts_its_healing(seed: int) -> None:
    """An fsync that was on its way failed later, and nobody restarted the node."""
    assert is_whole(seed)


def is_whole(seed: int) -> bool:
    run = simulate(EVERYTHING, seed=seed, record="nothing")
    chains = {(history.length, history.chain) for history in run.leader_histories.values()}
    return run.verdict == "ok" and run.stats.answered == EVERYTHING.requests and len(chains) == 1


def test_an_idle_primary_hears_that_others_have_chosen_something_since() -> None:
    """Whoever had chosen it crashed, and there was nothing more to propose."""
    run = simulate(Scenario.named("everything"), seed=4663, record="nothing")

    assert run.verdict == "ok"
    assert {history.length for history in run.leader_histories.values()} == {39}
