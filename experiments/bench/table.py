"""What was measured, as Markdown and as rows for a file."""

import os
import platform
from collections.abc import Iterator
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any, NamedTuple

from experiments.bench.measure import Sample, Spread
from experiments.bench.rows import MEMORY_MIB_MAX, Row
from experiments.bench.stable import StableSample
from paxos_des.engine.fast import FAST

GROWTH_HEAD = (
    "| stable leader, checks and digest | CPU time per value | in bare `Timeout`s | min | max "
    "| to the first | peak memory | after imports |"
)


class Result(NamedTuple):
    """All that was measured: samples by row, and the stable-leader runs by size."""

    rows: dict[Row, list[Sample]]
    growth: dict[int, list[StableSample]]


class Growth(NamedTuple):
    """What a value costs at one size: in bare timeouts, in µs, and beside the smallest size."""

    values: int
    cost: Spread
    us_per_value: float
    to_smallest: float
    imported_mib: float
    peak_mib: float


def growth_of(result: Result) -> Iterator[Growth]:
    smallest: float | None = None
    for values, samples in sorted(result.growth.items()):
        of_values = [sample.of_values for sample in samples]
        cost = Spread.of(sample.cost for sample in of_values)
        smallest = cost.median if smallest is None else smallest
        yield Growth(
            values,
            cost,
            Spread.of(1e6 / sample.per_s for sample in of_values).median,
            cost.median / smallest,
            max(sample.imported_mib for sample in samples),
            max(sample.peak_mib for sample in samples),
        )


def markdown(result: Result) -> str:
    """Return the machine in a line, the table, and the small one about growth."""
    repeats = len(next(iter(result.rows.values())))
    lines = [
        machine(),
        "",
        f"| median of {repeats} | per CPU second | to bare SimPy | min | max | floor | aim |",
        "|---|--:|--:|--:|--:|--:|--:|",
        *(_line(row, samples) for row, samples in result.rows.items()),
        "",
        GROWTH_HEAD,
        "|--:|--:|--:|--:|--:|--:|--:|--:|",
        *map(_growth_line, growth_of(result)),
    ]
    return "\n".join(lines)


def missed(result: Result) -> list[str]:
    """Return a sentence for each floor that is missed."""
    sentences = []
    for row, samples in result.rows.items():
        median = row.spread(samples).median
        if row.misses_floor(median):
            sentences.append(
                f"{row.name}: found {_figure(row, median)} "
                f"to bare SimPy; allowed is {_limit(row, row.floor)}"
            )
    sentences += [
        f"stable leader, {one.values:,} values: found a peak of {one.peak_mib:,.0f} MiB; "
        f"allowed is at most {MEMORY_MIB_MAX} MiB"
        for one in growth_of(result)
        if one.peak_mib > MEMORY_MIB_MAX
    ]
    return sentences


def records(result: Result) -> list[dict[str, Any]]:
    """Return one record a row: what was measured, its spread, floor and aim, and all samples."""
    found: list[dict[str, Any]] = [
        {
            "row": row.name,
            "unit": row.unit,
            "reading": row.reading,
            "to_bare": row.spread(samples)._asdict(),
            "floor": row.floor,
            "aim": row.aim,
            "samples": [sample._asdict() for sample in samples],
        }
        for row, samples in result.rows.items()
    ]
    found += [
        {"row": "growth", **one._asdict(), "cost": one.cost._asdict()} for one in growth_of(result)
    ]
    return [{"machine": machine()}, *found]


def machine() -> str:
    """Return what the figures were measured on, and when."""
    cores = os.cpu_count() or 1
    return (
        f"{_cpu_model()}, {cores} core{'' if cores == 1 else 's'}; "
        f"{platform.python_implementation()} {platform.python_version()}, "
        f"SimPy {version('simpy')}, NumPy {version('numpy')}, "
        f"{'plain Python' if FAST is None else 'compiled'}; {datetime.now(UTC).date()}"
    )


def _line(row: Row, samples: list[Sample]) -> str:
    spread = row.spread(samples)
    per_s = Spread.of(sample.per_s for sample in samples).median
    return (
        f"| {row.name} | {per_s:,.0f} {row.unit} | {_figure(row, spread.median)} "
        f"| {_number(row, spread.least)} | {_number(row, spread.most)} "
        f"| {_limit(row, row.floor)} | {_limit(row, row.aim)} |"
    )


def _growth_line(one: Growth) -> str:
    return (
        f"| {one.values:,} values | {one.us_per_value:,.0f} µs | {one.cost.median:,.0f} "
        f"| {one.cost.least:,.0f} | {one.cost.most:,.0f} | {one.to_smallest:.2f} "
        f"| {one.peak_mib:,.0f} MiB | {one.imported_mib:,.0f} MiB |"
    )


def _number(row: Row, figure: float) -> str:
    return f"{figure:.3f}" if row.reading == "speed" else f"{figure:,.0f}"


def _figure(row: Row, figure: float) -> str:
    number = _number(row, figure)
    return number if row.reading == "speed" else f"{number} `Timeout`s"


def _limit(row: Row, limit: float | None) -> str:
    if limit is None:
        return ""
    return f"≥ {limit:.2f}" if row.reading == "speed" else f"≤ {limit:,.0f}"


def _cpu_model() -> str:
    path = Path("/proc/cpuinfo")
    if path.exists():
        for line in path.read_text(encoding="utf-8").splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor() or platform.machine()
