"""One object's part of a client history, made ready for the search.

Values and states become small integers, and what cannot matter is taken out:

- an operation whose outcome is unknown matters only if it may have changed something;
- all values that nobody can tell apart are one: those that no read returned and no `cas` asked
  for, and elements that no read of the list showed;
- of operations with unknown outcome that do the same, the one that was invoked first is tried
  first: in any order that has the later one and not the earlier, the earlier could stand in for
  it. They form a *group*.
"""

from collections import Counter
from collections.abc import Callable, Sequence
from typing import Any, Protocol

import msgspec

from paxos_des.checks.models import Deed, encode, is_result
from paxos_des.names import NodeId
from paxos_des.protocol.ballot import Operation

REFUSED = -1
"""In place of a state: an operation cannot have this result here."""


class ClientOperation(msgspec.Struct, frozen=True, gc=False):
    """What a client asked for, and what it was told.

    Attributes
    ----------
    client, sequence
        Name it; each client counts its own.
    invoked, completed
        Places in one order of time, such as numbers of entries; `completed` is None where the
        outcome is unknown: it may take effect at any time after `invoked`, or never. One that
        failed, and so never took effect, is no part of a history.
    """

    client: NodeId
    sequence: int
    operation: Operation
    invoked: int
    completed: int | None = None
    result: Any = None


LookAhead = Callable[[int, int], bool]
"""Whether a state fits all that begins after the completion at a place."""


class Part(Protocol):
    """What the search needs to know of an object and its operations, by their index.

    Attributes
    ----------
    initial
        The state at first.
    is_pure
        By operation: whether it changes nothing, whatever the state.
    is_plain
        By operation: whether it takes effect in every state, and hides all before it.
    groups
        By operation with unknown outcome that may matter, in the order of invocation: the group
        that it belongs to.
    overwrites
        Whether what was there before is gone after any change.
    """

    initial: int
    is_pure: list[bool]
    is_plain: list[bool]
    groups: dict[int, Any]
    overwrites: bool

    def step(self, index: int, state: int) -> int:
        """Return the state after an operation with its result, or `REFUSED`."""

    def fade(self, state: int, completed: int) -> int:
        """Return the state as those see it that complete at `completed` or later."""

    def is_unseen(self, index: int, completed: int) -> bool:
        """Whether nobody who completes at `completed` or later can tell what this one wrote."""

    def may_follow(self, index: int, state: int) -> bool:
        """Whether an operation can have its result in this state, or in one that follows it."""

    def look_ahead(self, completions: Sequence[int]) -> LookAhead | None:
        """Return what says whether a state fits all that begins after the completion at some
        place in this order; None where nothing can be said.
        """


_ANY_STATE, _NO_STATE = -1, -2
_NONE, _ANY, _FIRST = 0, 1, 2
_FOR_EVER = 2**62


class RegisterPart:
    """Operations on a register: each needs a value or shuns one, and leaves one, or leaves all
    as it is. Values that nobody needs or shuns are one, `_ANY`.
    """

    overwrites = True

    def __init__(self, operations: Sequence[ClientOperation], deeds: Sequence[Deed]) -> None:
        self._numbers: dict[bytes, int] = {b"null": _NONE}
        # By value, until when somebody completes who can tell it.
        self._seen_until: dict[int, int] = {}
        self._shunned = Counter[int]()
        self._shunned_until = -1
        pairs = list(zip(operations, deeds, strict=True))
        needed = Counter[int]()
        for it, deed in pairs:
            if it.completed is not None:
                self._note_known(it, deed, it.completed, needed)
        useful = self._useful(pairs, needed)
        self.initial = _NONE
        self._steps = list(map(self._step_of, operations, deeds))
        self.is_pure = [leaves < 0 for _, _, leaves in self._steps]
        self.is_plain = [needs == _ANY_STATE and leaves >= 0 for needs, _, leaves in self._steps]
        self.groups: dict[int, Any] = {index: self._steps[index] for index in useful}

    def step(self, index: int, state: int) -> int:
        needs, shuns, leaves = self._steps[index]
        if (needs not in (_ANY_STATE, state)) or shuns == state:
            return REFUSED
        return state if leaves < 0 else leaves

    def fade(self, state: int, completed: int) -> int:
        return state if self._seen_until.get(state, -1) >= completed else _ANY

    def is_unseen(self, index: int, completed: int) -> bool:
        """No `cas` may fail any more, either: one that does can tell what is not there."""
        until = self._seen_until.get(self._steps[index][2], -1)
        return max(until, self._shunned_until) < completed

    def may_follow(self, index: int, state: int) -> bool:  # noqa: ARG002 - a Part's
        return True

    def look_ahead(self, completions: Sequence[int]) -> LookAhead | None:  # noqa: ARG002 - a Part's
        return None

    def _note_known(
        self, it: ClientOperation, deed: Deed, completed: int, needed: Counter[int]
    ) -> None:
        """Note what a completed operation can tell, and how many need each value."""
        if deed.kind == "read":
            needed[self._see(it.result, completed)] += 1
        elif deed.kind == "cas" and it.result is True:
            needed[self._see(deed.old, completed)] += 1
        elif deed.kind == "cas" and it.result is False:
            self._shunned[self._see(deed.old, completed)] += 1
            self._shunned_until = max(self._shunned_until, completed)

    def _useful(
        self, pairs: Sequence[tuple[ClientOperation, Deed]], needed: Counter[int]
    ) -> list[int]:
        """Return which operations with unknown outcome may be needed: those that leave a value
        that one with known outcome needs, or a useful one, or that take away a value which one
        with known outcome shuns. Of those that write the same value, as many as are needed.
        """
        unknown = sorted(
            (it.invoked, index)
            for index, (it, deed) in enumerate(pairs)
            if it.completed is None and deed.kind in ("write", "cas")
        )
        swaps = [index for _, index in unknown if pairs[index][1].kind == "cas"]
        found: list[int] = []
        is_growing = True
        while is_growing:
            is_growing = False
            for index in swaps:
                deed = pairs[index][1]
                if index in found or is_result(deed.old, deed.value):
                    continue
                if needed[self._number(deed.value)] or self._shunned[self._number(deed.old)]:
                    is_growing = True
                    found.append(index)
                    needed[self._see(deed.old, _FOR_EVER)] += 1
        shunning = self._shunned.total()
        written = Counter[int]()
        for _, index in unknown:
            deed = pairs[index][1]
            number = self._number(deed.value)
            if deed.kind == "write" and written[number] < needed[number] + shunning:
                written[number] += 1
                found.append(index)
        return sorted(found)

    def _see(self, value: object, until: int) -> int:
        number = self._numbers.setdefault(encode(value), len(self._numbers) - 1 + _FIRST)
        self._seen_until[number] = max(until, self._seen_until.get(number, -1))
        return number

    def _step_of(self, it: ClientOperation, deed: Deed) -> tuple[int, int, int]:
        """Return the value that an operation needs, that it shuns, and that it leaves."""
        is_known = it.completed is not None
        if deed.kind == "read":
            return (self._number(it.result) if is_known else _ANY_STATE, -1, -1)
        if deed.kind == "cas":
            old, new = self._number(deed.old), self._number(deed.value)
            if is_known and it.result is False:
                return (_ANY_STATE, old, -1)
            needs = old if not is_known or it.result is True else _NO_STATE
            is_same = encode(deed.old) == encode(deed.value)
            return (needs, -1, -1 if is_same else new)
        needs = _ANY_STATE if not is_known or it.result is None else _NO_STATE
        return (needs, -1, self._number(deed.value) if deed.kind == "write" else -1)

    def _number(self, value: object) -> int:
        return self._numbers.get(encode(value), _ANY)


class ListPart:
    """Operations on an append-only list: a state is a node in the tree of all lists that were
    seen or could have been.
    """

    overwrites = False

    def __init__(self, operations: Sequence[ClientOperation], deeds: Sequence[Deed]) -> None:
        self._operations = operations
        self._deeds = deeds
        self._elements: dict[bytes, int] = {}
        self._children: dict[tuple[int, int], int] = {}
        self._depths = [0]
        # By depth, the nodes on the way to the longest list that was read.
        self._path = [0]
        self._reads = self._read_lists()
        # By append: the length before it, and the element.
        self._appends: dict[int, tuple[int, int]] = {}
        self.initial = 0
        self.groups: dict[int, Any] = {}
        for index, (it, deed) in enumerate(zip(operations, deeds, strict=True)):
            if deed.kind == "append":
                element = self._elements.get(encode(deed.value), -1)
                if it.completed is None:
                    self._appends[index] = (_ANY_STATE, element)
                    self.groups[index] = element
                elif type(it.result) is int and it.result > 0:
                    self._appends[index] = (it.result - 1, element)
        self.is_pure = [deed.kind != "append" for deed in deeds]
        self.is_plain = [False] * len(operations)

    def step(self, index: int, state: int) -> int:
        if index in self._reads:
            return state if self._reads[index] == state else REFUSED
        if index in self._appends:
            before, element = self._appends[index]
            if before not in (_ANY_STATE, self._depths[state]):
                return REFUSED
            return self._child(state, element)
        it = self._operations[index]
        is_right = self._deeds[index].kind == "foreign" and it.result is None
        return state if is_right or it.completed is None else REFUSED

    def fade(self, state: int, completed: int) -> int:  # noqa: ARG002 - a Part's
        return state

    def is_unseen(self, index: int, completed: int) -> bool:  # noqa: ARG002 - a Part's
        return False

    def may_follow(self, index: int, state: int) -> bool:
        depth = self._depths[state]
        if index not in self._reads:
            return index not in self._appends or depth <= self._appends[index][0]
        node = self._reads[index]
        length, path = self._depths[node], self._path
        is_on_path = length < len(path) and path[length] == node
        return depth <= length and (not is_on_path or path[depth] == state)

    def look_ahead(self, completions: Sequence[int]) -> LookAhead | None:
        """Whoever begins later sees all that is there: a read shows it, an append counts it."""
        later = sorted(
            (it.invoked, index in self._reads, self._length_seen(index))
            for index, it in enumerate(self._operations)
            if it.completed is not None and (index in self._reads or index in self._appends)
        )
        lengths, are_read = [_FOR_EVER] * len(completions), [False] * len(completions)
        length, is_read = _FOR_EVER, False
        for place in reversed(range(len(completions))):
            while later and later[-1][0] > completions[place]:
                _, reads, seen = later.pop()
                length, is_read = min(length, seen), is_read or reads
            lengths[place], are_read[place] = length, is_read
        depths, path = self._depths, self._path

        def fits(place: int, state: int) -> bool:
            depth = depths[state]
            if depth > lengths[place]:
                return False
            return not are_read[place] or (depth < len(path) and path[depth] == state)

        return fits

    def _length_seen(self, index: int) -> int:
        return self._depths[self._reads[index]] if index in self._reads else self._appends[index][0]

    def _read_lists(self) -> dict[int, int]:
        """Return the nodes of the lists that reads returned."""
        reads = sorted(
            (len(it.result), index)
            for index, it in enumerate(self._operations)
            if self._deeds[index].kind == "show"
            and it.completed is not None
            and isinstance(it.result, tuple | list)
        )
        nodes = {}
        start, path = b"[", [0]
        for length, index in reads:
            result = self._operations[index].result
            text = encode(result)[:-1]
            # Mostly each begins with the one before: so only what is new need be looked at.
            rest = text[len(start) : len(start) + 1]
            if not text.startswith(start) or (len(path) > 1 and rest not in (b"", b",")):
                path = [0]
            for value in result[len(path) - 1 :]:
                element = self._elements.setdefault(encode(value), len(self._elements))
                path.append(self._child(path[-1], element))
            assert len(path) == length + 1, f"{length} elements, {len(path) - 1} on the path"
            start, nodes[index] = text, path[-1]
        self._path = path
        return nodes

    def _child(self, node: int, element: int) -> int:
        child = self._children.get((node, element))
        if child is None:
            child = self._children[node, element] = len(self._depths)
            self._depths.append(self._depths[node] + 1)
        return child
