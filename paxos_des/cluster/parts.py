"""The parts of a scenario that are more than a number or a word: quorums, links."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any, Literal

from paxos_des.cluster import delay_text, parse
from paxos_des.cluster.delay_text import parse_delay, write_delay
from paxos_des.engine.delays import Delay
from paxos_des.names import NodeId
from paxos_des.protocol.quorum import Flexible, Grid, Majority, Quorums


@dataclass(frozen=True, slots=True)
class QuorumRule:
    """Which quorums, for any number of acceptors; `sizes` are phase1 and phase2, or rows and
    columns.
    """

    kind: Literal["majority", "flexible", "grid"] = "majority"
    sizes: tuple[int, int] | None = None

    def system(self, acceptors: int) -> Quorums:
        """Return the quorum system of so many acceptors.

        Raises
        ------
        ScenarioError
            When its quorums need not meet, or do not fit the number of acceptors.
        """
        if self.sizes is None:
            return Majority(acceptors)
        first, second = self.sizes
        if self.kind == "flexible":
            return Flexible(acceptors=acceptors, phase1=first, phase2=second)
        return Grid(acceptors=acceptors, rows=first, columns=second)

    def __str__(self) -> str:
        return self.kind if self.sizes is None else f"{self.kind} {self.sizes[0]} {self.sizes[1]}"


@dataclass(frozen=True, slots=True)
class LinkRule:
    """What differs on the links between nodes whose names match; None: as everywhere."""

    source: str
    target: str
    delay: Delay | None
    drop: float | None
    duplicate: float | None

    def matches(self, source: NodeId, target: NodeId) -> bool:
        return fnmatchcase(source, self.source) and fnmatchcase(target, self.target)

    def to_dict(self) -> dict[str, Any]:
        found = {
            "from": self.source,
            "to": self.target,
            "delay": None if self.delay is None else write_delay(self.delay),
            "drop": self.drop,
            "duplicate": self.duplicate,
        }
        return {key: value for key, value in found.items() if value is not None}


_QUORUM_KEYS = {"flexible": ("phase1", "phase2"), "grid": ("rows", "columns")}
_QUORUM_LINE = re.compile(r"\s*(flexible|grid)\s+(\d{1,9})\s+(\d{1,9})\s*", re.ASCII)
_QUORUMS_ALLOWED = "'majority', 'flexible PHASE1 PHASE2' or 'grid ROWS COLUMNS', or a table"


def quorums(found: object, where: str) -> QuorumRule:
    if isinstance(found, QuorumRule):
        return found
    if isinstance(found, str):
        found = _quorum_table(found)
    kind = found.get("kind") if isinstance(found, Mapping) else None
    if not isinstance(kind, str) or kind not in ("majority", *_QUORUM_KEYS):
        parse.refuse(where, found, _QUORUMS_ALLOWED)
    if kind == "majority":
        parse.table(found, where, required=("kind",))
        return QuorumRule()
    keys = _QUORUM_KEYS[kind]
    sizes = parse.table(found, where, required=("kind", *keys))
    first, second = (parse.integer(1, 1000)(sizes[key], f"{where}, {key}") for key in keys)
    return QuorumRule("flexible" if kind == "flexible" else "grid", (first, second))


def link_rules(found: object, where: str) -> tuple[LinkRule, ...]:
    return tuple(
        one if isinstance(one, LinkRule) else _link_rule(one, f"{where}, item {place}")
        for place, one in enumerate(parse.listed(found, where, "a list of tables"))
    )


def links_beside(found: object, folder: Path) -> object:
    """Return link rules of a scenario's file, with the paths in them seen from its folder."""
    if not isinstance(found, list):
        return found
    return [
        {**rule, "delay": delay_text.beside(rule["delay"], folder)}
        if isinstance(rule, Mapping) and "delay" in rule
        else rule
        for rule in found
    ]


def primaries(found: object, where: str) -> str | tuple[NodeId, ...]:
    words = ("highest", "all", "none")
    if isinstance(found, str) and found in words:
        return str(found)
    allowed = "'highest', 'all', 'none' or a list of leaders"
    return tuple(parse.text(name, where) for name in parse.listed(found, where, allowed))


def _quorum_table(line: str) -> object:
    """Return the table that a line stands for; the line itself, where it stands for none."""
    if line.strip() == "majority":
        return {"kind": "majority"}
    matched = _QUORUM_LINE.fullmatch(line)
    if matched is None:
        return line
    kind, first, second = matched.groups()
    return dict(zip(("kind", *_QUORUM_KEYS[kind]), (kind, int(first), int(second)), strict=True))


def _link_rule(found: object, where: str) -> LinkRule:
    changes = {"delay": parse_delay, "drop": parse.probability, "duplicate": parse.probability}
    rule = parse.table(found, where, required=("from", "to"), optional=tuple(changes))
    if not any(key in rule for key in changes):
        parse.refuse(where, dict(rule), f"a table with at least one of {', '.join(changes)}")
    changed: dict[str, Any] = {
        key: parser(rule[key], f"{where}, {key}") if key in rule else None
        for key, parser in changes.items()
    }
    return LinkRule(
        parse.text(rule["from"], f"{where}, from"),
        parse.text(rule["to"], f"{where}, to"),
        **changed,
    )
