"""What the command lines of experiments share."""

import argparse
import sys
from collections.abc import Callable

from paxos_des import Scenario
from paxos_des.errors import InputError

INTERRUPTED = 130


def parser_of(doc: str | None) -> argparse.ArgumentParser:
    """Return a parser that says what a script's first line says."""
    return argparse.ArgumentParser(description=(doc or "").partition("\n")[0])


def parser_of_seeds(doc: str | None) -> argparse.ArgumentParser:
    """Return a parser of a scenario, with settings, and of how many of its seeds to run."""
    parser = parser_of(doc)
    parser.add_argument("scenario")
    parser.add_argument("seeds", type=positive)
    parser.add_argument("--set", action="append", default=[], metavar="KEY=VALUE")
    parser.add_argument("--jobs", type=positive, default=2)
    return parser


def scenario_of(parser: argparse.ArgumentParser, parsed: argparse.Namespace) -> Scenario:
    """Return the scenario that is meant; else say in one line why there is none, and exit."""
    try:
        return Scenario.named(parsed.scenario).with_settings(parsed.set)
    except InputError as error:
        parser.error(str(error))


def positive(text: str) -> int:
    if not text.isascii() or not text.isdigit() or int(text) == 0:
        message = f"found {text!r}; allowed is an integer from 1"
        raise argparse.ArgumentTypeError(message)
    return int(text)


def run_until_interrupted(main: Callable[[], int]) -> int:
    """Return what `main` does; an interrupt ends it in one line."""
    try:
        return main()
    except KeyboardInterrupt:
        sys.stderr.write("interrupted\n")
        return INTERRUPTED
