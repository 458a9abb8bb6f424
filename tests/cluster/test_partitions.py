"""Partitions by name do what their names say: who still reaches whom."""

from itertools import product

import pytest

from paxos_des.cluster.partitions import SHAPES, between_groups, cut_in_shape

NodeId = str
SIZES = list(product((1, 2, 3, 5), (1, 2, 3, 4, 5, 7)))
DRAWS = range(40)


class Parted:
    """A cluster under a shape: who hears whom."""

    def __init__(self, shape: str, leaders: int, acceptors: int, primary: int, draw: int) -> None:
        self.leaders = tuple(f"leader-{place}" for place in range(leaders))
        self.acceptors = tuple(f"acceptor-{place}" for place in range(acceptors))
        self.primary = self.leaders[primary % leaders]
        self.others = tuple(name for name in self.leaders if name != self.primary)
        self.cut = cut_in_shape(shape, self.leaders, self.acceptors, self.primary, draw)
        self.nodes = (*self.leaders, *self.acceptors)

    def reached(self, leader: NodeId) -> set[NodeId]:
        """Return the acceptors that a leader hears, and is heard by."""
        return {name for name in self.acceptors if self.is_open(leader, name)}

    def is_open(self, one: NodeId, other: NodeId) -> bool:
        return (one, other) not in self.cut and (other, one) not in self.cut

    def majority(self) -> int:
        return len(self.acceptors) // 2 + 1


def parted(shape: str, leaders: int = 3, acceptors: int = 5) -> list[Parted]:
    return [Parted(shape, leaders, acceptors, draw % 3, draw) for draw in DRAWS]


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize(("leaders", "acceptors"), SIZES)
def test_every_shape_fits_every_cluster_and_cuts_links_that_there_are_both_ways(
    shape: str, leaders: int, acceptors: int
) -> None:
    for one in parted(shape, leaders, acceptors):
        assert one.cut == tuple(sorted(set(one.cut)))
        for source, target in one.cut:
            assert (target, source) in one.cut
            assert source != target
            assert {source, target} <= set(one.nodes)
            assert {source, target} & set(one.leaders)


@pytest.mark.parametrize("shape", SHAPES)
def test_every_shape_cuts_something_of_the_usual_cluster(shape: str) -> None:
    for leaders in (2, 3):
        assert all(one.cut for one in parted(shape, leaders))


@pytest.mark.parametrize("shape", ["halves", "isolate", "bridge", "ring", "quorum-loss"])
def test_a_draw_chooses_among_variants(shape: str) -> None:
    assert len({one.cut for one in parted(shape)}) > 4


def test_halves_are_two_sides_that_do_not_hear_each_other() -> None:
    sizes = set()
    for one in parted("halves"):
        sides = {side_of(one, name) for name in one.nodes}

        assert len(sides) == 2
        sizes |= {len(side & set(one.acceptors)) for side in sides}
    assert sizes == {2, 3}


def test_an_isolated_node_hears_nobody_and_the_others_all_hear_each_other() -> None:
    alone = set()
    for one in parted("isolate"):
        (name,) = set.intersection(*(set(link) for link in one.cut))
        alone.add(name)

        assert len(one.cut) == 2 * (7 if name in one.leaders else 3)
    assert len(alone) == 8


def test_a_bridge_is_the_only_acceptor_that_both_sides_hear() -> None:
    for one in parted("bridge"):
        sides = {frozenset(one.reached(leader)) for leader in one.leaders}
        first, second = sides

        assert len(first & second) == 1
        assert first | second == set(one.acceptors)
        assert len(first) == len(second) == 3


def test_in_a_ring_every_leader_has_a_majority_and_none_has_all() -> None:
    for one in parted("ring"):
        reached = [frozenset(one.reached(leader)) for leader in one.leaders]

        assert all(len(heard) == one.majority() for heard in reached)
        assert len(set(reached)) == 3


def test_a_ring_of_five_leaders_hears_its_neighbours_alone() -> None:
    for one in parted("ring", 5):
        for place, leader in enumerate(one.leaders):
            heard = {other for other in one.leaders if other != leader
                     and one.is_open(leader, other)}  # fmt: skip

            assert heard == {one.leaders[place - 1], one.leaders[(place + 1) % 5]}


def test_the_primary_alone_hears_nobody_and_nothing_else_is_cut() -> None:
    for one in parted("primary-alone"):
        assert set(one.cut) == {
            pair for name in one.nodes if name != one.primary
            for pair in ((name, one.primary), (one.primary, name))
        }  # fmt: skip


def test_at_quorum_loss_the_hub_alone_reaches_a_majority_and_hears_the_primary() -> None:
    for one in parted("quorum-loss"):
        able = [name for name in one.leaders if len(one.reached(name)) >= one.majority()]
        (hub,) = able

        assert hub != one.primary
        assert one.reached(hub) == set(one.acceptors)
        assert one.is_open(hub, one.primary)
        assert all(one.is_open(hub, name) for name in one.others)


def test_at_a_constrained_election_only_the_hub_can_win_with_just_one_majority() -> None:
    for one in parted("constrained-election"):
        able = [name for name in one.leaders if len(one.reached(name)) >= one.majority()]
        (hub,) = able

        assert hub != one.primary
        assert len(one.reached(hub)) == one.majority()
        assert one.reached(one.primary) == set()
        assert not any(one.is_open(one.primary, name) for name in one.others)


@pytest.mark.parametrize("leaders", [2, 3, 5])
def test_chained_leaders_hear_their_neighbours_alone_and_reach_all_acceptors(leaders: int) -> None:
    for one in parted("chained", leaders):
        heard = {name: [other for other in one.leaders
                        if other != name and one.is_open(name, other)]
                 for name in one.leaders}  # fmt: skip
        neighbours = sorted(map(len, heard.values()))

        assert neighbours == ([0, 0] if leaders == 2 else [1, 1, *[2] * (leaders - 2)])
        assert len(heard[one.primary]) < 2
        assert all(one.reached(name) == set(one.acceptors) for name in one.leaders)


def test_groups_do_not_hear_each_other_and_who_is_in_none_hears_all() -> None:
    nodes = ("a", "b", "c", "d")

    assert between_groups([["a"], ["b", "c"]], nodes) == (
        ("a", "b"), ("a", "c"), ("b", "a"), ("c", "a"),
    )  # fmt: skip
    assert between_groups([["a", "c"], ["b", "c"]], nodes) == (("a", "b"), ("b", "a"))
    assert between_groups([["a", "b"]], nodes) == ()


def side_of(one: Parted, name: NodeId) -> frozenset[NodeId]:
    """Return all that a node hears, through whoever it hears."""
    side, new = {name}, {name}
    while new:
        new = {
            other for known in new for other in one.nodes
            if other not in side and one.is_open(known, other)
            and {known, other} & set(one.leaders)
        }  # fmt: skip
        side |= new
    return frozenset(side)
