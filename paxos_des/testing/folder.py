"""Where failures of tests are saved: never among the sources, unless somebody says so."""

from contextvars import ContextVar
from pathlib import Path
from tempfile import gettempdir

_FOLDER: ContextVar[Path | None] = ContextVar("paxos_des_failures", default=None)


def use_folder(folder: Path | None) -> None:
    """Save failures there, as the pytest plugin says; None: in a temporary folder."""
    _FOLDER.set(folder)


def failures_folder() -> Path:
    """Return the folder, made when it is asked for first."""
    folder = _FOLDER.get() or Path(gettempdir()) / "paxos-des-failures"
    folder.mkdir(parents=True, exist_ok=True)
    return folder
