"""Schedules that failed once are run before all other tests."""

from pathlib import Path

import pytest

FIRST = Path(__file__).parent / "schedules"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put them first; all else stays in its order, which is the same in every worker."""
    items.sort(key=lambda item: FIRST not in item.path.parents)
