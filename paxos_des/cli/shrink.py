"""`paxos-des shrink`: a failure file made small, and a regression test beside it."""

import argparse
import re
import sys
from pathlib import Path
from typing import Any

from paxos_des import __version__
from paxos_des.cli.files import file_of
from paxos_des.cli.run import as_json
from paxos_des.errors import InputError, shorten
from paxos_des.explore.shrink import Shrunk, shape_of
from paxos_des.explore.shrink import shrink as made_small
from paxos_des.explore.smallest import harder
from paxos_des.failure import Failure
from paxos_des.failure_file import write_text
from paxos_des.report.regression import regression_test
from paxos_des.report.words import page_of


def shrink(parsed: argparse.Namespace) -> int:
    """Shrink a failure file, write what came of it, print it, and return the exit code."""
    file = file_of(parsed.file)
    failure = Failure.load(file)
    if parsed.check is not None:
        failure = judged_by(failure, parsed.check)
    shrunk = made_small(failure)
    if parsed.harder:
        shrunk = harder(shrunk)
    here = parsed.file if file == parsed.file else Path(file.name)  # what is shipped, stays
    out: Path = here if parsed.out is None else parsed.out
    shrunk.failure.save(out)
    test = _write_test(shrunk.failure, out)
    if parsed.json:
        sys.stdout.write(as_json(_document(shrunk, out, test)))
    else:
        sys.stdout.write(f"{page_of(shrunk.failure, str(out))}\n{_words(shrunk, out, test)}")
    return 0


def judged_by(failure: Failure, check: str) -> Failure:
    """Return a failure as another check judges it.

    Raises
    ------
    InputError
        When there is no such check, or the schedule does not violate it.
    """
    found = Failure.of(failure.scenario, failure.schedule, check, failure.found)
    if found is None:
        message = (
            f"--check: found {shorten(check)}, which this schedule does not violate when it alone "
            f"judges; allowed is one that it does, such as {failure.check}"
        )
        raise InputError(message)
    return found


def test_beside(path: Path) -> Path:
    """Return where the regression test of a failure file stands."""
    words = re.sub(r"[^a-z0-9]+", "_", path.stem.lower()).strip("_") or "failure"
    return path.with_name(f"test_{words}.py")


def _write_test(failure: Failure, path: Path) -> Path:
    """Write the regression test beside a failure file, unless there is one: it stays as it is, for
    somebody may have changed it, and it replays the file whatever is in it.
    """
    test = test_beside(path)
    if not test.exists():
        write_text(test, regression_test(failure, path.name))
    return test


def _document(shrunk: Shrunk, out: Path, test: Path) -> dict[str, Any]:
    failure = shrunk.failure
    return {
        "file": str(out),
        "test": str(test),
        "shape": shape_of(failure),
        "before": shrunk.before,
        "after": len(failure.schedule),
        "core": None if failure.core is None else len(failure.core),
        "runs": shrunk.runs,
        "is_minimal": shrunk.is_minimal,
        "failure": failure.to_dict(),
        "version": __version__,
    }


def _words(shrunk: Shrunk, out: Path, test: Path) -> str:
    after = len(shrunk.failure.schedule)
    runs = "1 run" if shrunk.runs == 1 else f"{shrunk.runs:,} runs"
    return (
        f"shrunk     from {shrunk.before:,} to {_counted(after)}, in {runs}\n"
        f"written    {out}, and {test}, which replays it\n"
    )


def _counted(number: int) -> str:
    return f"{number:,} intervention{'' if number == 1 else 's'}"
