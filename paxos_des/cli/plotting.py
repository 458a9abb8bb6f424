"""The arguments of `plot`."""

import argparse
from pathlib import Path
from typing import Any

from paxos_des.cli.hunting import add_import


def add_commands(commands: Any) -> None:  # noqa: ANN401 - argparse does not name its type
    """Add the command that draws what a sweep measured."""
    plot = commands.add_parser(
        "plot",
        help="draw what a sweep measured",
        description="Draw the figures of a sweep's plan into its folder, or, if the plan names "
        "none, those that suit its axes; and write there what each point is worth (summary.csv).",
        epilog="example: paxos-des plot acceptor-failures --only reply --format svg",
    )
    plot.add_argument("folder", type=Path, metavar="DIR", help="where a sweep has left its table")
    plot.add_argument(
        "--only", action="append", default=[], metavar="NAME", help="draw this figure (again: more)"
    )
    plot.add_argument("--format", choices=("svg", "png"), help="write only such; default: both")
    plot.add_argument(
        "--plan",
        type=Path,
        metavar="PLAN",
        help="take the figures from this file: the sweep's plan, changed in nothing else",
    )
    add_import(plot)
    plot.add_argument(
        "--json", action="store_true", help="print one JSON document and nothing else"
    )
    plot.set_defaults(command=_plot)


def _plot(parsed: argparse.Namespace) -> int:
    from paxos_des.cli.plot import plot  # noqa: PLC0415 - `--help` answers at once

    return plot(
        parsed.folder,
        only=parsed.only,
        formats=None if parsed.format is None else (parsed.format,),
        plan=parsed.plan,
        form="json" if parsed.json else "text",
    )
