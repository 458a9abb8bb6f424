"""Numbers of entries, by slot: what a check cites as proof, for every slot of a long run."""

from array import array

from paxos_des.protocol.ballot import Slot

_GAP_MAX = 65_536
"""Slots that may lie between one and the next. A damaged trace may name any slot at all."""


class Numbers:
    """Maps slots to numbers of entries, in 8 bytes each where a dict takes 84.

    Slots come nearly in order and nearly all: so the numbers stand in an array, and only a slot
    far beyond the others is kept apart.
    """

    __slots__ = ("_dense", "_far")

    def __init__(self) -> None:
        self._dense = array("q")
        self._far: dict[Slot, int] = {}

    def note(self, slot: Slot, number: int) -> None:
        """Keep a number in place of any before it."""
        dense = self._dense
        ahead = slot - len(dense)
        if ahead == 0:
            dense.append(number)
        elif ahead < 0 <= slot:
            dense[slot] = number
        elif 0 < ahead <= _GAP_MAX:
            dense.extend([-1] * ahead)
            dense.append(number)
        else:
            self._far[slot] = number

    def __getitem__(self, slot: Slot) -> int:
        """Return the number that was set last.

        Raises
        ------
        KeyError
            When none was.
        """
        number = self._dense[slot] if 0 <= slot < len(self._dense) else -1
        return number if number >= 0 else self._far[slot]
