"""What is measured of Paxos, each with what it must come to: a quick run that is wrong is none."""

from experiments.bench.stock import simulate_stock
from paxos_des import Scenario, simulate
from paxos_des.engine.trace import Recording

MESSAGES_PER_VALUE = 19  # 5 Prepare, 3 Promise, 5 Accept, 6 Accepted


def stock_2009() -> int:
    """Run the scenario on stock SimPy; return how many messages were sent."""
    scenario = Scenario.named("2009")
    run = simulate_stock(scenario, seed=1)
    first, *others = (dict(sorted(history.items())) for history in run.histories.values())
    assert list(first) == list(range(scenario.values)), len(first)
    assert len(set(first.values())) == scenario.values, len(set(first.values()))
    assert all(history == first for history in others)
    assert run.answered == scenario.values, run.answered
    assert run.paxos_messages == MESSAGES_PER_VALUE * scenario.values, run.paxos_messages
    return run.messages.total()


def own_2009(record: Recording) -> int:
    """Run the scenario on paxos_des; return how many messages were sent."""
    scenario = Scenario.named("2009")
    run = simulate(scenario, seed=1, record=record)
    assert run.verdict == "ok", run.verdicts
    assert run.stats.chosen == scenario.values, run.stats.chosen
    assert all(history.length == scenario.values for history in run.leader_histories.values())
    return sum(run.stats.messages.values())


def duels(seeds: int) -> int:
    """Run so many seeds of a duel; return how many."""
    scenario = Scenario.named("duel")
    for seed in range(seeds):
        run = simulate(scenario, seed=seed, record="digest")
        assert run.verdict == "ok", (seed, run.verdicts)
        assert run.stats.chosen_slots == 1, (seed, run.stats.chosen_slots)
    return seeds
