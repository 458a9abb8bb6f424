"""What is measured, and what it should come to."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import Literal

from experiments.bench import plain_simpy, stable, work
from experiments.bench.measure import Sample, Spread, Work, beside_bare
from experiments.bench.stable import StableSample
from paxos_des.engine.trace import Recording

MEMORY_MIB_MAX = 300
DUEL_COST_MAX, DUEL_COST_AIM = 400, 250

RECORDINGS: tuple[tuple[Recording, str, float, float], ...] = (
    ("digest", "checks and digest", 0.20, 0.30),
    ("nothing", "checks, nothing recorded", 0.28, 0.40),
)
"""With the floor and the aim of a message's path, in messages per event of bare SimPy."""

StableRuns = dict[Recording, list[StableSample]]


@dataclass(frozen=True, kw_only=True)
class Sizes:
    """How much is measured, and how often.

    Attributes
    ----------
    timeouts
        Of bare SimPy, before each measurement, and so many again after it.
    seeds
        Duels in one measurement.
    stable
        Values of the stable-leader run, rising; the rows of the main table take the last.
    """

    repeats: int
    timeouts: int
    plain_messages: int
    seeds: int
    stable: tuple[int, ...]


FULL = Sizes(
    repeats=9,
    timeouts=100_000,
    plain_messages=50_000,
    seeds=300,
    stable=(1_000, 10_000, 100_000),
)
QUICK = Sizes(repeats=1, timeouts=5_000, plain_messages=5_000, seeds=20, stable=(100, 400))


@dataclass(frozen=True, kw_only=True)
class Row:
    """One thing that is measured.

    Attributes
    ----------
    reading
        `speed`: more is better, and `floor` and `aim` are the least; `cost`: less is better, and
        they are the most.
    """

    name: str
    unit: str
    reading: Literal["speed", "cost"]
    sample: Callable[[], Sample]
    floor: float | None = None
    aim: float | None = None

    def spread(self, samples: list[Sample]) -> Spread:
        if self.reading == "speed":
            return Spread.of(sample.speed for sample in samples)
        return Spread.of(sample.cost for sample in samples)

    def misses_floor(self, median: float) -> bool:
        if self.floor is None:
            return False
        return median < self.floor if self.reading == "speed" else median > self.floor


def rows_of(sizes: Sizes, stable_runs: StableRuns) -> tuple[Row, ...]:
    """Return the rows; those of the stable-leader run keep all that is measured of it, too."""
    return (*_plain_rows(sizes), *_own_rows(sizes, stable_runs))


def smaller_of(sizes: Sizes) -> Iterator[StableSample]:
    """Measure the stable-leader run at all its sizes but the last, once each."""
    for values in sizes.stable[:-1]:
        yield stable.in_a_child(values, "digest", timeouts=sizes.timeouts)


def _plain_rows(sizes: Sizes) -> Iterator[Row]:
    messages = sizes.plain_messages
    works: tuple[tuple[str, str, Work], ...] = (
        (
            "bare SimPy: one process, one `Timeout` after the other",
            "events",
            partial(plain_simpy.bare, 2 * sizes.timeouts),
        ),
        (
            "stock SimPy, no Paxos: a process for each message",
            "messages",
            partial(plain_simpy.process_per_message, messages),
        ),
        (
            "stock SimPy, no Paxos: a process for each message, then a `Store`",
            "messages",
            partial(plain_simpy.store_per_receiver, messages),
        ),
        (
            "scenario `2009`, on stock SimPy: the same roles, no checks, no digest",
            "messages",
            work.stock_2009,
        ),
    )
    for name, unit, deed in works:
        sample = partial(beside_bare, deed, timeouts=sizes.timeouts)
        yield Row(name=name, unit=unit, reading="speed", sample=sample)


def _own_rows(sizes: Sizes, stable_runs: StableRuns) -> Iterator[Row]:
    values = sizes.stable[-1]

    def sample_2009(record: Recording) -> Sample:
        return beside_bare(partial(work.own_2009, record), timeouts=sizes.timeouts)

    def sample_stable(record: Recording) -> Sample:
        one = stable.in_a_child(values, record, timeouts=sizes.timeouts)
        stable_runs[record].append(one)
        return one.of_messages

    for name, sample in (
        ("scenario `2009`", sample_2009),
        (f"stable leader, {values:,} values", sample_stable),
    ):
        for record, words, floor, aim in RECORDINGS:
            yield Row(
                name=f"{name}, on paxos_des: {words}",
                unit="messages",
                reading="speed",
                sample=partial(sample, record),
                floor=floor,
                aim=aim,
            )
    yield Row(
        name="a whole run of `duel`, on paxos_des: checks and digest",
        unit="runs",
        reading="cost",
        sample=partial(beside_bare, partial(work.duels, sizes.seeds), timeouts=sizes.timeouts),
        floor=DUEL_COST_MAX,
        aim=DUEL_COST_AIM,
    )
