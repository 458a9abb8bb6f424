"""How anything here is measured: beside bare SimPy, in the same process.

The speed of a machine changes from minute to minute, by a third and more. So nothing is said in
seconds alone: bare SimPy runs right before and right after each thing that is measured, and what
counts is the ratio, taken for each repeat by itself.
"""

import gc
import statistics
import time
from collections.abc import Callable, Iterable
from typing import NamedTuple

from experiments.bench.plain_simpy import bare

Work = Callable[[], int]
"""Does something so many times, and returns how many times."""


class Sample(NamedTuple):
    """One repeat of one measurement.

    Attributes
    ----------
    done
        How many messages (or events, schedules, values) the measured work came to.
    bare_per_s
        Events of bare SimPy per CPU second: the mean of just before and just after.
    """

    done: int
    cpu_s: float
    bare_per_s: float

    @property
    def per_s(self) -> float:
        return self.done / self.cpu_s

    @property
    def speed(self) -> float:
        """How many, in the time in which bare SimPy makes one event."""
        return self.per_s / self.bare_per_s

    @property
    def cost(self) -> float:
        """How many events bare SimPy makes in the time of one."""
        return 1 / self.speed


class Spread(NamedTuple):
    """The median of some repeats, the least and the most."""

    median: float
    least: float
    most: float

    @classmethod
    def of(cls, figures: Iterable[float]) -> "Spread":
        figures = tuple(figures)
        return cls(statistics.median(figures), min(figures), max(figures))


def cpu_s_of(work: Work) -> tuple[int, float]:
    """Do the work; return its count, and the CPU seconds that this process took for it."""
    gc.collect()  # or the garbage of what came before would be charged here
    start = time.process_time()
    count = work()
    return count, time.process_time() - start


def beside_bare(work: Work, *, timeouts: int) -> Sample:
    """Do the work once, between two runs of bare SimPy of so many timeouts each."""
    before = _bare_per_s(timeouts)
    count, cpu_s = cpu_s_of(work)
    after = _bare_per_s(timeouts)
    return Sample(count, cpu_s, (before + after) / 2)


def _bare_per_s(timeouts: int) -> float:
    count, cpu_s = cpu_s_of(lambda: bare(timeouts))
    return count / cpu_s
