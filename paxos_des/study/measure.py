"""How metrics measure."""

from dataclasses import dataclass, fields, replace
from typing import Any

from paxos_des.cluster import parse


@dataclass(frozen=True, slots=True, kw_only=True)
class Measure:
    """How metrics measure.

    Attributes
    ----------
    warm_up_us
        What happens before counts for nothing: requests are those invoked later.
    deadline_us
        A request is completed in time if it is answered within this after it was invoked.
    window_us
        Availability is the share of windows this long in which something is chosen.
    """

    warm_up_us: int = 0
    deadline_us: int = 10_000_000
    window_us: int = 100_000


def measure_of(found: object, where: str) -> Measure:
    names = [one.name.removesuffix("_us") for one in fields(Measure)]
    table: Any = parse.table(found, where, required=(), optional=names)
    times = {
        f"{name}_us": parse.duration(int(name != "warm_up"))(value, f"{where}, {name}")
        for name, value in table.items()
    }
    return replace(Measure(), **times)
