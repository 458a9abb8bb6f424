"""`assert_safe`: what is unsafe says so in words, and only when it is asked for them."""

import re
from pathlib import Path

import pytest

import paxos_des.testing.safe
from paxos_des import Scenario, simulate
from paxos_des.cluster.cluster import Cluster
from paxos_des.failure import Failure
from paxos_des.run import Run
from paxos_des.testing import UnsafeError, assert_safe
from paxos_des.testing.folder import use_folder

DUEL = Scenario.named("duel")
BROKEN = DUEL.replace(protocol="accept-below-promise")


@pytest.fixture(autouse=True)
def folder(tmp_path: Path) -> Path:
    use_folder(tmp_path)
    return tmp_path


def test_a_run_that_is_ok_passes() -> None:
    assert_safe(simulate(DUEL, seed=0))


def test_a_run_in_which_nothing_is_chosen_is_safe() -> None:
    run = simulate(DUEL.replace(drop=1.0), seed=0)

    assert run.verdict == "unknown"
    assert_safe(run)


def test_a_run_that_is_not_live_is_safe() -> None:
    scenario = DUEL.replace(slots="unbounded", drop=1.0, live_within="100ms")
    run = simulate(scenario, seed=0)

    assert run.verdicts["liveness"] == "violated"
    assert_safe(run)


def test_a_failure_says_its_schedule_its_diagram_and_the_command(folder: Path) -> None:
    text = str(unsafe(simulate(BROKEN, seed=0, checks=("agreement",))))

    assert text.startswith("agreement is violated: ")
    assert "over the dull run" in text
    assert re.search(r"o-Accept-+>V", text)
    (saved,) = folder.iterdir()
    assert f"paxos-des replay {saved}" in text
    assert Failure.load(saved).replay().verdict == "violated"


def test_nothing_is_shrunk_or_saved_until_the_message_is_read(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delattr(paxos_des.testing.safe, "shrink")

    error = unsafe(simulate(BROKEN, seed=0))

    assert error.violation.check == "promises"
    assert not [*folder.iterdir()]


def test_what_no_schedule_repeats_says_so(folder: Path) -> None:
    def forget(cluster: Cluster) -> None:
        for name in cluster.scenario.acceptor_names:
            cluster.nodes[name].persist = lambda *_: None

    run = simulate(DUEL, seed=0, extend=forget)

    assert "its schedule alone does not" in str(unsafe(run))
    assert not [*folder.iterdir()]


def unsafe(run: Run) -> UnsafeError:
    with pytest.raises(UnsafeError) as found:
        assert_safe(run)
    return found.value
