"""`paxos-des shrink`."""

import argparse

from paxos_des.errors import InputError


def shrink(parsed: argparse.Namespace) -> int:
    message = f"shrink: found {parsed}; allowed is nothing yet"
    raise InputError(message)
