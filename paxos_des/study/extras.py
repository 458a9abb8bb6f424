"""What the extra `study` brings, asked for where it is used: a plan can be read, and a scenario
run, without it.
"""

from importlib import import_module
from typing import Any

from paxos_des.errors import InputError


def scipy_stats(what: str) -> Any:  # noqa: ANN401 - SciPy comes without types
    """Return `scipy.stats`.

    Raises
    ------
    InputError
        When SciPy is missing; `what` says who needs it.
    """
    return _scipy("stats", what)


def scipy_special(what: str) -> Any:  # noqa: ANN401 - likewise
    """Return `scipy.special`, whose functions are what the distributions in `scipy.stats` rest on,
    and as quick as many small tables need; raise as `scipy_stats` does.
    """
    return _scipy("special", what)


def scipy_linalg(what: str) -> Any:  # noqa: ANN401 - likewise
    """Return `scipy.linalg`; raise as `scipy_stats` does."""
    return _scipy("linalg", what)


def _scipy(module: str, what: str) -> Any:  # noqa: ANN401 - likewise
    try:
        return import_module(f"scipy.{module}")
    except ImportError:
        message = f"{what}: found no scipy; allowed is with it: pip install 'paxos_des[study]'"
        raise InputError(message) from None
