"""From a table and a specification to a figure, and to its files."""

import warnings
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from paxos_des.failure_file import refuse, write_bytes
from paxos_des.failure_file import shown as shown_path
from paxos_des.report.drawing import FORMATS, check_drawing, picture, same_file
from paxos_des.report.figures.colours import draw_coloured, draw_heatmap, is_coloured
from paxos_des.report.figures.frame import SIZE, frame, notes_of, title_of
from paxos_des.report.figures.lines import draw_lines
from paxos_des.report.figures.shown import shown
from paxos_des.report.figures.units import words
from paxos_des.study.figure_specs import FigureSpec
from paxos_des.study.results import Results

if TYPE_CHECKING:
    from matplotlib.figure import Figure

MARK = "drawn by paxos-des plot"
"""Stands in every file: what does not have it is the user's, and is not overwritten."""


def check_drawable() -> None:
    """Refuse to draw where what draws is not installed."""
    check_drawing(("matplotlib", "scipy"), "study")


def figure_of(results: Results, spec: FigureSpec) -> "Figure":
    """Return a figure, as matplotlib has it.

    Raises
    ------
    InputError
        When matplotlib is missing, or the table has nothing that the figure shows.
    """
    check_drawable()
    with same_file(**_SETTINGS):
        return _figure(results, spec)


_SETTINGS = {"text.parse_math": False}
"""What stands in a plan is text: a $ in it begins no formula."""


def _figure(results: Results, spec: FigureSpec) -> "Figure":
    from matplotlib.figure import Figure  # noqa: PLC0415 - an extra, and slow to import

    data = shown(results, spec)
    figure = Figure(figsize=SIZE, layout="constrained")
    axes = figure.subplots()
    if spec.kind == "heatmap":
        draw_data = draw_heatmap
    elif spec.kind == "points" and is_coloured(data):
        draw_data = draw_coloured
    else:
        draw_data = draw_lines
    interval = draw_data(figure, axes, data)
    frame(figure, axes, data, list(notes_of(data, interval)))
    return figure


def pictures_of(
    results: Results, spec: FigureSpec, formats: Sequence[str] = FORMATS
) -> dict[str, bytes]:
    """Return a figure's files, by name: the same bytes for the same table and matplotlib."""
    check_drawable()
    with same_file(**_SETTINGS), warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of letters that the font lacks
        figure = _figure(results, spec)
        marked = {"svg": {"Source": MARK}, "png": {"Source": MARK}}
        return {f"{spec.name}.{form}": picture(figure, form, **marked[form]) for form in formats}


def draw(
    results: Results, spec: FigureSpec, folder: Path, formats: Sequence[str] = FORMATS
) -> list[Path]:
    """Draw a figure into a folder; return its files.

    Raises
    ------
    InputError
        As `figure_of`; or when a file cannot be written, or a user's is in its place.
    """
    return write_pictures(pictures_of(results, spec, formats), folder)


def write_pictures(pictures: dict[str, bytes], folder: Path) -> list[Path]:
    """Write files whole, and over nothing but what was drawn before; return them."""
    paths = {folder / name: content for name, content in pictures.items()}
    for path in paths:
        _check_ours(path)
    for path, content in paths.items():
        write_bytes(path, content)
    return list(paths)


def _check_ours(path: Path) -> None:
    try:
        content = path.read_bytes() if path.is_file() else MARK.encode()
    except OSError as error:
        refuse(shown_path(path), f"no readable file ({error.strerror})", "allowed is none, or ours")
    if MARK.encode() not in content:
        allowed = "allowed is no file of this name, or one that plot has drawn"
        refuse(shown_path(path), "a file that plot has not drawn", allowed)


def shows(spec: FigureSpec) -> str:
    """Return in a line what a figure shows."""
    y = words(spec.y)
    what = f"{y} by {words(spec.x)}" + (f", for each {words(spec.by)}" if spec.by else "")
    if spec.baseline:
        what = f"difference of {what}"
    title = title_of(spec)
    return what if title.startswith(y) else f"{title} ({what})"
