"""Acceptors change through the log."""

from typing import Any, Literal

import pytest
from roles import ACCEPTORS, a_leader, command

from paxos_des.protocol.ballot import NOOP, Ballot, Command
from paxos_des.protocol.configurations import Configuration, Configurations, change_in
from paxos_des.protocol.effects import (
    Adopted,
    Broadcast,
    Effect,
    Kept,
    Learned,
    Reserved,
    Send,
)
from paxos_des.protocol.leader import RESEND, Leader
from paxos_des.protocol.messages import (
    Accept,
    Accepted,
    CatchUp,
    Prepare,
    Promise,
    Request,
    Snapshot,
)
from paxos_des.protocol.quorum import Majority

BALLOT, NEXT = Ballot(1, 1), Ballot(2, 1)
NEW = ("acceptor-1", "acceptor-2", "acceptor-3")
CHANGE = Command("client-9", 0, ("reconfigure", NEW))
UNION = (*ACCEPTORS, "acceptor-3")


def test_a_change_takes_effect_so_many_slots_later() -> None:
    configurations = some()
    configurations.on_chosen(0, CHANGE, repeated=False)

    assert configurations.end == 4
    assert configurations.at(2).acceptors == ACCEPTORS
    assert configurations.at(3) == Configuration(3, NEW, Majority(3))
    assert configurations.acceptors_from(1) == UNION
    assert configurations.acceptors_from(3) == NEW


@pytest.mark.parametrize("names", [(), ("acceptor-9",), ("acceptor-0", 1)])
def test_a_change_to_nobody_or_to_unknown_ones_is_none(names: tuple[str | int, ...]) -> None:
    configurations = some()
    configurations.on_chosen(0, Command("c", 0, ("reconfigure", names)), repeated=False)

    assert configurations.now.acceptors == ACCEPTORS


def test_a_change_that_is_chosen_again_has_no_effect_again() -> None:
    configurations = some()
    configurations.on_chosen(0, CHANGE, repeated=False)
    configurations.on_chosen(1, CHANGE, repeated=True)

    assert configurations.now.start == 3


def test_only_such_commands_are_changes() -> None:
    assert change_in(CHANGE) == NEW
    assert change_in(command(0)) == ()
    assert change_in(NOOP) == ()


def test_a_leader_proposes_in_no_slot_whose_acceptors_it_does_not_know() -> None:
    leader = leading(window=9)

    effects = [leader.on_message("client-0", Request(command(number))) for number in range(4)]

    assert effects[2] == [Broadcast(ACCEPTORS, Accept(2, BALLOT, command(2)))]
    assert effects[3] == []
    assert Broadcast(ACCEPTORS, Accept(3, BALLOT, command(3))) in votes_for(leader, 0, command(0))


def test_a_stable_leader_prepares_with_the_new_ones_before_it_proposes_to_them() -> None:
    leader = leading()
    leader.on_message("client-9", Request(CHANGE))

    effects = votes_for(leader, 0, CHANGE)

    assert Broadcast(UNION, Prepare(NEXT, from_slot=1)) in effects


def test_it_needs_a_quorum_of_every_configuration_in_force() -> None:
    leader = leading()
    leader.on_message("client-9", Request(CHANGE))
    votes_for(leader, 0, CHANGE)
    promise = Promise(NEXT, (), from_slot=1)
    leader.on_message("acceptor-0", promise)

    second = leader.on_message("acceptor-1", promise)  # a majority of the old ones only
    third = leader.on_message("acceptor-3", promise)

    assert second == []
    promises = ("acceptor-0", "acceptor-1", "acceptor-3")
    assert third == [Adopted(NEXT, promises, from_slot=1)]


def test_the_unanswered_among_old_and_new_are_asked_again() -> None:
    leader = leading()
    leader.on_message("client-9", Request(CHANGE))
    votes_for(leader, 0, CHANGE)
    leader.on_message("acceptor-0", Promise(NEXT, (), from_slot=1))
    leader.on_timer(RESEND)

    effects = leader.on_timer(RESEND)

    assert effects[:-1] == [Send(name, Prepare(NEXT, from_slot=1)) for name in NEW]


@pytest.mark.parametrize("phase1", ["per-slot", "stable"])
def test_votes_count_from_a_slots_own_acceptors_only(phase1: Literal["per-slot", "stable"]) -> None:
    leader = a_leader("leader-0", phase1=phase1, reconfigure_after=3, spares=("acceptor-3",))
    for slot, value in enumerate((CHANGE, command(1), command(2))):
        votes_for(leader, slot, value)
    vote = Accepted(3, BALLOT, command(3))
    leader.on_message("acceptor-0", vote)

    early = leader.on_message("acceptor-1", vote)
    late = leader.on_message("acceptor-3", vote)

    assert early == []
    assert late == [Learned(3, command(3), BALLOT, ("acceptor-1", "acceptor-3"))]


def test_votes_wait_until_it_is_known_whose_count() -> None:
    leader = a_leader("leader-0", reconfigure_after=1)
    early = votes_for(leader, 1, command(1))

    effects = votes_for(leader, 0, command(0))

    assert not any(isinstance(one, Learned) for one in early)
    learned = [one.slot for one in effects if isinstance(one, Learned)]
    assert learned == [0, 1]


def test_per_slot_commands_wait_for_acceptors_that_are_known() -> None:
    leader = a_leader("leader-1", reconfigure_after=1, spares=("acceptor-3",))
    leader.on_believe("leader-1")
    leader.on_message("client-9", Request(CHANGE))
    waits = leader.on_message("client-0", Request(command(1)))

    effects = votes_for(leader, 0, CHANGE)

    assert waits == []
    assert effects[-1] == Broadcast(NEW, Prepare(NEXT, slot=1))


def test_snapshots_carry_the_configurations_that_matter() -> None:
    how: dict[str, Any] = {"replica": "kv", "snapshot_every": 2, "reconfigure_after": 3}
    leader = a_leader("leader-0", spares=("acceptor-3",), **how)
    votes_for(leader, 0, CHANGE)
    votes_for(leader, 1, command(1))
    assert leader.forgetting is not None
    snapshot = leader.forgetting.snapshot
    assert snapshot is not None

    again = a_leader("leader-0", spares=("acceptor-3",), **how)
    again.recover((Reserved(64), Kept(snapshot)))

    assert snapshot.acceptors == ((0, ACCEPTORS), (3, NEW))
    assert again.campaign.configurations is not None
    assert again.campaign.configurations.at(3).acceptors == NEW
    assert again.campaign.configurations.end == 5


def test_a_primary_that_installs_another_configuration_prepares_again() -> None:
    leader = leading(replica="kv", snapshot_every=2)
    snapshot = Snapshot(9, "c" * 64, (), (), ((5, NEW),))

    effects = leader.on_message("leader-0", CatchUp(9, (), 9, snapshot))

    assert Broadcast(NEW, Prepare(NEXT, from_slot=9)) in effects


def some() -> Configurations:
    first = Configuration(0, ACCEPTORS, Majority(3))
    return Configurations(first, frozenset(UNION), 3)


def leading(**more: Any) -> Leader:  # noqa: ANN401 - other settings
    """Return a stable primary of a cluster that has acceptor-3 to spare."""
    leader = a_leader(phase1="stable", reconfigure_after=3, spares=("acceptor-3",), **more)
    leader.on_believe("leader-1")
    for name in ACCEPTORS[:2]:
        leader.on_message(name, Promise(BALLOT, (), from_slot=0))
    return leader


def votes_for(leader: Leader, slot: int, value: Command) -> list[Effect]:
    for name in ACCEPTORS[:2]:
        effects = leader.on_message(name, Accepted(slot, BALLOT, value))
    return effects
