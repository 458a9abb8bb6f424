"""Which file is meant: the name of an exhibit stands for its own, where no file has that name."""

from pathlib import Path


def file_of(given: Path) -> Path:
    """Return the file that is meant; what cannot be read is for others to refuse.

    Raises
    ------
    InputError
        When an exhibit is meant that has no schedule.
    """
    try:
        if given.exists():
            return given
    except OSError:
        return given
    from paxos_des.museum import EXHIBITS  # noqa: PLC0415 - mostly a file is meant
    from paxos_des.museum.shipped import shipped  # noqa: PLC0415 - likewise

    return shipped(str(given)) if str(given) in EXHIBITS else given
