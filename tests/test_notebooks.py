"""Notebooks run from top to bottom, stop where a claim is false, and hold no outputs."""

from pathlib import Path
from typing import Any

import nbformat
import pytest
from nbclient import NotebookClient

from paxos_des.museum.naive_2009 import MISTAKES

NOTEBOOKS = sorted((Path(__file__).parent.parent / "notebooks").glob("*.ipynb"))
TOUR = next(path for path in NOTEBOOKS if path.stem == "from-2009-to-paxos")


def cells_of(path: Path) -> list[Any]:
    notebook: Any = nbformat.read(path, as_version=4)  # type: ignore[no-untyped-call]
    return [cell for cell in notebook.cells if cell.cell_type == "code"]


def named(path: Path) -> str:
    return path.stem


@pytest.mark.parametrize("path", NOTEBOOKS, ids=named)
def test_runs_from_top_to_bottom(path: Path) -> None:
    notebook: Any = nbformat.read(path, as_version=4)  # type: ignore[no-untyped-call]

    NotebookClient(notebook, timeout=300, kernel_name="python3").execute()

    cells = [cell for cell in notebook.cells if cell.cell_type == "code"]
    assert [cell.execution_count for cell in cells] == list(range(1, len(cells) + 1))
    assert all(cell.outputs for cell in cells)


@pytest.mark.parametrize("path", NOTEBOOKS, ids=named)
def test_holds_no_outputs(path: Path) -> None:
    cells = cells_of(path)

    assert cells
    assert not [cell.id for cell in cells if cell.outputs or cell.execution_count is not None]


@pytest.mark.parametrize("path", NOTEBOOKS, ids=named)
def test_says_nothing_of_the_machine_on_which_it_was_written(path: Path) -> None:
    notebook: Any = nbformat.read(path, as_version=4)  # type: ignore[no-untyped-call]

    assert set(notebook.metadata) == {"kernelspec", "language_info"}
    assert notebook.metadata.kernelspec.name == "python3"
    assert set(notebook.metadata.language_info) == {"name"}
    assert not [cell.id for cell in notebook.cells if cell.metadata]


def test_the_tour_says_what_stands_in_the_place_of_each_mistake() -> None:
    notebook: Any = nbformat.read(TOUR, as_version=4)  # type: ignore[no-untyped-call]
    text = "\n".join(cell.source for cell in notebook.cells if cell.cell_type == "markdown")
    rows = [line.split("|")[1] for line in text.splitlines() if line.startswith("| ")]

    assert {name.strip() for row in rows[1:] for name in row.split(",")} == set(MISTAKES)


PLANTED = {
    "another program": ('named("naive-2009").scenario', 'named("own-value").scenario'),
    "a right one under the pump": (
        'named("naive-2009-adversarial").scenario',
        'named("naive-2009-adversarial").scenario_of("multi-paxos").replace(values=20)',
    ),
    "a right leader alone": (
        'named("naive-2009-one-leader").scenario',
        'named("naive-2009-one-leader").scenario_of("multi-paxos")',
    ),
    "a mistake that stays": ("tuple(MISTAKES), small", '("votes-below-promise",), small'),
    "too short a hunt": ("small, range(250)", "small, range(1)"),
    "a wrong one in the end": (
        'protocol="multi-paxos"), range(300)',
        'protocol="own-value"), range(300), stop_after=1',
    ),
}
"""What the tour says is no longer true, if in a cell of it this stands in place of that."""


@pytest.mark.parametrize("planted", PLANTED)
def test_the_tour_stops_where_a_claim_is_false(planted: str) -> None:
    """In this process, and without the cells that it does not need: those with other claims."""
    told, wrong = PLANTED[planted]
    imports, *others = (cell.source for cell in cells_of(TOUR))
    [cell] = [source for source in others if told in source]
    world: dict[str, Any] = {}
    needed = [source for source in others if source.startswith("small = ")]
    for source in (imports, *(one.partition("\n\n")[0] for one in needed)):
        run(source.partition("\nfound")[0], world)

    with pytest.raises((AssertionError, StopIteration)):
        run(cell.replace(told, wrong), world)


def run(source: str, world: dict[str, Any]) -> None:
    exec(compile(source, TOUR.name, "exec"), world)  # noqa: S102 - our own notebook
