"""The arguments of `museum` and `museum measure`."""

import argparse
import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from paxos_des.cli.hunting import add_import, count
from paxos_des.errors import shorten

MEASURE = "museum measure"
"""One command, of two words: so no exhibit may have the name of the second."""


def joined(arguments: Sequence[str]) -> list[str]:
    """Return arguments with the two words of a command as one."""
    words = MEASURE.split()
    return [MEASURE, *arguments[2:]] if list(arguments[:2]) == words else list(arguments)


def add_commands(commands: Any) -> None:  # noqa: ANN401 - argparse does not name its type
    """Add the commands that show the museum, and measure with it."""
    museum = commands.add_parser(
        "museum",
        help="list the bugs that are on show, or explain one",
        description="List published bugs of Paxos, or explain one: the code that makes it, and its "
        "smallest failing schedule.",
        epilog="example: paxos-des museum own-value",
    )
    museum.add_argument("name", nargs="?", metavar="NAME", help="which one; default: all")
    museum.set_defaults(command=_museum)

    measure = commands.add_parser(
        MEASURE,
        help="measure how soon each strategy finds each bug, and which checks see it",
        description="Hunt every bug with every strategy, shrink what is found, and let every check "
        "judge: tables, and with --out a page, its rows and survival curves.",
        epilog="example: paxos-des museum measure own-value half-of-four --quick",
    )
    measure.add_argument("names", nargs="*", metavar="NAME", help="which bugs; default: all")
    measure.add_argument(
        "--out",
        type=Path,
        metavar="DIR",
        help="where rows, page and curves go, and what it goes on from; default: nowhere",
    )
    measure.add_argument(
        "--strategies", metavar="A,B,…", help="which strategies hunt; default: all"
    )
    measure.add_argument("--hunts", type=count, metavar="N", help="of each strategy; default: 10")
    measure.add_argument(
        "--schedules",
        type=count,
        metavar="N",
        help="a hunt may try, but for the default strategy's; default: 600",
    )
    measure.add_argument(
        "--seconds", type=_seconds, metavar="S", help="of CPU time a hunt may take; default: 60"
    )
    measure.add_argument(
        "--seeds",
        type=count,
        metavar="N",
        help="of each bug's own weather are judged by every check; default: 300",
    )
    measure.add_argument(
        "--checks",
        action="store_true",
        help="what the checks see, and no more: only the default strategy hunts",
    )
    measure.add_argument("--jobs", type=count, default=1, metavar="N", help="processes; default: 1")
    measure.add_argument("--quick", action="store_true", help="few hunts, schedules and seeds")
    measure.set_defaults(command=_measure)

    for command in (museum, measure):
        add_import(command)
        command.add_argument(
            "--json", action="store_true", help="print one JSON document and nothing else"
        )


def _museum(parsed: argparse.Namespace) -> int:
    from paxos_des.cli.museum import museum  # noqa: PLC0415 - `--help` answers at once

    return museum(parsed.name, form="json" if parsed.json else "text")


def _measure(parsed: argparse.Namespace) -> int:
    from paxos_des.cli.measure import measure  # noqa: PLC0415 - see above

    return measure(parsed)


def _seconds(text: str) -> float:
    try:
        found = float(text)
    except ValueError:
        found = 0.0
    if not (found > 0 and math.isfinite(found)):
        message = f"found {shorten(text)}; allowed is a number of seconds above 0"
        raise argparse.ArgumentTypeError(message)
    return found
