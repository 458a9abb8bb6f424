"""A run as a space-time diagram: a column for each node, time downwards, an arrow for each message.

After Lamport, "Time, Clocks, and the Ordering of Events in a Distributed System" (CACM 1978), where
space goes up and time to the right. A message is drawn where it arrives, and says how long it was
on its way.
"""

from collections import deque
from collections.abc import Iterable, Sequence

from paxos_des.engine.durations import exactly
from paxos_des.errors import printable
from paxos_des.names import NodeId
from paxos_des.report.happenings import LEGEND, Entry, Happening, happenings
from paxos_des.run import Run

LINES_MAX = 60
AFTER = 2
"""Lines that are shown after the last one that proves a violation."""

_COLUMN, _TIME, _SAYS_MAX = 11, 12, 70


def space_time(run: Run, *, lines_max: int = LINES_MAX) -> str:
    """Return a run as an ASCII diagram; of a long run, what led up to its violation.

    Parameters
    ----------
    run
        With record="trace"; else it is run again.
    lines_max
        Happenings that are shown, one a line.
    """
    numbers = () if run.first_violation is None else run.first_violation.numbers
    title = "" if run.first_violation is None else run.first_violation.check
    return diagram_of(run.trace, numbers, title, lines_max=lines_max)


def diagram_of(
    entries: Iterable[Entry],
    numbers: Sequence[int] = (),
    check: str = "",
    *,
    lines_max: int = LINES_MAX,
) -> str:
    """Return a trace's entries as an ASCII diagram; `numbers` are of those that prove that `check`
    is violated.
    """
    proof = frozenset(numbers)
    kept, total = window(happenings(entries), proof, lines_max)
    nodes = nodes_of(one for _, one in kept)
    lines = [" " * _TIME + "".join(f"{name[: _COLUMN - 1]:{_COLUMN}}" for name in nodes)]
    shown = 0
    for number, one in kept:
        lines += _left_out(number - shown)
        lines.append(_line(one, nodes, proof, check))
        shown = number + 1
    lines += [*_left_out(total - shown), "", LEGEND]
    return "".join(f"{printable(line.rstrip())}\n" for line in lines)


def _left_out(count: int) -> list[str]:
    return [f"{'':{_TIME}}… {count:,} left out"] if count else []


def window(
    found: Iterable[Happening], proof: frozenset[int], lines_max: int
) -> tuple[list[tuple[int, Happening]], int]:
    """Return what is shown, numbered, and how much there is: what proves a violation, what came
    before its last entry, and a little after; without a violation, the beginning.
    """
    proving: list[tuple[int, Happening]] = []
    recent: deque[tuple[int, Happening]] = deque()
    unseen, after, total = set(proof), 0, 0
    for one in found:
        is_over = not unseen and bool(proof)
        unseen.difference_update(one.numbers)
        after += is_over
        if after <= AFTER and (proof or len(recent) < lines_max):
            recent.append((total, one))
        if len(recent) > lines_max:
            oldest = recent.popleft()
            if not proof.isdisjoint(oldest[1].numbers):
                proving.append(oldest)
        total += 1
    return [*proving, *recent], total


def nodes_of(found: Iterable[Happening]) -> list[NodeId]:
    """Return the nodes that take part, by role and number: clients, leaders, acceptors, others."""
    roles = ("client", "leader", "acceptor")

    def place(name: NodeId) -> tuple[int, str, int, str]:
        role, _, number = name.rpartition("-")
        known = roles.index(role) if role in roles else len(roles)
        return known, role, int(number) if number.isdecimal() else -1, name

    return sorted({node for one in found for node in one.nodes}, key=place)


def _line(one: Happening, nodes: Sequence[NodeId], proof: frozenset[int], check: str) -> str:
    column = {name: place * _COLUMN for place, name in enumerate(nodes)}
    cells = list("|".ljust(_COLUMN) * len(nodes))
    here = column[one.node]
    if one.peer is None:
        cells[here] = one.mark
    else:
        _draw_arrow(cells, one, column)
    says = "; ".join(one.says)
    is_proof = not proof.isdisjoint(one.numbers)
    if len(says) > _SAYS_MAX:
        says = f"{says[:_SAYS_MAX]}…"
    if is_proof:
        says += f"  <== {check}"
    return f"{' >'[is_proof]}{exactly(one.at_us):>{_TIME - 3}}  {''.join(cells)}{says}"


def _draw_arrow(cells: list[str], one: Happening, column: dict[NodeId, int]) -> None:
    """Draw a message from its sender's column to its receiver's, or up to where it is lost."""
    assert one.peer is not None, one
    source, target = (one.node, one.peer) if one.is_lost else (one.peer, one.node)
    start, end = column[source], column[target]
    low, high = min(start, end), max(start, end)
    for place in range(low + 1, high):
        cells[place] = "-"
    gap = _COLUMN - 3
    label = one.label[:gap]
    at = start + 2 if end > start else start - 2 - len(label) + 1
    for place, letter in enumerate(label):
        if low < at + place < high:
            cells[at + place] = letter
    cells[start] = "o"
    if one.is_lost:
        cells[end - 2 if end > start else end + 2] = "x"
        for place in (end - 1, end) if end > start else (end + 1, end):
            cells[place] = " " if place != end else "|"
    else:
        cells[end - 1 if end > start else end + 1] = ">" if end > start else "<"
        cells[end] = one.mark
