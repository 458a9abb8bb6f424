"""Figures: what they show is what the table holds, and anybody can read them."""

import json
import os
import subprocess
import sys
from itertools import pairwise
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from figure_tables import ACCEPTORS, DROP, VIOLATED, cells_of, ends, plan_of, table_of
from matplotlib.collections import LineCollection, PolyCollection, QuadMesh
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from shell import Said, assert_refuses, in_process

from paxos_des.errors import InputError
from paxos_des.report.figures import default_figures, draw, figure_of, pictures_of
from paxos_des.report.figures.frame import ends_of
from paxos_des.report.figures.lines import LINES_MAX, STYLES
from paxos_des.report.figures.units import scale_of
from paxos_des.study import compare as study_compare
from paxos_des.study import estimates as study_estimates
from paxos_des.study.columns import Cell, Column
from paxos_des.study.exact import EXACT, Exact
from paxos_des.study.figure_specs import FigureSpec
from paxos_des.study.plan import Point
from paxos_des.study.results import Results
from paxos_des.study.work import Measured

REPLY = FigureSpec(name="reply", x="drop", y="reply_mean_us", by="acceptors")
CITIES = {"key": "delay", "name": "city", "list": ["3ms", "1ms"], "labels": ["Perth", "Oslo"]}


@pytest.fixture(autouse=True)
def _estimates(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(study_estimates, "estimates", ends)


@pytest.fixture
def theory(monkeypatch: pytest.MonkeyPatch) -> Exact:
    """Return a closed form that does not apply to five acceptors."""
    exact = Exact(
        name="theory",
        says="What a test takes for true.",
        column="reply_mean_us",
        value=lambda scenario, _: None if scenario.acceptors == 5 else 3_000 * (1 + scenario.drop),
    )
    for name in list(EXACT):
        monkeypatch.delitem(EXACT, name)
    monkeypatch.setitem(EXACT, "theory", exact)
    return exact


def table(*axes: dict[str, Any], **keys: object) -> Results:
    return table_of(plan_of(*(axes or (DROP, ACCEPTORS)), **keys))


def artist(figure: Figure, gid: str) -> Any:  # noqa: ANN401 - whatever has this id
    (found,) = figure.findobj(lambda one: one.get_gid() == gid)
    return found


def gids(figure: Figure, start: str) -> list[str]:
    found = figure.findobj(lambda one: (one.get_gid() or "").startswith(start))
    return [str(one.get_gid()) for one in found]


def heights(line: Line2D) -> list[float]:
    return [float(value) for value in np.asarray(line.get_ydata())]


def labels_of(figure: Figure) -> list[str]:
    found = [axes.get_legend() for axes in figure.axes]
    return [text.get_text() for legend in found if legend for text in legend.get_texts()]


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
    figure = figure_of(results, FigureSpec(**{**vars_of(REPLY), "exact": theory.name}))

    # Of three acceptors and of seven it is the same: it is drawn once.
    assert gids(figure, "exact-") == ["exact-0"]
    assert heights(artist(figure, "exact-0")) == pytest.approx([3, 3.06, 3.15, 3.3])
    assert to_rgb(artist(figure, "exact-0").get_color()) == (0, 0, 0)
    assert labels_of(figure)[-1] == "exact (theory)"


def vars_of(spec: FigureSpec) -> dict[str, Any]:
    return {name: getattr(spec, name) for name in FigureSpec.__dataclass_fields__}


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
    spec = FigureSpec(**vars_of(REPLY) | {
        "kind": "difference", "baseline": {"drop": 0.02}, "exact": theory.name,
    })  # fmt: skip
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


@pytest.mark.parametrize(
    ("said", "complaint"),
    [
        ({"where": {"acceptors": 4}}, "no point with drop and acceptors, where acceptors 4"),
        ({"by": None}, "several points at drop 0.0, of different acceptors"),
        ({"exact": "theroy"}, "no closed form 'theroy'"),
        ({"kind": "difference", "baseline": {"drop": 0.3}}, "no point to compare with"),
    ],
)
def test_a_figure_that_a_table_does_not_fill_is_refused(
    said: dict[str, Any], complaint: str
) -> None:
    with pytest.raises(InputError, match=f"^figure reply: found {complaint}.*; allowed is "):
        figure_of(table(), FigureSpec(**vars_of(REPLY) | said))


def test_more_lines_than_anybody_can_tell_apart_are_refused() -> None:
    results = table(DROP, {"key": "acceptors", "list": list(range(3, 16))})

    with pytest.raises(InputError, match="found 13 lines, one for each acceptors"):
        figure_of(results, REPLY)


@pytest.mark.parametrize(
    ("said", "complaint"),
    [
        ({"kind": "pie"}, "kind: found 'pie'"),
        ({"y": "drop"}, "y: found 'drop'; allowed is a measured number's column"),
        ({"y": "verdict"}, "y: found 'verdict'"),
        ({"x": "seed"}, "x: found 'seed'"),
        ({"by": "reply_mean_us"}, "by: found 'reply_mean_us'; allowed is an axis's column"),
        ({"kind": "heatmap", "by": None}, "allowed is a heatmap with by"),
        ({"baseline": {"drop": 0}}, "allowed is a baseline where the kind"),
        ({"baseline": 3}, "baseline: found 3"),
        ({"x": "city", "x_scale": "log"}, "x_scale: found 'log'; allowed is linear"),
    ],
)
def test_a_plan_refuses_a_figure_that_no_table_of_it_fills(
    said: dict[str, Any], complaint: str
) -> None:
    figure = {"name": "it", "x": "drop", "y": "reply_mean_us", "by": "acceptors", **said}
    plain = {key: value for key, value in figure.items() if value is not None}

    with pytest.raises(InputError, match=complaint):
        plan_of(DROP, ACCEPTORS, CITIES, figures=[plain])


def test_a_plan_without_figures_has_those_of_its_first_two_axes() -> None:
    loss = {"key": "duplicate", "list": [0.5, 0]}
    one = {"key": "values", "list": [10]}
    specs = default_figures(table(one, DROP, ACCEPTORS, loss))

    assert [(spec.name, spec.y) for spec in specs] == [
        ("completed-share", "completed_share"), ("reply-p50", "reply_p50_us"),
    ]  # fmt: skip
    assert {(spec.x, spec.by, spec.kind) for spec in specs} == {("drop", "acceptors", "lines")}
    assert specs[0].where == {"duplicate": 0.5}


@pytest.mark.parametrize(
    ("axes", "x", "by", "kind"),
    [
        ([], "case", None, "lines"),
        ([DROP], "drop", None, "lines"),
        ([CITIES, DROP], "drop", "city", "lines"),
        ([{"keys": ["acceptors", "drop"], "list": [[3, 0], [3, 0.1], [5, 0]]}], "drop",
         "acceptors", "lines"),
        ([{"keys": ["acceptors", "drop"], "list": [[3, 0], [5, 0.1], [7, 0]]}], "acceptors",
         None, "lines"),
        ([{"keys": ["acceptors", "values"], "list": [[5, 3], [3, 9], [7, 8]]}], "acceptors",
         "values", "points"),
        ([{"key": "values", "list": list(range(1, 15))},
          {"key": "acceptors", "list": list(range(1, 15))}], "values", "acceptors", "heatmap"),
    ],
)  # fmt: skip
def test_default_figures_suit_the_axes_and_can_be_drawn(
    axes: list[dict[str, Any]], x: str, by: str | None, kind: str
) -> None:
    results = table_of(plan_of(*axes, replications=1))
    spec = default_figures(results)[0]

    assert (spec.x, spec.by, spec.kind) == (x, by, kind)
    assert figure_of(results, spec).axes


def test_default_figures_have_the_closed_form_that_applies(theory: Exact) -> None:
    assert {spec.exact for spec in default_figures(table())} == {None}

    object.__setattr__(theory, "column", "reply_p50_us")

    assert [spec.exact for spec in default_figures(table())] == [None, "theory"]


def test_a_figure_that_names_none_draws_the_closed_form_that_applies(theory: Exact) -> None:
    object.__setattr__(theory, "column", "reply_mean_us")
    keys: dict[str, Any] = {"name": "a", "x": "drop", "y": "reply_mean_us", "by": "acceptors"}
    drawn, plain = FigureSpec(**keys), FigureSpec(**keys, exact="none")

    assert labels_of(figure_of(table(), drawn))[-1] == "exact (theory)"
    assert "exact (theory)" not in labels_of(figure_of(table(), plain))


# The command.


@pytest.fixture
def folder(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """Return the folder of a sweep whose table is in memory."""
    plan = plan_of(DROP, ACCEPTORS, figures=[
        {"name": "reply", "x": "drop", "y": "reply_p50_us", "by": "acceptors", "title": "Replies"},
        {"name": "share", "x": "drop", "y": "completed_share", "by": "acceptors"},
    ])  # fmt: skip
    use(monkeypatch, table_of(plan))
    return tmp_path


def use(monkeypatch: pytest.MonkeyPatch, results: Results) -> None:
    monkeypatch.setattr("paxos_des.study.sweeps.read_results", lambda _: results)


def plot(folder: Path, *arguments: str) -> Said:
    return in_process("plot", str(folder), *arguments)


def test_plot_draws_all_figures_and_says_what_each_file_shows(folder: Path) -> None:
    code, printed, complaint = plot(folder)

    assert (code, complaint) == (0, "")
    assert sorted(path.name for path in folder.iterdir()) == [
        "reply.png", "reply.svg", "share.png", "share.svg", "summary.csv",
    ]  # fmt: skip
    assert printed.splitlines()[1:4] == [
        "  reply.svg reply.png  Replies (reply p50 by drop, for each acceptors)",
        "  share.svg share.png  completed share by drop, for each acceptors",
        "  summary.csv          what each point is worth: estimates at 95 %, and what to doubt",
    ]


def test_plot_draws_only_what_is_asked_for(folder: Path) -> None:
    code, printed, _ = plot(folder, "--only", "share", "--format", "svg", "--json")

    assert code == 0
    document = json.loads(printed)
    assert document["runs"] == 48
    assert [(one["name"], one["files"]) for one in document["figures"]] == [
        ("share", [str(folder / "share.svg")])
    ]
    assert_refuses("--only: found 'shares'", plot(folder, "--only", "shares"))


def test_plot_takes_figures_from_the_same_plan_and_from_no_other(folder: Path) -> None:
    path = folder / "drop-and-delay.toml"
    text = (
        "replications = 4\n[[axes]]\nkey = 'drop'\nlist = [0, 0.02, 0.05, 0.1]\n"
        "[[axes]]\nkey = 'acceptors'\nlist = [3, 5, 7]\n"
        "[[figures]]\nname = 'new'\nx = 'acceptors'\ny = 'completed'\nby = 'drop'\n"
    )
    path.write_text(text)

    assert plot(folder, "--plan", str(path), "--format", "png")[0] == 0
    assert (folder / "new.png").exists()
    path.write_text(text.replace("= 4", "= 5"))
    assert_refuses("in its question and figures alone", plot(folder, "--plan", str(path)))
    assert_refuses("no-such.toml", plot(folder, "--plan", str(folder / "no-such.toml")))


def test_a_quick_sweep_that_lacks_a_figures_points_has_the_others(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    figures = [
        {"name": "lost", "x": "drop", "y": "completed", "where": {"acceptors": 5}},
        {"name": "kept", "x": "drop", "y": "completed", "by": "acceptors"},
    ]
    plan = plan_of(DROP, ACCEPTORS, figures=figures, quick={"points": 2})
    use(monkeypatch, table_of(plan.quick()))
    code, printed, _ = plot(tmp_path, "--format", "svg")

    assert code == 0
    assert "lost         not drawn: figure lost: found no point" in printed
    assert (tmp_path / "kept.svg").exists()


def test_plot_writes_nothing_where_a_users_file_is_in_the_way(folder: Path) -> None:
    summary, share = folder / "summary.csv", folder / "share.png"
    summary.write_text("mine")
    assert_refuses("summary.csv: found a file that plot has not written", plot(folder))
    summary.unlink()
    share.write_text("mine")
    assert_refuses("share.png: found a file that plot has not drawn", plot(folder))

    assert list(folder.iterdir()) == [share]
    share.unlink()
    assert [plot(folder)[0], plot(folder)[0]] == [0, 0]


def test_where_no_run_says_anything_the_summary_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    plan = plan_of(DROP, metrics=["completed"], replications=2)
    nothing = [Measured(p.number, r, {"seed": r, "verdict": "unknown"})
               for p in plan.points for r in range(2)]  # fmt: skip
    use(monkeypatch, Results.of(plan, nothing))
    code, printed, complaint = plot(tmp_path)

    assert (code, complaint) == (0, "")
    assert [path.name for path in tmp_path.iterdir()] == ["summary.csv"]
    assert "warning: completed_share: " in printed
    assert_refuses("'reply'; allowed is none", plot(tmp_path, "--only", "reply"))


def kept_away(name: str) -> None:
    raise ModuleNotFoundError(name)


def test_plot_refuses_in_a_sentence(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = folder / "file"
    file.write_text("")
    (folder / "reply.svg").mkdir()

    assert_refuses("found no folder", plot(folder / "none"))
    assert_refuses("found no folder, but a file", plot(file))
    assert_refuses("reply.svg: found a directory", plot(folder, "--format", "svg"))
    (folder / "reply.svg").rmdir()
    with monkeypatch.context() as missing:
        missing.setattr("paxos_des.report.drawing.find_spec", lambda _: None)
        assert_refuses("found no matplotlib", plot(folder))
    monkeypatch.setattr("paxos_des.report.drawing.find_spec", kept_away)
    assert_refuses("found no matplotlib", plot(folder))
