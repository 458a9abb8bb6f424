"""Which failures are shrunk: all, until it is always the same bug; then ever fewer."""

SAME_IN_A_ROW = 4
"""When so many failures of a check, one after the other, were of shapes that are known …"""

THINNED = 2
"""… of the following ones, the next to be shrunk is further on by this part of how many there were:
so the hundred-thousandth is shrunk after some thirty. A bug that is there in every second seed
would stop the hunt else.
"""


class Sampling:
    """Says which failures of one check are shrunk, by number: from what came of the earlier ones.

    Attributes
    ----------
    count
        Failures so far.
    """

    def __init__(self) -> None:
        self.count = 0
        self._next = 1
        self._known_in_a_row = 0

    def is_next(self) -> bool:
        """Count a failure; return whether it is to be shrunk."""
        self.count += 1
        return self.count >= self._next

    def on_shape(self, *, is_new: bool) -> None:
        """Hear what shrinking it said."""
        self._known_in_a_row = 0 if is_new else self._known_in_a_row + 1
        gap = 0 if self._known_in_a_row < SAME_IN_A_ROW else self.count // THINNED
        self._next = self.count + 1 + gap
