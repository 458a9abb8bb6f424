"""`paxos-des shrink` from outside."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from paxos_des import Scenario, simulate
from paxos_des.cli.main import main
from paxos_des.failure import Failure

SCENARIO = Scenario.named("duel").replace(protocol="accept-below-promise")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    schedule = simulate(SCENARIO, seed=0, checks=("agreement",)).schedule
    failure = Failure.of(SCENARIO, schedule, "agreement", {"seed": 0})
    assert failure is not None
    failure.save(tmp_path / "Duel 0.json")
    return tmp_path / "Duel 0.json"


def test_shrinks_in_place_and_writes_a_test_beside(
    path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    code = main(["shrink", str(path)])
    said = capsys.readouterr().out

    failure = Failure.load(path)
    assert code == 0
    assert len(failure.schedule) == 2
    assert len(failure.core or ()) == 18
    assert "agreement is violated at" in said
    assert "from 37 to 2 interventions, in " in said
    assert failure.replay().digest == failure.digest
    assert sorted(one.name for one in path.parent.iterdir()) == ["Duel 0.json", "test_duel_0.py"]


def test_the_test_beside_it_fails_as_long_as_the_bug_is_there(path: Path) -> None:
    main(["shrink", str(path)])
    ran = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", str(path.parent)],
        check=False, capture_output=True, text=True,
    )  # fmt: skip

    assert ran.returncode == 1
    assert "agreement is violated" in ran.stdout


def test_json_is_one_document_and_the_file_given_stays(
    path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before = path.read_bytes()
    out = path.with_name("small.json")

    code = main(["shrink", str(path), "--out", str(out), "--json"])
    document = json.loads(capsys.readouterr().out)

    assert code == 0
    assert path.read_bytes() == before
    assert document["before"] == 37
    assert (document["after"], document["core"], document["is_minimal"]) == (2, 18, True)
    assert document["failure"] == json.loads(out.read_text())
    assert document["shape"].startswith("agreement-")


def test_another_check_may_judge(path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code = main(["shrink", str(path), "--check", "chosen-once", "--json"])
    document = json.loads(capsys.readouterr().out)

    assert code == 0
    assert document["failure"]["violation"]["check"] == "chosen-once"
    assert document["core"] == 14


@pytest.mark.parametrize("check", ["liveness", "no-such-check", "agrement"])
def test_a_check_that_is_not_violated_is_refused_in_one_sentence(
    path: Path, check: str, capsys: pytest.CaptureFixture[str]
) -> None:
    before = path.read_bytes()

    code = main(["shrink", str(path), "--check", check])
    said = capsys.readouterr()

    assert code == 2
    assert said.out == ""
    assert said.err.count("\n") == 1
    assert "allowed" in said.err
    assert path.read_bytes() == before


def test_what_is_no_longer_a_failure_is_refused(
    path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    document = json.loads(path.read_text())
    document["protocol"] = document["scenario"]["protocol"] = "multi-paxos"
    path.write_text(json.dumps(document))

    code = main(["shrink", str(path)])

    assert code == 2
    assert "does not violate 'agreement'" in capsys.readouterr().err


def test_a_test_that_somebody_has_changed_stays(path: Path) -> None:
    test = path.with_name("test_duel_0.py")
    test.write_text("# mine\n")

    main(["shrink", str(path)])

    assert test.read_text() == "# mine\n"


def test_harder_finds_no_more_events_and_the_same_schedule(
    path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("paxos_des.explore.smallest.HARDER", 20)
    main(["shrink", str(path), "--json"])
    once = json.loads(capsys.readouterr().out)

    code = main(["shrink", str(path), "--harder", "--json"])
    harder = json.loads(capsys.readouterr().out)

    assert code == 0
    assert harder["core"] <= once["core"]
    assert harder["failure"]["schedule"] == once["failure"]["schedule"]
