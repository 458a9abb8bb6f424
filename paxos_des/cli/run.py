"""`paxos-des run` and `paxos-des scenarios`."""

import os
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import msgspec

from paxos_des import __version__
from paxos_des.cli.text import summary
from paxos_des.cluster.scenario import Scenario
from paxos_des.errors import InputError, shorten
from paxos_des.run import Run, simulate
from paxos_des.run_record import quantiles

if TYPE_CHECKING:
    from paxos_des.museum.exhibit import Exhibit

Form = Literal["text", "json"]
EXIT_CODES = {"ok": 0, "violated": 1, "unknown": 3}


def run(name: str, *, seed: int, settings: Sequence[str], trace: Path | None, form: Form) -> int:
    """Simulate a scenario once, print what came of it, and return the exit code."""
    scenario = scenario_of(name).with_settings(settings)
    with _writable(trace) as part:
        began = time.perf_counter()
        done = simulate(scenario, seed=seed, record="digest" if part is None else "trace")
        wall_s = time.perf_counter() - began
        if part is not None:
            done.trace.save(part)
    if form == "json":
        sys.stdout.write(as_json(document_of(done, wall_s)))
    else:
        sys.stdout.write(summary(done, wall_s))
    return EXIT_CODES[done.verdict]


def scenarios(*, form: Form) -> int:
    """List the shipped scenarios."""
    found = {name: Scenario.named(name).summary for name in Scenario.names()}
    if form == "json":
        sys.stdout.write(as_json(found))
    else:
        width = max(map(len, found))
        sys.stdout.writelines(f"{name:{width}}  {words}\n" for name, words in found.items())
    return 0


def scenario_of(name: str) -> Scenario:
    """Return the shipped scenario of a name, the one in which an exhibit of the museum shows, or
    the one in a file.

    Raises
    ------
    ScenarioError
        When there is none of them.
    """
    is_path = name.endswith(".toml") or os.sep in name
    if not is_path and name in Scenario.names():
        return Scenario.named(name)
    if not is_path and name in exhibits():
        return exhibits()[name].scenario
    if is_path or os.path.lexists(name):
        return Scenario.load(name)
    return Scenario.named(name)  # which says what there is


def exhibits() -> "dict[str, Exhibit]":
    """Return the museum: imported when a name is asked for that no scenario has."""
    from paxos_des.museum import EXHIBITS  # noqa: PLC0415 - thirty modules, which few runs need

    return EXHIBITS


def document_of(done: Run, wall_s: float) -> dict[str, object]:
    """Return what `--json` prints."""
    stats = done.stats
    return {
        "scenario": done.scenario.name,
        "protocol": done.scenario.protocol,
        "seed": done.seed,
        "digest": done.digest,
        "verdict": done.verdict,
        "checks": done.verdicts,
        "violations": done.violations,
        "chosen": stats.chosen,
        "answered": stats.answered,
        "leader_histories": {
            name: history.to_dict() for name, history in done.leader_histories.items()
        },
        "messages": stats.messages,
        "events": stats.events,
        "elections": stats.elections,
        "nemesis": done.nemesis,
        "simulated_us": stats.simulated_us,
        "choose_us": quantiles(stats.choose_us),
        "reply_us": quantiles(stats.reply_us),
        "wall_s": round(wall_s, 6),
        "version": __version__,
    }


def as_json(document: object) -> str:
    """Return a document as JSON that a person can read too."""
    return msgspec.json.format(msgspec.json.encode(document), indent=1).decode() + "\n"


@contextmanager
def _writable(path: Path | None) -> Iterator[Path | None]:
    """Make sure, before a run, that its trace can be saved after it.

    The trace goes into a new file beside `path`, which takes its place when it is whole: what
    was there before is lost only to something better.
    """
    if path is None:
        yield None
        return
    part = _prepared(path)
    try:
        yield part
        if part != path:
            part.replace(path)
    except OSError as error:
        message = f"--trace: found no way to write {shorten(str(path))} ({error.strerror})"
        sentence = f"{message}; allowed is a file on a disk with room"
        raise InputError(sentence) from None
    finally:
        if part != path:
            part.unlink(missing_ok=True)


def _prepared(path: Path) -> Path:
    """Return where to write what shall be at `path`; refuse where nothing can be written."""
    try:
        if path.is_dir():
            why = "it is a directory"
        elif path.exists() and not os.access(path, os.W_OK):
            why = "permission denied"
        elif path.exists() and not path.is_file():
            return path  # a pipe or a device: there is nothing to lose
        else:
            part = path.with_name(f".{path.name}.{os.getpid()}.part")
            part.touch()
            return part
    except (OSError, ValueError) as error:  # a ValueError for a null byte in the path
        why = str(error.strerror if isinstance(error, OSError) else error)
    message = f"--trace: found {shorten(str(path))}, which cannot be written ({why})"
    sentence = f"{message}; allowed is a file in a writable folder"
    raise InputError(sentence)
