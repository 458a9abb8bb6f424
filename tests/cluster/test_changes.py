"""Changes of the acceptors, as scenarios ask for them."""

import pytest

from paxos_des import Scenario, simulate
from paxos_des.checks.judges import CHECKS
from paxos_des.cluster.changes import asked_for, changes
from paxos_des.errors import ScenarioError

TWO = ("acceptor-0", "acceptor-1")
AT_ONCE = [{"at": "5ms", "add": "acceptor-2"}, {"at": "5ms", "remove": "acceptor-0"}]


def test_changes_of_one_time_know_nothing_of_each_other() -> None:
    found = changes([*AT_ONCE, {"at": "6ms", "add": "acceptor-0"}], "changes")

    asked = [(rank, before, change.of(before)) for rank, change, before in asked_for(found, TWO)]
    assert asked == [
        (0, TWO, (*TWO, "acceptor-2")),
        (1, TWO, ("acceptor-1",)),
        (0, ("acceptor-1", "acceptor-2"), ("acceptor-1", "acceptor-2", "acceptor-0")),
    ]


def test_they_are_asked_of_different_leaders_by_clients_of_their_own() -> None:
    run = simulate(scenario(AT_ONCE), seed=1, record="trace")

    asked = [(one["at_us"], one["node"], one["peer"], one["message"]["command"][2][1])
             for one in run.trace
             if one["event"] == "send" and one["message"]["type"] == "Request"][:2]  # fmt: skip
    assert asked == [
        (5_000, "client-1", "leader-1", [*TWO, "acceptor-2"]),
        (5_000, "client-2", "leader-0", ["acceptor-1"]),
    ]


def test_one_client_asks_for_those_of_different_times() -> None:
    found = scenario([AT_ONCE[0], {**AT_ONCE[1], "at": "6ms"}])

    assert found.client_names == ("client-0", "client-1")


def test_what_is_chosen_of_them_is_one_history() -> None:
    runs = [simulate(scenario(AT_ONCE), seed=seed, record="nothing", checks=CHECKS)
            for seed in range(20)]  # fmt: skip

    assert {run.verdict for run in runs} == {"ok"}
    assert {run.stats.chosen for run in runs} == {2}


def test_who_leaves_at_the_time_at_which_it_joins_is_refused() -> None:
    found = [AT_ONCE[0], {"at": "5ms", "remove": "acceptor-2"}]

    with pytest.raises(ScenarioError, match="changes, item 1, remove: found 'acceptor-2'"):
        scenario(found)


def scenario(found: list[dict[str, str]]) -> Scenario:
    return Scenario.named("duel").replace(
        acceptors=2, spares=1, phase1="stable", slots="unbounded", reconfigure_after=3,
        changes=found, clients=1, values=0,
    )  # fmt: skip
