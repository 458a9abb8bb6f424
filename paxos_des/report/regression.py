"""A regression test of a failure, ready to be put beside its file."""

import json
import re
from pathlib import Path
from textwrap import dedent

from paxos_des.cluster.registry import module_to_import
from paxos_des.failure import Failure
from paxos_des.report.words import page_of


def regression_test(failure: Failure, file_name: str) -> str:
    """Return the source of a pytest module that replays the failure file beside it.

    The test fails while the check is violated, with the failure in words; it passes once it is
    not. It needs no more than this package and pytest.

    Parameters
    ----------
    file_name
        The failure file's name, without a folder.
    """
    module = module_to_import(failure.scenario.protocol)
    needs = f"import {module}  # noqa: F401 - it registers the protocol\n" if module else ""
    return (
        dedent('''\
            """{check} was violated in {scenario}, protocol {protocol}: it must not be again."""

            from pathlib import Path

            {needs}from paxos_des.testing.failures import assert_mended

            FAILURE = Path(__file__).with_name({file_name!r})


            def test_{name}() -> None:
                assert_mended(FAILURE)
        ''')
        .replace("{check}", failure.check)
        .replace("{scenario}", _plain(failure.scenario.name))
        .replace("{protocol}", _plain(failure.scenario.protocol))
        .replace("{needs}", needs)
        .replace("{file_name!r}", json.dumps(file_name, ensure_ascii=False))
        .replace("{name}", _function_name(failure, file_name))
    )


def assert_mended(path: str | Path) -> None:
    """Replay a failure file, and fail with the failure in words if the check is violated again.

    Raises
    ------
    AssertionError
        When the same check is violated.
    InputError
        When the file cannot be read.
    """
    failure = Failure.load(path)
    violation = failure.replay().first_violation
    if violation is not None:
        message = (
            f"{violation.check} is violated: {violation.what}\n\n{page_of(failure, str(path))}"
        )
        raise AssertionError(message)


def _function_name(failure: Failure, file_name: str) -> str:
    words = f"{failure.check} holds in {Path(file_name).stem}"
    return re.sub(r"[^a-z0-9]+", "_", words.lower()).strip("_")[:80].rstrip("_")


def _plain(text: str) -> str:
    """Return a name as a docstring may hold it, whatever it is."""
    return text.encode("ascii", "backslashreplace").decode().replace("\\", "/").replace('"', "'")
