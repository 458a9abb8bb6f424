"""Faults: what befalls nodes, links, disks and clocks, and when; as tables say it.

    { at = "20ms", crash = "acceptor-1", for = "30ms" }
    { at = "1s", partition = "quorum-loss", for = "2s" }

Each names one deed and what it is done to, and says more by options. Names may be patterns
(`acceptor-*`), and `primary` is whoever believes itself primary when it happens. What has a
`for` is undone after that time; else it lasts until something undoes it: `heal = "all"` undoes
everything.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal, NamedTuple, cast, get_args

import msgspec

from paxos_des.cluster import parse
from paxos_des.cluster.partitions import SHAPES
from paxos_des.engine.choices import name_of
from paxos_des.engine.fault_words import fault_in_words
from paxos_des.names import NodeId

FaultKind = Literal[
    "fail", "heal", "crash", "restart", "pause", "resume", "slow", "storm",
    "cut", "mend", "clog", "hold", "release", "filter", "bandwidth", "flap", "partition",
    "rot", "fsync-fails", "misdirect", "slow-disk", "rate", "step", "heal-all",
]  # fmt: skip
When = Literal["now", "before-durable", "after-durable"]
"""At which moment a node crashes: at once; or at its next record's way to the disk, just before
it is durable, or just after, before anything that it lets out is sent."""
NEEDS_DISK: frozenset["FaultKind"] = frozenset(
    ("crash", "storm", "rot", "fsync-fails", "misdirect", "slow-disk")
)
NEEDS_CLOCK: frozenset["FaultKind"] = frozenset(("rate", "step"))
"""Kinds of fault for which nodes need a disk, or a clock of their own."""
Ways = Literal["one", "both"]

PRIMARY = "primary"
"""In place of a node's name: the leader that believes itself primary when the fault happens."""
TRUE_RATE_PPM = 1_000_000


@dataclass(frozen=True, slots=True)
class Fault:
    """One fault.

    Attributes
    ----------
    kind
        The deed. `mend` is written `heal`, with two names, and `heal-all` is `heal = "all"`.
    nodes
        The node; or a link's source and target. Patterns, or `primary`, are allowed.
    for_us
        After so long it is undone; None: when something else undoes it. What `rot` and
        `misdirect` did to a disk stays: then, the node crashes and restarts, and finds it out.
    when, ways
        Of a `crash`: at which moment. Of what befalls a link: whether also the way back.
    by_us
        Extra time: of each message (`clog`), of each handled one (`slow`), of each fsync
        (`slow-disk`), on the wire (`bandwidth`); how far a clock's `step` goes, which may be
        back.
    times, every_us
        How often it happens, and how long after each other: half of that time it lasts.
    back
        Which record rots, or is written over, counted from the last, which is 1.
    rate_ppm
        A clock's rate, in microseconds a second.
    types
        Which messages are lost.
    groups, shape, draw
        Of a `partition`: who does not hear whom, or the name of a shape (see `partitions`), and
        the number that chooses among its variants.
    """

    at_us: int
    kind: FaultKind
    nodes: tuple[NodeId, ...] = ()
    for_us: int | None = None
    when: When = "now"
    ways: Ways = "one"
    by_us: int = 0
    times: int = 0
    every_us: int = 0
    back: int = 1
    rate_ppm: int = TRUE_RATE_PPM
    types: tuple[str, ...] = ()
    groups: tuple[tuple[str, ...], ...] = ()
    shape: str = ""
    draw: int = 0

    def to_dict(self) -> dict[str, Any]:
        """Return the table that says it; what is as always is left out."""
        rule = RULES[self.kind]
        written: dict[str, Any] = {"at": parse.as_duration(self.at_us), rule.deed: self._aim()}
        for key in (*rule.required, *rule.optional):
            option = OPTIONS[key]
            value = getattr(self, option.attribute)
            if key in rule.required or value != option.default:
                written[key] = option.write(value)
        return written

    def to_text(self) -> str:
        """Return it as one line of compact JSON: how a decision's answer names it."""
        return name_of(self.to_dict())

    @classmethod
    def from_text(cls, text: str, where: str) -> "Fault":
        """Return the fault that `to_text` wrote, or a user.

        Raises
        ------
        ScenarioError
            When it is no fault: one sentence says why.
        """
        try:
            found = msgspec.json.decode(text)
        except (msgspec.DecodeError, RecursionError):
            parse.refuse(where, text, "a fault, as compact JSON")
        return fault(found, where)

    def __str__(self) -> str:
        """Return it in words: "crash acceptor-1 for 30 ms"."""
        return fault_in_words(self.to_dict())

    def _aim(self) -> object:
        match RULES[self.kind].aim:
            case "node":
                return self.nodes[0]
            case "link":
                return list(self.nodes)
            case "parts":
                return self.shape or [list(group) for group in self.groups]
            case "all":
                return "all"


class Rule(NamedTuple):
    """How a kind is written: its deed's key, what it is done to, and its options."""

    deed: str
    aim: Literal["node", "link", "parts", "all"]
    required: tuple[str, ...] = ()
    optional: tuple[str, ...] = ()


RULES: dict[FaultKind, Rule] = {
    "fail": Rule("fail", "node", optional=("for",)),
    "heal": Rule("heal", "node"),
    "crash": Rule("crash", "node", optional=("when", "for")),
    "restart": Rule("restart", "node"),
    "pause": Rule("pause", "node", optional=("for",)),
    "resume": Rule("resume", "node"),
    "slow": Rule("slow", "node", ("by",), ("for",)),
    "storm": Rule("storm", "node", ("times", "every")),
    "cut": Rule("cut", "link", optional=("ways", "for")),
    "mend": Rule("heal", "link", optional=("ways",)),
    "clog": Rule("clog", "link", ("by",), ("ways", "for")),
    "hold": Rule("hold", "link", optional=("ways", "for")),
    "release": Rule("release", "link", optional=("ways",)),
    "filter": Rule("filter", "link", ("types",), ("ways", "for")),
    "bandwidth": Rule("bandwidth", "link", ("by",), ("ways", "for")),
    "flap": Rule("flap", "link", ("times", "every"), ("ways",)),
    "partition": Rule("partition", "parts", optional=("draw", "for")),
    "rot": Rule("rot", "node", optional=("back", "for")),
    "fsync-fails": Rule("fsync-fails", "node", optional=("for",)),
    "misdirect": Rule("misdirect", "node", optional=("back", "for")),
    "slow-disk": Rule("slow-disk", "node", ("by",), ("for",)),
    "rate": Rule("rate", "node", ("to",), ("for",)),
    "step": Rule("step", "node", ("by",)),
    "heal-all": Rule("heal", "all"),
}
assert set(RULES) == set(get_args(FaultKind)), "a kind without a rule"


class Option(NamedTuple):
    """How an option is read and written, and what it is when it is not given."""

    attribute: str
    parse: parse.Parser[Any]
    write: Any
    default: Any


def _rate_ppm(found: object, where: str) -> int:
    ppm = round(parse.number(found, where) * TRUE_RATE_PPM)
    if not _RATE_PPM_MIN <= ppm <= _RATE_PPM_MAX:
        parse.refuse(where, found, "a clock's rate from 0.1 to 10; 1 is true time")
    return ppm


def _types(found: object, where: str) -> tuple[str, ...]:
    types = parse.listed(found, where, "a list of types of messages, such as 'Accept'")
    if not types:
        parse.refuse(where, found, "one type of message or more")
    return tuple(dict.fromkeys(parse.text(name, where) for name in types))


def _plain(value: object) -> object:
    return value


_RATE_PPM_MIN, _RATE_PPM_MAX = TRUE_RATE_PPM // 10, TRUE_RATE_PPM * 10
_TIMES_MAX = 1_000

OPTIONS: dict[str, Option] = {
    "for": Option("for_us", parse.duration(1), parse.as_duration, None),
    "when": Option("when", parse.choice(*get_args(When)), _plain, "now"),
    "ways": Option("ways", parse.choice(*get_args(Ways)), _plain, "one"),
    "by": Option("by_us", parse.duration(0), parse.as_duration, 0),
    "times": Option("times", parse.integer(1, _TIMES_MAX), _plain, 0),
    "every": Option("every_us", parse.duration(2), parse.as_duration, 0),
    "back": Option("back", parse.integer(1, 10**9), _plain, 1),
    "to": Option("rate_ppm", _rate_ppm, lambda ppm: ppm / TRUE_RATE_PPM, TRUE_RATE_PPM),
    "types": Option("types", _types, list, ()),
    "draw": Option("draw", parse.integer(0, 2**53), _plain, 0),
}

_DEEDS = tuple(dict.fromkeys(rule.deed for rule in RULES.values()))
_ALLOWED = {
    "heal": "a node's name, the two ends of a link, or 'all'",
    "partition": f"a list of groups of nodes, or one of {', '.join(SHAPES)}",
    **{
        rule.deed: "a node's name" if rule.aim == "node" else "the two ends of a link"
        for rule in RULES.values()
        if rule.deed not in ("heal", "partition")
    },
}
"""What each deed may be done to."""


def faults(found: object, where: str) -> tuple[Fault, ...]:
    return tuple(
        one if isinstance(one, Fault) else fault(one, f"{where}, item {place}")
        for place, one in enumerate(parse.listed(found, where, "a list of tables"))
    )


def fault(found: object, where: str) -> Fault:
    """Return the fault that a table says.

    Raises
    ------
    ScenarioError
        When it says none: one sentence says what was found, what is allowed, and where.
    """
    table = parse.table(found, where, required=("at",), optional=(*_DEEDS, *OPTIONS))
    named = [deed for deed in _DEEDS if deed in table]
    if len(named) != 1:
        parse.refuse(where, dict(table), f"a table with at, and one of {_listing()}")
    deed = named[0]
    at_us = parse.duration(0)(table["at"], f"{where}, at")
    kind, fields = _aimed(deed, table[deed], f"{where}, {deed}")
    return Fault(at_us, kind, **fields, **_options(kind, table, where))


def _aimed(deed: str, aim: object, where: str) -> tuple[FaultKind, dict[str, Any]]:
    """Return the kind of fault, and what says whom it befalls."""
    if deed == "partition":
        return "partition", _parts(aim, where)
    if deed == "heal" and isinstance(aim, str) and aim == "all":
        return "heal-all", {}
    is_of_node = isinstance(aim, str)
    kinds = [
        kind for kind, rule in RULES.items()
        if rule.deed == deed and rule.aim == ("node" if is_of_node else "link")
    ]  # fmt: skip
    allowed = _ALLOWED[deed]
    if is_of_node and kinds:
        return kinds[0], {"nodes": (parse.text(aim, where),)}
    ends = parse.listed(aim, where, allowed)
    if not kinds or len(ends) != len(("source", "target")):
        parse.refuse(where, aim, allowed)
    return kinds[0], {"nodes": tuple(parse.text(name, where) for name in ends)}


def _parts(aim: object, where: str) -> dict[str, Any]:
    if isinstance(aim, str):
        return {"shape": parse.choice(*SHAPES)(aim, where)}
    listed = parse.listed(aim, where, _ALLOWED["partition"])
    groups = tuple(
        tuple(parse.text(name, where) for name in parse.listed(group, where, "a list of nodes"))
        for group in listed
    )
    if not groups or not all(groups):
        parse.refuse(where, aim, "a list of groups, each of one node or more")
    return {"groups": groups}


def _options(kind: FaultKind, table: Mapping[str, Any], where: str) -> dict[str, Any]:
    rule = RULES[kind]
    known = (*rule.required, *rule.optional)
    for key in table:
        if key in OPTIONS and key not in known:
            some = ", ".join(("at", rule.deed, *known))
            parse.refuse(where, key, f"one of the keys {some}")
    for key in rule.required:
        if key not in table:
            parse.refuse(where, dict(table), f"a table with the keys at, {rule.deed}, {key}")
    if table.get("draw") is not None and not isinstance(table.get("partition"), str):
        parse.refuse(where, "draw", "a draw where the partition is a shape's name")
    options: dict[str, Any] = {}
    for key in known:
        if key in table:
            parser = _signed_duration if (kind, key) == ("step", "by") else OPTIONS[key].parse
            options[OPTIONS[key].attribute] = parser(table[key], f"{where}, {key}")
    return options


def _signed_duration(found: object, where: str) -> int:
    """Return a duration that may be negative: back, such as `-50ms`."""
    is_back = isinstance(found, str) and found.lstrip().startswith("-")
    if not is_back:
        return parse.duration(0)(found, where)
    return -parse.duration(0)(cast("str", found).lstrip()[1:], where)


def _listing() -> str:
    return f"{', '.join(_DEEDS[:-1])} or {_DEEDS[-1]}"
