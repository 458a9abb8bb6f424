"""Searches for an order that explains what clients saw of one object.

Wing and Gong (1993), with Lowe's two improvements (*Testing for linearizability*, 2017): what
has failed once is remembered, and operations take effect *just in time*, when one that has not
taken effect must complete. So all that there is to decide lies at completions:

    at each completion, in order:
        if the operation has taken effect by now, go on;
        else let some of the open operations take effect, one after another, that one last.

Where a choice turns out wrong, the search goes back to the last other choice. These cut it short,
and lose nothing:

- an open operation that changes nothing takes effect as soon as its result is right;
- an open write of a value that nobody who is still to complete can tell takes effect right
  before the next write, which hides it;
- one with unknown outcome takes effect only right before somebody who can tell;
- a situation has failed if one failed that was the same and had used fewer of those up.

What is remembered takes a bounded amount of memory, and a search takes a bounded number of steps.
"""

from collections.abc import Sequence
from typing import Any, Literal, NamedTuple

from paxos_des.checks.models import Deed
from paxos_des.checks.objects import REFUSED, ClientOperation, ListPart, Part, RegisterPart

REMEMBERED_MAX = 200_000
"""Failed situations that are remembered; then the memory is begun anew."""
ALIKE_MAX = 16
"""Of those, how many may differ in nothing but which unknown outcomes they have used up."""


class Found(NamedTuple):
    """What a search came to.

    Attributes
    ----------
    verdict
        `ok` if there is an order, `violated` if there is none, `unknown` if the steps ran out.
    steps
        How many it took.
    place
        The completion that no order reached beyond, by its place in time; an order that looked
        ahead may have stopped before it had to.
    """

    verdict: Literal["ok", "violated", "unknown"]
    steps: int
    place: int


class _At(NamedTuple):
    """A situation: which completion is next, which open operations have taken effect (a bit
    each), which of unknown outcome have (a bit each), and the state.
    """

    place: int
    done: int
    used: int
    state: int


class Search:
    """The search over one object's operations.

    Parameters
    ----------
    operations
        What clients asked of the object.
    part
        The same, made ready.
    """

    def __init__(self, operations: Sequence[ClientOperation], part: Part) -> None:
        self._part = part
        self._completed: list[int] = []
        self._target: list[int] = []
        self._pure: list[tuple[int, ...]] = []
        self._changing: list[tuple[int, ...]] = []
        self._invoked_unknown: list[int] = []
        self._bits = [0] * len(operations)
        self._unknown = sorted(part.groups, key=lambda index: operations[index].invoked)
        self._groups: dict[Any, list[int]] = {}
        for number, index in enumerate(self._unknown):
            self._groups.setdefault(part.groups[index], []).append(number)
        self._line_up(operations)
        self._fits = part.look_ahead(self._completed)
        self._failed: dict[tuple[int, int, int], list[int]] = {}

    def run(self, steps_max: int) -> Found:
        """Search, taking no more than `steps_max` steps."""
        ways: list[tuple[_At, list[_At]]] = []
        at, steps, furthest = _At(0, 0, 0, self._part.initial), 0, 0
        while True:
            steps += 1
            if steps > steps_max:
                return Found("unknown", steps, furthest)
            at = self._go_on(at)
            if at.place == len(self._target):
                return Found("ok", steps, furthest)
            furthest = max(furthest, at.place)
            choices = [] if self._has_failed(at) else self._choices(at)
            ways.append((at, choices))
            while ways and not ways[-1][1]:
                self._remember(ways.pop()[0])
            if not ways:
                return Found("violated", steps, furthest)
            at = ways[-1][1].pop()

    def _line_up(self, operations: Sequence[ClientOperation]) -> None:
        """Note, by completion, who is open then. An operation that is invoked at the very moment
        at which another completes overlaps it.
        """
        moments = [(it.invoked, 0, index) for index, it in enumerate(operations)]
        moments += [
            (it.completed, 1, index)
            for index, it in enumerate(operations)
            if it.completed is not None
        ]
        is_pure, unknown = self._part.is_pure, 0
        pure: dict[int, None] = {}
        changing: dict[int, None] = {}
        free: list[int] = []
        for moment, is_completion, index in sorted(moments):
            own = pure if is_pure[index] else changing
            if is_completion:
                self._completed.append(moment)
                self._target.append(index)
                self._pure.append(tuple(pure))
                self._changing.append(tuple(changing))
                self._invoked_unknown.append(unknown)
                del own[index]
                free.append(self._bits[index])
            elif operations[index].completed is not None:
                own[index] = None
                self._bits[index] = free.pop() if free else 1 << (len(pure) + len(changing) - 1)
            elif index in self._part.groups:
                unknown += 1

    def _go_on(self, at: _At) -> _At:
        """Go on as far as there is nothing to decide."""
        place, done, used, state = at
        bits, step, fade = self._bits, self._part.step, self._part.fade
        while place < len(self._target):
            for index in self._pure[place]:
                if not done & bits[index] and step(index, state) == state:
                    done |= bits[index]
            bit = bits[self._target[place]]
            if not done & bit:
                break
            done &= ~bit
            place += 1
            if place < len(self._target):
                state = fade(state, self._completed[place])
        return _At(place, done, used, state)

    def _choices(self, at: _At) -> list[_At]:
        """Return what may take effect next; the most promising last, for it is tried first."""
        place, done, used, state = at
        part, bits, target = self._part, self._bits, self._target[place]
        fits, completed = self._fits, self._completed[place]
        open_ones = [index for index in self._changing[place] if not done & bits[index]]
        hidden = 0
        for index in open_ones:
            if part.is_plain[index] and part.is_unseen(index, completed):
                hidden |= bits[index]
        ranked: list[tuple[int, int, _At]] = []
        for index in open_ones:
            after = part.step(index, state)
            if after == REFUSED or (fits is not None and not fits(place, after)):
                continue
            if index != target and not part.may_follow(target, after):
                continue
            now_done = done | bits[index] | (hidden if part.is_plain[index] else 0)
            helps = index == target or part.step(target, after) != REFUSED
            rank = (index == target) + helps + 1
            after = part.fade(after, completed)
            ranked.append((rank, -index, _At(place, now_done, used, after)))
        for number in self._unused(place, used):
            index = self._unknown[number]
            after = part.step(index, state)
            if after in (REFUSED, state) or (fits is not None and not fits(place, after)):
                continue
            if not part.may_follow(target, after):
                continue
            if part.overwrites and not self._is_noticed(at, open_ones, after):
                continue
            helps = part.step(target, after) != REFUSED
            ranked.append((int(helps), -number, _At(place, done, used | 1 << number, after)))
        ranked.sort()
        return [choice for _, _, choice in ranked]

    def _unused(self, place: int, used: int) -> list[int]:
        """Return, of each group of unknown outcomes, the first that is invoked and not used."""
        invoked = self._invoked_unknown[place]
        if not invoked:
            return []
        found = []
        for group in self._groups.values():
            number = next((one for one in group if not used >> one & 1), invoked)
            if number < invoked:
                found.append(number)
        return found

    def _is_noticed(self, at: _At, open_ones: Sequence[int], after: int) -> bool:
        """Whether somebody can tell a state that an unknown outcome led to: an open operation
        that changes nothing, or one that takes place in few other states.
        """
        part, bits = self._part, self._bits
        if any(
            not at.done & bits[index] and part.step(index, after) == after
            for index in self._pure[at.place]
        ):
            return True
        able = (*open_ones, *(self._unknown[one] for one in self._unused(at.place, at.used)))
        return any(not part.is_plain[one] and part.step(one, after) != REFUSED for one in able)

    def _has_failed(self, at: _At) -> bool:
        failed = self._failed.get((at.place, at.done, at.state), ())
        return any(used & ~at.used == 0 for used in failed)

    def _remember(self, at: _At) -> None:
        """Remember that a situation has failed."""
        if len(self._failed) >= REMEMBERED_MAX:
            self._failed.clear()
        alike = self._failed.setdefault((at.place, at.done, at.state), [])
        if any(used & ~at.used == 0 for used in alike):
            return
        alike[:] = [used for used in alike if at.used & ~used]
        if len(alike) < ALIKE_MAX:
            alike.append(at.used)


def search(operations: Sequence[ClientOperation], deeds: Sequence[Deed], steps_max: int) -> Found:
    """Search for an order that explains one object's operations, in at most so many steps."""
    is_list = any(deed.kind in ("append", "show") for deed in deeds)
    kind = ListPart if is_list else RegisterPart
    return Search(operations, kind(operations, deeds)).run(steps_max)
