"""Many seeds of one scenario: how many are safe, how many choose something, and what ends them.

python -m experiments.seeds.run duel 2000
"""

import sys
from collections import Counter
from functools import partial
from typing import NamedTuple

from experiments.arguments import parser_of_seeds, run_until_interrupted, scenario_of
from paxos_des import Scenario, simulate
from paxos_des.processes import pool_of

CHUNK = 50


class Outcome(NamedTuple):
    """What one run came to: `is_done` before its horizon, `is_same` for all leaders' histories."""

    verdict: str
    chosen: int
    answered: int
    is_done: bool
    is_same: bool


def outcome_of(scenario: Scenario, seed: int) -> Outcome:
    """Simulate one seed, and say what came of it."""
    run = simulate(scenario, seed=seed, record="nothing")
    first, *others = run.leader_histories.values()
    is_same = all(history == first for history in others)
    return Outcome(run.verdict, run.stats.chosen, run.stats.answered, run.goal_met, is_same)


def outcomes_of(scenario: Scenario, seeds: int, *, jobs: int = 2) -> Counter[Outcome]:
    """Return how often each outcome came, over seeds from 0 on."""
    with pool_of(jobs) as pool:
        return Counter(pool.map(partial(outcome_of, scenario), range(seeds), chunksize=CHUNK))


def table(name: str, outcomes: Counter[Outcome]) -> str:
    """Return the outcomes, most frequent first, and the share in which something was chosen."""
    total = sum(outcomes.values())
    alive = sum(count for outcome, count in outcomes.items() if outcome.chosen)
    lines = [f"{name}: something was chosen in {alive:,} of {total:,} runs"]
    lines += [
        f"{count:>7,}  {one.verdict}: {one.chosen} chosen, {one.answered} answered, "
        f"histories {'equal' if one.is_same else 'of different length'}; "
        f"ended {'when all was done' if one.is_done else 'by the horizon'}"
        for one, count in outcomes.most_common()
    ]
    return "\n".join(lines)


def main() -> int:
    """Read the arguments, simulate, print."""
    parser = parser_of_seeds(__doc__)
    parsed = parser.parse_args()
    scenario = scenario_of(parser, parsed)
    outcomes = outcomes_of(scenario, parsed.seeds, jobs=parsed.jobs)
    sys.stdout.write(table(scenario.name, outcomes) + "\n")
    return int(any(outcome.verdict == "violated" for outcome in outcomes))


if __name__ == "__main__":
    sys.exit(run_until_interrupted(main))
