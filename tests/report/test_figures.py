"""Figures: what they show is what the table holds, and anybody can read them."""

import os
import subprocess
import sys
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from figure_tables import (
    ACCEPTORS,
    CITIES,
    DROP,
    REPLY,
    VIOLATED,
    cells_of,
    ends,
    labels_of,
    plan_of,
    table,
    table_of,
)
from matplotlib.collections import LineCollection, PolyCollection, QuadMesh
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from paxos_des.errors import InputError
from paxos_des.report.figures import draw, figure_of, pictures_of
from paxos_des.report.figures.frame import ends_of
from paxos_des.report.figures.lines import LINES_MAX, STYLES
from paxos_des.report.figures.units import scale_of
from paxos_des.study import compare as study_compare
from paxos_des.study.columns import Cell, Column
from paxos_des.study.exact import Exact
from paxos_des.study.figure_specs import FigureSpec
from paxos_des.study.plan import Point
from paxos_des.study.results import Results

pytestmark = pytest.mark.usefixtures("plain_estimates")


def artist(figure: Figure, gid: str) -> Any:  # noqa: ANN401 - whatever has this id
    (found,) = figure.findobj(lambda one: one.get_gid() == gid)
    return found


def gids(figure: Figure, start: str) -> list[str]:
    found = figure.findobj(lambda one: (one.get_gid() or "").startswith(start))
    return [str(one.get_gid()) for one in found]


def heights(line: Line2D) -> list[float]:
    return [float(value) for value in np.asarray(line.get_ydata())]


def test_a_figure_has_a_line_for_each_value_with_the_estimates_in_milliseconds() -> None:
    results = table()
    figure = figure_of(results, REPLY)
    estimated = ends(results, "reply_mean_us")

    assert labels_of(figure) == ["3", "5", "7"]
    assert gids(figure, "line-") == ["line-0", "line-1", "line-2"]
    for at, acceptors in enumerate((3, 5, 7)):
        line = artist(figure, f"line-{at}")
        points = results.points({"acceptors": acceptors})
        assert list(line.get_xdata()) == [0, 0.02, 0.05, 0.1]
        assert heights(line) == [(estimated[point.number].value or 0) / 1_000 for point in points]


def test_bars_reach_from_the_low_to_the_high_end_of_each_interval() -> None:
    results = table()
    bars = artist(figure_of(results, REPLY), "interval-1")
    points = results.points({"acceptors": 5})
    found = [ends(results, "reply_mean_us")[point.number] for point in points]

    assert isinstance(bars, LineCollection)
    segments = [np.asarray(segment).tolist() for segment in bars.get_segments()]
    assert segments == [
        [[point.cells["drop"], (end or 0) / 1_000] for end in (one.low, one.high)]
        for point, one in zip(points, found, strict=True)
    ]


def test_many_points_have_bands_that_reach_as_far() -> None:
    results = table({"key": "drop", "grid": {"from": 0, "to": 0.3, "by": 0.02}})
    spec = FigureSpec(name="band", x="drop", y="completed_share")
    band = artist(figure_of(results, spec), "interval-0")
    found = list(ends(results, "completed_share").values())

    assert isinstance(band, PolyCollection)
    corners = band.get_paths()[0].vertices
    for end in ("low", "high"):
        assert {round(100 * getattr(one, end), 9) for one in found} <= {
            round(float(y), 9) for y in np.asarray(corners)[:, 1]
        }


def test_a_point_without_data_is_a_gap_and_no_zero() -> None:
    def cells(point: Point, replication: int) -> dict[str, Cell]:
        return {} if point.cells["drop"] == 0.02 else cells_of(point, replication)

    figure = figure_of(table_of(plan_of(DROP), cells), REPLY_ALONE)

    first, gap, *others = heights(artist(figure, "line-0"))
    assert np.isnan(gap)
    assert not np.isnan([first, *others]).any()


REPLY_ALONE = FigureSpec(name="alone", x="drop", y="reply_mean_us")


def test_a_point_of_which_all_runs_were_violated_is_marked_and_the_runs_are_counted() -> None:
    def cells(point: Point, replication: int) -> dict[str, Cell]:
        is_bad = point.cells["drop"] == 0.05 or (point.cells["drop"] == 0 and replication == 0)
        return cells_of(point, replication) | (VIOLATED if is_bad else {})

    figure = figure_of(table_of(plan_of(DROP), cells), REPLY_ALONE)

    assert list(artist(figure, "violated-0").get_xdata()) == [0.05]
    assert labels_of(figure) == ["all runs violated or broke"]
    assert "5 runs left out" in artist(figure, "note").get_text()
    assert "mean of 3 to 4 runs a point" in artist(figure, "note").get_text().replace("\n", " ")


def test_the_closed_form_is_drawn_at_its_values_and_not_where_it_does_not_apply(
    theory: Exact,
) -> None:
    results = table()
    figure = figure_of(results, replace(REPLY, exact=theory.name))

    # Of three acceptors and of seven it is the same: it is drawn once.
    assert gids(figure, "exact-") == ["exact-0"]
    assert heights(artist(figure, "exact-0")) == pytest.approx([3, 3.06, 3.15, 3.3])
    assert to_rgb(artist(figure, "exact-0").get_color()) == (0, 0, 0)
    assert labels_of(figure)[-1] == "exact (theory)"


@pytest.mark.parametrize(
    ("column", "label"),
    [
        ("reply_mean_us", "reply mean (ms)"),
        ("completed_share", "completed share (%)"),
        ("completed", "completed (requests)"),
    ],
)
def test_axes_have_units(column: str, label: str) -> None:
    figure = figure_of(table(DROP), FigureSpec(name="it", x="drop", y=column))

    assert figure.axes[0].get_ylabel() == label
    assert figure.axes[0].get_xlabel() == "drop"


@pytest.mark.parametrize(
    ("label", "most", "shown"),
    [
        ("", 999, "it p99.9 (µs)"),
        ("", 1_000, "it p99.9 (ms)"),
        ("", 2_000_000, "it p99.9 (s)"),
        ("time to the reply", 2_000_000, "time to the reply (s)"),
        ("time to the reply (ms)", 2_000_000, "time to the reply (ms)"),
    ],
)
def test_a_duration_has_the_unit_that_suits_it_or_the_one_its_label_names(
    label: str, most: float, shown: str
) -> None:
    scale = scale_of(Column("it_p999_us", "int", "", "µs"), label, [0, most])

    assert scale.label == shown
    assert scale.shown(most) == most / {"µs": 1, "ms": 1_000, "s": 1_000_000}[scale.unit]


def test_in_grey_no_two_lines_are_alike() -> None:
    results = table(DROP, {"key": "acceptors", "list": list(range(3, 3 + LINES_MAX))})
    figure = figure_of(results, REPLY)
    lines = [artist(figure, f"line-{at}") for at in range(LINES_MAX)]

    assert len({line.get_marker() for line in lines}) == LINES_MAX
    dashes = [repr(style.dash) for style in STYLES]
    assert all(one != other for one, other in pairwise(dashes))
    assert len({*dashes[:7]}) == 7


def test_the_corner_says_which_table_it_was() -> None:
    results = table()
    figure = figure_of(results, REPLY)

    corner = artist(figure, "corner").get_text()
    assert corner == f"drop-and-delay · {results.plan.digest[:12]} · 48 runs"
    assert artist(figure, "note").get_text().startswith("mean of 4 runs a point; bars: 95 %")
    old = replace(results, recorded="f" * 64)  # of a version whose plans had other digests
    assert "ffffffffffff · 48" in artist(figure_of(old, REPLY), "corner").get_text()


def test_categories_stand_in_the_plans_order_with_their_lines_beside_each_other() -> None:
    results = table(CITIES, ACCEPTORS)
    figure = figure_of(results, FigureSpec(name="c", x="city", y="reply_mean_us", by="acceptors"))

    ticks = [text.get_text() for text in figure.axes[0].get_xticklabels()]
    assert ticks == ["Perth", "Oslo"]
    places = [float(artist(figure, f"line-{at}").get_xdata()[0]) for at in range(3)]
    assert places == sorted(set(places))
    assert artist(figure, "line-0").get_linestyle() == "None"


def test_a_measured_column_may_be_x_with_its_interval() -> None:
    results = table(DROP)
    spec = FigureSpec(name="xy", x="completed_share", y="reply_mean_us")
    figure = figure_of(results, spec)

    values = [100 * (one.value or 0) for one in ends(results, "completed_share").values()]
    assert list(artist(figure, "line-0").get_xdata()) == pytest.approx(values)
    assert gids(figure, "interval-0") == ["interval-0", "interval-0"]
    assert figure.axes[0].get_xlabel() == "completed share (%)"


def test_cases_have_lines_of_their_own() -> None:
    cases = [{"name": "near"}, {"name": "far", "scenario": {"delay": "9ms"}}]
    results = table(DROP, cases=cases)

    assert labels_of(figure_of(results, REPLY_ALONE)) == ["near", "far", "exact (reply)"]
    both = figure_of(results, FigureSpec(name="b", x="drop", y="reply_mean_us", by="case"))
    assert labels_of(both) == ["near", "far", "exact (reply)"]
    only = FigureSpec(name="far", x="drop", y="reply_mean_us", case="far")
    assert len(gids(figure_of(results, only), "line-")) == 1


def test_cases_of_one_value_each_need_no_more_than_it_to_be_told_apart() -> None:
    def case(name: str, acceptors: int) -> dict[str, Any]:
        return {"name": name, "axes": [{"key": "acceptors", "list": [acceptors]}]}

    results = table(DROP, cases=[case("large", 7), case("small", 3)])

    assert labels_of(figure_of(results, REPLY)) == ["3", "7"]


def test_a_heatmap_has_a_cell_for_each_point() -> None:
    spec = FigureSpec(name="h", kind="heatmap", x="drop", y="completed_share", by="acceptors")
    results = table()
    mesh = artist(figure_of(results, spec), "cells")

    assert isinstance(mesh, QuadMesh)
    grid = np.asarray(mesh.get_array())
    assert grid.shape == (3, 4)
    wanted = results.points({"drop": 0.05, "acceptors": 7})[0].number
    assert grid[2, 2] == pytest.approx(100 * (ends(results, "completed_share")[wanted].value or 0))


def test_a_difference_is_to_the_like_point_of_the_baseline(
    monkeypatch: pytest.MonkeyPatch, theory: Exact
) -> None:
    def compare(results: Results, column: str, *, point: Point, base: Point) -> object:
        estimated = ends(results, column)
        value = (estimated[point.number].value or 0) - (estimated[base.number].value or 0)
        return SimpleNamespace(value=value, paired=(value - 9, value + 9), runs=4, warning="")

    monkeypatch.setattr(study_compare, "compare", compare)
    spec = replace(REPLY, kind="difference", baseline={"drop": 0.02}, exact=theory.name)
    figure = figure_of(table(), spec)

    assert list(artist(figure, "line-0").get_xdata()) == [0, 0.05, 0.1]
    assert heights(artist(figure, "line-0")) == pytest.approx([-160, 240, 640])
    assert heights(artist(figure, "exact-0")) == pytest.approx([-60, 90, 240])
    assert figure.axes[0].get_ylabel() == "reply mean, less that at drop 0.02 (µs)"


def test_the_points_of_a_sample_have_a_colour_for_another_number() -> None:
    levels = [[0.1 * at, (7 * at) % 16 + 1] for at in range(16)]
    axis = {"keys": ["drop", "values"], "list": [[x / 8, by] for x, by in levels]}
    spec = FigureSpec(name="s", kind="points", x="drop", y="reply_mean_us", by="values")
    figure = figure_of(table(axis), spec)

    assert len(artist(figure, "line-0").get_offsets()) == 16
    assert figure.axes[1].get_ylabel() == "values"


def test_a_measured_x_has_ticks_of_its_own_not_one_at_each_mean() -> None:
    spec = FigureSpec(name="m", x="reply_p50_us", y="reply_mean_us", kind="points")
    results = table({"key": "drop", "list": [0, 0.1]})
    figure = figure_of(results, spec)
    means = artist(figure, "line-0").get_xdata()

    assert len(means) == 2
    assert not set(means) & set(figure.axes[0].get_xticks())


def test_a_logarithmic_axis_says_what_it_cannot_show() -> None:
    spec = FigureSpec(name="log", x="drop", y="reply_mean_us", x_scale="log", y_scale="log")
    figure = figure_of(table(DROP), spec)

    assert "1 at 0 or below" in artist(figure, "note").get_text()
    low, high = figure.axes[0].get_xlim()
    assert 0 < low < 0.02
    assert 0.1 < high < 1


def test_what_a_plan_says_is_text_and_no_formula(tmp_path: Path) -> None:
    spec = FigureSpec(name="t", x="drop", y="reply_mean_us", title=r"$\frac{1}$ of it " * 9)

    assert draw(table(DROP), spec, tmp_path, ["svg"])[0].stat().st_size > 10_000


@pytest.mark.parametrize(
    ("low", "high", "ends"),
    [
        (0, 100, (-2, 102)),
        (0, 4, (-0.08, 4.2)),
        (99.9, 100, (99.85, 100.02)),
        (3, 10, (-0.2, 10.5)),
    ],
)
def test_an_axis_shows_zero_where_that_is_near(
    low: float, high: float, ends: tuple[float, float]
) -> None:
    assert ends_of(low, high, is_percent=high != 10) == pytest.approx(ends)


def test_the_same_table_gives_the_same_bytes_in_any_process(tmp_path: Path) -> None:
    results = table()
    here = pictures_of(results, REPLY)
    code = (
        "import sys; sys.path.insert(0, sys.argv[2]); from figure_tables import *;"
        "from pathlib import Path;"
        "from paxos_des.study import estimates; estimates.estimates = ends;"
        "import matplotlib; matplotlib.rcParams['lines.dash_capstyle'] = 'round';"
        "matplotlib.use('svg');"
        "from paxos_des.report.figures import draw, default_figures;"
        "from paxos_des.study.figure_specs import FigureSpec;"
        "draw(table_of(plan_of(DROP, ACCEPTORS)), "
        "FigureSpec(name='reply', x='drop', y='reply_mean_us', by='acceptors'), Path(sys.argv[1]))"
    )
    command = [sys.executable, "-c", code, str(tmp_path), str(Path(__file__).parents[1])]
    environment = {**os.environ, "PYTHONHASHSEED": "1"}
    subprocess.run(command, check=True, timeout=60, env=environment)

    assert pictures_of(results, REPLY) == here
    assert sorted(here) == ["reply.png", "reply.svg"]
    assert all(b"drawn by paxos-des plot" in content for content in here.values())
    assert {name: (tmp_path / name).read_bytes() for name in here} == here


def test_a_users_own_file_is_not_overwritten_and_a_figure_is(tmp_path: Path) -> None:
    path = tmp_path / "alone.svg"
    path.write_bytes(b"mine")

    with pytest.raises(InputError, match="a file that plot has not drawn"):
        draw(table(DROP), REPLY_ALONE, tmp_path, ["svg"])
    assert path.read_bytes() == b"mine"
    path.unlink()
    assert draw(table(DROP), REPLY_ALONE, tmp_path, ["svg"]) == [path]
    assert draw(table(DROP), REPLY_ALONE, tmp_path, ["svg"]) == [path]
