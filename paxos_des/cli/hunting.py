"""The arguments of `hunt`, `replay`, `shrink` and `show`."""

import argparse
from pathlib import Path
from typing import Any

from paxos_des.errors import shorten


def add_commands(commands: Any) -> None:  # noqa: ANN401 - argparse does not name its type
    """Add the commands that find failing schedules and make them small."""
    hunt = commands.add_parser(
        "hunt",
        help="look for failing schedules",
        description="Try many schedules of a scenario; shrink each distinct failure.",
        epilog="example: paxos-des hunt duel --protocol accept-below-promise --seeds 0:1000",
    )
    hunt.add_argument(
        "scenario",
        metavar="SCENARIO",
        help="a shipped name (see: paxos-des scenarios) or a TOML file",
    )
    hunt.add_argument(
        "--seeds", type=_seeds, required=True, metavar="A:B", help="from A on, below B"
    )
    hunt.add_argument("--protocol", metavar="NAME", help="in place of the scenario's")
    hunt.add_argument("--strategy", default="portfolio", metavar="NAME", help="default: portfolio")
    hunt.add_argument("--jobs", type=count, default=1, metavar="N", help="processes; default: 1")
    hunt.add_argument(
        "--out",
        type=Path,
        metavar="DIR",
        help="where failures go, and what a killed hunt goes on from; default: nowhere",
    )
    hunt.add_argument(
        "--stop-after", type=count, metavar="K", help="stop after K distinct failures"
    )
    hunt.add_argument(
        "--check",
        action="append",
        default=[],
        metavar="NAME",
        help="let this check judge, and no other; may be repeated",
    )
    add_settings(hunt)
    hunt.set_defaults(command=_hunt)

    replay = commands.add_parser(
        "replay",
        help="run a failure again",
        description="Run a failure file again: 1 if the same check is violated, 0 if none is.",
        epilog="example: git bisect run paxos-des replay --bisect failure.json",
    )
    replay.add_argument(
        "file", type=Path, metavar="FILE", help="a failure file, or the name of an exhibit"
    )
    replay.add_argument(
        "--bisect",
        action="store_true",
        help="answer 125 (skip) where it cannot be told, as `git bisect run` wants",
    )
    replay.set_defaults(command=_replay)

    shrink = commands.add_parser(
        "shrink",
        help="make a failure smaller",
        description="Make a failure smaller, until nothing of it can be spared or be simpler.",
        epilog="example: paxos-des shrink failure.json --out small.json",
    )
    shrink.add_argument(
        "file", type=Path, metavar="FILE", help="a failure file, or the name of an exhibit"
    )
    shrink.add_argument(
        "--out",
        type=Path,
        metavar="OUT",
        help="where it goes; default: in place of FILE; of an exhibit, here",
    )
    shrink.add_argument(
        "--check", metavar="NAME", help="the check to judge by; default: the one that FILE names"
    )
    shrink.add_argument(
        "--harder", action="store_true", help="search longer for fewer events that are enough"
    )
    shrink.set_defaults(command=_shrink)

    show = commands.add_parser(
        "show",
        help="a failure or a trace as a picture",
        description="Show a failure file or a saved trace.",
        epilog="example: paxos-des show failure.json",
    )
    show.add_argument(
        "file",
        type=Path,
        metavar="FILE",
        help="a failure file, the name of an exhibit, or a saved trace",
    )
    forms = show.add_mutually_exclusive_group()
    forms.add_argument("--text", action="store_true", help="words and a diagram; the default")
    forms.add_argument("--mermaid", action="store_true", help="a Mermaid sequence diagram")
    forms.add_argument("--shiviz", action="store_true", help="a log for ShiViz")
    show.set_defaults(command=_show)

    for command in (hunt, replay, shrink, show):
        add_import(command)
        command.add_argument(
            "--json", action="store_true", help="print one JSON document and nothing else"
        )


def add_import(command: argparse.ArgumentParser) -> None:
    """Let a command have protocols of one's own."""
    command.add_argument(
        "--import",
        action="append",
        default=[],
        dest="modules",
        metavar="MODULE",
        help="import this first, from here or installed: it registers protocols; may be repeated",
    )


def add_settings(command: argparse.ArgumentParser) -> None:
    """Let a command change keys of its scenario."""
    command.add_argument(
        "--set",
        action="append",
        default=[],
        metavar="KEY=VALUE",
        help="change a key of the scenario; may be repeated",
    )


def _hunt(parsed: argparse.Namespace) -> int:
    from paxos_des.cli.hunt import hunt  # noqa: PLC0415 - see above

    return hunt(parsed)


def _replay(parsed: argparse.Namespace) -> int:
    from paxos_des.cli.replay import replay  # noqa: PLC0415 - see above

    return replay(parsed)


def _shrink(parsed: argparse.Namespace) -> int:
    from paxos_des.cli.shrink import shrink  # noqa: PLC0415 - see above

    return shrink(parsed)


def _show(parsed: argparse.Namespace) -> int:
    from paxos_des.cli.show import show  # noqa: PLC0415 - see above

    return show(parsed)


def _seeds(text: str) -> range:
    first, colon, last = text.partition(":")
    try:
        found = range(int(first), int(last)) if colon else range(0)
    except ValueError:
        found = range(0)
    if not found:
        message = f"found {shorten(text)}; allowed is A:B, as in 0:1000: from A on, below B"
        raise argparse.ArgumentTypeError(message)
    return found


def count(text: str) -> int:
    """Return how many: at least one."""
    try:
        found = int(text)
    except ValueError:
        found = 0
    if found < 1:
        message = f"found {shorten(text)}; allowed is an integer from 1"
        raise argparse.ArgumentTypeError(message)
    return found
