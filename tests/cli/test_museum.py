"""`paxos-des museum`, as its users type it; and an exhibit's name in place of a scenario's."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from paxos_des import museum
from paxos_des.cli.main import main
from paxos_des.errors import ScenarioError
from paxos_des.failure import Failure
from paxos_des.museum import EXHIBITS
from paxos_des.museum.shipped import path_of

Capture = pytest.CaptureFixture[str]


def test_lists_every_exhibit_in_a_line_under_its_group(capsys: Capture) -> None:
    assert main(["museum"]) == 0

    lines = capsys.readouterr().out.splitlines()
    exhibits = [line for line in lines if line.startswith("  ")]
    assert [line.split()[0] for line in exhibits] == list(EXHIBITS)
    assert all(len(line.split()) > 5 for line in exhibits)
    assert lines.index("naive-2009:") < lines.index(exhibits[0]) < lines.index("leader:")


@pytest.mark.parametrize("name", EXHIBITS)
def test_explains_an_exhibit_with_the_code_that_makes_it(name: str, capsys: Capture) -> None:
    assert main(["museum", name]) == 0

    page = capsys.readouterr().out
    assert page.startswith(f"{name}: ")
    assert f"paxos-des hunt {name} --check {EXHIBITS[name].check}" in page
    assert f"{EXHIBITS[name].mutation.__name__}(" in page


def test_a_page_shows_the_smallest_failing_schedule_in_words_and_as_a_diagram(
    capsys: Capture,
) -> None:
    assert main(["museum", "own-value"]) == 0

    page = capsys.readouterr().out
    assert "18 events are known to be enough" in page
    assert "  1  lose the Accepted of slot 0" in page
    assert "paxos-des replay own-value\n" in page
    assert "<== agreement" in page


def test_an_exhibit_without_a_schedule_says_how_to_make_one(
    capsys: Capture, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr("paxos_des.museum.shipped.FOLDER", tmp_path)

    assert main(["museum", "own-value"]) == 0
    assert "`python -m experiments.museum.schedules own-value` makes one" in capsys.readouterr().out
    assert main(["museum", "own-value", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["failure"] is None
    assert main(["replay", "own-value"]) == 2
    assert "experiments.museum.schedules own-value" in capsys.readouterr().err


def test_the_name_of_an_exhibit_stands_for_its_failure_file(
    capsys: Capture, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.chdir(tmp_path)
    kept = path_of("own-value").read_bytes()

    assert main(["replay", "own-value"]) == 1
    assert "the same\n" in capsys.readouterr().out
    assert main(["show", "own-value"]) == 0
    assert "<== agreement" in capsys.readouterr().out
    assert main(["shrink", "own-value"]) == 0
    assert Failure.load(tmp_path / "own-value.json").check == "agreement"
    assert path_of("own-value").read_bytes() == kept


def test_no_exhibit_has_the_name_of_a_command(capsys: Capture) -> None:
    protocol = replace(EXHIBITS["own-value"].protocol, name="measure")

    with pytest.raises(ScenarioError, match="'measure'"):
        museum.add(replace(EXHIBITS["own-value"], protocol=protocol))
    assert main(["museum", "measure", "nobody"]) == 2
    assert "found 'nobody'" in capsys.readouterr().err


def test_an_exhibit_is_one_json_document(capsys: Capture) -> None:
    assert main(["museum", "own-value", "--json"]) == 0

    document = json.loads(capsys.readouterr().out)
    assert document["scenario"]["protocol"] == document["name"] == "own-value"
    assert document["code"].startswith("class OwnValue(PerSlot):")
    assert (document["group"], document["least"], document["larger"]) == ("leader", 18, None)
    assert document["failure"]["protocol"] == "own-value"
    assert main(["museum", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["own-value"] == document


def test_an_unknown_exhibit_is_refused_with_the_nearest_name(capsys: Capture) -> None:
    assert main(["museum", "own-vale"]) == 2

    assert "found 'own-vale' (did you mean 'own-value'?)" in capsys.readouterr().err


def test_the_name_of_an_exhibit_is_that_of_the_scenario_in_which_it_shows(capsys: Capture) -> None:
    code = main(["run", "half-of-four", "--json"])

    document = json.loads(capsys.readouterr().out)
    assert document["protocol"] == "half-of-four"
    assert code == {"ok": 0, "violated": 1, "unknown": 3}[document["verdict"]]
