"""What a repair was about: what broke, what has to happen for it, and whose mistake it is."""

from collections.abc import Iterator, Mapping
from textwrap import wrap

from paxos_des.engine.words import says
from paxos_des.explore.green import CONFIDENCE
from paxos_des.explore.hunted import Report
from paxos_des.explore.repairs import Repair
from paxos_des.report.words import WIDTH, numbered

_LABEL = 11


def repair_in_words(repair: Repair, about: Mapping[str, str]) -> str:
    """Return what a hunt found and what was repaired for it, for people.

    Parameters
    ----------
    about
        What each mistake does wrong, by its name.
    """
    return "".join(f"{line}\n" for line in _lines(repair, about))


def bound_in_words(report: Report) -> str:
    """Return how likely a failure may be yet, after a hunt that found none."""
    return (
        f"none of {report.schedules:,} schedules breaks anything: so the next one does with "
        f"a chance of at most {report.failure_bound:.2g}, at {CONFIDENCE:.0%}, if drawn likewise"
    )


def _lines(repair: Repair, about: Mapping[str, str]) -> Iterator[str]:
    count = len(repair.mistakes)
    yield f"{count} mistake{'' if count == 1 else 's'} left"
    find = repair.find
    if find is None:
        yield from _labelled("found", bound_in_words(repair.report))
        return
    failure = find.failure
    yield from _labelled("found", f"in schedule {find.first:,}: {failure.check} is violated")
    yield from _labelled("", failure.what)
    sentences = [says(decision) for decision in failure.schedule]
    yield from _labelled("what for", "this is all:" if sentences else "nothing: in the dull run")
    for lines in numbered(sentences):
        yield from lines
    for mistake in repair.repaired:
        yield from _labelled("repaired", f"{mistake}: {about[mistake]}")
    others = [one for one in repair.needed if one not in repair.repaired]
    if others:
        yield from _labelled("", f"(the schedule needs {', '.join(others)}, too)")


def _labelled(label: str, words: str) -> list[str]:
    first, *others = wrap(words, WIDTH - _LABEL, break_on_hyphens=False)
    return [f"{label:{_LABEL}}{first}", *(f"{'':{_LABEL}}{line}" for line in others)]
