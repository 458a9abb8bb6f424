"""`paxos-des museum measure`."""

import argparse
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace

from paxos_des.cli.run import as_json
from paxos_des.errors import InputError
from paxos_des.explore.measure.campaign import (
    QUICK_HUNTS,
    QUICK_SCHEDULES,
    QUICK_SECONDS,
    QUICK_SEEDS,
    Asked,
)
from paxos_des.explore.measure.campaign import measure as measure_all
from paxos_des.explore.measure.hunting import Row
from paxos_des.explore.measure.rows import rows_in
from paxos_des.explore.measure.sightings import Seen
from paxos_des.explore.strategies import DEFAULT, STRATEGIES
from paxos_des.museum import EXHIBITS
from paxos_des.report.measured import Measured, check_table, document_of, report
from paxos_des.report.measured_page import check_page, write_page
from paxos_des.report.survival import check_figures, draw

ROWS, SEEN = "rows.jsonl", "checks.jsonl"


def measure(parsed: argparse.Namespace) -> int:
    """Measure what is not measured yet, and print the tables; return the exit code."""
    asked, out = asked_by(parsed), parsed.out
    if out is not None:
        check_figures()
        check_page(out)
    with (
        rows_in(None if out is None else out / ROWS, Row) as rows,
        rows_in(None if out is None else out / SEEN, Seen) as seen,
    ):
        with _live_line() as show:
            measure_all(asked, rows, seen, jobs=parsed.jobs, on_progress=show)
        # Of what is no more, rows may be left.
        kept = [row for row in rows if row.exhibit in EXHIBITS and row.strategy in STRATEGIES]
        measured = Measured(kept, seen)
        if out is not None:
            write_page(out, report(measured))
            draw(kept, out)
    if parsed.json:
        sys.stdout.write(as_json(document_of(measured)))
    else:
        table = check_table if parsed.checks else report
        sys.stdout.writelines(f"{line}\n" for line in table(measured))
    return 0


def asked_by(parsed: argparse.Namespace) -> Asked:
    """Return what arguments ask for.

    Raises
    ------
    InputError
        When there is no exhibit or strategy of a name.
    """
    asked = Asked(exhibits=tuple(dict.fromkeys(parsed.names)) or tuple(EXHIBITS))
    if parsed.quick:
        asked = replace(
            asked,
            hunts=QUICK_HUNTS,
            schedules=QUICK_SCHEDULES,
            seconds=QUICK_SECONDS,
            seeds=QUICK_SEEDS,
            shrinks=1,
        )
    if parsed.checks:
        if parsed.strategies is not None:
            message = "--checks: found --strategies beside it; allowed is one of both"
            raise InputError(message)
        asked = replace(asked, strategies=(DEFAULT,), shrinks=0)
    if parsed.strategies is not None:
        asked = replace(asked, strategies=tuple(dict.fromkeys(parsed.strategies.split(","))))
    given = {
        name: value
        for name in ("hunts", "schedules", "seconds", "seeds")
        if (value := getattr(parsed, name)) is not None
    }
    return replace(asked, **given)


@contextmanager
def _live_line() -> Iterator[Callable[[int, int], object] | None]:
    """Show how far it is, on a terminal; it disappears in the end."""
    if not sys.stderr.isatty():
        yield None
        return
    from tqdm import tqdm  # noqa: PLC0415 - nobody else waits for its import

    with tqdm(unit=" hunts", leave=False, dynamic_ncols=True) as line:

        def show(done: int, all_: int) -> None:
            line.total = all_
            line.update(done - line.n)

        yield show
