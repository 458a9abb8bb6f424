"""Which faults happen in many runs of a scenario, and which change what clients or leaders saw.

python -m experiments.faults.run everything 20000 --sample 200
"""

import sys
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from functools import partial
from itertools import islice
from typing import Any, NamedTuple

from experiments.arguments import parser_of_seeds, run_until_interrupted, scenario_of
from paxos_des import Scenario, simulate
from paxos_des.cluster.fault_model import LABELS
from paxos_des.processes import pool_of
from paxos_des.run import Run

CHUNK = 20


class Outcome(NamedTuple):
    """What one run came to.

    Attributes
    ----------
    is_whole
        All requests were answered, and all leaders have the same history.
    """

    seed: int
    verdict: str
    verdicts: tuple[tuple[str, str], ...]
    is_bounded: bool
    is_whole: bool
    happened: tuple[str, ...]


@dataclass
class Totals:
    """What many runs came to; `seeds` by kind of fault are those in which it happened."""

    runs: int = 0
    bounded: int = 0
    whole: int = 0
    whole_bounded: int = 0
    verdicts: Counter[str] = field(default_factory=Counter)
    not_ok: list[Outcome] = field(default_factory=list)
    not_whole: list[int] = field(default_factory=list)
    seeds: dict[str, list[int]] = field(default_factory=dict)

    def add(self, outcome: Outcome) -> None:
        """Count one more run."""
        self.runs += 1
        self.verdicts[outcome.verdict] += 1
        self.bounded += outcome.is_bounded
        self.whole += outcome.is_whole
        self.whole_bounded += outcome.is_bounded and outcome.is_whole
        if outcome.verdict != "ok":
            self.not_ok.append(outcome)
        if outcome.is_bounded and not outcome.is_whole:
            self.not_whole.append(outcome.seed)
        for kind in outcome.happened:
            self.seeds.setdefault(kind, []).append(outcome.seed)


def outcome_of(scenario: Scenario, seed: int) -> Outcome:
    """Simulate one seed, and say what came of it."""
    run = simulate(scenario, seed=seed, record="nothing")
    assert run.nemesis is not None, "a scenario with a nemesis"
    verdicts = tuple((name, found) for name, found in run.verdicts.items() if found != "ok")
    chains = {(history.length, history.chain) for history in run.leader_histories.values()}
    return Outcome(
        seed,
        run.verdict,
        verdicts,
        run.nemesis.bounded,
        len(chains) == 1 and run.stats.answered == scenario.requests,
        tuple(run.nemesis.happened),
    )


def did_matter(scenario: Scenario, it: tuple[str, int]) -> bool:
    """Whether clients or leaders see anything else without this kind of fault: all other
    decisions are as they were.
    """
    kind, seed = it
    assert scenario.nemesis is not None, "a scenario with a nemesis"
    without = scenario.replace(nemesis=replace(scenario.nemesis, without=(kind,)))
    return seen(simulate(scenario, seed=seed, record="nothing")) != seen(
        simulate(without, seed=seed, record="nothing")
    )


def seen(run: Run) -> tuple[Any, ...]:
    """Return what clients and leaders saw."""
    histories = ((one.length, one.chain) for one in run.leader_histories.values())
    return (run.client_history, *histories)


def totals_of(outcomes: Iterable[Outcome]) -> Totals:
    totals = Totals()
    for outcome in outcomes:
        totals.add(outcome)
    return totals


def report(totals: Totals, mattered: dict[str, tuple[int, int]]) -> Iterator[str]:
    """Yield the lines of the report, as Markdown."""
    unbounded = totals.runs - totals.bounded
    yield f"- runs: {totals.runs:,}, of which {totals.bounded:,} bounded, {unbounded:,} unbounded"
    yield f"- verdicts: {', '.join(f'{n:,} {word}' for word, n in totals.verdicts.most_common())}"
    yield (
        f"- all answered, and all leaders' histories equal: {totals.whole_bounded:,} of "
        f"{totals.bounded:,} bounded runs, {totals.whole - totals.whole_bounded:,} of "
        f"{unbounded:,} unbounded ones"
    )
    for outcome in totals.not_ok[:10]:
        yield f"- seed {outcome.seed}: {dict(outcome.verdicts)}"
    if totals.not_whole:
        yield f"- bounded, and not whole: seeds {totals.not_whole[:10]}"
    yield ""
    yield "| kind of fault | runs in which it happened | share | mattered, of a sample | share |"
    yield "|---|--:|--:|--:|--:|"
    for kind in sorted(totals.seeds, key=kind_order):
        count = len(totals.seeds[kind])
        changed, sample = mattered.get(kind, (0, 0))
        share = f"{changed / sample:.0%}" if sample else ""
        yield (
            f"| {kind} | {count:,} | {count / totals.runs:.0%} | {changed} of {sample} | {share} |"
        )
    missing = [kind for kind in LABELS if kind not in totals.seeds and kind != "partition"]
    if missing:
        yield ""
        yield f"Never happened: {', '.join(missing)}."


def kind_order(kind: str) -> tuple[int, str]:
    return (LABELS.index(kind) if kind in LABELS else len(LABELS), kind)


def main() -> int:
    """Read the arguments, simulate, print."""
    parser = parser_of_seeds(__doc__)
    parser.add_argument("--first", type=int, default=0, help="the first seed")
    parser.add_argument("--sample", type=int, default=100, help="runs repeated for each kind")
    parsed = parser.parse_args()
    scenario = scenario_of(parser, parsed)
    if scenario.nemesis is None:
        parser.error(f"found {scenario.name}, which has no nemesis; allowed is one that has")
    seeds = range(parsed.first, parsed.first + parsed.seeds)
    with pool_of(parsed.jobs) as pool:
        totals = totals_of(pool.map(partial(outcome_of, scenario), seeds, chunksize=CHUNK))
        mattered = {}
        for kind, happened in totals.seeds.items():
            sample = [(kind, seed) for seed in islice(happened, parsed.sample)]
            found = list(pool.map(partial(did_matter, scenario), sample, chunksize=CHUNK))
            mattered[kind] = (sum(found), len(found))
    sys.stdout.writelines(f"{line}\n" for line in report(totals, mattered))
    return int(bool(totals.not_ok or totals.not_whole))


if __name__ == "__main__":
    sys.exit(run_until_interrupted(main))
