"""`paxos-des replay`."""

import argparse

from paxos_des.errors import InputError


def replay(parsed: argparse.Namespace) -> int:
    message = f"replay: found {parsed}; allowed is nothing yet"
    raise InputError(message)
