"""Hypothesis profiles for development, continuous integration and deep runs.

    PAXOS_DES_PROFILE=ci python -m pytest
    python -m pytest --paxos-profile deep

What is chosen becomes the default of all Hypothesis tests of the process, under the names
`paxos-des-dev`, `paxos-des-ci` and `paxos-des-deep`. Without a choice nothing changes. No profile
has a deadline: a run takes as long as its schedule makes it, and a slow machine is no bug.
"""

from hypothesis import HealthCheck, Phase, settings

from paxos_des.errors import InputError, shorten
from paxos_des.names import nearest

PREFIX = "paxos-des-"
_SLOW = (HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.large_base_example)
"""A simulation is a slow thing to draw from, and that is no mistake of the test's."""

# Which lines only failing runs reach says nothing of a simulator, and takes long to find out.
_PHASES = tuple(phase for phase in Phase if phase is not Phase.explain)

PROFILES: dict[str, settings] = {
    "dev": settings(max_examples=100, deadline=None, phases=_PHASES, suppress_health_check=_SLOW),
    # The same examples each time, and none from a database that nobody keeps.
    "ci": settings(
        max_examples=300,
        deadline=None,
        derandomize=True,
        database=None,
        phases=_PHASES,
        print_blob=True,
        suppress_health_check=_SLOW,
    ),
    "deep": settings(
        max_examples=1_000_000,
        deadline=None,
        stateful_step_count=100,
        phases=_PHASES,
        print_blob=True,
        suppress_health_check=tuple(HealthCheck),
    ),
}
"""By the short name. What fails in `dev` or `deep` is kept in Hypothesis's database, and tried
first the next time."""


def register() -> None:
    """Make the profiles known to Hypothesis, under their long names."""
    for name, profile in PROFILES.items():
        settings.register_profile(f"{PREFIX}{name}", profile)


def choose(name: str) -> None:
    """Make a profile the default; the short name will do.

    Raises
    ------
    InputError
        When there is none of this name.
    """
    short = name.removeprefix(PREFIX)
    if short not in PROFILES:
        hint = nearest(short, PROFILES)
        message = f"profile: found {shorten(name)}{hint}; allowed: {', '.join(PROFILES)}"
        raise InputError(message)
    register()
    settings.load_profile(f"{PREFIX}{short}")
