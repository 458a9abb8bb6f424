from collections.abc import Callable
from itertools import pairwise

import pytest

from paxos_des.cluster.scenario import Scenario
from paxos_des.engine.pool import Deed, Event
from paxos_des.explore.pooled import PooledRun, run_pooled
from paxos_des.explore.strategies.overlap import Overlap, Traits
from paxos_des.explore.strategies.pooled import small
from paxos_des.explore.strategies.uniform import Uniform
from paxos_des.museum import EXHIBITS
from paxos_des.protocol.messages import Accept, Prepare

DUEL = Scenario.named("duel")
CHECKS = ("agreement",)


def run_of(scenario: Scenario, seed: int, change: Callable[[Traits], object]) -> PooledRun:
    policy = Overlap(seed)
    change(policy.traits)
    return run_pooled(scenario, policy, CHECKS, seed=seed)


def plain(traits: Traits) -> None:
    """Neither crashes nor copies; each phase reaches two of three at once."""
    traits.alone_first = traits.alone_later = traits.full = 0
    traits.held = traits.writes_held = traits.crashes = traits.doubles = 0


def asked(run: PooledRun, kind: type) -> list[tuple[int, Event]]:
    return [
        (step, event) for step, (_, event) in enumerate(run.picked)
        if isinstance(event.content, kind)
    ]  # fmt: skip


def test_a_phase_reaches_barely_a_quorum_at_first() -> None:
    for seed in range(20):
        prepares = asked(run_of(DUEL, seed, plain), Prepare)
        (first, one), (second, other) = prepares[:2]

        assert one.content == other.content
        assert one.node != other.node
        assert second - first == 2  # one answer
        assert prepares[2][1].content.ballot != one.content.ballot


def test_a_wave_keeps_away_at_first_from_where_another_has_left_something() -> None:
    def keeps_away(traits: Traits) -> None:
        plain(traits)
        traits.away_first, traits.alone_later, traits.late = 16, 16, 1

    count = 0
    for seed in range(60):
        run = run_of(DUEL, seed, keeps_away)
        accepts, prepares = asked(run, Accept), asked(run, Prepare)
        marked, step = accepts[0][1], accepts[0][0]
        before = {event.content.ballot for at, event in prepares if at < step}
        others = [(at, event) for at, event in prepares if event.content.ballot not in before][:2]
        if len(others) < 2 or others[1][0] - others[0][0] != 2:
            continue
        if sum(at < others[0][0] for at, _ in accepts) == 1:
            assert marked.node not in {event.node for _, event in others}, seed
            count += 1

    assert count > 10


def test_who_crashes_was_just_asked_and_mostly_comes_back_at_once() -> None:
    scenario = small(EXHIBITS["volatile-vote"].scenario)

    def crashes(traits: Traits) -> None:
        plain(traits)
        traits.crashes, traits.victims_ask = 4, False

    count = soon = acceptors = 0
    for seed in range(20):
        picked = [event for _, event in run_of(scenario, seed, crashes).picked]
        for event, following in pairwise(picked):
            if event.kind == "crash":
                count += 1
                soon += (following.kind, following.node) == ("restart", event.node)
                acceptors += event.node.startswith("acceptor")

    assert count > 30
    assert acceptors > count / 2
    assert soon > count / 2


def test_what_was_left_behind_comes_before_all_is_done_only_where_another_wave_has_been() -> None:
    """The last phase of the first wave is not sent on while nobody else has reached its node."""

    class Watched(Overlap):
        def pick(self, events: list[Event], may: frozenset[Deed]) -> tuple[Deed, int] | None:
            left = {event.number for phase in self.left for event in phase}
            is_busy = bool(self.phases or self._beginnings)
            waves, reached = self._waves.of, dict(self._reached)
            deed = super().pick(events, may)
            assert deed is not None
            event = events[deed[1]]
            if is_busy and event.number in left:
                came.append(reached.get(event.node, waves[event.number]) != waves[event.number])
            return deed

    came: list[bool] = []
    for seed in range(40):
        policy = Watched(seed)
        plain(policy.traits)
        policy.traits.late = 4
        run_pooled(DUEL, policy, CHECKS, seed=seed)

    assert len(came) > 20
    assert all(came)


@pytest.mark.deep
def test_a_bug_of_three_ballots_is_found_often_and_hardly_by_chance() -> None:
    exhibit = EXHIBITS["accept-keeps-promise"]
    scenario = small(exhibit.scenario)

    found, by_chance = (
        sum(
            run_pooled(scenario, make(seed), (exhibit.check,), seed=seed).violation is not None
            for seed in range(2000)
        )
        for make in (Overlap, Uniform)
    )

    assert found > 10
    assert found > 5 * by_chance
