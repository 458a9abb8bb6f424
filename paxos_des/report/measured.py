"""What `museum measure` found, as tables: functions of the rows, in whatever order they came."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from math import inf, isfinite
from statistics import median
from typing import Any

from paxos_des.checks.judges import CHECKS
from paxos_des.explore.measure.campaign import SECONDS
from paxos_des.explore.measure.cells import Cell, cells_of
from paxos_des.explore.measure.hunting import Row, Small
from paxos_des.explore.measure.medians import Median
from paxos_des.explore.measure.score import Score
from paxos_des.explore.measure.sightings import Seen
from paxos_des.explore.strategies import DEFAULT, STRATEGIES
from paxos_des.museum import EXHIBITS

RARE = (
    "accept-keeps-promise", "reports-promised-ballot", "nack-as-promise", "first-report",
    "highest-by-leader",
)  # fmt: skip
"""At most one of 3,000 short runs, each step of them at random, shows one of these."""
YARDSTICK = "uniform"
NOT_RUN = "-"
CORE_ABOVE = 2
"""A core may have so many events more than are known to be enough, before it has to say why."""

Lines = Iterator[str]


class Measured:
    """All that was measured, sorted.

    Attributes
    ----------
    cells
        By exhibit and strategy.
    exhibits, strategies
        Those that there are rows of, in the order of the museum and of the list.
    score
        Of the checks.
    """

    def __init__(self, rows: Iterable[Row], seen: Iterable[Seen]) -> None:
        rows, seen = list(rows), list(seen)
        self.cells = cells_of(rows)
        there = {row.exhibit for row in rows} | {one.exhibit for one in seen}
        self.exhibits = tuple(name for name in EXHIBITS if name in there)
        used = {row.strategy for row in rows}
        self.strategies = tuple(name for name in STRATEGIES if name in used)
        self.score = Score(self.exhibits, rows, seen)
        self.seeds = Counter({one.exhibit: one.seeds for one in seen})

    def cell(self, exhibit: str, strategy: str) -> Cell | None:
        return self.cells.get((exhibit, strategy))


def report(measured: Measured) -> Lines:
    """Yield the lines of the report, as Markdown."""
    tables: list[tuple[str, Callable[[Measured], Lines]]] = [
        (f"The default strategy, `{DEFAULT}`:", default_table),
        (f"The five rare ones: `{DEFAULT}` beside `{YARDSTICK}`:", rare_table),
        ("Schedules to the first failure:", _by_strategy(_schedules)),
        ("CPU time to it, in seconds:", _by_strategy(_seconds)),
        ("How large a failure is, before and after shrinking:", size_table),
        ("What each check sees:", check_table),
    ]
    for place, (title, table) in enumerate(tables):
        lines = list(table(measured))
        if lines:
            yield from [""] * bool(place)
            yield title
            yield ""
            yield from lines


def default_table(measured: Measured) -> Lines:
    """Yield how soon the default strategy finds each exhibit, and who saw it first."""
    if DEFAULT not in measured.strategies:
        return
    yield (
        f"| exhibit | judged by | found | schedules | CPU time | median within {SECONDS:g} s "
        "| saw it first |"
    )
    yield "|---|---|--:|--:|--:|---|---|"
    within = 0
    cells = {name: measured.cell(name, DEFAULT) for name in measured.exhibits}
    for name, cell in cells.items():
        if cell is None:
            continue
        answer = "yes" if is_within(cell) else "no"
        within += is_within(cell)
        saw = Counter(row.saw[0] for row in cell.rows if row.saw)
        first = ", ".join(f"{check} {count}" for check, count in saw.most_common())
        yield (
            f"| {name} | {EXHIBITS[name].check} | {cell.found} of {len(cell.rows)} "
            f"| {_schedules(cell)} | {_interval(cell.cpu_s, cell.cpu_s_max, _s)} s | {answer} "
            f"| {first or NOT_RUN} |"
        )
    there = sum(cell is not None for cell in cells.values())
    yield ""
    yield f"Within {SECONDS:g} s of one core, by the median: {within} of {there} exhibits."


def is_within(cell: Cell) -> bool:
    """Whether the median hunt is over within what a hunt of the default strategy may take."""
    return cell.cpu_s.value <= SECONDS


def rare_table(measured: Measured) -> Lines:
    """Yield what share of the yardstick's schedules the default strategy needs."""
    pairs = [
        (name, default, uniform)
        for name in RARE
        if (default := measured.cell(name, DEFAULT)) is not None
        and (uniform := measured.cell(name, YARDSTICK)) is not None
    ]
    if not pairs:
        return
    yield f"| exhibit | {DEFAULT} | {YARDSTICK} | share |"
    yield "|---|--:|--:|--:|"
    for name, default, uniform in pairs:
        medians = f"{_schedules(default)} | {_schedules(uniform)}"
        yield f"| {name} | {medians} | {share(default, uniform)} |"
    yield ""
    yield (
        "A share is one median over the other; where the other is only known to be above some "
        "number, the share is below what it would be at that number."
    )


def share(default: Cell, uniform: Cell) -> str:
    """Return one median over the other, with which side is not known exactly."""
    ours, theirs = default.schedules.value, uniform.schedules.value
    if ours == inf:
        return "not known"
    if theirs == inf:
        return f"< {ours / uniform.schedules_max:.2g}"
    return f"{ours / theirs:.2g}"


def size_table(measured: Measured) -> Lines:
    """Yield how small failures become, beside the smallest core that is known from elsewhere."""
    found = {
        name: [small for (exhibit, _), cell in measured.cells.items() if exhibit == name
               for small in cell.smalls]
        for name in measured.exhibits
    }  # fmt: skip
    if not any(found.values()):
        return
    yield (
        "| exhibit | failures | before | after | least | events of the core | least | known "
        "| runs | CPU time |"
    )
    yield "|---|--:|--:|--:|--:|--:|--:|--:|--:|--:|"
    for name, smalls in found.items():
        yield f"| {name} | {_size(smalls, EXHIBITS[name].least)} |"


def check_table(measured: Measured) -> Lines:
    """Yield which exhibits each check sees, and those that are no check's, and no exhibit's."""
    score = measured.score
    yield "| check | sees | sees first | it alone sees |"
    yield "|---|--:|--:|---|"
    for check in score.checks:
        witness = score.witness(check)
        alone = ", ".join(witness.alone) or NOT_RUN
        yield f"| {check} | {len(witness.sees)} | {len(witness.first)} | {alone} |"
    yield ""
    unneeded, unseen = (", ".join(names) or "none" for names in (score.unneeded, score.unseen))
    yield f"Checks without which every exhibit would be seen all the same: {unneeded}."
    yield ""
    yield f"Exhibits that no check sees: {unseen}."


def document_of(measured: Measured) -> dict[str, Any]:
    """Return what `--json` prints: what is not known, because all was given up before, is null."""
    score = measured.score
    return {
        "exhibits": {
            name: {
                "check": EXHIBITS[name].check,
                "strategies": {
                    strategy: _cell_document(cell)
                    for strategy in measured.strategies
                    if (cell := measured.cell(name, strategy)) is not None
                },
                "seeds": measured.seeds[name],
                "saw": _by_check(score.saw[name]),
                "first": _by_check(score.first[name]),
            }
            for name in measured.exhibits
        },
        "checks": {check: score.witness(check)._asdict() for check in score.checks},
        "unneeded": score.unneeded,
        "unseen": score.unseen,
    }


def _cell_document(cell: Cell) -> dict[str, Any]:
    return {
        "hunts": len(cell.rows),
        "found": cell.found,
        "schedules": _median_document(cell.schedules),
        "schedules_max": _known(cell.schedules_max),
        "cpu_s": _median_document(cell.cpu_s),
        "within": is_within(cell),
        "cores": [small.core for small in cell.smalls],
    }


def _median_document(found: Median) -> dict[str, float | None]:
    return {name: _known(value) for name, value in found._asdict().items()}


def _known(value: float) -> float | None:
    return value if isfinite(value) else None


def _by_check(counts: Mapping[str, int]) -> dict[str, int]:
    order = {check: place for place, check in enumerate(CHECKS)}
    names = sorted(counts, key=lambda check: (order.get(check, len(order)), check))
    return {name: counts[name] for name in names}


def _by_strategy(text_of: Callable[[Cell], str]) -> Callable[[Measured], Lines]:
    """Return a table of exhibits and strategies."""

    def table(measured: Measured) -> Lines:
        if not measured.strategies:
            return
        yield f"| exhibit | {' | '.join(measured.strategies)} |"
        yield f"|---|{'--:|' * len(measured.strategies)}"
        for name in measured.exhibits:
            cells = [measured.cell(name, strategy) for strategy in measured.strategies]
            texts = [NOT_RUN if cell is None else text_of(cell) for cell in cells]
            yield f"| {name} | {' | '.join(texts)} |"

    return table


def _schedules(cell: Cell) -> str:
    text = _interval(cell.schedules, cell.schedules_max, lambda value: f"{value:,.0f}")
    is_partly = 0 < cell.found < len(cell.rows)
    return f"{text}, {cell.found} of {len(cell.rows)}" if is_partly else text


def _seconds(cell: Cell) -> str:
    return _number(cell.cpu_s.value, cell.cpu_s_max, _s)


def _interval(found: Median, most: float, text_of: Callable[[float], str]) -> str:
    """Return a median, and the interval around it; of what is censored, that it is above that."""
    text = _number(found.value, most, text_of)
    if not found.low or found.low == inf:  # too few hunts to bound it, or all in vain
        return text
    low, high = (_number(value, most, text_of) for value in (found.low, found.high))
    return f"{text} [{low}, {high}]"


def _number(value: float, most: float, text_of: Callable[[float], str]) -> str:
    return f"> {text_of(most)}" if value == inf else text_of(value)


def _s(value: float) -> str:
    return f"{value:.2f}" if value < 10 else f"{value:.0f}"  # noqa: PLR2004 - three digits say enough


def _size(smalls: Sequence[Small], known: int | None) -> str:
    least = NOT_RUN if known is None else str(known)
    if not smalls:
        return f"0{f' | {NOT_RUN}' * 5} | {least}{f' | {NOT_RUN}' * 2}"
    after = [small.after for small in smalls]
    cores = [small.core for small in smalls if small.core]
    core = f"{median(cores):.0f} | {min(cores)}" if cores else f"{NOT_RUN} | {NOT_RUN}"
    return (
        f"{len(smalls)} | {median(small.before for small in smalls):.0f} | {median(after):.0f} "
        f"| {min(after)} | {core} | {least} | {median(small.runs for small in smalls):,.0f} "
        f"| {median(small.cpu_s for small in smalls):.1f} s"
    )
