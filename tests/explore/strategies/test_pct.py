from itertools import pairwise

import pytest
from toy_pool import Toy

from paxos_des.engine.pool import Deed, Event, Policy
from paxos_des.explore.strategies.pct import HIGH, Pct, bound
from paxos_des.explore.strategies.pctcp import Chains, PctCp
from paxos_des.explore.strategies.pooled import is_prompt
from paxos_des.explore.strategies.pos import Pos


class Watched:
    """Notes what there was to pick from."""

    def __init__(self, policy: Policy) -> None:
        self._policy = policy
        self.steps: list[tuple[list[Event], Event]] = []

    def pick(self, events: list[Event], may: frozenset[Deed]) -> tuple[Deed, int] | None:
        before = list(events)
        picked = self._policy.pick(events, may)
        assert picked is not None
        self.steps.append((before, before[picked[1]]))
        return picked


def calm(kind: type[Pct] | type[PctCp], depth: int) -> list[Pct | PctCp]:
    policies = (kind(seed, 64, depth=depth) for seed in range(60))
    return [policy for policy in policies if policy.unusual.is_calm]


def watched(policy: Policy) -> list[tuple[list[Event], Event]]:
    watch = Watched(policy)
    Toy().run(watch)
    return watch.steps


def nodes_that_yielded(steps: list[tuple[list[Event], Event]]) -> list[tuple[str, str]]:
    """Return pairs of nodes of which the first went before the second, which could go too."""
    return [
        (picked.node, other.node)
        for events, picked in steps
        for other in events
        if is_prompt(picked) and is_prompt(other) and other.node != picked.node
    ]


def test_pct_of_depth_1_runs_by_strict_priorities_of_nodes() -> None:
    for policy in calm(Pct, 1):
        before = set(nodes_that_yielded(watched(policy)))

        assert not before & {(b, a) for a, b in before}


def test_pct_of_depth_1_lets_a_node_take_its_messages_in_the_order_in_which_they_were_sent() -> (
    None
):
    for policy in calm(Pct, 1):
        for events, picked in watched(policy):
            same = [one for one in events if one.node == picked.node and is_prompt(one)]
            assert not is_prompt(picked) or picked == same[0]


def test_pct_turns_the_order_of_two_nodes_round_at_change_points_alone() -> None:
    turned = 0
    for policy in calm(Pct, 3):
        order = nodes_that_yielded(watched(policy))
        fallen = {a for a, b in order if (b, a) in order} & {b for a, b in order if (b, a) in order}
        pairs = {frozenset(pair) for pair in order if pair[::-1] in order}
        turned += bool(pairs)

        # Each pair that was turned round holds a node that fell, and two fell at most.
        assert not pairs or any(
            all(pair & {one, other} for pair in pairs) for one in fallen for other in fallen
        )
    assert turned


def test_pct_has_one_change_point_less_than_its_depth() -> None:
    policies = [Pct(seed, 64) for seed in range(50)]

    assert {policy.depth for policy in policies} == {1, 2, 3, 4}
    # Two may fall on one step.
    assert all(len(policy.changes) < policy.depth for policy in policies)
    assert any(len(policy.changes) == 3 for policy in policies)


def test_a_change_point_gives_a_priority_below_all_that_are_drawn() -> None:
    policies = [Pct(seed, 64, depth=4) for seed in range(50)]

    assert all(low < HIGH for policy in policies for low in policy.changes.values())


def test_in_calm_runs_timers_fire_when_no_message_is_left() -> None:
    for policy in [*calm(Pct, 2), *calm(PctCp, 2)]:
        for events, picked in watched(policy):
            assert is_prompt(picked) or not any(map(is_prompt, events))


def test_the_bound_is_that_of_the_paper_for_a_share_of_the_runs() -> None:
    at_1, at_2, *_ = bound(5, 20)

    assert at_1 / at_2 == pytest.approx(20)
    assert at_1 == pytest.approx(1 / 5 / 32)


def test_chains_cause_what_follows_in_them() -> None:
    policy = PctCp(5, 64)
    parents: dict[int, int] = {}
    for events, _ in watched(policy):
        parents |= {event.number: event.parent for event in events}

    def causes(number: int) -> set[int]:
        found = set()
        while number in parents:
            number = parents[number]
            found.add(number)
        return found

    assert any(len(members) > 3 for members in policy.chains.members)
    for members in policy.chains.members:
        assert all(one in causes(other) for one, other in pairwise(members))


def test_an_event_whose_cause_ends_no_chain_begins_one() -> None:
    chains = Chains()
    numbers = [
        chains.add(Event(number, "deliver", "a", "b", None, parent))
        for number, parent in ((0, -1), (1, 0), (2, 0), (3, 1), (4, 2))
    ]

    assert numbers == [0, 0, 1, 0, 1]


def test_pctcp_of_depth_1_runs_by_strict_priorities_of_chains() -> None:
    for policy in calm(PctCp, 1):
        assert isinstance(policy, PctCp)
        of, steps = policy.chains.of, watched(policy)

        for events, picked in steps:
            prompt = [event for event in events if is_prompt(event)]
            if prompt:
                highest = max(policy.priorities[of[event.number]] for event in prompt)
                assert policy.priorities[of[picked.number]] == highest


def test_pos_draws_anew_for_those_events_alone_that_race_with_what_happened() -> None:
    policy = Pos(3)
    before: dict[int, int] = {}

    class Compared:
        def pick(self, events: list[Event], may: frozenset[Deed]) -> tuple[Deed, int] | None:
            picked = policy.pick(events, may)
            assert picked is not None
            deed, happened = picked[0], events[picked[1]]
            for event in events:
                number = event.number
                if deed != "lose" and event.node == happened.node:
                    assert number not in policy.priorities, "it is drawn when it is looked at again"
                elif number in before:
                    assert policy.priorities[number] == before[number]
            before.clear()
            before.update(policy.priorities)
            return picked

    assert Toy().run(Compared()).steps > 10


def test_pos_lets_the_event_of_the_highest_priority_happen() -> None:
    policy = next(pos for pos in map(Pos, range(100)) if pos.unusual.is_calm)
    events = [Event(number, "deliver", f"node-{number}", "b", None, -1) for number in range(5)]

    picked = policy.pick(events, frozenset(("happen",)))

    assert picked is not None
    left = policy.priorities
    assert picked[1] not in left
    replayed = Pos(next(seed for seed in range(100) if Pos(seed).unusual.is_calm))
    drawn = [replayed._dice.bits() for _ in events]
    assert drawn[picked[1]] == max(drawn)
