"""`paxos-des museum`."""

import inspect
import sys
from collections.abc import Iterator
from textwrap import wrap

from paxos_des.cli.run import Form, as_json
from paxos_des.cli.text import in_words
from paxos_des.failure import Failure
from paxos_des.museum import EXHIBITS, exhibit_named
from paxos_des.museum.exhibit import GROUPS, Exhibit
from paxos_des.museum.shipped import HOW, path_of
from paxos_des.report.diagram import space_time
from paxos_des.report.words import page_of as words_of
from paxos_des.report.words import with_import

WIDTH = 88


def museum(name: str | None, *, form: Form) -> int:
    """List all exhibits, or explain one; return the exit code."""
    if form == "json":
        shown = EXHIBITS.values() if name is None else [exhibit_named(name)]
        documents = {exhibit.name: document_of(exhibit) for exhibit in shown}
        sys.stdout.write(as_json(documents if name is None else documents[name]))
    else:
        lines = list_of() if name is None else page_of(exhibit_named(name))
        sys.stdout.writelines(f"{line}\n" for line in lines)
    return 0


def list_of() -> Iterator[str]:
    """Yield a line for each exhibit, under its group's."""
    width = max(map(len, EXHIBITS))
    for group in GROUPS:
        exhibits = [exhibit for exhibit in EXHIBITS.values() if exhibit.group == group]
        if exhibits:
            yield f"{group}:"
            yield from (f"  {one.name:{width}}  {says(one)}" for one in exhibits)
            yield ""
    yield "one of them: paxos-des museum NAME; how soon each is found: paxos-des museum measure"


def says(exhibit: Exhibit) -> str:
    """Return what is wrong, in one line: its own, or the first of the module that holds it."""
    if exhibit.says is not None:
        return exhibit.says
    module = inspect.getmodule(exhibit.mutation)
    said = inspect.getdoc(module) or inspect.getdoc(exhibit.mutation) or exhibit.story
    first, *_ = said.splitlines()
    return first.removeprefix(f"{exhibit.name}: ").removesuffix(".")


def failure_of(exhibit: Exhibit) -> Failure | None:
    """Return the smallest failure that is known of an exhibit; None: none is shipped."""
    path = path_of(exhibit.name)
    return Failure.load(path) if path.is_file() else None


def commands_of(exhibit: Exhibit) -> dict[str, str]:
    """Return what finds it, shrinks it and leaves it in a folder, and what replays it."""
    option = with_import(exhibit.name)
    timed = "" if exhibit.not_pooled is None else "--strategy weather "
    is_shipped = path_of(exhibit.name).is_file()
    return {
        "find": f"paxos-des hunt {exhibit.name} --check {exhibit.check} {timed}--seeds 0:10000 "
        f"--stop-after 1 --out found{option}",
        "replay": f"paxos-des replay {exhibit.name if is_shipped else 'found/*.json'}{option}",
    }


def document_of(exhibit: Exhibit) -> dict[str, object]:
    """Return what `--json` prints of an exhibit."""
    failure = failure_of(exhibit)
    return {
        "name": exhibit.name,
        "group": exhibit.group,
        "says": says(exhibit),
        "source": exhibit.source,
        "story": exhibit.story,
        "check": exhibit.check,
        "within": exhibit.within,
        "not_pooled": exhibit.not_pooled,
        "least": exhibit.least,
        "larger": exhibit.larger,
        "scenario": exhibit.scenario.to_dict(),
        "commands": commands_of(exhibit),
        "code": inspect.getsource(exhibit.mutation),
        "failure": None if failure is None else failure.to_dict(),
    }


def page_of(exhibit: Exhibit) -> Iterator[str]:
    """Yield the lines that explain an exhibit: what it is, its code, and how it fails."""
    failure = failure_of(exhibit)
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
    if exhibit.least is not None:
        yield from in_words("least", f"{exhibit.least} events are known to be enough")
    if exhibit.larger is not None:
        yield from in_words("larger", exhibit.larger)
    for label, command in commands_of(exhibit).items():
        yield f"{label:12}{command}"
    yield ""
    yield from inspect.getsource(exhibit.mutation).splitlines()
    yield ""
    if failure is None:
        yield f"Of its failing schedules none is kept; `{HOW} {exhibit.name}` makes one."
    else:
        yield "Its smallest failing schedule that is known:"
        yield ""
        yield from words_of(failure, exhibit.name).splitlines()
        yield ""
        yield from space_time(failure.replay("trace")).splitlines()
