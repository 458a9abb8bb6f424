"""Amnesia, shown: with what makes it durable taken out, the protocol comes to disagree.

The seeds are those of the shipped scenario, and all else stays as it is. Only `agreement` judges,
so that no other check ends the run before leaders have learned different values.
"""

from collections.abc import Callable, Iterable
from concurrent.futures import ProcessPoolExecutor
from functools import partial

import pytest

import paxos_des.engine.disk
from paxos_des import Scenario, simulate
from paxos_des.checks.verdict import Verdict
from paxos_des.cluster.cluster import Cluster
from paxos_des.museum.truncates_at_corruption import truncate
from paxos_des.names import NodeId
from paxos_des.protocol.effects import Record
from paxos_des.run import Run

CRASHES = Scenario.named("crashes")
ROTTEN = Scenario.named("disk-faults").replace(
    acceptors=3,
    snapshot_every="never",
    horizon="5s",
    nemesis={
        "kinds": ["crash", "rot", "pause"],
        "bounded": "no",
        "every": "25ms",
        "until": "1500ms",
    },
)
"""Rot in the middle of logs that nothing is forgotten from, in so small a cluster that two disks
without what they acknowledged can vote against what the third remembers.
"""

AGREEMENT = ("agreement",)


def lose_records(cluster: Cluster) -> None:
    """Make `persist` a no-op: acceptors and leaders write nothing. The trace goes on saying what
    acceptors vote for, for the checks.
    """

    def lose(_: int, __: NodeId, ___: Record) -> None:
        return

    for name in cluster.scenario.acceptor_names:
        cluster.nodes[name].persist = cluster.trace.add_record
    for name in cluster.scenario.leader_names:
        cluster.nodes[name].persist = lose


def run_with_amnesia(seed: int, checks: tuple[str, ...] = AGREEMENT) -> Run:
    return simulate(CRASHES, seed=seed, record="nothing", checks=checks, extend=lose_records)


def run_without_refusal(
    seed: int, checks: tuple[str, ...] = AGREEMENT, scenario: Scenario = ROTTEN
) -> Run:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(paxos_des.engine.disk, "read_back", truncate)
        return simulate(scenario, seed=seed, record="nothing", checks=checks)


def first_disagreement(run_of: Callable[[int], Run], seeds: Iterable[int]) -> int | None:
    return next((seed for seed in seeds if run_of(seed).verdict == "violated"), None)


def test_leaders_disagree_when_nothing_is_persisted() -> None:
    """In the shipped scenario, which is bounded: three acceptors of five are never harmed at once,
    and yet it is the fourth seed that shows it.
    """
    assert first_disagreement(run_with_amnesia, range(20)) == 3


def test_the_same_seeds_agree_when_everything_is_persisted() -> None:
    runs = [simulate(CRASHES, seed=seed, record="nothing") for seed in range(4)]

    assert [run.verdict for run in runs] == ["ok"] * 4


def test_durability_tells_of_amnesia_before_leaders_disagree() -> None:
    run = run_with_amnesia(3, checks=("agreement", "durability"))

    assert run.verdicts == {"agreement": "ok", "durability": "violated"}
    assert run.violations[0].check == "durability"
    assert "acceptor-" in run.violations[0].what


def test_leaders_disagree_when_recovery_cuts_a_log_at_rot_and_goes_on_voting() -> None:
    assert first_disagreement(run_without_refusal, range(20)) == 2


def test_the_shipped_scenario_shows_it_too() -> None:
    """Bounded, with five acceptors, and forgetting: of its first thousand seeds, 710 alone."""
    assert run_without_refusal(710, scenario=Scenario.named("disk-faults")).verdict == "violated"


def test_the_same_seeds_agree_when_rot_is_refused() -> None:
    runs = [simulate(ROTTEN, seed=seed, record="nothing") for seed in range(4)]

    assert {run.verdict for run in runs} == {"ok"}
    assert any(run.nemesis is not None and run.nemesis.refused for run in runs)


def test_durability_tells_of_a_log_that_was_cut() -> None:
    run = run_without_refusal(2, checks=("agreement", "durability"))

    assert run.verdicts["durability"] == "violated"


def verdict_of(run_of: Callable[[int], Run], seed: int) -> Verdict:
    return run_of(seed).verdict


@pytest.mark.deep
@pytest.mark.parametrize(("run_of", "least"), [(run_with_amnesia, 50), (run_without_refusal, 50)])
def test_of_a_thousand_seeds_many_disagree(run_of: Callable[[int], Run], least: int) -> None:
    with ProcessPoolExecutor(2) as pool:
        verdicts = list(pool.map(partial(verdict_of, run_of), range(1_000), chunksize=25))

    print(f"{run_of.__name__}: {verdicts.count('violated')} of 1,000")  # noqa: T201 - with -s
    assert verdicts.count("violated") > least
