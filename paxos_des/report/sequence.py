"""A run as a Mermaid sequence diagram: text that many pages and editors draw.

The syntax is that of https://mermaid.js.org/syntax/sequenceDiagram.html: `->>` for a message that
arrives, `--x` for one that is lost, `Note over` for what befalls a node.
"""

import re
from collections.abc import Iterable, Sequence

from paxos_des.engine.durations import exactly
from paxos_des.names import NodeId
from paxos_des.report.diagram import LINES_MAX, nodes_of, window
from paxos_des.report.happenings import Entry, Happening, happenings


def mermaid_of(
    entries: Iterable[Entry],
    numbers: Sequence[int] = (),
    check: str = "",
    *,
    lines_max: int = LINES_MAX,
) -> str:
    """Return a trace's entries as a Mermaid sequence diagram, as long as `space_time` is."""
    proof = frozenset(numbers)
    kept, total = window(happenings(entries), proof, lines_max)
    nodes = nodes_of(one for _, one in kept)
    names = {name: f"n{place}" for place, name in enumerate(nodes)}
    lines = ["sequenceDiagram"]
    lines += [f"    participant {names[name]} as {_plain(name)}" for name in nodes]
    shown = 0
    for number, one in kept:
        lines += _left_out(number - shown, names)
        lines += _lines(one, names)
        if not proof.isdisjoint(one.numbers):
            lines.append(f"    Note over {names[one.node]}: {_plain(check)} is violated")
        shown = number + 1
    return "\n".join((*lines, *_left_out(total - shown, names))) + "\n"


def _left_out(count: int, names: dict[NodeId, str]) -> list[str]:
    if not count or not names:
        return []
    ends = tuple(names.values())
    over = ends[0] if len(ends) == 1 else f"{ends[0]},{ends[-1]}"
    return [f"    Note over {over}: … {count:,} left out"]


def _lines(one: Happening, names: dict[NodeId, str]) -> list[str]:
    here = names[one.node]
    says = _plain("; ".join(one.says))
    at = exactly(one.at_us)
    if one.peer is None:
        return [f"    Note over {here}: {at} {says}"]
    source, target = (here, names[one.peer]) if one.is_lost else (names[one.peer], here)
    arrow = "--x" if one.is_lost or one.mark == "x" else "->>"
    return [f"    {source}{arrow}{target}: {_plain(one.label)} {says} ({at})"]


def _plain(text: str) -> str:
    """Return text in which nothing is syntax: a semicolon would end a line, a number sign begins
    the name of a letter.
    """
    line = " ".join(text.split())
    return re.sub(r"[#;<>]", lambda found: f"#{ord(found[0])};", line) or "-"
