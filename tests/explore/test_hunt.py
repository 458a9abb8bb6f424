"""Hunts: what they count, what they find, and when they stop."""

from itertools import count
from typing import Any

import pytest
from hunting import BROKEN, NAME, AsTold, failing_schedule, hunt_as_told, told, use

from paxos_des import Scenario
from paxos_des.engine.choices import Decision
from paxos_des.errors import InputError
from paxos_des.explore.attempt import Attempt
from paxos_des.explore.hunt import hunt
from paxos_des.explore.sampling import Sampling
from paxos_des.explore.shrink import Shrunk, shrink
from paxos_des.failure import Failure

CHECKS = ("agreement",)


def test_counts_verdicts_and_behaviours(monkeypatch: pytest.MonkeyPatch) -> None:
    strategy = AsTold({7: "agreement"}, unknown=frozenset({3, 4}), species=30)

    report = hunt_as_told(strategy, monkeypatch, seeds=range(2, 42))

    assert sorted(set(strategy.tried)) == list(range(2, 42))
    assert (report.schedules, report.violated, report.unknown) == (40, 1, 2)
    assert (report.behaviours, report.once) == (30, 20)
    assert report.steps == 41
    assert report.verdict == "violated"


def test_is_unknown_only_if_nothing_was_decided(monkeypatch: pytest.MonkeyPatch) -> None:
    some = hunt_as_told(AsTold(unknown=frozenset(range(99))), monkeypatch)
    every = hunt_as_told(AsTold(unknown=frozenset(range(100))), monkeypatch)

    assert some.verdict == "ok"
    assert every.verdict == "unknown"


def test_a_bug_is_found_once_and_counted_after_it(monkeypatch: pytest.MonkeyPatch) -> None:
    report = hunt_as_told(AsTold({20: "agreement", 50: "agreement"}), monkeypatch)

    (find,) = report.finds
    assert (find.check, find.first, find.count, find.seeds) == ("agreement", 21, 2, [20, 50])
    assert find.before > find.after
    assert find.failure.found == {"seed": 20, "strategy": NAME}
    assert find.failure.replay().first_violation is not None


def test_another_check_is_another_bug(monkeypatch: pytest.MonkeyPatch) -> None:
    report = hunt_as_told(AsTold({20: "agreement", 50: "chosen-once"}), monkeypatch)

    assert [find.check for find in report.finds] == ["agreement", "chosen-once"]


def test_stops_after_so_many_distinct_failures(monkeypatch: pytest.MonkeyPatch) -> None:
    fails = {5: "agreement", 6: "agreement", 30: "chosen-once", 60: "promises"}

    report = hunt_as_told(AsTold(fails), monkeypatch, stop_after=2)

    assert report.schedules == 31
    assert report.violated == 3
    assert report.behaviours == 10
    assert len(report.finds) == 2


def test_what_does_not_come_again_is_told_apart(monkeypatch: pytest.MonkeyPatch) -> None:
    report = hunt_as_told(AsTold({5: "integrity"}), monkeypatch)

    assert report.finds == ()
    assert report.not_again == (5,)
    assert report.verdict == "violated"


def test_of_a_bug_in_every_seed_few_are_shrunk(monkeypatch: pytest.MonkeyPatch) -> None:
    shrunk = []

    def shrink_and_note(failure: Failure, *, runs_max: int) -> Shrunk:
        shrunk.append(failure)
        return shrink(failure, runs_max=runs_max)

    monkeypatch.setattr("paxos_des.explore.worker.shrink", shrink_and_note)

    report = hunt_as_told(AsTold(dict.fromkeys(range(100), "promises")), monkeypatch)

    (find,) = report.finds
    assert len(shrunk) == find.count < 15
    assert report.not_shrunk == {"promises": 100 - find.count}


def test_another_bug_among_many_is_found_by_sampling() -> None:
    sampling = Sampling()
    shrunk = []
    for number in range(1, 1_001):
        if sampling.is_next():
            shrunk.append(number)
            sampling.on_shape(is_new=number in (1, shrunk[5] if len(shrunk) > 5 else 0))

    assert shrunk[:5] == [1, 2, 3, 4, 5]
    assert len(shrunk) < 30
    assert shrunk[-1] > 500


def test_each_failure_is_kept_before_it_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    told_of: list[str] = []

    def keep(failure: Failure, name: str) -> str:
        told_of.append(f"kept {failure.check}")
        return f"{name}.json"

    report = hunt_as_told(
        AsTold({5: "agreement"}),
        monkeypatch,
        keep=keep,
        on_find=lambda find: told_of.append(f"told of {find.file}"),
    )

    assert told_of == ["kept agreement", f"told of {report.finds[0].shape}.json"]


def test_tells_how_far_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    told_of: list[Any] = []

    hunt_as_told(AsTold({5: "agreement"}), monkeypatch, on_progress=told_of.append)

    assert told_of[-1].schedules == 100
    assert told_of[-1].failures == 1
    assert any(progress.is_shrinking for progress in told_of)


class Learner(AsTold):
    """Tries something else each time, and can say what it has learned."""

    def __init__(self) -> None:
        super().__init__()
        self.numbers = count()
        self.heard: list[bytes] = []

    def attempt(self, seed: int) -> Attempt:
        number = next(self.numbers)
        self.fails = {seed: "agreement"} if number < 2 else {}
        return super().attempt(seed)

    def news(self) -> bytes | None:
        return b"so much"

    def restore(self, news: bytes) -> None:
        self.heard.append(news)


def test_of_a_strategy_that_learns_the_schedule_is_kept_with_the_failure(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    learner = Learner()
    use(learner, monkeypatch)

    report = hunt(BROKEN, range(20), strategy=NAME)

    assert report.learns
    assert report.finds[0].seeds == [0, 1]
    assert learner.tried == list(range(20))  # none was tried again, to have its schedule


def test_two_processes_find_what_one_does() -> None:
    one, two = (
        hunt(BROKEN, range(60), strategy="weather", checks=("promises",), jobs=jobs)
        for jobs in (1, 2)
    )

    assert told(one) == told(two)
    assert one.finds[0].failure == two.finds[0].failure
    assert one.violated > 20


def test_two_processes_stop_where_one_does() -> None:
    one, two = (
        hunt(BROKEN, range(500), strategy="weather", checks=CHECKS, jobs=jobs, stop_after=1)
        for jobs in (1, 2)
    )

    assert told(one) == told(two)
    assert one.schedules < 50


@pytest.mark.parametrize(
    ("says", "keys"),
    [
        ("seeds: found range(0, 0)", {"seeds": range(0)}),
        ("seeds: found range(0, 10, 2)", {"seeds": range(0, 10, 2)}),
        ("jobs: found 0", {"jobs": 0}),
        ("checks: found none", {"checks": ()}),
        ("did you mean 'agreement'", {"checks": ("agrement",)}),
        ("did you mean 'weather'", {"strategy": "wether"}),
    ],
)
def test_refuses_what_cannot_be_hunted(says: str, keys: dict[str, Any]) -> None:
    seeds = keys.pop("seeds", range(10))

    with pytest.raises(InputError, match=says.replace("(", r"\(").replace(")", r"\)")):
        hunt(Scenario.named("duel"), seeds, **{"strategy": "weather", **keys})


def test_refuses_a_protocol_that_no_process_finds() -> None:
    scenario = Scenario.named("duel").replace(protocol="nobodys")
    for jobs in (1, 2):
        with pytest.raises(InputError, match="protocol: found 'nobodys'"):
            hunt(scenario, range(10), strategy="weather", jobs=jobs)


def test_the_fakes_schedule_fails() -> None:
    assert all(isinstance(one, Decision) for one in failing_schedule("agreement"))


def test_a_broken_assertion_is_told_with_its_seed_and_stops_nothing(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    class Breaking(AsTold):
        def attempt(self, seed: int) -> Attempt:
            assert seed != 12, "twelve\nis too much"
            return super().attempt(seed)

    report = hunt_as_told(Breaking(), monkeypatch, seeds=range(20))

    ((seed, said),) = report.broken
    assert seed == 12
    assert said.startswith("twelve is too much")
    assert (report.schedules, report.unknown, report.violated) == (20, 1, 0)
    assert report.verdict == "unknown"
