"""Roles in many lives: crashes between any two effects, and messages lost, late and doubled."""

import pytest
from pool import Pool
from roles import command, settings

from paxos_des.protocol.ballot import Command

SEEDS = range(24)


@pytest.mark.parametrize("seed", SEEDS)
def test_nothing_chosen_is_lost_and_all_come_to_the_same(seed: int) -> None:
    """What the pool checks at each step, and that it ends well when nothing more befalls it."""
    pool = a_pool(seed)

    pool.run_wildly(2_500, crash=0.01, drop=0.1, double=0.1)

    assert pool.run_calmly(60), pool.counts


def test_the_pool_comes_to_what_it_is_there_for() -> None:
    """A check of what never happened proves nothing."""
    pools = [a_pool(seed) for seed in SEEDS]
    for pool in pools:
        pool.run_wildly(2_500, crash=0.01, drop=0.1, double=0.1)
    counts = {kind for pool in pools for kind in pool.counts}

    assert {"crash", "Told", "Snapshotted", "Installed", "Forgot", "Gone", "Recovered"} <= counts


@pytest.mark.parametrize("seed", SEEDS)
def test_nor_is_anything_lost_while_acceptors_change(seed: int) -> None:
    how = settings(
        phase1="stable" if seed % 2 else "per-slot",
        window=3,
        replica="kv",
        snapshot_every=(3, None)[seed // 2 % 2],
        catch_up_batch=4,
        reconfigure_after=(3, 6, 10)[seed % 3],
        spares=("acceptor-3", "acceptor-4"),
    )
    changes = [
        Command("client-1", number, ("reconfigure", tuple(f"acceptor-{name}" for name in names)))
        for number, names in enumerate(("013", "134", "0134", "2", "012"))
    ]
    pool = Pool(how, [*(command(number) for number in range(20)), *changes], seed)

    pool.run_wildly(2_000, crash=0.01, drop=0.1, double=0.1)

    assert pool.run_calmly(80), pool.counts


def a_pool(seed: int) -> Pool:
    how = settings(
        phase1="stable" if seed % 2 else "per-slot",
        window=3,
        replica="kv",
        snapshot_every=(3, 5, None)[seed // 2 % 3],
        catch_up_batch=4,
    )
    return Pool(how, [command(number) for number in range(25)], seed)
