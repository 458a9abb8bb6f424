"""What experiments share of other processes: one for each measurement."""

import resource
import sys
from collections.abc import Callable
from multiprocessing import get_context
from multiprocessing.connection import Connection
from pathlib import Path
from typing import TypeVar

from paxos_des.processes import deaf_to_interrupts

T = TypeVar("T")

_STATUS = Path("/proc/self/status")


def in_a_child(measure: Callable[[], T]) -> T:
    """Measure in a new process, which ends with it: so its peak memory is its own.

    Raises
    ------
    RuntimeError
        When the process ended without a measurement; it has said why.
    """
    context = get_context("spawn")
    receiver, sender = context.Pipe(duplex=False)
    child = context.Process(target=_send, args=(sender, measure), daemon=True)
    try:
        with deaf_to_interrupts():
            child.start()
        sender.close()
        measured: T = receiver.recv()
    except EOFError:
        message = "a child process ended without a measurement"
        raise RuntimeError(message) from None
    finally:
        if child.pid is not None:
            child.terminate()
            child.join()
    return measured


def peak_mib() -> float:
    """Return the most memory that this process ever had.

    Linux lets a new program inherit `ru_maxrss` from the process that started it; its status
    tells what is its own.
    """
    if _STATUS.exists():
        for line in _STATUS.read_text(encoding="ascii").splitlines():
            if line.startswith("VmHWM:"):
                return int(line.split()[1]) / 1024  # in KiB
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / 2**20 if sys.platform == "darwin" else peak / 1024


def _send(sender: Connection, measure: Callable[[], object]) -> None:
    sender.send(measure())
    sender.close()
