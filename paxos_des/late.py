"""Names of a package that are imported when somebody asks for them, and not before."""

import sys
from collections.abc import Callable, Mapping
from importlib import import_module
from typing import Any


def late(package: str, homes: Mapping[str, str]) -> Callable[[str], Any]:
    """Return a package's `__getattr__` (PEP 562): by name, from which module it comes."""

    def find(name: str) -> Any:  # noqa: ANN401 - whatever the name stands for
        if name not in homes:
            message = f"module {package!r} has no attribute {name!r}"
            raise AttributeError(message)
        found = getattr(import_module(homes[name]), name)
        setattr(sys.modules[package], name, found)  # next time nobody has to look
        return found

    return find
