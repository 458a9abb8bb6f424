"""Find the run in which two-phase commit blocks, make it small, and say what happens in it.

python -m experiments.two_phase_commit.run 1000
"""

import sys
from collections import Counter
from collections.abc import Iterator

from experiments.arguments import parser_of, positive, run_until_interrupted
from experiments.two_phase_commit.protocol import coordinator_crashes
from paxos_des.errors import InputError
from paxos_des.explore.attempt import Attempt
from paxos_des.explore.core import causal_core
from paxos_des.explore.shrink import shrink
from paxos_des.explore.strategies import strategy_named
from paxos_des.failure import Failure
from paxos_des.report.words import page_of
from paxos_des.run import checks_of


def attempts_of(strategy: str, seeds: int) -> Iterator[tuple[int, Attempt]]:
    """Yield what a strategy tries, under all checks of the protocol."""
    scenario = coordinator_crashes()
    exploring = strategy_named(strategy).make(scenario, checks_of(scenario))
    for seed in range(seeds):
        yield seed, exploring.attempt(seed)


def shrunk_of(attempt: Attempt, found: dict[str, object]) -> Failure:
    """Return a failing attempt, made small."""
    assert attempt.violation is not None, attempt.verdict
    failure = Failure.of(attempt.scenario, attempt.schedule(), attempt.violation.check, found)
    assert failure is not None, "it replays"
    return shrink(failure).failure


def pages(strategy: str, seeds: int) -> Iterator[str]:
    """Yield how the runs ended, and a page for the first that violates each check."""
    counts: Counter[str] = Counter()
    first: dict[str, tuple[int, Attempt]] = {}
    for seed, attempt in attempts_of(strategy, seeds):
        ending = attempt.verdict if attempt.violation is None else attempt.violation.check
        counts[ending] += 1
        if attempt.violation is not None:
            first.setdefault(ending, (seed, attempt))
    yield ", ".join(f"{count:,} {ending}" for ending, count in counts.most_common()) + "\n"
    for seed, attempt in first.values():
        failure = shrunk_of(attempt, {"seed": seed, "strategy": strategy})
        yield page_of(failure)
        core = causal_core(failure)
        yield f"enough are {len(core.events)} events:\n" + "".join(
            f"  {number}  {event.says}\n" for number, event in enumerate(core.events, 1)
        )


def main() -> int:
    """Read the arguments, hunt, print."""
    parser = parser_of(__doc__)
    parser.add_argument("seeds", type=positive)
    parser.add_argument("--strategy", default="weather")
    parsed = parser.parse_args()
    try:
        strategy_named(parsed.strategy)
    except InputError as error:
        parser.error(str(error))
    for page in pages(parsed.strategy, parsed.seeds):
        sys.stdout.write(page + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(run_until_interrupted(main))
