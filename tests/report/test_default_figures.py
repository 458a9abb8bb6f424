"""Which figures there are where a plan names none, which closed form they draw, and what cannot be
drawn.
"""

from dataclasses import replace
from typing import Any

import pytest
from figure_tables import ACCEPTORS, CITIES, DROP, REPLY, labels_of, plan_of, table, table_of

from paxos_des.errors import InputError
from paxos_des.report.figures import default_figures, figure_of
from paxos_des.study.exact import Exact
from paxos_des.study.figure_specs import FigureSpec

pytestmark = pytest.mark.usefixtures("plain_estimates")


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
        figure_of(table(), replace(REPLY, **said))


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


def test_a_plan_may_ask_for_no_closed_form() -> None:
    figure = {"name": "it", "x": "drop", "y": "reply_mean_us", "exact": "none"}

    assert plan_of(DROP, figures=[figure]).figures[0].exact == "none"
