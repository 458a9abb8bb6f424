"""`paxos-des hunt`."""

import argparse
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from paxos_des.checks.judges import CHECKS
from paxos_des.cli.hunt_text import document_of, report_text
from paxos_des.cli.run import EXIT_CODES, as_json, scenario_of
from paxos_des.cli.shrink import test_beside
from paxos_des.explore.hunt import hunt as hunt_in
from paxos_des.explore.hunted import Progress
from paxos_des.failure import Failure
from paxos_des.failure_file import write_text
from paxos_des.report.regression import regression_test


def hunt(parsed: argparse.Namespace) -> int:
    """Hunt, print the report, and return the exit code."""
    scenario = scenario_of(parsed.scenario).with_settings(parsed.set)
    if parsed.protocol is not None:
        scenario = scenario.replace(protocol=parsed.protocol)
    with _live_line(parsed.seeds) as show:
        report = hunt_in(
            scenario,
            parsed.seeds,
            strategy=parsed.strategy,
            checks=tuple(parsed.check) or CHECKS,
            jobs=parsed.jobs,
            stop_after=parsed.stop_after,
            folder=parsed.out,
            keep=None if parsed.out is None else _Folder(parsed.out).keep,
            on_progress=show,
        )
    if parsed.json:
        sys.stdout.write(as_json(document_of(report, parsed.out)))
    else:
        sys.stdout.write(report_text(report, parsed.out))
    return EXIT_CODES[report.verdict]


class _Folder:
    """Where failures go, each with a test that fails until its bug is mended."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def keep(self, failure: Failure, name: str) -> str:
        path = self._path / f"{name}.json"
        failure.save(path)
        write_text(test_beside(path), regression_test(failure, path.name))
        return path.name


@contextmanager
def _live_line(seeds: range) -> Iterator[Callable[[Progress], None] | None]:
    """Show how far a hunt is, on a terminal; it disappears in the end."""
    if not sys.stderr.isatty():
        yield None
        return
    from tqdm import tqdm  # noqa: PLC0415 - nobody else waits for its import

    with tqdm(total=len(seeds), unit=" schedules", leave=False, dynamic_ncols=True) as line:

        def show(progress: Progress) -> None:
            words = f"{progress.behaviours:,} behaviours, {progress.failures:,} failures"
            words += ", shrinking" if progress.is_shrinking else ""
            line.set_postfix_str(words, refresh=False)
            line.update(progress.schedules - line.n)

        yield show
