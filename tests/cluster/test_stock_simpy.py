"""Stock SimPy in a cluster's world: processes, resources, stores and containers beside Paxos."""

from collections.abc import Generator
from typing import Any

import pytest
import simpy

from paxos_des import Scenario, simulate
from paxos_des.cluster.cluster import Cluster
from paxos_des.engine.entries import LearnEntry

Steps = Generator[simpy.Event, Any, Any]

SCENARIO = Scenario(
    values=20, in_flight=2, delay="10ms", acceptors=3, stop_when="horizon", horizon="5s"
)


class OddError(Exception):
    """Cannot be made anew from its `args`, as SimPy would."""

    def __init__(self, *, slot: int) -> None:
        super().__init__("odd", slot, "one too many")


def test_a_stock_process_fails_and_heals_a_node() -> None:
    run = simulate(SCENARIO, seed=1, extend=with_nemesis)

    noted = [(one["at_us"], one["event"]) for one in run.trace if one["event"] in ("fail", "heal")]
    assert noted == [(100_000, "fail"), (300_000, "heal")]
    assert run.stats.answered == 20


def test_a_stock_nemesis_does_what_the_scenarios_own_does() -> None:
    faults = [{"at": "100ms", "fail": "acceptor-0"}, {"at": "300ms", "heal": "acceptor-0"}]

    stock = simulate(SCENARIO, seed=1, extend=with_nemesis)

    assert stock.leader_histories == simulate(SCENARIO, seed=1).leader_histories
    assert stock.digest == simulate(SCENARIO.replace(faults=faults), seed=1).digest


def test_a_bystander_changes_nothing() -> None:
    def with_bystander(cluster: Cluster) -> None:
        def tick() -> Steps:
            while True:
                yield cluster.world.timeout(777)

        cluster.world.process(tick())

    run = simulate(SCENARIO, seed=1, extend=with_bystander)

    assert run.digest == simulate(SCENARIO, seed=1).digest


def test_a_monitor_hears_of_what_is_learned_through_a_store() -> None:
    seen: list[tuple[int, int]] = []

    def with_monitor(cluster: Cluster) -> None:
        store = simpy.Store(cluster.world)

        def on_learn(entry: LearnEntry) -> None:
            store.put(entry.slot)

        def monitor() -> Steps:
            while True:
                slot = yield store.get()
                seen.append((slot, cluster.world.now))

        cluster.trace.observers.setdefault("learn", []).append(on_learn)
        cluster.world.process(monitor())

    run = simulate(SCENARIO, seed=1, extend=with_monitor)

    learned = [(one["slot"], one["at_us"]) for one in run.trace if one["event"] == "learn"]
    assert sorted(seen[:40]) == sorted(learned)


def test_a_resource_lets_one_fail_at_a_time() -> None:
    """Three stock processes, each of which takes one acceptor down, share one permit."""

    def with_permit(cluster: Cluster) -> None:
        permit = simpy.Resource(cluster.world, capacity=1)

        def outage(name: str) -> Steps:
            with permit.request() as granted:
                yield granted
                cluster.fail(name)
                yield cluster.world.timeout(100_000)
                cluster.heal(name)

        for number in range(3):
            cluster.world.process(outage(f"acceptor-{number}"))

    run = simulate(SCENARIO, seed=1, extend=with_permit)

    noted = [(one["at_us"], one["event"], one["node"][-1]) for one in run.trace
             if one["event"] in ("fail", "heal")]  # fmt: skip
    assert noted == [
        (0, "fail", "0"), (100_000, "heal", "0"),
        (100_000, "fail", "1"), (200_000, "heal", "1"),
        (200_000, "fail", "2"), (300_000, "heal", "2"),
    ]  # fmt: skip
    assert run.stats.answered == 20


def test_a_container_runs_dry() -> None:
    """A node that burns a tank, refilled by a process, fails while the tank is empty."""

    def with_tank(cluster: Cluster) -> None:
        tank = simpy.Container(cluster.world, capacity=10, init=2)

        def burn() -> Steps:
            for _ in range(4):
                taken = tank.get(1)
                if not taken.triggered:
                    cluster.fail("acceptor-1")
                    yield taken
                    cluster.heal("acceptor-1")
                yield cluster.world.timeout(50_000)

        def refill() -> Steps:
            yield cluster.world.timeout(400_000)
            yield tank.put(5)

        cluster.world.process(burn())
        cluster.world.process(refill())

    run = simulate(SCENARIO, seed=1, extend=with_tank)

    noted = [(one["at_us"], one["event"]) for one in run.trace if one["event"] in ("fail", "heal")]
    assert noted == [(100_000, "fail"), (400_000, "heal")]
    assert run.verdict == "ok"


def test_a_stock_process_may_cut_links_and_wait_for_conditions() -> None:
    def with_flapping(cluster: Cluster) -> None:
        world = cluster.world

        def flap() -> Steps:
            for deed in ("cut", "mend", "cut", "mend"):
                cluster.set_cut("leader-1", "acceptor-0", deed)
                yield world.timeout(60_000) | world.timeout(90_000)
                yield world.timeout(10_000) & world.timeout(20_000)

        world.process(flap())

    run = simulate(SCENARIO, seed=1, extend=with_flapping)

    noted = [one["at_us"] for one in run.trace if one["event"] == "nemesis"]
    assert noted == [0, 80_000, 160_000, 240_000]
    assert run.stats.answered == 20


def test_stock_processes_leave_a_run_a_function_of_its_seed() -> None:
    digests = [simulate(SCENARIO, seed=seed, extend=with_nemesis).digest for seed in (1, 1, 1)]

    assert len(set(digests)) == 1


def test_what_is_made_on_demand_is_made_with_the_stock_processes() -> None:
    scenario = SCENARIO.replace(delay="uniform 1ms 10ms")
    run = simulate(scenario, seed=3, extend=with_nemesis)

    assert len(run.trace) > 0
    again = simulate(scenario, schedule=run.schedule, extend=with_nemesis)
    assert again.digest == run.digest


@pytest.mark.parametrize("at_us", [0, 50_000])
def test_a_failing_stock_process_comes_out_as_itself(at_us: int) -> None:
    error = OddError(slot=3)

    def with_failure(cluster: Cluster) -> None:
        def fail() -> Steps:
            yield cluster.world.timeout(at_us)
            raise error

        cluster.world.process(fail())

    with pytest.raises(OddError) as caught:
        simulate(SCENARIO, seed=1, extend=with_failure)

    assert caught.value is error


def test_a_parent_may_handle_what_its_child_raised() -> None:
    error = OddError(slot=3)
    caught: list[BaseException] = []

    def with_family(cluster: Cluster) -> None:
        def child() -> Steps:
            yield cluster.world.timeout(10)
            raise error

        def parent() -> Steps:
            try:
                yield cluster.world.process(child())
            except OddError as found:
                caught.append(found)

        cluster.world.process(parent())

    run = simulate(SCENARIO, seed=1, extend=with_family)

    assert caught == [error]
    assert run.verdict == "ok"


def test_a_float_is_refused_where_it_would_decide_an_order() -> None:
    def with_float(cluster: Cluster) -> None:
        cluster.world.timeout(0.5)

    with pytest.raises(TypeError, match="whole microseconds"):
        simulate(SCENARIO, seed=1, extend=with_float)


def test_an_error_in_extend_comes_out_as_itself() -> None:
    error = OddError(slot=3)

    def with_error(_: Cluster) -> None:
        raise error

    with pytest.raises(OddError) as caught:
        simulate(SCENARIO, seed=1, extend=with_error)

    assert caught.value is error


def with_nemesis(cluster: Cluster) -> None:
    """Take acceptor-0 down for 200 ms."""

    def outage() -> Steps:
        yield cluster.world.timeout(100_000)
        cluster.fail("acceptor-0")
        yield cluster.world.timeout(200_000)
        cluster.heal("acceptor-0")

    cluster.world.process(outage())
