"""`paxos-des plot`: what it draws and prints, and what it refuses."""

import json
from pathlib import Path

import pytest
from figure_tables import ACCEPTORS, DROP, plan_of, table_of
from shell import Said, assert_refuses, in_process

from paxos_des.study.results import Results
from paxos_des.study.work import Measured

pytestmark = pytest.mark.usefixtures("plain_estimates")


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
