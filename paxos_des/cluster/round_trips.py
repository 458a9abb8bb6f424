"""Round trips between cities, as measured: a matrix that is shipped, a user's own, or a table.

A link's delay is half of the round trip from its sender's city to its receiver's, in this
direction: what is measured from A to B need not be what is measured from B to A. Nothing is said
of a city and itself: the diagonal may be empty, and is not used.
"""

import csv
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from paxos_des.cluster import parse
from paxos_des.cluster.files import read_lines, shown
from paxos_des.errors import ScenarioError, shorten
from paxos_des.names import nearest

SHIPPED = Path(__file__).parent / "matrices"
CITIES_MAX = 200
"""A matrix is written into every trace, and grows by the square."""

_ALLOWED = (
    "'none', the name of a shipped matrix, a CSV file, "
    'or a table such as { Rome = { Oslo = "60ms" } }'
)
_FILE_ALLOWED = "a CSV file of up to 1 MB: first row and first column name the cities"
_TIME_ALLOWED = "a time in ms, as in 31 or 12.5"

Delays = dict[tuple[str, str], int]


@dataclass(frozen=True, slots=True)
class RoundTrips:
    """Half of each round trip between cities.

    Attributes
    ----------
    cities
        Those that are used, sorted: what is equal simulates alike.
    delays
        From, to, and half of what was measured, in µs: all that a trace has to say.
    whole
        Also what is not used, so that another scenario may be made of this one.
    """

    cities: tuple[str, ...]
    delays: tuple[tuple[str, str, int], ...]
    whole: "RoundTrips | None" = field(default=None, repr=False, compare=False)

    def between(self, cities: frozenset[str]) -> "RoundTrips":
        """Return the part that these cities use, each of which has to be known."""
        whole = self.all
        used = tuple(row for row in whole.delays if row[0] in cities and row[1] in cities)
        return RoundTrips(tuple(sorted(cities)), used, whole)

    @property
    def all(self) -> "RoundTrips":
        return self if self.whole is None else self.whole

    def to_dict(self) -> dict[str, Any]:
        """Return a table of twice the delays: half of each is a whole microsecond."""
        table: dict[str, Any] = {city: {} for city in self.cities}
        for source, target, delay_us in self.delays:
            table[source][target] = parse.as_duration(2 * delay_us)
        return table


def names() -> tuple[str, ...]:
    """Return the names of the shipped matrices."""
    return tuple(sorted(path.stem for path in SHIPPED.glob("*.csv")))


def round_trips(found: object, where: str) -> RoundTrips | None:
    if found is None or isinstance(found, RoundTrips):
        return found
    if isinstance(found, str):
        if found == "none":
            return None
        path = SHIPPED / f"{found}.csv" if found in names() else Path(found)
        return _of_file(path, where, nearest(found, names()))
    if not isinstance(found, Mapping):
        parse.refuse(where, found, _ALLOWED)
    return _of_table(found, where)


def write_round_trips(found: RoundTrips | None) -> object:
    return "none" if found is None else found.to_dict()


def beside(found: object, folder: Path) -> object:
    """Return what a scenario's file says, with the path of a matrix seen from its folder."""
    if not isinstance(found, str) or found in ("none", *names()):
        return found
    return str(folder / found)


def _of_table(table: Mapping[Any, Any], where: str) -> RoundTrips:
    delays: Delays = {}
    cities: dict[str, None] = {}
    for source, row in table.items():
        cities[parse.text(source, f"{where}, the name of a city")] = None
        if not isinstance(row, Mapping):
            parse.refuse(f"{where}, {shorten(source)}", row, 'a table such as { Oslo = "60ms" }')
        for target, time in row.items():
            cities[parse.text(target, f"{where}, the name of a city")] = None
            place = f"{where}, {_way(source, target)}"
            time_us = parse.duration_us(time, place)
            if time_us > parse.MEASURED_US_MAX:
                parse.refuse(place, time, parse.as_duration(parse.MEASURED_US_MAX) + " at most")
            delays[source, target] = parse.half_us(time_us)
    return _made(tuple(cities), delays, where)


def _of_file(path: Path, where: str, hint: str) -> RoundTrips:
    where = f"{where}, file {shown(path)}"
    try:
        lines = read_lines(path, where, _FILE_ALLOWED)
    except ScenarioError as error:
        message = f"{error}{hint}"
        raise ScenarioError(message) from None
    rows = _rows(lines, where)
    number, header = next(rows, (1, []))
    columns = _columns(header, f"{where}, line {number}")
    delays: Delays = {}
    seen: set[str] = set()
    for number, row in rows:
        place = f"{where}, line {number}"
        if len(row) != len(header):
            parse.refuse(place, row, f"a row of {len(header)} cells, as the first one has")
        source = row[0]
        if source not in columns:
            allowed = "a city that has a column too"
            parse.refuse(f"{place}, row", source, allowed, nearest(source, columns))
        if source in seen:
            parse.refuse(f"{place}, row", source, "each city once")
        seen.add(source)
        for target, cell in zip(columns, row[1:], strict=True):
            if cell or source != target:
                at = f"{place}, {_way(source, target)}"
                time_us = parse.measured_us(cell, at, _TIME_ALLOWED)
                delays[source, target] = parse.half_us(time_us)
    for city in columns:
        if city not in seen:
            parse.refuse_lack(f"{where}, row {shorten(city)}", "a row for every column")
    return _made(columns, delays, where)


def _rows(lines: list[tuple[int, str]], where: str) -> Iterator[tuple[int, list[str]]]:
    """Yield the rows of a CSV with the number of the line on which each ends."""
    reader = csv.reader((line for _, line in lines), strict=True, skipinitialspace=True)
    try:
        for row in reader:
            yield lines[reader.line_num - 1][0], [cell.strip() for cell in row]
    except csv.Error as error:
        number = lines[min(reader.line_num, len(lines)) - 1][0]
        parse.refuse(f"{where}, line {number}", str(error), "a row of cells between commas")


def _columns(header: list[str], where: str) -> tuple[str, ...]:
    if len(header) < len(("from", "a city")):
        parse.refuse(where, header, "a first row that names the cities, such as from,Rome,Oslo")
    _require_few(len(header) - 1, where)
    columns = tuple(parse.text(city, f"{where}, column") for city in header[1:])
    for place, city in enumerate(columns):
        if city in columns[:place]:
            parse.refuse(f"{where}, column", city, "each city once")
    return columns


def _made(cities: tuple[str, ...], delays: Delays, where: str) -> RoundTrips:
    """Return a matrix without a hole, and without its diagonal."""
    _require_few(len(cities), where)
    ordered = tuple(sorted(cities))
    ways = [(source, target) for source in ordered for target in ordered if source != target]
    for way in ways:
        if way not in delays:
            parse.refuse_lack(f"{where}, {_way(*way)}", "a time for every two cities, both ways")
    return RoundTrips(ordered, tuple((*way, delays[way]) for way in ways))


def _require_few(cities: int, where: str) -> None:
    if not 0 < cities <= CITIES_MAX:
        parse.refuse(where, f"{cities:,} cities", f"1 to {CITIES_MAX} cities")


def _way(source: str, target: str) -> str:
    return f"from {shorten(source)} to {shorten(target)}"
