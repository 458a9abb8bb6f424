"""Links: the fates drawn ahead for runs to come are those that each run would draw."""

import pickle

from paxos_des.engine.choices import Weather
from paxos_des.engine.delays import Uniform
from paxos_des.engine.links import SEEDS_AHEAD, LinkGroup, LinkModel

MODEL = LinkModel(Uniform(low_us=200, high_us=1_000), drop=0.1, duplicate=0.1)
PLACES = [("a", "b"), ("b", "a")]


def _alone(seed: int) -> list[list[int]]:
    return LinkGroup(MODEL, PLACES).first_fates(Weather(seed), 8)


def test_first_fates_are_the_same_whatever_ran_before() -> None:
    seeds = [7, *range(2 * SEEDS_AHEAD), 3, 4, 4, 100, 101, 5, 6]
    group = LinkGroup(MODEL, PLACES)

    drawn = [group.first_fates(Weather(seed), 8) for seed in seeds]

    assert drawn == [_alone(seed) for seed in seeds]


def test_first_fates_that_a_run_used_up_are_nobody_elses() -> None:
    group = LinkGroup(MODEL, PLACES)
    for seed in (0, 1, 2):
        for fates in group.first_fates(Weather(seed), 8):
            fates.clear()

    again = [group.first_fates(Weather(seed), 8) for seed in (1, 2, 3)]

    assert again == [_alone(seed) for seed in (1, 2, 3)]


def test_a_group_takes_nothing_compiled_along_to_another_process() -> None:
    group = LinkGroup(MODEL, PLACES)
    group.first_fates(Weather(3), 8)

    sent = pickle.dumps(group)

    assert b"_fast" not in sent
    assert pickle.loads(sent).first_fates(Weather(4), 8) == _alone(4)  # noqa: S301 - our own
