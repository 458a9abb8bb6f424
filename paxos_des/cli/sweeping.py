"""The arguments of `sweep`."""

import argparse
from pathlib import Path
from typing import Any

from paxos_des.cli.hunting import add_import, count


def add_commands(commands: Any) -> None:  # noqa: ANN401 - argparse does not name its type
    """Add the command that carries out a plan."""
    sweep = commands.add_parser(
        "sweep",
        help="do all runs of a plan",
        description=(
            "Do all runs of a plan, and keep what they measure in a table. A sweep that was "
            "stopped, in whatever way, goes on where it was: by the same command."
        ),
        epilog="example: paxos-des sweep drop-and-delay --quick --out drop-and-delay",
    )
    sweep.add_argument(
        "plan",
        metavar="PLAN",
        help="a TOML file, or NAME for experiments/NAME/plan.toml",
    )
    sweep.add_argument(
        "--out", type=Path, required=True, metavar="DIR", help="where the table goes"
    )
    sweep.add_argument("--jobs", type=count, metavar="N", help="processes; default: 1")
    sweep.add_argument(
        "--dask",
        metavar="ADDRESS",
        help="have a Dask cluster do it: the address of its scheduler, as in tcp://host:8786, or "
        "`local` for one that is started here, of --jobs processes",
    )
    sweep.add_argument("--quick", action="store_true", help="small: what the plan calls quick")
    sweep.add_argument("--plot", action="store_true", help="draw the plan's figures, in the end")
    add_import(sweep)
    sweep.add_argument(
        "--json", action="store_true", help="print one JSON document and nothing else"
    )
    sweep.set_defaults(command=_sweep)


def _sweep(parsed: argparse.Namespace) -> int:
    from paxos_des.cli.sweep import sweep  # noqa: PLC0415 - see `main`

    return sweep(parsed)
