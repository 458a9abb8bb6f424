"""`paxos-des plot`."""

import sys
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from paxos_des.cli.run import Form, as_json
from paxos_des.errors import InputError, shorten
from paxos_des.failure_file import shown as shown_path
from paxos_des.failure_file import write_text
from paxos_des.names import nearest
from paxos_des.report.drawing import FORMATS
from paxos_des.report.figures import (
    FigureError,
    check_drawable,
    default_figures,
    pictures_of,
    shows,
    write_pictures,
)
from paxos_des.study.figure_specs import FigureSpec
from paxos_des.study.plan import Plan
from paxos_des.study.results import Results

if TYPE_CHECKING:
    from paxos_des.study.findings import Finding

SUMMARY, SUMMARY_BEGINS = "summary.csv", b"point,case,"


@dataclass(frozen=True, kw_only=True)
class Plotted:
    """One figure.

    Attributes
    ----------
    says
        What it shows; or, where there are no files, why it is not drawn.
    """

    spec: FigureSpec
    says: str
    files: tuple[Path, ...]


@dataclass(frozen=True, kw_only=True)
class Drawn:
    """What was drawn of a sweep, and what its points are worth."""

    results: Results
    folder: Path
    plotted: Sequence[Plotted]
    findings: "Sequence[Finding]"

    def text(self) -> str:
        """Return a line for each file, and a table of what each point is worth."""
        from paxos_des.study.summary import summary_text  # noqa: PLC0415 - it needs SciPy

        said = [
            (" ".join(file.name for file in one.files) or one.spec.name, one.says)
            for one in self.plotted
        ]
        said.append((SUMMARY, "what each point is worth: estimates at 95 %, and what to doubt"))
        width = max(len(names) for names, _ in said)
        lines = "".join(f"  {names:{width}}  {says}\n" for names, says in said)
        table = summary_text(self.results, found=self.findings)
        return f"in {self.folder}:\n{lines}\n{table}"

    def document(self) -> dict[str, Any]:
        """Return what `--json` prints."""
        return {
            "plan": self.results.plan.name,
            "digest": self.results.digest,
            "runs": len(self.results),
            "figures": [
                {
                    "name": one.spec.name,
                    "kind": one.spec.kind,
                    "shows": one.says,
                    "files": [str(file) for file in one.files],
                }
                for one in self.plotted
            ],
            "summary": str(self.folder / SUMMARY),
        }


def plot(
    folder: Path,
    *,
    only: Sequence[str] = (),
    formats: Sequence[str] | None = None,
    plan: Path | None = None,
    form: Form = "text",
) -> int:
    """Draw what a sweep measured, say what each file shows and what each point is worth, and return
    the exit code.
    """
    drawn = drawn_in(folder, only=only, formats=formats, plan=plan)
    sys.stdout.write(as_json(drawn.document()) if form == "json" else drawn.text())
    return 0


def drawn_in(
    folder: Path,
    *,
    only: Sequence[str] = (),
    formats: Sequence[str] | None = None,
    plan: Path | None = None,
) -> Drawn:
    """Draw what a sweep measured, and write down what each point is worth.

    Raises
    ------
    InputError
        When there is no finished sweep in the folder, a figure cannot be drawn, or a file cannot be
        written.
    """
    check_drawable()
    from paxos_des.study.findings import findings  # noqa: PLC0415 - it needs SciPy
    from paxos_des.study.summary import summary_csv  # noqa: PLC0415 - likewise

    results = results_in(folder, plan)
    _check_summary(folder / SUMMARY)
    specs = wanted(results, only)
    plotted = draw_all(results, specs, folder, FORMATS if formats is None else formats)
    found = findings(results)
    write_text(folder / SUMMARY, summary_csv(results, found))
    return Drawn(results=results, folder=folder, plotted=plotted, findings=found)


def results_in(folder: Path, plan: Path | None) -> Results:
    """Return what a sweep has left in a folder; the figures are another plan's, if one is given.

    Raises
    ------
    InputError
        When there is none, or the plan is not the sweep's.
    """
    if not folder.is_dir():
        found = "no folder" if not folder.exists() else "no folder, but a file"
        message = f"{shown_path(folder)}: found {found}; allowed is one that sweep --out has made"
        raise InputError(message)
    from paxos_des.study.sweeps import read_results  # noqa: PLC0415 - it needs Arrow

    results = read_results(folder)
    return results if plan is None else replace(results, plan=_same(Plan.load(plan), results, plan))


def _same(given: Plan, results: Results, path: Path) -> Plan:
    """Return a plan that has the table of the results, and figures of its own."""
    digest = results.plan.digest
    if given.digest == digest:
        return given
    if results.plan.is_quick and given.quick().digest == digest:
        return given.quick()
    message = (
        f"{shown_path(path)}: found the plan {shorten(given.name)}, digest {given.digest[:12]}; "
        f"allowed is one that differs from the sweep's, {shorten(results.plan.name)}, digest "
        f"{digest[:12]}, in its question and figures alone"
    )
    raise InputError(message)


def wanted(results: Results, only: Sequence[str]) -> tuple[FigureSpec, ...]:
    """Return the figures to draw: none, where a plan names none and no run says anything.

    Raises
    ------
    InputError
        When there is none of a name.
    """
    specs = results.plan.figures or default_figures(results)
    known = {spec.name: spec for spec in specs}
    for name in only:
        if name not in known:
            hint = nearest(name, known)
            some = f"one of {', '.join(known)}"
            allowed = some if known else "none: no run says anything that can be drawn"
            message = f"--only: found {shorten(name)}{hint}; allowed is {allowed}"
            raise InputError(message)
    return tuple(spec for spec in specs if not only or spec.name in only)


def draw_all(
    results: Results, specs: Sequence[FigureSpec], folder: Path, formats: Sequence[str]
) -> list[Plotted]:
    """Draw figures, and then write them: where one is refused, none is written. A quick sweep may
    have none of the points that a figure shows: of this one, it is only said.
    """
    drawn = []
    for spec in specs:
        try:
            drawn.append((spec, shows(spec), pictures_of(results, spec, formats)))
        except FigureError as error:
            if not results.plan.is_quick:
                raise
            drawn.append((spec, f"not drawn: {error}", {}))
    # All at once: where a user's file is in the place of one, none is written.
    write_pictures({name: one for *_, pictures in drawn for name, one in pictures.items()}, folder)
    return [
        Plotted(spec=spec, says=says, files=tuple(folder / name for name in pictures))
        for spec, says, pictures in drawn
    ]


def _check_summary(path: Path) -> None:
    """Refuse to write over a file that is no summary."""
    try:
        with path.open("rb") as file:
            is_ours = file.read(len(SUMMARY_BEGINS)) == SUMMARY_BEGINS
    except FileNotFoundError:
        return
    except OSError as error:
        found = f"no readable file ({error.strerror})"
    else:
        if is_ours:
            return
        found = "a file that plot has not written"
    message = f"{shown_path(path)}: found {found}; allowed is no file of this name, or a summary"
    raise InputError(message)
