"""The pooled network for strategies: run a scenario in the pool, and make an attempt of it."""

from paxos_des.explore.attempt import Attempt
from paxos_des.explore.pool_run import PooledRun, pooled_scenario, run_pooled, steps_of
from paxos_des.explore.retelling import digest_of, schedule_of

__all__ = [
    "PooledRun", "attempt_of", "digest_of", "pooled_scenario", "run_pooled", "schedule_of",
    "steps_of",
]  # fmt: skip


def attempt_of(run: PooledRun) -> Attempt:
    """Return a run in the pool as an attempt: its schedule replays it in the timed network, over
    the dull run of `run.scenario`, and with the same digest.
    """
    return Attempt(
        run.verdict,
        run.violation,
        run.behaviour,
        run.steps,
        run.scenario,
        lambda: schedule_of(run),
    )
