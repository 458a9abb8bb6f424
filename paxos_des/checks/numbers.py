"""Numbers of entries, by slot: what a check cites as proof, for every slot that it remembers."""

from array import array
from typing import Any

from paxos_des.protocol.ballot import Slot

_GAP_MAX = 65_536
"""Slots that may lie between one and the next. A damaged trace may name any slot at all."""
_CHUNK = 64
_NONE_YET = array("q", b"\xff" * 8 * 16)
"""Each is -1: room for a short run, which then never grows."""
_SHARE = 4
"""A forgotten prefix goes when it is so large a part of the array: moving the rest costs too."""


class Numbers:
    """Maps slots to numbers of entries, in 8 bytes each where a dict takes 84.

    Slots come nearly all and nearly in order: so the numbers stand in an array, which grows
    ahead of them, and only a slot far beyond the others is kept apart.

    Attributes
    ----------
    dense
        The numbers of the slots from `base` on, -1 where there is none. Where it counts, a caller
        that knows that its slot is not below `base` sets the item itself, and calls `note` on an
        IndexError.
    base
        Slots below it are forgotten.
    """

    __slots__ = ("_far", "base", "dense")

    def __init__(self) -> None:
        self.dense = _NONE_YET[:]
        self.base: Slot = 0
        self._far: dict[Slot, int] | None = None

    def note(self, slot: Slot, number: int) -> None:
        """Keep a number in place of any before it."""
        dense, place = self.dense, slot - self.base
        if 0 <= place < len(dense):
            dense[place] = number
        elif 0 <= place <= len(dense) + _GAP_MAX:
            ahead = place - len(dense) + max(_CHUNK, len(dense) // 8)
            dense.frombytes(b"\xff" * (8 * ahead))  # each is -1
            dense[place] = number
        elif self._far is None:
            self._far = {slot: number}
        else:
            self._far[slot] = number

    def drop_below(self, slot: Slot) -> None:
        """Forget the numbers of all slots below this one, sooner or later."""
        dropped, size = slot - self.base, len(self.dense)
        if dropped < max(_CHUNK, size // _SHARE):
            return
        del self.dense[: min(dropped, size)]
        self.base = slot
        if self._far is not None:
            self._far = {one: number for one, number in self._far.items() if one >= slot}

    def __getitem__(self, slot: Slot) -> int:
        """Return the number that was kept last.

        Raises
        ------
        KeyError
            When none was.
        """
        place = slot - self.base
        number = self.dense[place] if 0 <= place < len(self.dense) else -1
        return number if number >= 0 else (self._far or {})[slot]


def drop_below(kept: dict[Slot, Any], old: Slot, new: Slot) -> None:
    """Drop what is kept of slots below `new`, where those below `old` are gone already."""
    if new - old <= 2 * len(kept) + _CHUNK:
        for slot in range(old, new):
            kept.pop(slot, None)
    else:  # a leap, as a damaged trace may make
        for slot in [one for one in kept if one < new]:
            del kept[slot]
