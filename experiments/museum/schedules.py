"""Make the failing schedules that the museum shows.

Of each exhibit, several failures are found and shrunk; the one with the smallest causal core is
kept, and of those the one with the fewest interventions.

python -m experiments.museum.schedules --jobs 2
python -m experiments.museum.schedules own-value half-of-four
"""

import argparse
import sys
import time
from collections.abc import Iterator
from concurrent.futures import as_completed
from math import inf

from experiments.arguments import parser_of, positive, run_until_interrupted
from paxos_des.errors import InputError
from paxos_des.explore.attempt import Attempt
from paxos_des.explore.measure.hunting import SEEDS_APART, size_of
from paxos_des.explore.shrink import Shrunk, shrink
from paxos_des.explore.smallest import harder
from paxos_des.explore.strategies import DEFAULT, strategy_named
from paxos_des.failure import Failure
from paxos_des.museum import EXHIBITS, exhibit_named
from paxos_des.museum.shipped import path_of
from paxos_des.processes import pool_of

FAILURES = 5
"""So many are shrunk, at most."""
HUNT_S, ALL_S = 60.0, 20.0
"""CPU time after which a hunt is given up, and after which no further failure is looked for."""
SHRINK_RUNS = 2_000
FIRST_HUNT = 20
"""Hunts have seeds of their own, and these are not those that are measured."""

Size = tuple[float, int]


def smallest(name: str) -> Failure | None:
    """Return the smallest failure of an exhibit that is found in some seconds, if one is."""
    least = EXHIBITS[name].least
    shrunk: list[Shrunk] = []
    began_s = time.process_time()
    for failure in _failures(name):
        shrunk.append(shrink(failure, runs_max=SHRINK_RUNS))
        best = min(shrunk, key=lambda one: measure(one.failure))
        is_least = least is not None and len(best.core.events) <= least
        if is_least or time.process_time() - began_s > ALL_S:
            break
    if not shrunk:
        return None
    return best.failure if is_least else harder(best).failure


def measure(failure: Failure) -> Size:
    """Return what is compared: a failure that the pool does not show has no core."""
    return (len(failure.core) if failure.core else inf), size_of(failure)


def _failures(name: str) -> Iterator[Failure]:
    check = EXHIBITS[name].check
    for number in range(FIRST_HUNT, FIRST_HUNT + FAILURES):
        attempt, seed = _hunted(name, number * SEEDS_APART)
        if attempt is None:
            return
        found = {"seed": seed, "strategy": DEFAULT}
        failure = Failure.of(attempt.scenario, attempt.schedule(), check, found)
        assert failure is not None, f"{name}, seed {seed}: what was found did not replay"
        yield failure


def _hunted(name: str, first_seed: int) -> tuple[Attempt | None, int]:
    exhibit = EXHIBITS[name]
    strategy = strategy_named(DEFAULT).make(exhibit.scenario, (exhibit.check,))
    began_s, seed = time.process_time(), first_seed
    while time.process_time() - began_s < HUNT_S:
        try:
            attempt = strategy.attempt(seed)
        except AssertionError:
            attempt = None  # it broke a rule of its own, and was not judged
        if attempt is not None and attempt.violation is not None:
            return attempt, seed
        seed += 1
    return None, seed


def made(name: str, anew: str) -> str:
    """Make the file of an exhibit, and say how it came out."""
    found = smallest(name)
    path = path_of(name)
    if found is None:
        return f"{name}: no failure was found"
    if anew == "no" and path.exists():
        before = Failure.load(path)
        is_good = before.scenario.protocol == name and before.replay().digest == before.digest
        if is_good and measure(before) <= measure(found):
            return f"{name}: what is there is as small: {says(before)}"
    path.parent.mkdir(exist_ok=True)
    found.save(path)
    return f"{name}: {says(found)}"


def says(failure: Failure) -> str:
    """Return how small a failure is, and whether more of it is to be explained."""
    exhibit = EXHIBITS[failure.scenario.protocol]
    core = len(failure.core or ())
    words = f"{size_of(failure)} interventions, a core of {core or 'no'} events"
    if exhibit.least is None or not core:
        return words
    is_larger = core > exhibit.least + 2
    states = "" if is_larger == (exhibit.larger is not None) else "; `larger` is to be looked at"
    return f"{words}, {exhibit.least} are known to be enough{states}"


def report(names: list[str], jobs: int, anew: str) -> Iterator[str]:
    """Make the files of exhibits; yield what comes of each, as it comes."""
    with pool_of(jobs) as pool:
        for future in as_completed([pool.submit(made, name, anew) for name in names]):
            yield future.result()


def arguments() -> argparse.Namespace:
    parser = parser_of(__doc__)
    parser.add_argument("exhibits", nargs="*", metavar="NAME", help="default: all")
    parser.add_argument("--jobs", type=positive, default=2, help="processes; default: 2")
    parser.add_argument("--anew", action="store_true", help="also where what is there is smaller")
    parsed = parser.parse_args()
    try:
        for name in parsed.exhibits:
            exhibit_named(name)
    except InputError as error:
        parser.error(str(error))
    return parsed


def main() -> int:
    """Read the arguments, make the files, and say what they are."""
    parsed = arguments()
    anew = "yes" if parsed.anew else "no"
    for line in report(parsed.exhibits or list(EXHIBITS), parsed.jobs, anew):
        sys.stdout.write(f"{line}\n")
        sys.stdout.flush()
    return 0


if __name__ == "__main__":
    sys.exit(run_until_interrupted(main))
