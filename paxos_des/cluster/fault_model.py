"""The nemesis's fault model: what it may do to a cluster, how often, how long and how badly."""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any, Literal, get_args

from paxos_des.cluster import parse
from paxos_des.cluster.faults import TRUE_RATE_PPM, Fault, FaultKind
from paxos_des.cluster.partitions import SHAPES
from paxos_des.names import nearest

DRAWN: tuple[FaultKind, ...] = (
    "crash", "storm", "pause", "slow", "fail",
    "cut", "flap", "clog", "hold", "filter", "bandwidth", "partition",
    "rot", "fsync-fails", "misdirect", "slow-disk", "rate", "step",
)  # fmt: skip
"""The kinds that a nemesis draws; what undoes comes with each fault's own end, and at the end."""

Bounded = Literal["yes", "no", "drawn"]


@dataclass(frozen=True, slots=True, kw_only=True)
class FaultModel:
    """What a nemesis does.

    Attributes
    ----------
    kinds
        Which kinds of fault are on: `all`, some, or `swarm`: each by the toss of a coin.
    every_us
        There is one fault in each such time, at any moment of it.
    lasts_us
        A fault is undone after a time from this range.
    by_us
        Extra delays, of links and disks, and steps of clocks, are from this range; a slow node
        and a narrow link take a twentieth of it for each message.
    drift
        Clocks' rates are within 1 ± this.
    from_us, until_us
        It begins at the one time, and heals everything at the other, for good.
    bounded
        `yes`: it does no more than what the protocol must survive live; `no`: whatever it
        likes, and the protocol must stay safe; `drawn`: one of the two, by a coin.
    without
        Faults of these kinds (`crash`; or `partition ring`, for one shape) do not happen where
        they are drawn, and all others are as they were: so it can be measured what they change.
    """

    kinds: Literal["all", "swarm"] | tuple[FaultKind, ...] = "all"
    every_us: int = 250_000
    lasts_us: tuple[int, int] = (20_000, 500_000)
    by_us: tuple[int, int] = (1_000, 50_000)
    drift: float = 0.05
    from_us: int = 0
    until_us: int = 5_000_000
    bounded: Bounded = "yes"
    without: tuple[str, ...] = ()

    @property
    def drift_ppm(self) -> int:
        return round(self.drift * TRUE_RATE_PPM)

    @property
    def may_draw(self) -> tuple[FaultKind, ...]:
        """The kinds that may be on."""
        return DRAWN if isinstance(self.kinds, str) else self.kinds

    def to_dict(self) -> dict[str, Any]:
        """Return the table that says it."""
        found = {field.name: getattr(self, field.name) for field in fields(self)}
        return {name.removesuffix("_us"): _written(name, value) for name, value in found.items()}


def label_of(fault: Fault) -> str:
    """Return what a fault is counted as: its kind, and, of a partition, its shape."""
    return f"{fault.kind} {fault.shape}" if fault.shape else fault.kind


def is_left_out(fault: Fault, without: tuple[str, ...]) -> bool:
    return fault.kind in without or label_of(fault) in without


LABELS: tuple[str, ...] = (*DRAWN, *(f"partition {shape}" for shape in SHAPES))


def nemesis(found: object, where: str) -> FaultModel | None:
    """Return the fault model that a scenario's `nemesis` says; None for none."""
    if isinstance(found, FaultModel):
        return found
    if found is None or (isinstance(found, str) and found == "none"):
        return None
    if not isinstance(found, Mapping):
        parse.refuse(where, found, "a table, or 'none'")
    table = parse.table(found, where, required=(), optional=tuple(_PARSERS))
    said = {
        _attribute(key): parser(table[key], f"{where}, {key}")
        for key, parser in _PARSERS.items()
        if key in table
    }
    model = FaultModel(**said)
    if model.until_us <= model.from_us:
        first = parse.as_duration(model.from_us)
        parse.refuse(
            f"{where}, until", parse.as_duration(model.until_us), f"a time after from, {first}"
        )
    return model


def write_nemesis(model: FaultModel | None) -> object:
    return "none" if model is None else model.to_dict()


def _kinds(found: object, where: str) -> str | tuple[FaultKind, ...]:
    if isinstance(found, str) and found in ("all", "swarm"):
        return str(found)
    kinds = parse.listed(found, where, "'all', 'swarm', or a list of kinds of fault")
    if not kinds:
        parse.refuse(where, found, "one kind of fault or more")
    return tuple(dict.fromkeys(_one_of(DRAWN, kind, where) for kind in kinds))


def _without(found: object, where: str) -> tuple[str, ...]:
    kinds = parse.listed(found, where, "a list of kinds of fault")
    return tuple(dict.fromkeys(_one_of(LABELS, kind, where) for kind in kinds))


def _one_of(known: tuple[Any, ...], found: object, where: str) -> Any:  # noqa: ANN401 - one of them
    if not isinstance(found, str) or found not in known:
        hint = nearest(found, known) if isinstance(found, str) else ""
        parse.refuse(where, found, f"one of {', '.join(known)}", hint)
    return found


def _range(found: object, where: str) -> tuple[int, int]:
    ends = parse.listed(found, where, "the shortest and the longest time")
    if len(ends) != len(("shortest", "longest")):
        parse.refuse(where, found, "the shortest and the longest time")
    low, high = (parse.duration(1)(end, where) for end in ends)
    if low > high:
        parse.refuse(where, found, "the shortest time, then the longest")
    return low, high


def _drift(found: object, where: str) -> float:
    drift = parse.probability(found, where)
    if drift > _DRIFT_MAX:
        parse.refuse(where, found, f"a number from 0 to {_DRIFT_MAX}")
    return drift


_DRIFT_MAX = 0.5
_PARSERS: dict[str, parse.Parser[Any]] = {
    "kinds": _kinds,
    "every": parse.duration(1_000),
    "lasts": _range,
    "by": _range,
    "drift": _drift,
    "from": parse.duration(0),
    "until": parse.duration(1),
    "bounded": parse.choice(*get_args(Bounded)),
    "without": _without,
}


def _attribute(key: str) -> str:
    return f"{key}_us" if key in ("every", "lasts", "by", "from", "until") else key


def _written(name: str, value: object) -> object:
    if name in ("lasts_us", "by_us"):
        return [parse.as_duration(end) for end in value]  # type: ignore[attr-defined] # a pair
    if name.endswith("_us"):
        return parse.as_duration(int(str(value)))
    return list(value) if isinstance(value, tuple) else value
