"""Schedules that failed once are run before all other tests; then what lasts long."""

from pathlib import Path

import pytest

HERE = Path(__file__).parent
FIRST = HERE / "schedules"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put them first, and tests of the whole system, which take seconds, before those of its parts,
    which do not: so two processes end at about the same time. All else stays in its order, which
    is the same in every worker.
    """
    items.sort(key=lambda item: (FIRST not in item.path.parents, item.path.parent != HERE))
