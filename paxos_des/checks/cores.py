"""Why a history is not linearizable, in as few operations as can be.

A *core* is a set of completed operations of one object such that there is no right order even if
the outcomes of all others are forgotten (taken as unknown), and there is one as soon as the
outcome of any one of these is forgotten too. It is the outcome that is forgotten, not the
operation: so what others saw of it stays explained, and only a contradiction remains. As an
operation with unknown outcome need never have taken effect, a core is wrong by itself, too.

Forgetting more only ever allows more orders. So to try each operation once is enough.
"""

from collections.abc import Callable, Sequence

import msgspec

from paxos_des.checks.models import Deed, encode, is_result
from paxos_des.checks.objects import ClientOperation
from paxos_des.checks.search import Found, search

_STEPS_MIN = 20_000
_NAMED_MAX = 3
_SHOWN_MAX = 60

Test = Callable[[Sequence[int]], bool]


def core_of(
    operations: Sequence[ClientOperation], deeds: Sequence[Deed], found: Found
) -> list[int]:
    """Return a core of a part in which no right order was found, by completion: the last one is
    the first operation that nothing could explain. Where a search for less runs out of steps,
    the core may hold more than it must.
    """
    steps_max = max(2 * found.steps, _STEPS_MIN)
    left = 10 * steps_max
    completed = sorted(
        (it.completed, index) for index, it in enumerate(operations) if it.completed is not None
    )
    order = [index for _, index in completed]

    def is_wrong(kept: Sequence[int]) -> bool:
        nonlocal left
        end = operations[kept[-1]].completed
        assert end is not None, kept
        known = set(kept)
        places = [
            index for index, it in enumerate(operations) if index in known or it.invoked <= end
        ]
        own = [
            _forgotten(operations[one]) if one not in known else operations[one] for one in places
        ]
        again = search(own, [deeds[one] for one in places], min(steps_max, left))
        left -= again.steps + len(places)  # to line them up costs about as much
        return again.verdict == "violated"

    order = order[: _first_wrong(order, found.place, is_wrong)]
    return _least(_late_ones(order, operations, deeds, is_wrong), is_wrong)


def _forgotten(operation: ClientOperation) -> ClientOperation:
    return msgspec.structs.replace(operation, completed=None, result=None)


def _first_wrong(order: Sequence[int], place: int, is_wrong: Test) -> int:
    """Return after how many completions there is no right order any more. `place` is where the
    search came to its end: mostly, but not where it looked ahead, it is right there.
    """
    low, high = 1, len(order)
    if place + 1 < high and is_wrong(order[: place + 1]):
        high = place + 1
        if place == 0 or not is_wrong(order[:place]):
            return high
        high = place
    while low < high:
        middle = (low + high) // 2
        if is_wrong(order[:middle]):
            high = middle
        else:
            low = middle + 1
    return high


def _late_ones(
    order: Sequence[int],
    operations: Sequence[ClientOperation],
    deeds: Sequence[Deed],
    is_wrong: Test,
) -> Sequence[int]:
    """Return operations that suffice to be wrong, and are mostly few: those that could have
    written what the last one returned, and the last ones.
    """
    result = operations[order[-1]].result
    sources = {
        index
        for index in order
        if deeds[index].kind in ("write", "cas", "append") and is_result(deeds[index].value, result)
    }
    size = 1
    while size < len(order):
        late = set(order[-size:])
        some = [index for index in order if index in late or index in sources]
        if is_wrong(some):
            return some
        size *= 4
    return order


def _least(kept: Sequence[int], is_wrong: Test) -> list[int]:
    """Forget as many as can be, the oldest first, and never the last one."""
    least = list(kept)
    size = len(least) // 2
    while size:
        place = 0
        while place < len(least) - 1:
            fewer = least[:place] + least[min(place + size, len(least) - 1) :]
            if is_wrong(fewer):
                least = fewer
            else:
                place += size
        size //= 2
    return least


def said_core(
    operations: Sequence[ClientOperation], deeds: Sequence[Deed], core: Sequence[int]
) -> str:
    """Return a core in a sentence: which result is wrong, and what makes it so."""
    *others, last = core
    wrong = operations[last]
    said = f"{_named(wrong, deeds[last])} returned {_json(wrong.result)}"
    if not others:
        return f"{said}, which nothing that was asked for by then explains"
    before = [index for index in others if _is_before(operations[index], wrong)]
    if before:
        index = before[-1]
        return f"{said}, although {_done(operations[index], deeds[index])} before it began"
    named = [_named(operations[index], deeds[index]) for index in others[-_NAMED_MAX:]]
    more = len(others) - len(named)
    listed = ", ".join(named) + (f" and {more} more" if more else "")
    return f"{said}, which no order of it and {listed} explains"


def _is_before(one: ClientOperation, other: ClientOperation) -> bool:
    return one.completed is not None and one.completed < other.invoked


def _named(operation: ClientOperation, deed: Deed) -> str:
    """Name an operation by its client and number, and say what it was to write."""
    verb = operation.operation[0] if isinstance(operation.operation, tuple | list) else "operation"
    of_key = f" of {deed.key}" if deed.key else ""
    what = ""
    if deed.kind in ("write", "append") and verb != "delete":
        what = f" of {_json(deed.value)}" if not deed.key else f" to {_json(deed.value)}"
    elif deed.kind == "cas":
        what = f" from {_json(deed.old)} to {_json(deed.value)}"
    return f"{operation.client}'s {verb} {operation.sequence}{of_key}{what}"


def _done(operation: ClientOperation, deed: Deed) -> str:
    answer = f", which returned {_json(operation.result)}," if operation.result is not None else ""
    return f"{_named(operation, deed)}{answer} was complete"


_SHOWN_MAX = 60


def _json(value: object) -> str:
    text = encode(value).decode()
    return text if len(text) <= _SHOWN_MAX else f"{text[:40]}…{text[-15:]}"
