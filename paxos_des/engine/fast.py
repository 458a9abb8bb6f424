"""The compiled path of a message, where it was built: `_fast`, made by Cython.

It is the same run, digest for digest, in less time. What is meant stands in plain Python: here

- `World.run` for the loop, and `heapq` for the queue,
- `ledger.Ledger` for what a trace does for each message,
- `Network.sender` for how one is sent,
- `Seat._serve` for how one is handled.

Where there is no compiler, or with PAXOS_DES_COMPILED=no in the environment, those run.
"""

import os
from types import ModuleType
from typing import Any

EDITION = 1
"""What this source knows of it. One that was built before, and not again, is left alone."""


def _built() -> Any:  # noqa: ANN401 - a module, without types
    if os.environ.get("PAXOS_DES_COMPILED") == "no":
        return None
    try:
        from paxos_des.engine import _fast  # type: ignore[attr-defined]  # noqa: PLC0415
    except ImportError:
        return None
    assert isinstance(_fast, ModuleType), _fast
    return _fast if getattr(_fast, "EDITION", 0) == EDITION else None


FAST: Any = _built()
"""The compiled module; None where there is none."""
