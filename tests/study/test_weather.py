"""Which points of a plan have weather in common: all, unless a case says that each has its own."""

import pytest
from study_runs import results_of

from paxos_des.errors import InputError
from paxos_des.study.plan import Plan
from paxos_des.study.results import Results
from paxos_des.study.work import Job, Span, do

KEYS = {
    "name": "two-cases",
    "seed": 3,
    "replications": 2,
    "metrics": ["reply"],
    "scenario": {"values": 1, "heartbeats": "off", "leaders": 1},
    "axes": [{"key": "drop", "list": [0, 0.01]}],
    "cases": [{"name": "common"}, {"name": "own", "weather": "own"}],
}


def seeds(results: Results, case: str) -> list[int]:
    columns = results.columns
    return [
        int(str(seed)) for seed, its in zip(columns["seed"], columns["case"], strict=True)
        if its == case
    ]  # fmt: skip


def test_points_have_the_same_seeds_unless_each_has_its_own() -> None:
    results = results_of(Plan(**KEYS))

    assert seeds(results, "common") == [3, 4, 3, 4]
    own = seeds(results, "own")
    assert len({3, 4, *own}) == 6
    assert own[1] == own[0] + 1  # each run can be had again by itself
    first, other = results.by_point("reply_mean_us")[2], results.by_point("reply_mean_us")[0]
    assert first != other  # of the same scenario, in other weather


def test_a_plan_says_it_for_all_its_cases() -> None:
    plan = Plan(**{**KEYS, "weather": "own", "cases": [{"name": "a"}, {"name": "b"}]})

    assert len({point.seed_offset for point in plan.points}) == 4


def test_whose_weather_it_is_is_part_of_the_digest() -> None:
    keys = {key: value for key, value in KEYS.items() if key != "cases"}
    common, own = (Plan(**keys, weather=one) for one in ("common", "own"))

    assert common.digest != own.digest
    assert common.digest == Plan(**keys).digest


def test_another_word_is_refused() -> None:
    with pytest.raises(InputError, match=r"item 0, weather: found 'owm'.*did you mean 'own'"):
        Plan(**{**KEYS, "cases": [{"name": "a", "weather": "owm"}]})


def test_results_refuse_a_run_with_another_points_seed() -> None:
    """A runner that forgets the offset would make points look independent that are not."""
    plan = Plan(**KEYS)
    point = plan.points[-1]
    job = Job((Span(point.number, point.scenario, 0, 1),), plan.seed, plan.metrics, plan.measure)

    with pytest.raises(AssertionError, match="run with the seed 3"):
        Results.of(plan, do(job))
    assert len(Results.of(plan, do(job._replace(spans=(_with_offset(job, point.seed_offset),)))))


def _with_offset(job: Job, offset: int) -> Span:
    return job.spans[0]._replace(seed_offset=offset)
