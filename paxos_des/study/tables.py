"""Tables of runs as Parquet files: parts as they come, and one table in the end.

A table's bytes are a function of its plan (and of pyarrow's version): its rows stand in the order
of point and replication, in groups of a fixed size, however the work was cut.
"""

import io
import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from hashlib import sha256
from pathlib import Path
from typing import IO, Any, NamedTuple

from paxos_des import __version__
from paxos_des.errors import InputError
from paxos_des.study.columns import Cell, Column
from paxos_des.study.plan import Plan

try:
    import pyarrow as pa
    import pyarrow.parquet as pq
except ImportError:
    MISSING = (
        "sweep: found no pyarrow; allowed is with it, for tables are Parquet: "
        "pip install 'paxos_des[study]'"
    )
    raise InputError(MISSING) from None

GROUP = 4_096
"""Rows that are read at once by whoever reads a table piece by piece."""

_TYPES = {
    "int": pa.int64(), "float": pa.float64(), "text": pa.string(), "ints": pa.list_(pa.int64()),
}  # fmt: skip
_WRITING: dict[str, Any] = {
    "compression": "zstd", "write_page_checksum": True, "version": "2.6",
}  # fmt: skip
# No threads: where processes are forked, those of Arrow would be missing.
_READING: dict[str, Any] = {"page_checksum_verification": True, "pre_buffer": False}


class Tally(NamedTuple):
    """How some runs ended."""

    runs: int = 0
    violated: int = 0
    unknown: int = 0
    broken: int = 0

    def plus(self, other: "Tally") -> "Tally":
        return Tally(*(mine + its for mine, its in zip(self, other, strict=True)))


class PartRead(NamedTuple):
    """What there is to know of a part: whose it is, the point and the replication of its first
    row, how its runs ended, and what its column of numbers says that a stop asks for.
    """

    digest: str
    first: tuple[Cell, Cell] | None
    tally: Tally
    numbers: list[float]


def metadata_of(plan: Plan) -> dict[str, str]:
    """Return what a table says of itself."""
    return {"plan": plan.name, "digest": plan.digest, "paxos_des": __version__}


def schema_of(columns: Iterable[Column], metadata: Mapping[str, str]) -> Any:  # noqa: ANN401 - Arrow has no types
    """Return the Arrow schema of a table."""
    fields = [
        pa.field(one.name, _TYPES[one.type], metadata={"says": one.says, "unit": one.unit})
        for one in columns
    ]
    return pa.schema(fields, metadata=dict(metadata))


def part_content(rows: Sequence[Mapping[str, Cell]], schema: Any) -> bytes:  # noqa: ANN401 - likewise
    """Return the Parquet file that rows are."""
    arrays = [pa.array([row[field.name] for row in rows], field.type) for field in schema]
    file = io.BytesIO()
    pq.write_table(pa.Table.from_arrays(arrays, schema=schema), file, **_WRITING)
    return file.getvalue()


def numbers_of(rows: Iterable[Mapping[str, Cell]], column: str | None) -> list[float]:
    """Return what a column says in runs that were measured to their end: a number, or NaN."""
    if column is None:
        return []
    return [_number(row[column], row["violated"], row["broken"]) for row in rows]


def read_part(content: bytes, stop_column: str | None) -> PartRead:
    """Read what there is to know of a part.

    Raises
    ------
    ValueError
        When it is no such file.
    """
    try:
        file = pq.ParquetFile(pa.BufferReader(content), **_READING)
        names = [*_PLACE, *_TALLIED, *([] if stop_column is None else [stop_column])]
        rows = file.read(columns=list(dict.fromkeys(names)), use_threads=False).to_pylist()
    except (pa.ArrowException, OSError, KeyError) as error:
        raise ValueError(str(error)) from None
    first = (rows[0]["point"], rows[0]["replication"]) if rows else None
    digest = _digest(file.schema_arrow)
    return PartRead(digest, first, tally_of(rows), numbers_of(rows, stop_column))


_PLACE = ("point", "replication")
_TALLIED = ("verdict", "violated", "broken")


def tally_of(rows: Sequence[Mapping[str, Cell]]) -> Tally:
    """Count how runs ended; a broken one's verdict is unknown, and it is counted as broken."""
    return Tally(
        len(rows),
        sum(row["verdict"] == "violated" for row in rows),
        sum(row["verdict"] == "unknown" and row["broken"] is None for row in rows),
        sum(row["broken"] is not None for row in rows),
    )


def write_table(parts: Iterable[Path], schema: Any, file: IO[bytes]) -> str:  # noqa: ANN401 - likewise
    """Write the table that parts are, in their order; return its SHA-256. Only some rows are in
    memory at a time.

    Raises
    ------
    OSError
        When it cannot be written.
    """
    hashing = _Hashing(file)
    # What is written at once is a group, in one piece: so pages too are the same.
    with pq.ParquetWriter(hashing, schema, **_WRITING) as writer:
        for group in _groups(parts, schema):
            writer.write_table(group, row_group_size=GROUP)
    return hashing.digest.hexdigest()


def digest_of_table(path: Path) -> str:
    """Return the digest of the plan that a table is of; nothing if it does not say."""
    return _digest(pq.read_schema(path))


def tally_of_table(path: Path) -> Tally:
    """Return how all runs of a table ended."""
    tally = Tally()
    with pq.ParquetFile(path, **_READING) as file:
        for batch in file.iter_batches(GROUP, columns=[*_TALLIED], use_threads=False):
            tally = tally.plus(tally_of(batch.to_pylist()))
    return tally


def failures_in(path: Path, most: int) -> list[str]:
    """Return the first names of failure files that a table has."""
    found: list[str] = []
    with pq.ParquetFile(path, **_READING) as file:
        for batch in file.iter_batches(GROUP, columns=["failure"], use_threads=False):
            found += [name for name in batch.column("failure").to_pylist() if name is not None]
            if len(found) >= most:
                break
    return found[:most]


class Table(Mapping[str, Sequence[Cell]]):
    """The columns of a table by name; each becomes plain cells when it is asked for."""

    def __init__(self, path: Path) -> None:
        self._table = pq.read_table(path, page_checksum_verification=True)
        self._columns: dict[str, Sequence[Cell]] = {}

    def __getitem__(self, name: str) -> Sequence[Cell]:
        if name not in self._columns:
            cells = self._table.column(name).to_pylist()
            is_listed = self._table.schema.field(name).type == _TYPES["ints"]
            self._columns[name] = (
                [None if cell is None else tuple(cell) for cell in cells] if is_listed else cells
            )
        return self._columns[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._table.column_names)

    def __len__(self) -> int:
        return len(self._table.column_names)


class _Hashing(io.RawIOBase):
    """Writes into a file, and hashes what it writes."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file
        self.digest = sha256()

    def writable(self) -> bool:
        return True

    def write(self, content: Any) -> int:  # noqa: ANN401 - whatever holds bytes
        self.digest.update(content)
        return self._file.write(content)

    def tell(self) -> int:
        return self._file.tell()


def _groups(parts: Iterable[Path], schema: Any) -> Iterator[Any]:  # noqa: ANN401 - Arrow has no types
    """Yield all rows, in tables of `GROUP` rows each but the last."""
    held: list[Any] = []
    rows = 0
    for path in parts:
        read = pq.ParquetFile(path, **_READING).read(use_threads=False)
        # Not by `cast`, which imports all of Arrow's functions first: a tenth of a second.
        table = pa.Table.from_arrays(read.columns, schema=schema)
        while rows + len(table) >= GROUP:
            missing = GROUP - rows
            yield pa.concat_tables([*held, table.slice(0, missing)]).combine_chunks()
            table, held, rows = table.slice(missing), [], 0
        held.append(table)
        rows += len(table)
    if rows:
        yield pa.concat_tables(held).combine_chunks()


def _digest(schema: Any) -> str:  # noqa: ANN401 - likewise
    digest: bytes = (schema.metadata or {}).get(b"digest", b"")
    return digest.decode(errors="replace")


def _number(cell: Cell, violated: Cell, broken: Cell) -> float:
    if violated is not None or broken is not None or not isinstance(cell, int | float):
        return math.nan
    return float(cell)
