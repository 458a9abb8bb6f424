"""`paxos-des`: arguments in, exit codes out.

0 all is well; 1 a check is violated; 2 the input is wrong (one line says what was found, what
was allowed, and where); 3 unknown: a check could not decide; 130 interrupted.
"""

import argparse
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import NoReturn

from paxos_des import __version__
from paxos_des.cli import exhibits, hunting, plotting, sweeping
from paxos_des.errors import InputError, printable, shorten

OK, VIOLATED, WRONG_INPUT, UNKNOWN, INTERRUPTED = 0, 1, 2, 3, 130
SKIP = 125
"""What `git bisect run` takes for: this cannot be told."""
BROKEN_PIPE = 141
"""What a shell reports of a program that SIGPIPE ended: who read our output has gone."""


class _Parser(argparse.ArgumentParser):
    """Answers wrong arguments with one line, where argparse would print the usage too."""

    def error(self, message: str) -> NoReturn:
        sentence = f"{message} ({self.prog} --help shows what is allowed)"
        raise InputError(sentence)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line; return the exit code."""
    try:
        code = _code_of(arguments)
    except Exception as error:
        if not is_bisecting(arguments):
            raise
        _complain(f"{type(error).__name__}: {error}")
        return SKIP
    return SKIP if code in (WRONG_INPUT, UNKNOWN) and is_bisecting(arguments) else code


def is_bisecting(arguments: Sequence[str] | None = None) -> bool:
    """Whether `git bisect run` asks: it takes for bad whatever is not told to be skipped."""
    return "--bisect" in (sys.argv[1:] if arguments is None else arguments)


def _code_of(arguments: Sequence[str] | None) -> int:
    if not __debug__:
        _complain("found python -O; allowed is python without it: assertions are part of it")
        return WRONG_INPUT
    for name in ("stdout", "stderr"):
        if getattr(sys, name) is None:  # closed by whoever called: a print would be an error
            setattr(sys, name, Path(os.devnull).open("w", encoding="utf-8"))  # noqa: SIM115
    try:
        given = sys.argv[1:] if arguments is None else arguments
        parsed = _parser().parse_args(exhibits.joined(given))
        _import_first(getattr(parsed, "modules", ()))
        code: int = parsed.command(parsed)
        sys.stdout.flush()
    except InputError as error:
        _complain(str(error))
        return WRONG_INPUT
    except BrokenPipeError:
        _forget_output()
        return BROKEN_PIPE
    except OSError as error:
        _forget_output()
        _complain(f"output: found no way to print ({error.strerror}); allowed is one with room")
        return WRONG_INPUT
    except KeyboardInterrupt:
        _complain("interrupted")
        return INTERRUPTED
    return code


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(
        prog="paxos-des",
        description="A whole Paxos system in a deterministic world: run it, and judge it.",
        epilog="example: paxos-des run 2009 --seed 7",
    )
    commands = parser.add_subparsers(title="commands", metavar="COMMAND", required=True)

    run = commands.add_parser(
        "run",
        help="simulate a scenario once",
        description="Simulate a scenario once, under all checks.",
        epilog="example: paxos-des run duel --seed 7 --set drop=0.2 --trace duel.jsonl",
    )
    run.add_argument(
        "scenario",
        nargs="?",
        default="2009",
        metavar="SCENARIO",
        help="a shipped name (see: paxos-des scenarios) or a TOML file; default: 2009",
    )
    run.add_argument("--seed", type=_integer, default=0, metavar="N", help="default: 0")
    hunting.add_settings(run)
    run.add_argument("--trace", type=Path, metavar="FILE", help="save the trace (JSON Lines)")
    hunting.add_import(run)
    run.set_defaults(command=_run)

    check = commands.add_parser(
        "check",
        help="judge a saved trace again",
        description="Judge a saved trace again, by all checks.",
        epilog="example: paxos-des check duel.jsonl",
    )
    check.add_argument("trace", type=Path, metavar="TRACE", help="what run --trace has saved")
    check.set_defaults(command=_check)

    hunting.add_commands(commands)
    sweeping.add_commands(commands)
    plotting.add_commands(commands)

    scenarios = commands.add_parser(
        "scenarios",
        help="list the shipped scenarios",
        description="List the shipped scenarios.",
        epilog="example: paxos-des scenarios",
    )
    scenarios.set_defaults(command=_scenarios)

    exhibits.add_commands(commands)

    version = commands.add_parser(
        "version",
        help="print the version",
        description="Print the version.",
        epilog="example: paxos-des version",
    )
    version.set_defaults(command=_version)
    for command in (run, check, scenarios, version):
        command.add_argument(
            "--json", action="store_true", help="print one JSON document and nothing else"
        )
    return parser


# The commands import what they need when they run: `version` and `--help` answer at once.


def _run(parsed: argparse.Namespace) -> int:
    from paxos_des.cli.run import run  # noqa: PLC0415 - see above

    return run(
        parsed.scenario,
        seed=parsed.seed,
        settings=parsed.set,
        trace=parsed.trace,
        form="json" if parsed.json else "text",
    )


def _check(parsed: argparse.Namespace) -> int:
    from paxos_des.cli.check import check  # noqa: PLC0415 - see above

    return check(parsed.trace, form="json" if parsed.json else "text")


def _import_first(modules: Sequence[str]) -> None:
    """Import the modules that `--import` names: as `python -m` does, first from where we are."""
    if modules:
        from paxos_des.cluster.registry import import_protocols  # noqa: PLC0415 - see above

        if "" not in sys.path:
            sys.path.insert(0, "")
        for module in modules:
            import_protocols(module, "--import")


def _scenarios(parsed: argparse.Namespace) -> int:
    from paxos_des.cli.run import scenarios  # noqa: PLC0415 - see above

    return scenarios(form="json" if parsed.json else "text")


def _version(parsed: argparse.Namespace) -> int:
    """Say which version this is, and what runs: a report of slow runs begins with that."""
    from paxos_des.engine.fast import FAST  # noqa: PLC0415 - see above

    if parsed.json:
        is_compiled = "false" if FAST is None else "true"
        words = f'{{"version": "{__version__}", "compiled": {is_compiled}}}'
    else:
        words = f"paxos-des {__version__}, {'plain Python' if FAST is None else 'compiled'}"
    sys.stdout.write(f"{words}\n")
    return OK


def _integer(text: str) -> int:
    try:
        return int(text)
    except ValueError:
        message = f"found {shorten(text)}; allowed is an integer"
        raise argparse.ArgumentTypeError(message) from None


def _forget_output() -> None:
    """Print nothing more: Python would flush once more at exit, and complain once more."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _complain(sentence: str) -> None:
    # The name of a file may hold what a terminal would obey.
    sys.stderr.write(f"paxos-des: {printable(' '.join(sentence.split()))}\n")
