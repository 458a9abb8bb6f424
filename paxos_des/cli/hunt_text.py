"""What a hunt's report says: for people, and as a document."""

from collections.abc import Iterator
from pathlib import Path
from shlex import quote
from typing import Any

from paxos_des import __version__
from paxos_des.cli.text import in_words
from paxos_des.engine.words import says
from paxos_des.explore.finds import SEEDS_KEPT, Find
from paxos_des.explore.green import CONFIDENCE
from paxos_des.explore.hunted import Report

SHOWN_SAYS = 30
"""Interventions that a report shows of a failure which is in no file."""


def report_text(report: Report, folder: Path | None) -> str:
    """Return a hunt's report: what was tried, what was found, and what green means."""
    scenario, seeds = report.scenario, report.seeds
    lines = [
        f"{scenario.name} · {scenario.protocol} · {report.strategy}, "
        f"seeds {seeds.start}:{seeds.stop} · {report.verdict}",
        "",
        *in_words("schedules", _schedules(report)),
        *in_words(
            "behaviours", f"{report.behaviours:,} distinct, {report.once:,} of them seen once"
        ),
        *in_words("took", _took(report)),
        *in_words("failures", _failures(report)),
        "",
    ]
    for find in report.finds:
        lines += [*_find_lines(find, folder), ""]
    lines += ["What that means:", *(f"- {line}" for line in _meanings(report))]
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
        "before": report.before,
        "jobs": report.jobs,
        "wall_s": round(report.seconds, 6),
        "version": __version__,
    }
