"""A live cluster: it stands still until it is advanced, and is the same each time."""

from collections.abc import Callable

import pytest

from paxos_des.errors import InputError
from paxos_des.testing import LiveCluster
from paxos_des.testing.machine import SMALL

WRITE = ("put", "x", 1)


def test_what_is_requested_is_chosen_and_learned_by_all() -> None:
    live = LiveCluster(SMALL)

    live.request("client-0", WRITE)
    live.advance(1_000_000)

    histories = live.leader_histories
    assert [history.length for history in histories.values()] == [1, 1]
    assert histories["leader-0"] == histories["leader-1"]
    assert live.judge() == ()


def test_time_stands_still_until_it_is_advanced() -> None:
    live = LiveCluster(SMALL)

    live.request("client-0", WRITE)
    assert live.now_us == 0

    live.advance(5_000)
    assert live.now_us == 5_000


def test_a_client_that_crashed_asks_again_when_it_is_back() -> None:
    live = LiveCluster(SMALL)

    live.request("client-0", WRITE)
    live.crash("client-0")
    live.request("client-0", ("put", "x", 2))
    live.advance(100_000)
    assert live.leader_histories["leader-0"].length <= 1

    live.restart("client-0")
    live.advance(2_000_000)
    assert live.leader_histories["leader-0"].length >= 1
    assert [one["command"][1] for one in live.trace if one["event"] == "complete"] == [0, 1]


def test_a_crashed_node_is_down_until_it_restarts() -> None:
    live = LiveCluster(SMALL)

    live.crash("acceptor-1")
    assert live.state("acceptor-1") == "down"

    live.restart("acceptor-1")
    assert live.state("acceptor-1") == "up"


def test_without_a_quorum_nothing_is_chosen_until_links_are_mended() -> None:
    live = LiveCluster(SMALL)
    links = [(leader, f"acceptor-{number}") for leader in ("leader-0", "leader-1")
             for number in (0, 1)]  # fmt: skip

    for link in links:
        live.cut(*link)
    live.request("client-0", WRITE)
    live.advance(1_000_000)
    assert live.leader_histories["leader-0"].length == 0

    for link in links:
        live.mend(*link)
    live.advance(1_000_000)
    assert live.leader_histories["leader-0"].length == 1


def test_the_same_calls_give_the_same_trace() -> None:
    assert [*story().trace] == [*story().trace]


def test_a_violation_stops_the_world() -> None:
    live = LiveCluster(SMALL.replace(protocol="accept-below-promise"))

    live.request("client-0", WRITE)
    live.request("client-1", ("put", "x", 2))
    live.advance(1_000_000)
    stopped_us = live.now_us
    live.advance(1_000_000)

    assert live.violations
    assert live.now_us == stopped_us < 1_000_000


@pytest.mark.parametrize(
    ("mistake", "said"),
    [
        (lambda live: live.crash("acceptor-9"), "node: found 'acceptor-9'"),
        (lambda live: live.cut("acceptor-0", "acceptor-1"), "link's target: found 'acceptor-1'"),
        (lambda live: live.request("leader-0", WRITE), "client: found 'leader-0'"),
        (lambda live: live.advance(0), "advance: found 0; allowed is an integer of µs from 1"),
    ],
)
def test_what_cannot_be_is_refused(mistake: Callable[[LiveCluster], None], said: str) -> None:
    with pytest.raises(InputError, match=said):
        mistake(LiveCluster(SMALL))


def story() -> LiveCluster:
    live = LiveCluster(SMALL, seed=3)
    live.request("client-0", WRITE)
    live.advance(12_000)
    live.crash("leader-0")
    live.request("client-1", ("put", "x", 2))
    live.advance(40_000)
    live.restart("leader-0")
    live.advance(400_000)
    return live
