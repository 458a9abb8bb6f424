"""The smallest failing schedule that is known of each exhibit, as a failure file."""

from pathlib import Path

from paxos_des.errors import InputError

FOLDER = Path(__file__).parent / "schedules"
HOW = "python -m experiments.museum.schedules"
"""What makes them, where the repository is."""


def path_of(name: str) -> Path:
    """Return where the failure file of an exhibit is, or would be."""
    return FOLDER / f"{name}.json"


def shipped(name: str) -> Path:
    """Return the failure file of an exhibit.

    Raises
    ------
    InputError
        When there is none, with what makes one.
    """
    path = path_of(name)
    if not path.is_file():
        message = f"museum: found no schedule of {name!r}; allowed is one that `{HOW} {name}` made"
        raise InputError(message)
    return path
