"""Runs of many kinds, with all that is known of each: to be compared with those of plain Python.

Run as a script, it prints those of its own process as one JSON object.
"""

import json
import sys
from collections.abc import Iterator
from hashlib import sha256
from typing import Any, NoReturn

import msgspec
from policies import AtRandom

from paxos_des import Run, Scenario, simulate
from paxos_des.cluster.cluster import Cluster
from paxos_des.engine.fast import FAST
from paxos_des.engine.trace import Limit
from paxos_des.explore.hunt import hunt
from paxos_des.explore.pooled import digest_of, run_pooled, schedule_of
from paxos_des.failure import Failure
from paxos_des.museum import EXHIBITS
from paxos_des.museum.shipped import FOLDER
from paxos_des.run import RECORDINGS

VALUES = 10
SLOW = {"naive-2009-one-leader", "refuses-higher-accept"}
"""Schedules of the museum that take as long as all others together."""
IN_THE_POOL = ("duel", "2009-adversarial", "lossy", "crashes", "reconfigure")
DUEL = Scenario.named("duel")
TIED = {
    "duel": DUEL.replace(ties="shuffled", delay="1ms"),
    "2009": Scenario.named("2009").replace(ties="shuffled", delay="1ms", values=VALUES),
}
SHOWN = ("accept-below-promise", "own-value", "unlearns", "volatile-vote", "stale-local-read")
HUNTED = DUEL.replace(protocol="accept-below-promise")


def documents() -> Iterator[tuple[str, Any]]:
    """Yield what is known of each run, by what tells it from the others."""
    yield from of_scenarios()
    yield from of_ties()
    yield from of_violations()
    yield from of_the_pool()
    yield "a run that is too long", are_refused()


def of_scenarios() -> Iterator[tuple[str, Any]]:
    for name in Scenario.names():
        scenario = Scenario.named(name)
        scenario = scenario.replace(values=min(scenario.values, VALUES))
        for record in RECORDINGS:
            yield f"{name}, {record}", known(simulate(scenario, seed=1, record=record))
        run = simulate(scenario, seed=2)
        yield f"{name}, another seed", known(run)
        yield f"{name}, its schedule", [decision.to_dict() for decision in run.schedule]
        yield f"{name}, replayed", known(simulate(scenario, schedule=run.schedule, record="trace"))


def of_ties() -> Iterator[tuple[str, Any]]:
    for name, scenario in TIED.items():
        for seed in range(3):
            run = simulate(scenario, seed=seed, record="trace")
            yield f"{name}, shuffled ties, {seed}", known(run)
            again = simulate(scenario, seed=seed, schedule=run.schedule)
            yield f"{name}, shuffled ties, {seed}, replayed", known(again)


def of_violations() -> Iterator[tuple[str, Any]]:
    for path in sorted(FOLDER.glob("*.json")):
        if path.stem not in SLOW:
            yield f"museum, {path.stem}", known(Failure.load(path).replay())
    for name in SHOWN:
        exhibit = EXHIBITS[name]
        for seed in range(min(exhibit.within or 0, 5)):
            for record in ("digest", "nothing"):
                run = simulate(exhibit.scenario, seed=seed, record=record)
                yield f"{name}, {record}, {seed}", known(run)


def of_the_pool() -> Iterator[tuple[str, Any]]:
    for name in IN_THE_POOL:
        scenario = Scenario.named(name)
        scenario = scenario.replace(values=min(scenario.values, 6))
        for seed in range(2):
            pooled = run_pooled(scenario, AtRandom(seed), steps_max=200, seed=seed)
            yield (
                f"pool, {name}, {seed}",
                {
                    "digest": digest_of(pooled),
                    "verdict": pooled.verdict,
                    "behaviour": pooled.behaviour,
                    "picked": pooled.picked,
                    "schedule": [decision.to_dict() for decision in schedule_of(pooled)],
                },
            )
    for strategy in ("pos", "portfolio"):
        report = hunt(HUNTED, range(15), strategy=strategy, checks=("agreement",), stop_after=1)
        yield (
            f"hunt, {strategy}",
            [(find.seeds, find.shape, find.failure.to_dict()) for find in report.finds],
        )


def are_refused() -> list[bool]:
    """Return whether a run is refused where it is just as long as it may be, and one entry longer.

    Where in the run that is found out depends on when a block is full: it may differ.
    """
    scenario = Scenario.named("lossy").replace(values=VALUES)
    length = len(simulate(scenario, seed=1, record="trace").trace)
    return [is_refused(scenario, length), is_refused(scenario, length - 1)]


def is_refused(scenario: Scenario, entries: int) -> bool:
    def limited(cluster: Cluster) -> None:
        cluster.trace.limit = Limit(entries, 10**9, refuse)

    try:
        simulate(scenario, seed=1, extend=limited)
    except OverflowError:
        return True
    return False


def refuse() -> NoReturn:
    raise OverflowError


def known(run: Run) -> dict[str, Any]:
    """Return all that is known of a run; of its trace, where it was kept, the hash."""
    trace = run.__dict__.get("trace")
    return {
        "digest": run.digest,
        "lines": None if trace is None else sha256(b"".join(trace._lines)).hexdigest(),
        "verdict": run.verdict,
        "verdicts": run.verdicts,
        "skipped": run.skipped,
        "goal met": run.goal_met,
        "stats": run.stats,
        "nemesis": run.nemesis,
        "leader histories": run.leader_histories,
        "client history": run.client_history,
        "violations": run.violations,
    }


def texts() -> dict[str, str]:
    """Return all documents as JSON, by their names; and whether a compiled engine made them."""
    encode = msgspec.json.Encoder(enc_hook=str).encode
    made = {name: encode(document).decode() for name, document in documents()}
    return {**made, "compiled": str(FAST is not None)}


if __name__ == "__main__":
    sys.stdout.write(json.dumps(texts()))
