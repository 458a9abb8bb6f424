"""What the extra `study` brings, asked for where it is used: a plan can be read, and a scenario
run, without it.
"""

from types import ModuleType
from typing import Any

from paxos_des.errors import InputError


def scipy_stats(what: str) -> Any:  # noqa: ANN401 - SciPy comes without types
    """Return `scipy.stats`.

    Raises
    ------
    InputError
        When SciPy is missing; `what` says who needs it.
    """
    try:
        from scipy import stats  # noqa: PLC0415 - an extra, and slow to import
    except ImportError:
        message = f"{what}: found no scipy; allowed is with it: pip install 'paxos_des[study]'"
        raise InputError(message) from None
    module: ModuleType = stats
    return module
