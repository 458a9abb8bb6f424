"""What an exhibit needs and Paxos has not is right by itself: only the mutation is wrong."""

import pytest

from paxos_des import simulate
from paxos_des.checks.judges import CHECKS
from paxos_des.cluster.registry import MULTI_PAXOS, registered
from paxos_des.museum.copies_state_on_recovery import COPIES_STATE_ON_RECOVERY
from paxos_des.museum.cumulative_ack_over_a_gap import (
    CUMULATIVE_ACK_OVER_A_GAP,
    CumulativeLeader,
    InOrder,
)

CUMULATIVE = MULTI_PAXOS.but(
    "cumulative",
    acceptor=lambda _, settings: InOrder(settings.leaders),
    leader=CumulativeLeader.make,
)


@pytest.mark.parametrize(
    "seeds", [range(20), pytest.param(range(3_000), marks=pytest.mark.deep)], ids=["some", "many"]
)
def test_acknowledgements_may_be_cumulative_where_logs_have_no_gaps(seeds: range) -> None:
    with registered(CUMULATIVE):
        scenario = CUMULATIVE_ACK_OVER_A_GAP.scenario_of(CUMULATIVE.name)
        runs = [simulate(scenario, seed=seed, record="nothing", checks=CHECKS) for seed in seeds]

    assert not any(run.verdict == "violated" for run in runs)
    assert sum(run.stats.chosen for run in runs) > 2 * len(seeds)


def test_who_copies_state_goes_on_when_it_has_it() -> None:
    """Else nobody could vote for anything wrong."""
    fault = {"at": "2ms", "crash": "acceptor-*", "for": "1ms"}
    scenario = COPIES_STATE_ON_RECOVERY.scenario.replace(faults=[fault])
    runs = [simulate(scenario, seed=seed, record="nothing", checks=()) for seed in range(10)]

    assert all(run.stats.chosen for run in runs)
