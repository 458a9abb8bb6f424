"""`paxos-des museum`, as its users type it; and an exhibit's name in place of a scenario's."""

import json

import pytest

from paxos_des.cli.main import main
from paxos_des.museum import EXHIBITS
from paxos_des.museum.absent import NOT_ON_SHOW

Capture = pytest.CaptureFixture[str]


def test_lists_every_exhibit_in_a_line(capsys: Capture) -> None:
    assert main(["museum"]) == 0

    lines = capsys.readouterr().out.splitlines()
    assert [line.split()[0] for line in lines] == list(EXHIBITS)
    assert all(len(line.split()) > 5 for line in lines)


@pytest.mark.parametrize("name", EXHIBITS)
def test_explains_an_exhibit_with_the_code_that_makes_it(name: str, capsys: Capture) -> None:
    assert main(["museum", name]) == 0

    page = capsys.readouterr().out
    assert page.startswith(f"{name}: ")
    assert f"paxos-des hunt {name} --check {EXHIBITS[name].check}" in page
    assert f"{EXHIBITS[name].mutation.__name__}(" in page


def test_an_exhibit_is_one_json_document(capsys: Capture) -> None:
    assert main(["museum", "own-value", "--json"]) == 0

    document = json.loads(capsys.readouterr().out)
    assert document["scenario"]["protocol"] == document["name"] == "own-value"
    assert document["code"].startswith("class OwnValue(PerSlot):")
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


def test_what_is_not_on_show_is_said_last_with_its_reason(
    capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(NOT_ON_SHOW, "some-bug", "There is none of it here.")

    assert main(["museum"]) == 0
    assert capsys.readouterr().out.endswith("some-bug: not on show. There is none of it here.\n")
    assert main(["museum", "--json"]) == 0
    documents = json.loads(capsys.readouterr().out)
    assert documents.pop("not_on_show") == {"some-bug": "There is none of it here."}
    assert list(documents) == list(EXHIBITS)


def test_nothing_is_both_on_show_and_not() -> None:
    assert not set(EXHIBITS) & set(NOT_ON_SHOW)
    assert all(why.endswith(".") and ". " not in why for why in NOT_ON_SHOW.values())
