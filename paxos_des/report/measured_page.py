"""The page of a measurement: what people wrote, and between two marks what the rows say."""

from collections.abc import Iterable
from pathlib import Path

from paxos_des.errors import InputError
from paxos_des.failure_file import shown, write_text

PAGE = "README.md"
BEGIN, END = "<!-- from here on by the command -->", "<!-- up to here -->"
NEW = f"# How soon is each bug of the museum found?\n\n{BEGIN}\n{END}\n"


def check_page(folder: Path) -> None:
    """Refuse a page that has no place for a report, before anything is measured for it.

    Raises
    ------
    InputError
        When it cannot be read, or has no marks.
    """
    _parts(folder / PAGE)


def write_page(folder: Path, lines: Iterable[str]) -> None:
    """Put a report into a folder's page, in the place of the former one."""
    path = folder / PAGE
    before, after = _parts(path)
    text = "\n".join(lines)
    write_text(path, f"{before}{BEGIN}\n\n{text}\n\n{END}{after}")


def _parts(path: Path) -> tuple[str, str]:
    try:
        page = path.read_text(encoding="utf-8") if path.exists() else NEW
    except (OSError, ValueError) as error:
        why = error.strerror if isinstance(error, OSError) else str(error)
        message = f"{shown(path)}: found no way to read it ({why}); allowed is a page, or none yet"
        raise InputError(message) from None
    before, begin, rest = page.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end:
        message = (
            f"{shown(path)}: found no place for a report; allowed is a page with the lines "
            f"{BEGIN} and {END}, or none yet"
        )
        raise InputError(message)
    return before, after
