"""The errors that a user may meet, each of which is one sentence.

A broken rule of ours is an AssertionError, never one of these.
"""


class InputError(ValueError):
    """The input is wrong: the sentence says what was found, what was allowed, and where."""


class ScenarioError(InputError):
    """A scenario that cannot be: an unknown key, a wrong type, a number out of range."""


class ScheduleError(InputError):
    """A schedule that cannot be read: an unknown kind of decision, a malformed key."""


class TraceError(InputError):
    """A trace that cannot be read: damaged, of another version, or no trace at all."""


class FailureError(InputError):
    """A failure file that cannot be read or replayed: damaged, of another version, too large."""


SHOWN_MAX = 60
"""Characters of what was found that a sentence shows."""


def shorten(found: object) -> str:
    """Return what was found in one short line, whatever it is: part of a sentence."""
    try:
        text = " ".join(repr(found).split())  # an array prints as several lines
    except (RecursionError, ValueError):  # nested too deep; an integer of thousands of digits
        text = f"a {type(found).__name__}"
    return text if len(text) <= SHOWN_MAX else text[: SHOWN_MAX - 3] + "..."


def printable(text: str) -> str:
    """Return text as a terminal may have it: what it would obey, and not print, is spelt out."""
    if text.isprintable():
        return text
    return "".join(letter if letter.isprintable() else repr(letter)[1:-1] for letter in text)
