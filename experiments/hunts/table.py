"""The tables of the page, which are functions of the rows."""

from collections.abc import Iterable, Iterator, Sequence
from math import inf
from pathlib import Path
from statistics import median

from experiments.hunts.hunting import Row, Small
from experiments.hunts.medians import median_of
from paxos_des.explore.strategies import STRATEGIES
from paxos_des.museum import EXHIBITS

PAGE = Path(__file__).parent / "README.md"
BEGIN, END = "<!-- from here on by the script -->", "<!-- up to here -->"
NOT_RUN = "-"

Cells = dict[tuple[str, str], list[Row]]


def report(rows: Iterable[Row]) -> Iterator[str]:
    """Yield the lines of the report, as Markdown."""
    cells: Cells = {}
    for row in sorted(rows, key=lambda row: row.name):
        cells.setdefault((row.exhibit, row.strategy), []).append(row)
    exhibits = [name for name in EXHIBITS if any(exhibit == name for exhibit, _ in cells)]
    strategies = [name for name in STRATEGIES if any(strategy == name for _, strategy in cells)]
    yield "Schedules to the first failure:"
    yield ""
    yield from _by_strategy(cells, exhibits, strategies, _schedules)
    yield ""
    yield "CPU time to it, in seconds:"
    yield ""
    yield from _by_strategy(cells, exhibits, strategies, _seconds)
    yield ""
    yield "How large a failure is, before and after shrinking:"
    yield ""
    yield from _sizes(cells, exhibits)


def write_page(rows: Iterable[Row], page: Path = PAGE) -> None:
    """Put the report into the page, in the place of the former one."""
    before, _, rest = page.read_text(encoding="utf-8").partition(BEGIN)
    _, _, after = rest.partition(END)
    lines = "\n".join(report(rows))
    page.write_text(f"{before}{BEGIN}\n\n{lines}\n\n{END}{after}", encoding="utf-8")


def _by_strategy(
    cells: Cells,
    exhibits: Sequence[str],
    strategies: Sequence[str],
    text_of: "type[str] | object",
) -> Iterator[str]:
    assert callable(text_of), text_of
    yield f"| exhibit | {' | '.join(strategies)} |"
    yield f"|---|{'--:|' * len(strategies)}"
    for exhibit in exhibits:
        found = (cells.get((exhibit, strategy), []) for strategy in strategies)
        yield f"| {exhibit} | {' | '.join(map(text_of, found))} |"


def _schedules(rows: list[Row]) -> str:
    if not rows:
        return NOT_RUN
    most = rows[0].schedules_max
    found = sum(row.schedules is not None for row in rows)
    if not found:
        return f"> {most:,}"
    value, low, high = median_of(row.schedules for row in rows)
    text = f"{_number(value, most)} [{_number(low, most)}, {_number(high, most)}]"
    return text if found == len(rows) else f"{text}, {found} of {len(rows)}"


def _seconds(rows: list[Row]) -> str:
    if not rows:
        return NOT_RUN
    value = median_of(None if row.schedules is None else row.cpu_s for row in rows).value
    return f"> {max(row.cpu_s for row in rows):.1f}" if value == inf else f"{value:.2f}"


def _number(value: float, most: int) -> str:
    return f"> {most:,}" if value == inf else f"{value:,.0f}"


def _sizes(cells: Cells, exhibits: Sequence[str]) -> Iterator[str]:
    yield (
        "| exhibit | judged by | failures | before | after | least | events of the core | least "
        "| runs | CPU time |"
    )
    yield "|---|---|--:|--:|--:|--:|--:|--:|--:|--:|"
    for exhibit in exhibits:
        rows = [row for (name, _), found in cells.items() if name == exhibit for row in found]
        smalls = [row.small for row in rows if row.small is not None]
        yield f"| {exhibit} | {EXHIBITS[exhibit].check} | {_size(smalls)} |"


def _size(smalls: Sequence[Small]) -> str:
    if not smalls:
        return f"0{f' | {NOT_RUN}' * 7}"
    after = [small.after for small in smalls]
    cores = [small.core for small in smalls if small.core]
    core = f"{median(cores):.0f} | {min(cores)}" if cores else f"{NOT_RUN} | {NOT_RUN}"
    return (
        f"{len(smalls)} | {median(small.before for small in smalls):.0f} | {median(after):.0f} "
        f"| {min(after)} | {core} | {median(small.runs for small in smalls):,.0f} "
        f"| {median(small.cpu_s for small in smalls):.1f} s"
    )
