"""What failed once is run first, also where tests run in several processes."""

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent


def printed(*options: str) -> list[str]:
    """Run pytest over two files; return which tests it names, and in which order."""
    command = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", *options]
    files = ("tests/engine/test_links.py", "tests/schedules/test_schedules.py")
    done = subprocess.run([*command, *files], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout
    return [line for line in done.stdout.splitlines() if "::" in line and "scheduling" not in line]


def test_schedules_that_failed_are_run_first() -> None:
    schedules = ["tests/schedules" in line for line in printed("--collect-only", "-q")]

    assert 3 < schedules.count(True) < len(schedules)
    assert schedules == sorted(schedules, reverse=True)


@pytest.mark.deep
def test_schedules_that_failed_are_run_first_by_two_workers() -> None:
    ran = [line for line in printed("-v", "-n", "2") if "PASSED" in line]

    assert "tests/schedules" in ran[0]
