"""Space-filling samples: points that lie evenly in a box of several keys, for the first look at
many keys at once.

    [sample]
    points = 64
    method = "halton"                 # or "sobol" (a power of two), or "latin-hypercube"

    [[sample.ranges]]
    key = "drop"
    from = 0
    to = 0.2

Numbers are whole where both ends are, unless the key takes others too. Of a part of a list, as in
"clocks.0.rate", nobody knows that: write 1.0.

Halton's and Sobol's sequences are drawn by no chance; a Latin hypercube's is SciPy's, from seed 0.
"""

from collections.abc import Sequence
from fractions import Fraction
from typing import Any

from paxos_des.cluster import parse
from paxos_des.cluster.keys import KEYS, attribute_of
from paxos_des.errors import ScenarioError
from paxos_des.study.axes import (
    LEVELS_MAX,
    Axis,
    between,
    column_name,
    column_of,
    default_name,
    ends,
    writer,
    written_number,
)
from paxos_des.study.extras import scipy_stats

METHODS = ("halton", "sobol", "latin-hypercube")


def sample(found: object, where: str) -> Axis:
    """Return a sample as one axis of several keys: each of its points is a level.

    Raises
    ------
    InputError
        With what was found, what is allowed, and where; or that SciPy is missing.
    """
    table = parse.table(found, where, required=("points", "ranges"), optional=("method",))
    points = parse.integer(2, LEVELS_MAX)(table["points"], f"{where}, points")
    method = parse.choice(*METHODS)(table.get("method", METHODS[0]), f"{where}, method")
    ranges = parse.listed(table["ranges"], f"{where}, ranges", "a list of tables")
    if not ranges:
        parse.refuse(f"{where}, ranges", [], "one range or more")
    if method == "sobol" and points & (points - 1):
        parse.refuse(f"{where}, points", points, "a power of two, for Sobol's sequence")
    shares = _shares(method, points, len(ranges))
    keys, columns, cells, levels = [], [], [], []
    for at, one in enumerate(ranges):
        place = f"{where}, ranges, item {at}"
        key, name, values, written = _range(one, [row[at] for row in shares], place)
        column, column_cells = column_of(name, values, place)
        keys.append(key)
        columns.append(column)
        cells.append(column_cells)
        levels.append(written)
    return Axis(
        keys=tuple(keys),
        levels=tuple(zip(*levels, strict=True)),
        columns=tuple(columns),
        cells=tuple(zip(*cells, strict=True)),
    )


def _range(
    found: object, shares: Sequence[float], where: str
) -> tuple[str, str, list[object], list[object]]:
    table: Any = parse.table(
        found, where, required=("key", "from", "to"), optional=("name", "write", "scale")
    )
    key = parse.text(table["key"], f"{where}, key")
    name = column_name(table.get("name", default_name(key)), f"{where}, name")
    low, high, is_time = ends(table, where)
    scale = parse.choice("linear", "log")(table.get("scale", "linear"), f"{where}, scale")
    write = writer(table.get("write"), f"{where}, write")
    is_whole = not is_time and all(isinstance(table[end], int) for end in ("from", "to"))
    is_whole = is_whole and not _takes_fractions(key, low, where)
    values = []
    for share in shares:
        value = between(low, high, Fraction(f"{share:.6f}"), scale, where)
        values.append(
            written_number(Fraction(round(value)) if is_whole else value, is_time=is_time)
        )
    return key, name, values, [write(value) for value in values]


def _takes_fractions(key: str, low: Fraction, where: str) -> bool:
    """Whether a key of its own takes what lies between two whole numbers, as a chance does: from 0
    to 1 it would else be one of these.
    """
    known = KEYS.get(attribute_of(key))
    try:
        return known is not None and known.parse(float(low) + 0.5, where) is not None
    except ScenarioError:
        return False


def _shares(method: str, points: int, ranges: int) -> list[list[float]]:
    qmc = scipy_stats("sample").qmc
    if method == "halton":
        sampler = qmc.Halton(ranges, scramble=False)
        sampler.fast_forward(1)  # the first point is the corner
    elif method == "sobol":
        sampler = qmc.Sobol(ranges, scramble=False)
    else:
        sampler = qmc.LatinHypercube(ranges, rng=0)
    found: list[list[float]] = sampler.random(points).tolist()
    return found
