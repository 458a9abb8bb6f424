"""`python -m paxos_des` is `paxos-des`, and this is where both begin.

Nothing is imported before it can be told how it went: in the history of a package there are states
that cannot be imported, and `git bisect run` would take an end with a traceback for the bug.
"""

import sys

SKIP = 125


def main() -> int:
    """Run the command line; return the exit code."""
    try:
        from paxos_des.cli.main import main as run  # noqa: PLC0415 - see above
    except Exception as error:
        if "--bisect" not in sys.argv[1:]:
            raise
        sys.stderr.write(f"paxos-des: found no way to begin ({type(error).__name__}: {error})\n")
        return SKIP
    return run()


if __name__ == "__main__":
    sys.exit(main())
