"""What a check answers, and what every check looks like."""

from collections.abc import Callable, Mapping
from typing import Any, ClassVar, Literal

import msgspec

Verdict = Literal["ok", "violated", "unknown"]
"""Unknown is not ok: the record does not let the check decide."""

Observers = Mapping[str | type, Callable[[Any], None]]
"""By event; or by type of message (then for the entries in which such a message is sent: of a
broadcast, at least for the first), of record (for those in which it became durable) or of note (for
those in which a role noted this), or `FirstVote`: what a check does with an entry."""


class Violation(msgspec.Struct, frozen=True):
    """A rule that was broken.

    Attributes
    ----------
    check
        The check's name.
    what
        A sentence: which rule, and how it was broken.
    at_us
        When it showed, in µs of simulated time.
    numbers
        Which entries of the trace prove it.
    entries
        Those entries.
    """

    check: str
    what: str
    at_us: int
    numbers: tuple[int, ...]
    entries: tuple[dict[str, Any], ...] = ()


class Check:
    """One rule. It says what it observes, and notes how the rule was broken first.

    Attributes
    ----------
    alarm
        Called when the rule is broken, so that a run may stop at the first wrong event.
    """

    name: ClassVar[str]
    violation: Violation | None = None

    def alarm(self) -> object:
        """Ring no bell: a saved trace is judged to its end. A run puts its own in place."""

    def observers(self) -> Observers:
        """Return what the check observes, by event or kind of message sent."""
        raise NotImplementedError  # abstract: every check says what it observes

    @property
    def verdict(self) -> Verdict:
        return "ok" if self.violation is None else "violated"

    def finish(self, end_us: int) -> None:
        """Judge what only the end of a run shows: for checks of one's own, nothing by default."""

    def violate(self, at_us: int, what: str, *numbers: int) -> None:
        """Note a broken rule; only the first counts, for what follows may follow from it.

        A number below 0 is none: a damaged trace may say less than what holds before any entry.
        """
        if self.violation is None:
            proof = tuple(sorted({number for number in numbers if number >= 0}))
            self.violation = Violation(self.name, what, at_us, proof)
            self.alarm()
