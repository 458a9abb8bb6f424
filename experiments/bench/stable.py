"""The stable-leader run: a hundred values in flight under one ballot, at any size.

Each measurement is a child process of its own, so that its peak memory is its own too.
"""

import resource
import sys
from multiprocessing import get_context
from multiprocessing.connection import Connection
from pathlib import Path
from signal import SIG_IGN, SIGINT, signal
from typing import NamedTuple

from experiments.bench.measure import Sample, beside_bare
from paxos_des import Scenario, simulate
from paxos_des.engine.trace import Recording

IN_FLIGHT = 100
WARM_UP = 200
_STATUS = Path("/proc/self/status")


class StableSample(NamedTuple):
    """One run: its messages beside bare SimPy, and the most memory that its process had, before
    it (all is imported) and at the end.
    """

    values: int
    of_messages: Sample
    imported_mib: float
    peak_mib: float

    @property
    def of_values(self) -> Sample:
        return self.of_messages._replace(done=self.values)


def scenario_of(values: int) -> Scenario:
    return Scenario(
        name="stable",
        acceptors=5,
        leaders=2,
        clients=1,
        values=values,
        in_flight=IN_FLIGHT,
        delay="uniform 200us 1ms",
        phase1="stable",
        stop_when="learned",
        horizon="3600s",
    )


def in_a_child(values: int, record: Recording, *, timeouts: int) -> StableSample:
    """Measure one run in a new process, which ends with it.

    Raises
    ------
    RuntimeError
        When the process ended without a measurement; it has said why.
    """
    context = get_context("spawn")
    receiver, sender = context.Pipe(duplex=False)
    child = context.Process(target=_send, args=(sender, values, record, timeouts), daemon=True)
    # An interrupt at a terminal reaches the child too: it is for us to end it, without a word.
    heeding = signal(SIGINT, SIG_IGN)
    try:
        child.start()
    finally:
        signal(SIGINT, heeding)
    sender.close()
    try:
        sample: StableSample = receiver.recv()
    except EOFError:
        message = f"the run of {values:,} values ended without a measurement"
        raise RuntimeError(message) from None
    finally:
        child.terminate()
        child.join()
    return sample


def _send(sender: Connection, values: int, record: Recording, timeouts: int) -> None:
    sender.send(measure(values, record, timeouts))
    sender.close()


def measure(values: int, record: Recording, timeouts: int) -> StableSample:
    """Measure one run in this process."""
    imported_mib = peak_mib()
    _messages_of(WARM_UP, record)
    sample = beside_bare(lambda: _messages_of(values, record), timeouts=timeouts)
    return StableSample(values, sample, imported_mib, peak_mib())


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


def _messages_of(values: int, record: Recording) -> int:
    run = simulate(scenario_of(values), seed=1, record=record)
    assert run.verdict == "ok", run.verdicts
    assert run.goal_met, run.stats.simulated_us
    assert run.stats.chosen == values, run.stats.chosen
    return sum(run.stats.messages.values())
