"""`paxos-des sweep`."""

import argparse
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from shlex import quote
from typing import TYPE_CHECKING, Any

from paxos_des import __version__
from paxos_des.cli.run import as_json
from paxos_des.cli.text import in_words
from paxos_des.errors import InputError, shorten
from paxos_des.names import nearest
from paxos_des.report.words import with_import
from paxos_des.study.crew import MakePool
from paxos_des.study.folder import FAILURES
from paxos_des.study.plan import Plan
from paxos_des.study.sweeping import Progress
from paxos_des.study.sweeps import Swept
from paxos_des.study.sweeps import sweep as sweep_into

if TYPE_CHECKING:
    from paxos_des.cli.plot import Drawn

EXPERIMENTS, PLAN = Path("experiments"), "plan.toml"
MANY = 10


def sweep(parsed: argparse.Namespace) -> int:
    """Carry out a plan, print what came of it, and return the exit code."""
    plan = Plan.load(file_of(parsed.plan))
    if parsed.quick:
        plan = plan.quick()
    draw = _drawing(parsed.out) if parsed.plot else None
    with _live_line() as show:
        swept = sweep_into(
            plan,
            parsed.out,
            jobs=parsed.jobs or 1,
            executor=_cluster(parsed.dask, parsed.jobs),
            on_progress=show,
        )
    if parsed.json:
        drawn = {} if draw is None else {"plot": draw().document()}
        sys.stdout.write(as_json(document_of(swept) | drawn))
    else:
        sys.stdout.write(text_of(swept, is_plotted=draw is not None))
        if draw is not None:
            sys.stdout.write(draw().text())
    return int(swept.violated > 0)


def _drawing(folder: Path) -> "Callable[[], Drawn]":
    """Return what draws; it is known to be able to, before there is anything to draw."""
    # A sweep that draws nothing, and its processes, need none of this.
    from paxos_des.cli.plot import drawn_in  # noqa: PLC0415
    from paxos_des.report.figures import check_drawable  # noqa: PLC0415

    check_drawable()
    return partial(drawn_in, folder)


def file_of(given: str) -> Path:
    """Return the file that is meant: of an experiment, its plan.

    Raises
    ------
    InputError
        When there is none.
    """
    path = Path(given)
    if path.suffix == ".toml" or len(path.parts) != 1 or path.is_file():
        return path
    shipped = EXPERIMENTS / given / PLAN
    if shipped.is_file():
        return shipped
    known = sorted(one.parent.name for one in EXPERIMENTS.glob(f"*/{PLAN}"))
    some = f", or one of {', '.join(known)}" if known else ""
    message = f"PLAN: found {shorten(given)}{nearest(given, known)}; allowed is a TOML file{some}"
    raise InputError(message)


def text_of(swept: Swept, *, is_plotted: bool) -> str:
    """Return what there is to say of a sweep, and what to do next."""
    ok = swept.runs - swept.violated - swept.unknown - swept.broken
    counts = f"{ok:,} ok, {swept.violated:,} violated, {swept.unknown:,} unknown"
    if swept.broken:
        counts += f", and {swept.broken:,} that broke (column `broken` says how)"
    lines = [
        f"{swept.plan.name} · {swept.plan.digest[:16]} · {_count(swept.points, 'point')}",
        "",
        *in_words("runs", f"{swept.runs:,}: {counts}"),
        *in_words("took", _took(swept)),
        *in_words("table", str(swept.table)),
    ]
    if swept.violated:
        lines += in_words("failures", str(swept.folder / FAILURES))
        lines += [f"{'again':{LABEL}}{_replay(swept, one)}" for one in swept.failures]
    if not is_plotted:
        lines.append(f"{'next':{LABEL}}paxos-des plot {quote(str(swept.folder))}")
    return "\n".join(lines) + "\n"


LABEL = 12


def document_of(swept: Swept) -> dict[str, Any]:
    """Return what `--json` prints."""
    return {
        "plan": swept.plan.name,
        "digest": swept.plan.digest,
        "verdict": _verdict(swept),
        "points": swept.points,
        "runs": swept.runs,
        "violated": swept.violated,
        "unknown": swept.unknown,
        "broken": swept.broken,
        "failures": [str(one) for one in swept.failures],
        "before": swept.before,
        "table": str(swept.table),
        "wall_s": round(swept.seconds, 6),
        "version": __version__,
    }


def _verdict(swept: Swept) -> str:
    if swept.violated:
        return "violated"
    return "unknown" if swept.unknown or swept.broken else "ok"


def _took(swept: Swept) -> str:
    now = swept.runs - swept.before
    if not now:
        return f"{swept.seconds:.2f} s: all runs were there before"
    per_s = now / swept.seconds
    rate = f"{per_s:,.0f}" if per_s >= MANY else f"{per_s:.2g}"
    before = f"; {swept.before:,} were there before" if swept.before else ""
    return f"{swept.seconds:.2f} s, {rate} runs a second{before}"


def _replay(swept: Swept, file: Path) -> str:
    protocols = {point.scenario.protocol for point in swept.plan.points}
    options = dict.fromkeys(map(with_import, sorted(protocols)))
    return f"paxos-des replay {quote(str(file))}{''.join(options)}"


def _cluster(address: str | None, jobs: int | None) -> MakePool | None:
    if address is None:
        return None
    from paxos_des.study.dask import cluster_at, local_cluster  # noqa: PLC0415 - few need it

    if address == "local":
        return local_cluster(jobs or 1)
    if jobs is not None:
        message = f"--jobs: found it beside --dask {address}; allowed is one of both"
        raise InputError(message)
    return cluster_at(address)


def _count(number: int, noun: str) -> str:
    return f"{number:,} {noun if number == 1 else noun + 's'}"


@contextmanager
def _live_line() -> Iterator[Callable[[Progress], None] | None]:
    """Show how far it is, on a terminal; it disappears in the end."""
    if not sys.stderr.isatty():
        yield None
        return
    from tqdm import tqdm  # noqa: PLC0415 - nobody else waits for its import

    with tqdm(unit=" runs", leave=False, dynamic_ncols=True) as line:

        def show(progress: Progress) -> None:
            if line.total is None:
                line.initial = line.n = progress.before
            line.total = progress.wanted
            line.set_postfix_str(f"{progress.violated + progress.broken:,} failures", refresh=False)
            line.update(progress.runs - line.n)

        yield show
