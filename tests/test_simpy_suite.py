"""SimPy's own test suite, run against World: the claim to keep its behaviour, checked."""

import os
import subprocess
import sys
import tarfile
import tempfile
from importlib.metadata import version
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import pytest

from paxos_des.engine.fast import FAST

ROOT = Path(__file__).parents[1]
VERSION = version("simpy")
CACHE = ROOT / ".cache" / f"simpy-{VERSION}"

DIFFER = {
    "tests.test_environment.test_run_until_value": "runs until '3.141592': no float decides",
    "tests.test_exceptions.test_exception_chaining": "wants copies of an error: ours is the one",
}
"""What World means to do otherwise, and why."""

FEWEST_PASSES = 135
"""A suite that was not collected would have no failures either."""


@pytest.mark.parametrize("compiled", ["yes", "no"] if FAST is not None else ["no"])
def test_keeps_every_behaviour_of_simpy_but_those_it_means_to_change(
    compiled: str, tmp_path: Path
) -> None:
    report = tmp_path / "report.xml"

    output = _run_suite(_suite(), report, compiled)
    cases = ET.parse(report).getroot().iter("testcase")  # noqa: S314 - our own pytest wrote it
    outcomes = {f"{case.get('classname')}.{case.get('name')}": len(case) == 0 for case in cases}
    differing = {name for name, passed in outcomes.items() if not passed}

    assert differing == set(DIFFER), output
    assert len(outcomes) - len(differing) >= FEWEST_PASSES, output


def _run_suite(suite: Path, report: Path, compiled: str) -> str:
    """Run SimPy's tests in a process of their own; skipped ones count as failed."""
    paths = os.pathsep.join((str(ROOT), str(ROOT / "tests")))
    # test_benchmark.py needs one more package, and its counts are stale on SimPy itself.
    finished = _python(
        *("-m", "pytest", "-q", "-p", "no:cacheprovider", "-p", "no:xdist"),
        *("-p", "simpy_suite_plugin", "--ignore", "tests/test_benchmark.py"),
        *(f"--junit-xml={report}", "tests"),
        where=suite,
        environment={
            **os.environ,
            "PYTHONPATH": paths,
            "PYTEST_ADDOPTS": "",
            "PAXOS_DES_COMPILED": compiled,
        },
    )
    assert report.exists(), f"SimPy's tests did not run:\n{finished.stdout}{finished.stderr}"
    return finished.stdout


def _suite() -> Path:
    """Return SimPy's source distribution, which holds its tests; fetch it the first time."""
    if not CACHE.exists():
        CACHE.parent.mkdir(exist_ok=True)
        # Unpacked aside and then moved in one step: another test process may do the same.
        with tempfile.TemporaryDirectory(dir=CACHE.parent) as folder:
            fetched = _python(
                *("-m", "pip", "download", "--quiet", "--no-deps", "--no-binary", "simpy"),
                *("--dest", folder, f"simpy=={VERSION}"),
                where=ROOT,
            )
            if fetched.returncode != 0:
                pytest.fail(
                    f"found no source of SimPy {VERSION} in .cache, and pip could not fetch it; "
                    f"its tests must run: go online once\n{fetched.stderr}"
                )
            with tarfile.open(Path(folder) / f"simpy-{VERSION}.tar.gz") as archive:
                # Nothing outside the folder. The first releases of Python 3.11 know no filters.
                safely: Any = {"filter": "data"} if hasattr(tarfile, "data_filter") else {}
                archive.extractall(folder, **safely)  # noqa: S202 - see above
            try:
                (Path(folder) / CACHE.name).rename(CACHE)
            except OSError:
                assert CACHE.exists(), f"could not move SimPy's source to {CACHE}"
    return CACHE


def _python(
    *arguments: str, where: Path, environment: dict[str, str] | None = None
) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, *arguments]
    return subprocess.run(
        command, cwd=where, env=environment, check=False, capture_output=True, text=True
    )
