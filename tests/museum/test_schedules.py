"""The failing schedules that the museum ships: each fails, and is small."""

from pathlib import Path

import pytest

from experiments.museum.schedules import made
from paxos_des.explore.minimal import spareable
from paxos_des.failure import Failure
from paxos_des.museum import EXHIBITS
from paxos_des.museum.shipped import FOLDER

ABOVE = 2
SHIPPED = [path.stem for path in sorted(FOLDER.glob("*.json"))]


def failure_of(name: str) -> Failure:
    return Failure.load(FOLDER / f"{name}.json")


def test_every_exhibit_has_one() -> None:
    assert sorted(EXHIBITS) == sorted(SHIPPED)


@pytest.mark.parametrize("name", SHIPPED)
def test_it_replays_to_the_same_run_which_violates_the_exhibits_check(name: str) -> None:
    failure = failure_of(name)

    run = failure.replay()
    assert failure.scenario.protocol == name
    assert failure.check == EXHIBITS[name].check
    assert run.verdicts[failure.check] == "violated"
    assert run.digest == failure.digest
    assert not run.skipped


@pytest.mark.parametrize("name", SHIPPED)
def test_without_any_one_intervention_or_fault_it_does_not_fail(name: str) -> None:
    assert spareable(failure_of(name)) == ()


@pytest.mark.parametrize("name", SHIPPED)
def test_its_core_is_as_small_as_is_known_or_the_exhibit_says_why(name: str) -> None:
    exhibit, core = EXHIBITS[name], failure_of(name).core

    if exhibit.least is None or core is None:
        assert exhibit.larger is None or core is None, "nothing is known that it could be above"
    else:
        is_larger = len(core) > exhibit.least + ABOVE
        assert is_larger == (exhibit.larger is not None), (len(core), exhibit.least)


def test_a_schedule_is_made_and_what_is_as_small_stays(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("paxos_des.museum.shipped.FOLDER", tmp_path / "schedules")

    first = made("accept-below-promise", "no")
    content = (tmp_path / "schedules" / "accept-below-promise.json").read_bytes()
    second = made("accept-below-promise", "no")

    assert first.startswith("accept-below-promise: 2 interventions, a core of 18 events")
    assert "what is there is as small" in second
    assert (tmp_path / "schedules" / "accept-below-promise.json").read_bytes() == content
