"""`paxos-des museum`."""

import inspect
import sys
from collections.abc import Iterator
from textwrap import wrap

from paxos_des.cli.run import Form, as_json
from paxos_des.cli.text import in_words
from paxos_des.museum import EXHIBITS, exhibit_named
from paxos_des.museum.absent import NOT_ON_SHOW
from paxos_des.museum.exhibit import Exhibit

WIDTH = 88


def museum(name: str | None, *, form: Form) -> int:
    """List all exhibits, or explain one; return the exit code."""
    shown = list(EXHIBITS.values()) if name is None else [exhibit_named(name)]
    if form == "json":
        documents = {exhibit.name: document_of(exhibit) for exhibit in shown}
        absent = {"not_on_show": NOT_ON_SHOW} if NOT_ON_SHOW else {}
        sys.stdout.write(as_json({**documents, **absent} if name is None else documents[name]))
    elif name is None:
        width = max(map(len, EXHIBITS))
        sys.stdout.writelines(f"{one.name:{width}}  {says(one)}\n" for one in shown)
        sys.stdout.writelines(f"{one}: not on show. {why}\n" for one, why in NOT_ON_SHOW.items())
    else:
        sys.stdout.writelines(f"{line}\n" for line in page_of(shown[0]))
    return 0


def says(exhibit: Exhibit) -> str:
    """Return what is wrong, in one line: the first of the module that holds it."""
    module = inspect.getmodule(exhibit.mutation)
    assert module is not None, exhibit.mutation
    first, *_ = inspect.getdoc(module).splitlines()  # type: ignore[union-attr] # a test sees to it
    return first.removeprefix(f"{exhibit.name}: ").removesuffix(".")


def commands_of(exhibit: Exhibit) -> dict[str, str]:
    """Return what finds it, shrinks it and leaves it in a folder, and what replays it there."""
    timed = "" if exhibit.not_pooled is None else "--strategy weather "
    return {
        "find": f"paxos-des hunt {exhibit.name} --check {exhibit.check} {timed}--seeds 0:10000 "
        "--stop-after 1 --out found",
        "replay": "paxos-des replay found/*.json",
    }


def document_of(exhibit: Exhibit) -> dict[str, object]:
    """Return what `--json` prints of an exhibit."""
    return {
        "name": exhibit.name,
        "says": says(exhibit),
        "source": exhibit.source,
        "story": exhibit.story,
        "check": exhibit.check,
        "within": exhibit.within,
        "not_pooled": exhibit.not_pooled,
        "scenario": exhibit.scenario.to_dict(),
        "commands": commands_of(exhibit),
        "code": inspect.getsource(exhibit.mutation),
    }


def page_of(exhibit: Exhibit) -> Iterator[str]:
    """Yield the lines that explain an exhibit."""
    yield from wrap(f"{exhibit.name}: {says(exhibit)}", WIDTH)
    yield ""
    yield from in_words("source", exhibit.source)
    yield from in_words("story", exhibit.story)
    yield from in_words("check", exhibit.check)
    yield from in_words("scenario", f"{exhibit.based_on}; {exhibit.scenario.summary}")
    if exhibit.within is not None:
        yield from in_words("weather", f"one of the seeds below {exhibit.within} shows it")
    if exhibit.not_pooled is not None:
        yield from in_words("pool", f"only in the timed network, for {exhibit.not_pooled}")
    for label, command in commands_of(exhibit).items():
        yield f"{label:12}{command}"
    yield ""
    yield from inspect.getsource(exhibit.mutation).splitlines()
