"""The compiled path of a message, where it was built: `_fast`, made by Cython.

It is the same run, digest for digest, in less time. What is meant stands in plain Python: here

- `World.run` for the loop, `calls.Calls` for the queue, `timers.PlainTimers` for timers,
- `ledger.Ledger` for what a trace does for each message,
- `Network.sender` for how one is sent, `links` for what it is sent on, `LinkGroup.fates` and
  `Weather.bits` for what becomes of it,
- `Seat._serve` and `deeds` for how it is handled, and for what follows,
- `Promises._on_voted` and `Votes.on_voted`, which see what is not as it should be.

Where there is no compiler, or with PAXOS_DES_COMPILED=no in the environment, those run. So they do
where the source of what was compiled is younger, or not of the edition that this one knows.
"""

import os
from pathlib import Path
from typing import Any

EDITION = 1
"""Rises, here and there, with each change of `_fast` that another file has to know of."""


def _built() -> Any:  # noqa: ANN401 - a module, without types
    if os.environ.get("PAXOS_DES_COMPILED") == "no":
        return None
    try:
        from paxos_des.engine import _fast  # type: ignore[attr-defined]  # noqa: PLC0415
    except ImportError:
        return None
    source = Path(__file__).with_name("_fast.pyx")
    is_old = source.exists() and source.stat().st_mtime > Path(_fast.__file__).stat().st_mtime
    return None if is_old or _fast.EDITION != EDITION else _fast


FAST: Any = _built()
"""The compiled module; None where there is none."""
