"""A failure in one screen of words: what broke, where, by which schedule, and how to go on."""

import re
from collections.abc import Iterable, Iterator, Sequence
from textwrap import wrap
from typing import Any

from paxos_des.cluster.registry import module_to_import
from paxos_des.cluster.scenario import Scenario
from paxos_des.engine.durations import exactly, spaced
from paxos_des.engine.fault_words import fault_in_words
from paxos_des.engine.words import says
from paxos_des.errors import printable, shorten
from paxos_des.failure import Failure, settled

LINES_MAX, WIDTH = 40, 88
_LABEL = 11
_LEAST = 3
"""Lines that a list has at least, however long the rest of the page is."""


def page_of(failure: Failure, file_name: str = "failure.json") -> str:
    """Return a failure in words, for people: on one screen, of 40 lines and 88 columns.

    Parameters
    ----------
    file_name
        What the commands on the page name.

    Returns
    -------
    str
        Lines, each ended. Of a schedule or a core that does not fit, the page has the beginning,
        and says how much there is.
    """
    head = [*_broken(failure), "", *_where(failure)]
    tail = ["", *_commands(failure, file_name)]
    lists = [("schedule", _schedule(failure)), *_core(failure)]
    room = LINES_MAX - len(head) - len(tail) - len(lists)
    body: list[str] = []
    for left, (title, items) in zip(range(len(lists), 0, -1), lists, strict=True):
        lines = _listed(title, items, max(room // left, _LEAST))
        room -= len(lines)
        body += ["", *lines]
    return "".join(f"{printable(line)}\n" for line in (*head, *body, *tail))


def variation(scenario: Scenario) -> str:
    """Return a scenario's name, and what differs from the shipped one of that name."""
    if scenario.name not in Scenario.names():
        return f"{scenario.name}, protocol {scenario.protocol}"
    shipped = settled(Scenario.named(scenario.name)).to_dict()
    changed = [
        _setting(key, value)
        for key, value in settled(scenario).to_dict().items()
        if value != shipped[key] and key != "protocol"
    ]
    but = f", but {', '.join(changed)}" if changed else ""
    return f"{scenario.name}, protocol {scenario.protocol}{but}"


def _setting(key: str, value: Any) -> str:  # noqa: ANN401 - as a file writes it
    if key != "faults":
        return f"{key} = {shorten(value)}"
    said = [f"at {spaced(fault['at'])}, {fault_in_words(fault)}" for fault in value]
    return _cut(f"these faults: {'; '.join(said)}" if said else "no faults")


def numbered(items: Sequence[str]) -> Iterator[list[str]]:
    """Yield the lines of each item, numbered from 1."""
    digits = len(str(len(items)))
    for number, item in enumerate(items, start=1):
        yield _hanging(f"  {number:>{digits}}  ", item)


def _broken(failure: Failure) -> list[str]:
    what = _cut(failure.what)
    return _hanging("", f"{failure.check} is violated at {exactly(failure.at_us)}: {what}")


def _where(failure: Failure) -> list[str]:
    lines = _labelled("scenario", variation(failure.scenario))
    lines += _labelled("", failure.scenario.summary)
    found = ", ".join(f"{key} {shorten(value)}" for key, value in failure.found.items())
    return lines + (_labelled("found", found) if found else [])


def _schedule(failure: Failure) -> list[str]:
    return [_cut(says(decision)) for decision in failure.schedule]


def _core(failure: Failure) -> list[tuple[str, list[str]]]:
    if failure.core is None:
        return []
    return [("core", [_cut(str(event.get("says", event))) for event in failure.core])]


def _cut(words: str) -> str:
    """Return words, or the beginning of what somebody has blown up."""
    return words if len(words) <= _WORDS_MAX else f"{words[:_WORDS_MAX]}…"


_WORDS_MAX = 600


def _listed(title: str, items: Sequence[str], room: int) -> list[str]:
    """Return a title and numbered items; where they do not fit, so many as do."""
    lines = [_TITLES[title].format(count=_counted(len(items), title))]
    shown = 0
    blocks = list(numbered(items))
    for block in blocks:
        is_last = shown + 1 == len(blocks)
        if len(lines) + len(block) + (not is_last) > room and shown:
            break
        lines += block
        shown += 1
    if shown < len(blocks):
        lines.append(f"  … and {len(blocks) - shown:,} more")
    return lines


_TITLES = {
    "schedule": "schedule   {count} over the dull run, in which nothing is lost, late or broken",
    "core": "core       {count}, and nothing else, in this order",
}
_NOUNS = {"schedule": "intervention", "core": "event"}


def _counted(number: int, title: str) -> str:
    return f"{number:,} {_NOUNS[title]}" + ("" if number == 1 else "s")


def with_import(protocol: str) -> str:
    """Return the option, after a space, that lets a command know a protocol; or nothing."""
    module = module_to_import(protocol)
    return "" if module is None else f" --import {module}"


def _commands(failure: Failure, name: str) -> Iterable[str]:
    shown = name if name.isprintable() and " " not in name else repr(name)
    shown += with_import(failure.scenario.protocol)
    return (
        f"{'replay':{_LABEL}}paxos-des replay {shown}",
        f"{'shrink':{_LABEL}}paxos-des shrink {shown}",
        f"{'show':{_LABEL}}paxos-des show {shown}",
    )


def _labelled(label: str, words: str) -> list[str]:
    return _hanging(f"{label:{_LABEL}}", words)


def _hanging(head: str, words: str) -> list[str]:
    lines = wrap(
        _QUANTITY.sub("\\1\xa0\\2", words),  # a number and its unit stay together
        WIDTH,
        initial_indent=head,
        subsequent_indent=" " * len(head),
        break_on_hyphens=False,
    )
    return [line.replace("\xa0", " ") for line in lines] or [head.rstrip()]


_QUANTITY = re.compile(r"(\d) (µs|ms|s|min)\b")
