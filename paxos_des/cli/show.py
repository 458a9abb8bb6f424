"""`paxos-des show`."""

import argparse

from paxos_des.errors import InputError


def show(parsed: argparse.Namespace) -> int:
    message = f"show: found {parsed}; allowed is nothing yet"
    raise InputError(message)
