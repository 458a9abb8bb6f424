"""What all live leaders hold in a durable snapshot is forgotten, by acceptors and by leaders."""

from typing import Literal

import pytest
from roles import ACCEPTORS, LEADERS, a_leader, command

from paxos_des.protocol.acceptor import Acceptor
from paxos_des.protocol.ballot import Ballot, Command, Vote
from paxos_des.protocol.chain import CHAIN_START, chained
from paxos_des.protocol.effects import (
    Applied,
    Broadcast,
    CancelTimer,
    Compact,
    Effect,
    Forgot,
    Forgotten,
    Installed,
    Kept,
    Learned,
    Persist,
    Promised,
    Recovered,
    Reserved,
    Send,
    SetTimer,
    Snapshotted,
    Told,
    Voted,
)
from paxos_des.protocol.forgetting import LOST
from paxos_des.protocol.heartbeat import SILENCE, HeartbeatListener
from paxos_des.protocol.leader import Leader
from paxos_des.protocol.messages import (
    Accept,
    Accepted,
    CatchUp,
    CatchUpRequest,
    Forget,
    Gone,
    Heartbeat,
    Prepare,
    Promise,
    Reply,
    Request,
    Session,
    Snapshot,
    Standing,
)
from paxos_des.run_record import FORGOTTEN, LeaderHistory

LOW, HIGH = Ballot(1, 2), Ballot(2, 1)
PEERS = ("leader-0", "leader-2")
X, Y, Z = command(0), command(1), command(2)


# Applying.


def test_answers_when_a_command_is_applied_and_not_when_it_is_learned() -> None:
    leader = a_leader("leader-1", replica="kv")
    leader.on_believe("leader-1")
    leader.on_message("client-0", Request(Y))

    first = votes_for(leader, 1, Y)
    second = votes_for(leader, 0, X)

    assert first == [Learned(1, Y, LOW, ACCEPTORS[:2])]
    assert second[:4] == [
        Learned(0, X, LOW, ACCEPTORS[:2]),
        Applied(0, X),
        Applied(1, Y),
        Send("client-0", Reply(1, 1)),
    ]


def test_answers_a_repeated_request_from_its_table() -> None:
    leader = a_leader("leader-1", replica="list")
    once = Command("client-0", 0, ("append", "x"))
    votes_for(leader, 0, once)

    again = votes_for(leader, 1, once)

    assert again == [Learned(1, once, LOW, ACCEPTORS[:2]), Applied(1, once, 1, repeated=True)]
    assert leader.on_message("client-0", Request(once)) == [Send("client-0", Reply(0, 0, 1))]


# Snapshots.


def test_takes_a_snapshot_when_enough_slots_are_applied() -> None:
    leader = snapshotting(every=2)
    votes_for(leader, 0, X)

    effects = votes_for(leader, 1, Y)

    snapshot = snapshot_of(X, Y)
    assert effects == [
        Learned(1, Y, LOW, ACCEPTORS[:2]),
        Applied(1, Y),
        Compact((Reserved(0), Kept(snapshot))),
        Snapshotted(2, snapshot.chain),
    ]
    assert len(leader.learner.learned) == 2


def test_a_restarted_leader_begins_from_its_snapshot() -> None:
    leader, snapshot = snapshotting(every=2), snapshot_of(X, Y)

    leader.recover((Reserved(64), Kept(snapshot)))

    assert leader.learner.first_unlearned == 2
    assert leader.learner.forgotten == (2, snapshot.chain)
    assert leader.campaign.next_slot == 2
    assert leader.on_message("client-0", Request(X)) == [Send("client-0", Reply(0, 0))]
    assert votes_for(leader, 2, Z)[1:] == [Applied(2, Z)]


def test_tells_the_primary_how_far_it_is() -> None:
    leader = snapshotting("leader-0", every=2)
    leader.on_believe("leader-2")
    listener = HeartbeatListener(leader.leadership, 2)
    for slot, value in enumerate((X, Y, Z)):
        votes_for(leader, slot, value)

    effects = listener.on_message("leader-2", Heartbeat(3))

    wait = SetTimer(timer=SILENCE, delay_us_min=2, delay_us_max=2)
    assert effects == [wait, Send("leader-2", Standing(learned=3, snapshot=2))]


# Who may forget what.


def test_the_primary_lets_all_forget_what_is_in_all_snapshots() -> None:
    leader = primary(every=1)
    for slot, value in enumerate((X, Y, Z)):
        votes_for(leader, slot, value)

    first = leader.on_message("leader-0", Standing(3, 3))
    second = leader.on_message("leader-2", Standing(3, 2))

    assert first == []
    assert second == [
        Broadcast(ACCEPTORS, Forget(2)),
        Broadcast(PEERS, Forget(2)),
        Forgot(2),
    ]
    assert leader.learner.learned == {2: Z}
    assert leader.learner.forgotten == (2, chain_of(X, Y))
    assert leader.learner.slots_of == {("client-0", 2): 2}


def test_its_own_snapshot_counts() -> None:
    leader = primary(every=3)
    for slot, value in enumerate((X, Y, Z)):
        assert leader.on_message("leader-0", Standing(3, 3)) == []
        assert leader.on_message("leader-2", Standing(3, 3)) == []
        effects = votes_for(leader, slot, value)

    assert effects[-3:-1] == [Broadcast(ACCEPTORS, Forget(3)), Broadcast(PEERS, Forget(3))]


def test_a_lost_leader_does_not_keep_the_others_from_forgetting() -> None:
    leader = primary(every=1)
    votes_for(leader, 0, X)
    leader.on_message("leader-0", Standing(1, 1))

    effects = leader.on_timer(LOST)

    assert effects[:2] == [Broadcast(ACCEPTORS, Forget(1)), Broadcast(PEERS, Forget(1))]


def test_one_that_was_lost_counts_again_when_it_is_heard() -> None:
    leader = primary(every=1)
    leader.on_message("leader-0", Standing(0, 0))
    leader.on_timer(LOST)
    leader.on_message("leader-2", Standing(0, 0))
    votes_for(leader, 0, X)

    assert leader.on_message("leader-0", Standing(1, 1)) == []


def test_one_that_is_not_primary_tells_nobody_to_forget() -> None:
    leader = snapshotting(every=1)
    votes_for(leader, 0, X)

    assert leader.on_message("leader-0", Standing(1, 1)) == []
    assert leader.on_message("leader-2", Standing(1, 1)) == []


def test_a_demoted_primary_looks_for_lost_ones_no_more() -> None:
    assert CancelTimer(LOST) in primary(every=1).on_believe("leader-2")


def test_a_leader_keeps_what_is_in_no_snapshot_of_its_own() -> None:
    leader = snapshotting(every=2)
    votes_for(leader, 0, X)

    early = leader.on_message("leader-2", Forget(2))
    late = votes_for(leader, 1, Y)

    assert early == []
    assert late[-1] == Forgot(2)
    assert leader.learner.learned == {}


# A leader that finds the slots gone.


def test_serves_a_snapshot_where_the_slots_are_gone() -> None:
    leader = snapshotting(every=2)
    for slot, value in enumerate((X, Y, Z)):
        votes_for(leader, slot, value)
    leader.on_message("leader-2", Forget(2))

    effects = leader.on_message("leader-0", CatchUpRequest(1))

    assert effects == [Send("leader-0", CatchUp(2, (Z,), 3, snapshot_of(X, Y)))]


def test_installs_a_snapshot_and_learns_what_follows() -> None:
    leader, snapshot = snapshotting(every=2), snapshot_of(X, Y)
    leader.on_believe("leader-1")
    leader.on_message("client-0", Request(Y))

    effects = leader.on_message("leader-0", CatchUp(2, (Z,), 3, snapshot))

    assert effects[:5] == [
        Compact((Reserved(64), Kept(snapshot))),
        Installed(2, snapshot.chain, "leader-0"),
        Snapshotted(2, snapshot.chain),
        Send("client-0", Reply(1, 1)),
        Told(2, Z, "leader-0"),
    ]
    assert effects[5:] == [Applied(2, Z)]
    assert leader.learner.forgotten == (2, snapshot.chain)
    assert leader.taken == set()


def test_a_snapshot_that_tells_no_news_changes_nothing() -> None:
    leader = snapshotting(every=5)
    for slot, value in enumerate((X, Y, Z)):
        votes_for(leader, slot, value)

    assert leader.on_message("leader-0", CatchUp(2, (Z,), 3, snapshot_of(X, Y))) == []


def test_what_was_in_flight_in_forgotten_slots_goes_on_in_a_later_one() -> None:
    leader = snapshotting(every=2, phase1="stable")
    leader.on_believe("leader-1")
    for name in ACCEPTORS[:2]:
        leader.on_message(name, Promise(Ballot(1, 1), (), from_slot=0))
    leader.on_message("client-0", Request(Z))

    effects = leader.on_message("leader-0", CatchUp(2, (), 2, snapshot_of(X, Y)))

    assert Broadcast(ACCEPTORS, Accept(2, Ballot(1, 1), Z)) in effects
    assert leader.proposer.in_flight_below(3) == [2]


# Acceptors.


def test_an_acceptor_forgets_single_slots_and_keeps_the_rest() -> None:
    acceptor = voter()

    effects = acceptor.on_message("leader-1", Forget(1))

    left = (
        Forgotten(1),
        Voted(1, LOW, Y),
        Promised(HIGH, slot=1),
        Promised(LOW, from_slot=1),
    )
    assert effects == [Compact(left), Forgot(1)]
    assert acceptor.on_message("leader-1", Forget(1)) == []


def test_what_is_left_is_what_a_restarted_acceptor_finds() -> None:
    acceptor, again = voter(), Acceptor(LEADERS)
    [compact, _] = acceptor.on_message("leader-1", Forget(1))
    assert isinstance(compact, Compact)

    effects = again.recover(compact.records)

    assert again == acceptor
    promised = (Promised(HIGH, slot=1), Promised(LOW, from_slot=0))
    assert effects == [Forgot(1), Recovered(promised, (Vote(1, LOW, Y),))]


@pytest.mark.parametrize(
    "message",
    [Prepare(Ballot(9, 1), slot=0), Prepare(Ballot(9, 1), from_slot=0), Accept(0, HIGH, X)],
    ids=["prepare", "prepare-all", "accept"],
)
def test_an_acceptor_has_no_part_in_slots_that_it_forgot(
    message: Prepare | Accept,
) -> None:
    acceptor = voter()
    acceptor.on_message("leader-1", Forget(1))

    assert acceptor.on_message("leader-0", message) == [Send("leader-0", Gone(1))]


def test_an_acceptor_goes_on_above_what_it_forgot() -> None:
    acceptor = voter()
    acceptor.on_message("leader-1", Forget(1))
    higher = Ballot(9, 1)

    effects = acceptor.on_message("leader-1", Prepare(higher, from_slot=1))

    answer = Promise(higher, (Vote(1, LOW, Y),), from_slot=1)
    assert effects == [Persist(Promised(higher, from_slot=1)), Send("leader-1", answer)]


# Histories.


def test_a_history_shows_a_forgotten_prefix_as_length_and_chain() -> None:
    short = LeaderHistory({2: Z}, (2, chain_of(X, Y)))
    full = LeaderHistory({0: X, 1: Y, 2: Z})

    assert (short.length, short.chain) == (full.length, full.chain)
    assert tuple(short) == (FORGOTTEN, FORGOTTEN, Z)
    assert short[1:] == (FORGOTTEN, Z)
    assert short[-1] == Z
    assert short == full
    assert hash(short) == hash(full)
    assert short != LeaderHistory({2: Z}, (2, chain_of(Y, X)))
    with pytest.raises(IndexError, match="found slot 3"):
        short[3]


def test_unlearned_and_forgotten_are_two_things() -> None:
    history = LeaderHistory({2: Z}, (1, chain_of(X)))

    assert tuple(history) == (FORGOTTEN, None, Z)
    assert history.length == 1


def snapshotting(
    name: str = "leader-1", *, every: int, phase1: Literal["per-slot", "stable"] = "per-slot"
) -> Leader:
    return a_leader(name, phase1=phase1, replica="kv", snapshot_every=every)


def primary(*, every: int) -> Leader:
    leader = snapshotting(every=every)
    leader.on_believe("leader-1")
    return leader


def votes_for(leader: Leader, slot: int, value: Command) -> list[Effect]:
    for name in ACCEPTORS[:2]:
        effects = leader.on_message(name, Accepted(slot, LOW, value))
    return effects


def voter() -> Acceptor:
    """Return an acceptor that has voted in slots 0 and 1, and promised more in 1."""
    acceptor = Acceptor(LEADERS)
    acceptor.on_message("leader-2", Prepare(LOW, from_slot=0))
    acceptor.on_message("leader-2", Accept(0, LOW, X))
    acceptor.on_message("leader-2", Accept(1, LOW, Y))
    acceptor.on_message("leader-1", Prepare(HIGH, slot=1))
    return acceptor


def chain_of(*values: Command) -> str:
    chain = CHAIN_START
    for value in values:
        chain = chained(chain, value)
    return chain


def snapshot_of(*values: Command) -> Snapshot:
    """Return the snapshot of a key-value store after these, chosen from slot 0 on."""
    results = tuple((one.sequence, slot, None) for slot, one in enumerate(values))
    state = (("x", values[-1].sequence),)
    return Snapshot(len(values), chain_of(*values), state, (Session("client-0", 0, results),))
