"""How time and memory grow over a long run, in which leaders take snapshots and forget.

python -m experiments.growth.run 1000 10000 100000 1000000
"""

import sys
import time
from collections.abc import Iterator
from functools import partial
from statistics import median
from typing import NamedTuple

from experiments.arguments import parser_of, positive, run_until_interrupted
from experiments.children import in_a_child, peak_mib
from paxos_des import Scenario, simulate

SIZES = (1_000, 10_000, 100_000)
WARM_UP = 200


class Growth(NamedTuple):
    """One run of a child process: its CPU time, and the most memory that it had, after imports
    and in the end.
    """

    values: int
    cpu_s: float
    imported_mib: float
    peak_mib: float
    kept_slots: int

    @property
    def us_per_value(self) -> float:
        return self.cpu_s / self.values * 1_000_000


def scenario_of(values: int) -> Scenario:
    return Scenario(
        name="growth",
        values=values,
        in_flight=100,
        replica="kv",
        snapshot_every=1_000,
        heartbeat_every="100ms",
        heartbeat_timeout="250ms",
        delay="uniform 200us 1ms",
        stop_when="learned",
        horizon="86400s",
    )


def measure(values: int) -> Growth:
    """Simulate in this process, and say what it took."""
    simulate(scenario_of(WARM_UP), seed=1)
    imported_mib = peak_mib()
    began_s = time.process_time()
    run = simulate(scenario_of(values), seed=1, record="digest")
    cpu_s = time.process_time() - began_s
    assert run.verdict == "ok", run.verdicts
    assert run.goal_met, run.stats.simulated_us
    assert run.stats.chosen == values, run.stats.chosen
    kept = max(len(history) - history.forgotten[0] for history in run.leader_histories.values())
    return Growth(values, cpu_s, imported_mib, peak_mib(), kept)


def table(runs: dict[int, list[Growth]]) -> Iterator[str]:
    """Yield the lines of the table, as Markdown."""
    yield "| values | CPU time per value | min | max | peak memory | after imports | slots kept |"
    yield "|--:|--:|--:|--:|--:|--:|--:|"
    for values, found in runs.items():
        times = [one.us_per_value for one in found]
        yield (
            f"| {values:,} | {median(times):.0f} µs | {min(times):.0f} | {max(times):.0f} "
            f"| {max(one.peak_mib for one in found):.0f} MiB "
            f"| {max(one.imported_mib for one in found):.0f} MiB "
            f"| {max(one.kept_slots for one in found):,} |"
        )


def main() -> int:
    """Read the arguments, simulate, print."""
    parser = parser_of(__doc__)
    parser.add_argument("values", type=positive, nargs="*", default=SIZES)
    parser.add_argument("--repeats", type=positive, default=1)
    parsed = parser.parse_args()
    runs: dict[int, list[Growth]] = {values: [] for values in parsed.values}
    for _ in range(parsed.repeats):
        for values, found in runs.items():
            found.append(in_a_child(partial(measure, values)))
    sys.stdout.writelines(f"{line}\n" for line in table(runs))
    return 0


if __name__ == "__main__":
    sys.exit(run_until_interrupted(main))
