"""Numbers of entries, by slot: what a check cites as proof, for every slot of a long run."""

from array import array

from paxos_des.protocol.ballot import Slot

_GAP_MAX = 65_536
"""Slots that may lie between one and the next. A damaged trace may name any slot at all."""
_CHUNK = 64


class Numbers:
    """Maps slots to numbers of entries, in 8 bytes each where a dict takes 84.

    Slots come nearly all and nearly in order: so the numbers stand in an array, which grows
    ahead of them, and only a slot far beyond the others is kept apart.

    Attributes
    ----------
    dense
        By slot, the number, -1 where there is none. Where it counts, a caller sets its item
        itself, and calls `note` on an IndexError.
    """

    __slots__ = ("_far", "dense")

    def __init__(self) -> None:
        self.dense = array("q")
        self._far: dict[Slot, int] | None = None

    def note(self, slot: Slot, number: int) -> None:
        """Keep a number in place of any before it."""
        dense = self.dense
        if 0 <= slot < len(dense):
            dense[slot] = number
        elif 0 <= slot <= len(dense) + _GAP_MAX:
            ahead = slot - len(dense) + max(_CHUNK, len(dense) // 8)
            dense.frombytes(b"\xff" * (8 * ahead))  # each is -1
            dense[slot] = number
        elif self._far is None:
            self._far = {slot: number}
        else:
            self._far[slot] = number

    def __getitem__(self, slot: Slot) -> int:
        """Return the number that was kept last.

        Raises
        ------
        KeyError
            When none was.
        """
        number = self.dense[slot] if -len(self.dense) <= slot < len(self.dense) else -1
        return number if number >= 0 else (self._far or {})[slot]
