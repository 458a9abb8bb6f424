"""The leader lease: who grants it, how long it lasts, and what is answered under it."""

from typing import Any

import pytest
from roles import ACCEPTORS, LEADERS, a_leader, command

from paxos_des.protocol.acceptor import LEASE, Acceptor
from paxos_des.protocol.ballot import Ballot, Command
from paxos_des.protocol.effects import (
    Applied,
    Broadcast,
    CancelTimer,
    Learned,
    Persist,
    Promised,
    Recovered,
    Send,
    SetTimer,
    Timer,
)
from paxos_des.protocol.leader import Leader
from paxos_des.protocol.lease import RENEW, held_us
from paxos_des.protocol.messages import (
    Accept,
    Accepted,
    Granted,
    Nack,
    Prepare,
    Promise,
    Renew,
    Reply,
    Request,
)

BALLOT, HIGHER = Ballot(1, 1), Ballot(2, 2)
READ = Command("client-1", 0, ("get", "x"))
GRANT_RUNS = SetTimer(timer=LEASE, delay_us_min=1_000, delay_us_max=1_000, clock="steady")


def test_a_lease_is_held_for_less_than_it_is_granted_for() -> None:
    """By the clock that runs slowest it ends when, by the one that runs fastest, the grant does."""
    assert held_us(1_000_000, 0.0) == 1_000_000
    assert held_us(1_000_000, 0.01) == 980_198
    assert held_us(100, 0.5) == 33


# Acceptors.


def test_an_acceptor_grants_what_it_has_promised_last() -> None:
    acceptor = promised()

    effects = acceptor.on_message("leader-1", Renew(BALLOT, 7))

    assert effects == [GRANT_RUNS, Send("leader-1", Granted(BALLOT, 7))]


def test_an_acceptor_refuses_a_primary_whose_ballot_is_outdated() -> None:
    """So one that has nothing to propose hears that others may have chosen something since."""
    acceptor = promised()
    acceptor.on_message("leader-2", Prepare(HIGHER, from_slot=0))

    effects = acceptor.on_message("leader-1", Renew(BALLOT, 7))

    assert effects == [Send("leader-1", Nack(BALLOT, HIGHER, from_slot=0))]


def test_an_acceptor_grants_nothing_to_one_that_it_has_promised_less_or_more() -> None:
    acceptor = promised()

    assert acceptor.on_message("leader-2", Renew(HIGHER, 1)) == []
    assert Acceptor(LEADERS).on_message("leader-1", Renew(BALLOT, 1)) == []


@pytest.mark.parametrize("where", [{"from_slot": 0}, {"slot": 3}], ids=["all", "one"])
def test_while_a_lease_runs_no_other_leader_gets_a_promise(where: dict[str, Any]) -> None:
    acceptor = promised()
    acceptor.on_message("leader-1", Renew(BALLOT, 7))

    refused = acceptor.on_message("leader-2", Prepare(HIGHER, **where))
    over = acceptor.on_timer(LEASE)
    granted = acceptor.on_message("leader-2", Prepare(HIGHER, **where))

    assert refused == [Send("leader-2", Nack(HIGHER, BALLOT, **where))]
    assert over == []
    assert granted[-1] == Send("leader-2", Promise(HIGHER, (), **where))


def test_its_own_leader_may_take_a_higher_ballot() -> None:
    """It knows of its own reads; to make it wait for its own lease would only cost time."""
    acceptor, next_one = promised(), Ballot(2, 1)
    acceptor.on_message("leader-1", Renew(BALLOT, 7))

    effects = acceptor.on_message("leader-1", Prepare(next_one, from_slot=0))

    promise = Promise(next_one, (), from_slot=0)
    assert effects == [Persist(Promised(next_one, from_slot=0)), Send("leader-1", promise)]


def test_a_restarted_acceptor_promises_nobody_anything_for_one_lease() -> None:
    acceptor = Acceptor(LEADERS, lease_us=1_000)
    record = Promised(BALLOT, from_slot=0)

    effects = acceptor.recover((record,))
    refused = acceptor.on_message("leader-1", Prepare(Ballot(2, 1), from_slot=0))

    assert effects == [Recovered((record,), ()), GRANT_RUNS]
    assert refused == [Send("leader-1", Nack(Ballot(2, 1), BALLOT, from_slot=0))]


# The primary.


def test_the_primary_asks_for_a_lease_that_runs_from_then_on() -> None:
    leader = leading()

    effects = leader.on_timer(RENEW)

    assert effects == [
        SetTimer(timer=Timer("lease", 1), delay_us_min=900, delay_us_max=900, clock="steady"),
        Broadcast(ACCEPTORS, Renew(BALLOT, 1)),
        SetTimer(timer=RENEW, delay_us_min=225, delay_us_max=225),
    ]


def test_one_that_has_no_ballot_asks_for_no_lease() -> None:
    leader = a_leader(phase1="stable", replica="kv", reads="lease", lease_us=1_000)
    leader.on_believe("leader-1")

    [effect] = leader.on_timer(RENEW)

    assert isinstance(effect, SetTimer)


def test_a_read_is_answered_at_once_under_a_lease() -> None:
    leader = holding()

    effects = leader.on_message("client-1", Request(READ))

    assert effects == [Send("client-1", Reply(0, None, None))]


def test_a_read_waits_for_what_was_proposed_before_it() -> None:
    """Another leader may know that it is chosen, and may have answered."""
    leader = holding()
    leader.on_message("client-0", Request(command(5)))
    waits = leader.on_message("client-1", Request(READ))
    leader.on_message("client-0", Request(command(6)))
    leader.on_message("acceptor-0", Accepted(0, BALLOT, command(5)))

    effects = leader.on_message("acceptor-1", Accepted(0, BALLOT, command(5)))

    assert waits == []
    assert effects == [
        Learned(0, command(5), BALLOT, ACCEPTORS[:2]),
        Applied(0, command(5)),
        Send("client-0", Reply(5, 0)),
        Send("client-1", Reply(0, None, 5)),
    ]


def test_without_a_lease_a_read_takes_a_slot() -> None:
    effects = leading().on_message("client-1", Request(READ))

    assert effects == [Broadcast(ACCEPTORS, Accept(0, BALLOT, READ))]


def test_a_write_takes_a_slot_in_any_case() -> None:
    effects = holding().on_message("client-0", Request(command(5)))

    assert effects == [Broadcast(ACCEPTORS, Accept(0, BALLOT, command(5)))]


def test_one_grant_is_no_quorum() -> None:
    leader = leading()
    leader.on_timer(RENEW)
    leader.on_message("acceptor-0", Granted(BALLOT, 1))
    leader.on_message("acceptor-0", Granted(BALLOT, 1))

    assert leader.on_message("client-1", Request(READ)) != [Send("client-1", Reply(0))]


def test_grants_of_two_requests_are_not_added_up() -> None:
    leader = leading()
    leader.on_timer(RENEW)
    leader.on_timer(RENEW)
    leader.on_message("acceptor-0", Granted(BALLOT, 1))
    leader.on_message("acceptor-1", Granted(BALLOT, 2))

    assert leader.on_message("client-1", Request(READ)) != [Send("client-1", Reply(0))]


def test_a_lease_ends_with_its_timer() -> None:
    leader = holding()
    leader.on_timer(Timer("lease", 1))

    effects = leader.on_message("client-1", Request(READ))

    assert effects == [Broadcast(ACCEPTORS, Accept(0, BALLOT, READ))]


def test_a_younger_lease_takes_the_place_of_an_older_one() -> None:
    leader = holding()
    leader.on_timer(RENEW)
    leader.on_message("acceptor-0", Granted(BALLOT, 2))

    effects = leader.on_message("acceptor-1", Granted(BALLOT, 2))

    assert effects == [CancelTimer(Timer("lease", 1))]


def test_a_demoted_primary_has_no_lease() -> None:
    leader = holding()

    effects = leader.on_believe("leader-2")

    assert effects[-2:] == [CancelTimer(RENEW), CancelTimer(Timer("lease", 1))]


def test_reads_take_slots_while_a_change_of_acceptors_is_in_flight() -> None:
    """Others may know of it first, and need no acceptor that has granted anything."""
    leader = holding(reconfigure_after=5, spares=("acceptor-3",))
    change = Command("client-0", 0, ("reconfigure", ("acceptor-0", "acceptor-3")))
    leader.on_message("client-0", Request(change))

    effects = leader.on_message("client-1", Request(READ))

    assert effects == [Broadcast(ACCEPTORS, Accept(1, BALLOT, READ))]


def promised() -> Acceptor:
    """Return an acceptor that has promised all slots to leader-1, and grants leases."""
    acceptor = Acceptor(LEADERS, lease_us=1_000)
    acceptor.on_message("leader-1", Prepare(BALLOT, from_slot=0))
    return acceptor


def leading(**more: Any) -> Leader:  # noqa: ANN401 - other settings
    leader = a_leader(
        phase1="stable",
        replica="kv",
        reads="lease",
        lease_us=1_100,
        lease_drift=0.1,
        **more,
    )
    leader.on_believe("leader-1")
    for name in ACCEPTORS[:2]:
        leader.on_message(name, Promise(BALLOT, (), from_slot=0))
    return leader


def holding(**more: Any) -> Leader:  # noqa: ANN401 - other settings
    """Return a primary that holds a lease."""
    leader = leading(**more)
    leader.on_timer(RENEW)
    for name in ACCEPTORS[:2]:
        leader.on_message(name, Granted(BALLOT, 1))
    return leader
