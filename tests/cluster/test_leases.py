"""Reads under a leader lease: without a slot, and never stale."""

from typing import Any

import pytest

from paxos_des import Scenario, simulate
from paxos_des.cluster.registry import MULTI_PAXOS, registered
from paxos_des.protocol.acceptor import Acceptor
from paxos_des.protocol.ballot import Ballot

OTHERS = ("leader-0", "acceptor-0", "acceptor-1", "acceptor-2")
ALONE: list[dict[str, Any]] = [
    {"at": "300ms", "cut": list(link)}
    for name in OTHERS
    for link in (("leader-1", name), (name, "leader-1"))
] + [{"at": "300ms", "cut": [f"client-{number}", "leader-1"]} for number in range(7)]
"""Leader-1 is alone with client-7, which reads on, up to its first write."""
SCENARIO = Scenario(
    acceptors=3, leaders=2, primaries="highest", phase1="stable", heartbeat_every="5ms",
    heartbeat_timeout="15ms", clients=8, values=1_600, in_flight=1, replica="kv", keys=1,
    operations={"put": 1, "get": 40}, send_to="leader-1", delay="1ms", retry_after="10ms",
    backoff_min="1ms", backoff_max="3ms",
    think_max="4ms", reads="lease", lease="500ms", resend_after="50ms", stop_when="horizon",
    horizon="1s",
)  # fmt: skip


class Careless(Acceptor):
    """Grants leases, and minds none."""

    def _is_leased_to_another(self, _: Ballot) -> bool:
        return False


def test_reads_take_no_slot() -> None:
    run = simulate(SCENARIO, seed=1)

    slots = [one.slot for one in run.client_history if one.type == "ok" and is_read(one.operation)]
    assert len(slots) > 100
    assert slots.count(None) > 0.8 * len(slots)
    assert run.verdict == "ok"


def test_without_leases_reads_go_through_the_log() -> None:
    run = simulate(SCENARIO.replace(reads="log"), seed=1)

    assert all(one.slot is not None for one in run.client_history if one.type == "ok")
    assert run.stats.messages["Renew"] == 0


def test_a_primary_that_is_cut_off_answers_nothing_stale() -> None:
    """The other takes over when the lease has run out, and not before."""
    for seed in range(3):
        run = simulate(SCENARIO.replace(faults=ALONE), seed=seed)

        puts = [
            one.at_us for one in run.client_history if one.type == "ok" and one.slot is not None
        ]
        assert run.verdict == "ok"
        assert not any(310_000 < at_us < 600_000 for at_us in puts)
        assert any(at_us > 900_000 for at_us in puts)


def test_acceptors_that_mind_no_lease_let_reads_be_stale() -> None:
    careless = MULTI_PAXOS.but(
        "careless",
        acceptor=lambda _, settings: Careless(settings.leaders, lease_us=settings.lease_us),
    )
    with registered(careless):
        scenario = SCENARIO.replace(faults=ALONE, protocol="careless")
        runs = [simulate(scenario, seed=seed) for seed in range(10)]
        violated = {one.check for run in runs for one in run.violations}

    assert violated == {"linearizability"}


@pytest.mark.parametrize("rates", [(0.995, 1.005), (1.005, 0.995)])
def test_clocks_within_the_assumption_do_no_harm(rates: tuple[float, float]) -> None:
    clocks = [{"node": "acceptor-*", "rate": rates[0]}, {"node": "leader-*", "rate": rates[1]}]
    run = simulate(SCENARIO.replace(faults=ALONE, clocks=clocks), seed=1)

    assert run.verdict == "ok"


def is_read(operation: Any) -> bool:  # noqa: ANN401 - any operation
    return bool(operation[0] == "get")
