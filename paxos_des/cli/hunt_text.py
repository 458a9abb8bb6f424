"""What a hunt's report says: for people, and as a document."""

from collections.abc import Iterator
from pathlib import Path
from shlex import quote
from textwrap import wrap
from typing import Any

from paxos_des import __version__
from paxos_des.cli.text import in_words
from paxos_des.engine.words import says
from paxos_des.explore.finds import SEEDS_KEPT, Find
from paxos_des.explore.green import CONFIDENCE
from paxos_des.explore.hunted import Report
from paxos_des.failure import Failure
from paxos_des.report.words import WIDTH, numbered, with_import

SAYS_MAX = 12
"""Interventions that a report shows of a failure; its file has all."""

LABEL = 7
MANY = 10


def report_text(report: Report, folder: Path | None) -> str:
    """Return a hunt's report: what was tried, what was found, and what green means."""
    scenario, seeds = report.scenario, report.seeds
    asked = f"{report.strategy}, seeds {seeds.start}:{seeds.stop}"
    lines = [
        f"{scenario.name} · {scenario.protocol} · {asked} · {report.verdict}",
        "",
        *in_words("schedules", _schedules(report)),
        *in_words(
            "behaviours", f"{report.behaviours:,} distinct, {report.once:,} of them seen once"
        ),
        *in_words("took", _took(report)),
        *in_words("failures", _failures(report)),
        *(in_words("broken", _broken(report)) if report.broken else ()),
        *(in_words("note", report.note) if report.note is not None else ()),
        "",
    ]
    for find in report.finds:
        lines += [*_find_lines(find, folder), ""]
    lines.append("What that means:")
    for words in _meanings(report):
        lines += wrap(words, WIDTH, initial_indent="- ", subsequent_indent="  ")
    return "\n".join(lines) + "\n"


def document_of(report: Report, folder: Path | None) -> dict[str, Any]:
    """Return what `--json` prints."""
    return {
        "scenario": report.scenario.name,
        "protocol": report.scenario.protocol,
        "strategy": report.strategy,
        "checks": report.checks,
        "seeds": [report.seeds.start, report.seeds.stop],
        "verdict": report.verdict,
        "schedules": report.schedules,
        "ok": report.schedules - report.violated - report.unknown,
        "violated": report.violated,
        "unknown": report.unknown,
        "broken": report.broken,
        "behaviours": report.behaviours,
        "behaviours_once": report.once,
        "failures": [_find_document(find, folder) for find in report.finds],
        "not_shrunk": report.not_shrunk,
        "not_again": report.not_again,
        "green": {
            "confidence": CONFIDENCE,
            "failure_bound": report.failure_bound,
            "unseen_chance": report.unseen_chance,
            "depths": [
                {"depth": one.depth, "each": one.each, "missed": one.missed}
                for one in report.depths
            ],
            "independent": not report.learns,
        },
        "note": report.note,
        "before": report.before,
        "jobs": report.jobs,
        "wall_s": round(report.seconds, 6),
        "version": __version__,
    }


def _schedules(report: Report) -> str:
    asked, done = len(report.seeds), report.schedules
    counts = (
        f"{done - report.violated - report.unknown:,} ok, {report.violated:,} violated, "
        f"{report.unknown:,} unknown"
    )
    early = f" of {asked:,}, for there were failures enough" if done < asked else ""
    return f"{done:,}{early}: {counts}"


def _took(report: Report) -> str:
    now = report.schedules - report.before
    by = _count(report.jobs, "process", "processes")
    per_s = now / report.seconds
    shown = f"{per_s:,.0f}" if per_s >= MANY else f"{per_s:.2g}"
    rate = f", {shown} schedules a second, by {by}" if now else ""
    before = f"; {report.before:,} schedules were known from before" if report.before else ""
    return f"{report.seconds:.2f} s{rate}{before}"


def _failures(report: Report) -> str:
    """Return how many there are, and what became of those that are not shown."""
    words = f"{len(report.finds):,} distinct" if report.finds else "none"
    left = ", ".join(f"{count:,} of {check}" for check, count in report.not_shrunk.items())
    if left:
        words += f"; not shrunk, for those before were all the same: {left}"
    if report.not_again:
        seeds = ", ".join(map(str, report.not_again[:SEEDS_KEPT]))
        words += (
            f"; {len(report.not_again):,} did not come again when replayed, which is a mistake of "
            f"the strategy's, not of the protocol's: seed {seeds}"
        )
    return words


def _broken(report: Report) -> str:
    """Return where an assertion broke first, and how to see it happen."""
    seed, said = report.broken[0]
    return (
        f"an assertion broke in {_count(len(report.broken), 'schedule')}, first with seed {seed}: "
        f"{said}"
    )


def _find_lines(find: Find, folder: Path | None) -> Iterator[str]:
    """Yield what there is to say of one bug."""
    failure = find.failure
    yield from wrap(f"{failure.check}: {failure.what}", WIDTH)
    yield from _labelled(
        "came",
        f"{_count(find.count, 'time')}, first with seed {find.seeds[0]}, "
        f"in schedule {find.first:,}",
    )
    small = "minimal" if find.is_minimal else "not minimal yet (`paxos-des shrink` goes on)"
    yield from _labelled(
        "size",
        f"{_count(find.before, 'intervention')}, {find.after:,} after {find.runs:,} replays: "
        f"{small}{_core_size(failure)}",
    )
    sentences = [says(decision) for decision in failure.schedule] or ["nothing: the dull run"]
    for lines in list(numbered(sentences))[:SAYS_MAX]:
        yield from lines
    if len(sentences) > SAYS_MAX:
        yield f"  … and {len(sentences) - SAYS_MAX:,} more"
    if folder is not None and find.file is not None:
        file = quote(str(folder / find.file))
        option = with_import(failure.scenario.protocol)
        yield f"{'again':{LABEL}}paxos-des replay {file}{option}"


def _core_size(failure: Failure) -> str:
    return "" if failure.core is None else f"; {_count(len(failure.core), 'event')} in its core"


def _meanings(report: Report) -> Iterator[str]:
    """Yield what green means, each with what it assumes."""
    runs = report.schedules
    rule = (
        f"rule of three: 1 - 0.05^(1/{runs})"
        if not report.violated
        else f"Clopper and Pearson, {report.violated:,} of {runs:,}"
    )
    yield (
        f"The next schedule fails with a chance of at most {report.failure_bound:.3g} (at "
        f"{CONFIDENCE:.0%}; {rule}), if it is drawn as these were, independently."
    )
    yield (
        f"It shows a behaviour not seen before with a chance of about {report.unseen_chance:.3g} "
        f"(Good and Turing: {report.once:,} of {runs:,} behaviours came once), if likewise."
    )
    if report.learns:
        yield (
            f"{report.strategy} learns from what it has seen: its schedules are no independent "
            "draws, and these two figures are about what it does, not about the protocol."
        )
    if report.depths:
        least = "; ".join(f"{one.each:.3g}, and {one.missed:.3g}" for one in report.depths)
        yield (
            f"By depth, from 1 to {len(report.depths)}: each schedule finds a bug with a chance of "
            f"at least, and all missed it with one of at most: {least} (PCT's bound), if no run "
            f"has more steps than the longest one here, {report.steps:,}."
        )


def _find_document(find: Find, folder: Path | None) -> dict[str, Any]:
    is_kept = folder is not None and find.file is not None
    return {
        "check": find.check,
        "what": find.failure.what,
        "shape": find.shape,
        "count": find.count,
        "seeds": find.seeds,
        "first_seed": find.seeds[0],
        "schedules_to_first": find.first,
        "before": find.before,
        "after": find.after,
        "core": None if find.failure.core is None else len(find.failure.core),
        "runs": find.runs,
        "is_minimal": find.is_minimal,
        "file": str(folder / find.file) if folder is not None and find.file else None,
        "failure": None if is_kept else find.failure.to_dict(),
    }


def _labelled(label: str, words: str) -> list[str]:
    first, *others = wrap(words, WIDTH - LABEL, break_on_hyphens=False)
    return [f"{label:{LABEL}}{first}", *(f"{'':{LABEL}}{line}" for line in others)]


def _count(number: int, noun: str, nouns: str | None = None) -> str:
    return f"{number:,} {noun if number == 1 else nouns or noun + 's'}"
