"""Every schedule that ever failed here: what was wrong is mended, and what is an exhibit shows it.

A file that names the right protocol, `multi-paxos`, was a mistake of ours: it must be violated no
more. One that names an exhibit must be violated as it was, to the same digest, and must not be
under the right protocol. Where a change of a protocol is meant to change what it does, `shrink`
writes the file anew.
"""

from dataclasses import replace
from pathlib import Path

import pytest

from paxos_des.failure import Failure
from paxos_des.report.words import page_of

RIGHT = "multi-paxos"
FILES = sorted(Path(__file__).parent.glob("*.json"))
EXHIBITS = [path for path in FILES if Failure.load(path).scenario.protocol != RIGHT]


def test_there_are_mistakes_of_ours_and_exhibits() -> None:
    assert 0 < len(EXHIBITS) < len(FILES)


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_the_right_protocol_breaks_no_check(path: Path) -> None:
    failure = Failure.load(path)
    right = replace(failure, scenario=failure.scenario.replace(protocol=RIGHT))

    assert right.replay().first_violation is None, page_of(right, path.name)
    assert right.judged_by_all().first_violation is None, page_of(right, path.name)


@pytest.mark.parametrize("path", EXHIBITS, ids=lambda path: path.stem)
def test_an_exhibit_breaks_the_same_check_to_the_same_digest(path: Path) -> None:
    failure = Failure.load(path)
    run = failure.replay()

    assert run.first_violation is not None, page_of(failure, path.name)
    assert (run.first_violation.check, run.digest) == (failure.check, failure.digest)
    assert run.skipped == ()
