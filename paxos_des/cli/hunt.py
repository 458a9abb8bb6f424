"""`paxos-des hunt`."""

import argparse

from paxos_des.errors import InputError


def hunt(parsed: argparse.Namespace) -> int:
    message = f"hunt: found {parsed}; allowed is nothing yet"
    raise InputError(message)
