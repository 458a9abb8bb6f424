"""Simpler answers are a finite list, each lighter than what it stands for."""

import pytest

from paxos_des import Scenario
from paxos_des.cluster.faults import Fault, fault
from paxos_des.cluster.havoc import NEMESIS
from paxos_des.engine.choices import Answer, Decision, Key, Kind
from paxos_des.explore.durations import clumsiness, rank, simpler_numbers
from paxos_des.explore.renaming import schedule_earlier, schedule_without, without_node
from paxos_des.explore.simpler import simpler, weight
from paxos_des.explore.simpler_faults import fault_weight, simpler_faults
from paxos_des.explore.smaller_scenarios import size_of, ways

DUEL = Scenario.named("duel")
ACCEPT = '{"type":"Accept","slot":4,"ballot":[2,1]}'
LINK = ("leader-1", "acceptor-2")


def on_link(kind: Kind, answer: Answer) -> Decision:
    return Decision(Key(kind, LINK, ACCEPT, 1), answer)


def fault_of(**table: object) -> Fault:
    return fault(table, "here")


@pytest.mark.parametrize(
    ("number", "clumsy"),
    [(0, 0), (1_000, 1), (20_000, 1), (500, 2), (3_000, 2), (25_000, 3), (19_384, 6)],
)
def test_a_number_is_as_clumsy_as_it_has_digits(number: int, clumsy: int) -> None:
    assert clumsiness(number) == clumsy


def test_the_simplest_number_beside_a_clumsy_one_is_round() -> None:
    assert simpler_numbers(19_384, 5_500)[:4] == (0, 1_000, 10_000, 20_000)
    assert 19_000 in simpler_numbers(19_384, 5_500)


def test_a_round_number_gives_way_to_those_nearer_to_the_dull_one() -> None:
    assert simpler_numbers(50_000, 5_500) == (0, 10_000, 1_000, 20_000)
    assert simpler_numbers(1_000, 5_500) == (0, 5_000, 2_000)


def test_a_number_below_zero_stays_there() -> None:
    assert all(number <= 0 for number in simpler_numbers(-48_211, 0))


@pytest.mark.parametrize("dull", [0, 5_500, 40_000])
def test_simpler_numbers_end(dull: int) -> None:
    """Each is of a lower rank: nothing goes on for ever."""
    for number in (*range(0, 3_000, 7), 19_384, 123_456_789, 2**53):
        for other in simpler_numbers(number, dull):
            assert rank(other, dull) < rank(number, dull)


def test_a_late_message_may_be_lost_instead() -> None:
    assert simpler(on_link("delay", 30_000), DUEL)[0] == on_link("drop", answer=True)


def test_where_a_network_loses_nothing_and_liveness_is_asked_for_a_late_message_is_late() -> None:
    live = Scenario(live_within="10s", drop=0)

    assert all(other.key.kind == "delay" for other in simpler(on_link("delay", 30_000), live))


def test_nothing_is_simpler_than_a_loss() -> None:
    assert simpler(on_link("drop", answer=True), DUEL) == ()


def test_a_pump_may_hand_over_nothing() -> None:
    key = Key("pick", ("acceptor-0",), '{"after":"idle"}', 1)

    assert simpler(Decision(key, '{"from":"leader-0","message":{}}'), DUEL) == (
        Decision(key, "nothing"),
    )
    assert simpler(Decision(key, "nothing"), DUEL) == ()


FAULTS = (
    fault_of(at="17ms", storm="acceptor-*", times=4, every="7ms"),
    fault_of(at="123ms", crash="primary", when="before-durable", **{"for": "31ms"}),
    fault_of(at="20ms", partition="ring", draw=617, **{"for": "1s"}),
    fault_of(at="20ms", partition=[["leader-0", "acceptor-0"], ["leader-1", "acceptor-1"]]),
    fault_of(at="20ms", flap=["leader-1", "acceptor-*"], times=3, every="9ms", ways="both"),
    fault_of(at="20ms", filter=["leader-1", "acceptor-0"], types=["Accept", "Prepare"]),
    fault_of(at="20ms", step="leader-0", by="-37ms"),
    fault_of(at="20ms", rate="leader-0", to=0.963, **{"for": "200ms"}),
    fault_of(at="20ms", misdirect="acceptor-1", back=3, **{"for": "12ms"}),
)


@pytest.mark.parametrize("clumsy", FAULTS, ids=str)
def test_a_plainer_fault_is_lighter_and_a_fault(clumsy: Fault) -> None:
    found = simpler_faults(clumsy, DUEL.roles)

    assert found
    for other in found:
        assert fault_weight(other) < fault_weight(clumsy)
        assert Fault.from_text(other.to_text(), "here") == other


def test_a_storm_is_a_crash_at_first() -> None:
    assert simpler_faults(FAULTS[0], DUEL.roles)[:2] == (
        fault_of(at="17ms", crash="acceptor-*"),
        fault_of(at="17ms", crash="acceptor-*", **{"for": "3500us"}),
    )


def test_one_node_stands_for_a_pattern_and_a_cut_link_for_a_partition() -> None:
    assert fault_of(at="17ms", storm="acceptor-1", times=4, every="7ms") in simpler_faults(
        FAULTS[0], DUEL.roles
    )
    assert simpler_faults(FAULTS[3], DUEL.roles)[0].kind == "cut"


def test_replacing_ends_whatever_is_replaced() -> None:
    """Down any path of simpler answers, weights fall."""
    key = Key("nemesis", (NEMESIS,), '{"step":3}', 1)
    for one in (on_link("delay", 19_384), *(Decision(key, it.to_text()) for it in FAULTS)):
        at, steps = one, 0
        while others := simpler(at, DUEL):
            assert all(weight(other, DUEL) < weight(at, DUEL) for other in others)
            at = others[-1]
            steps += 1
        assert steps < 60


def test_without_a_node_the_others_move_up_in_scenario_keys_and_ballots() -> None:
    scenario = Scenario.named("lossy").replace(faults=[{"at": "1ms", "fail": "acceptor-4"}])
    smaller = without_node(scenario, "leader-0")
    moved, *none = schedule_without(
        (on_link("drop", answer=True), Decision(Key("drop", ("leader-0", "client-0"), "{}", 1), 1)),
        "leader-0",
    )

    assert smaller.leaders == 2
    assert moved == Decision(
        Key("drop", ("leader-0", "acceptor-2"), '{"type":"Accept","slot":4,"ballot":[2,0]}', 1),
        answer=True,
    )
    assert none == []
    assert without_node(scenario, "acceptor-0").faults == (fault_of(at="1ms", fail="acceptor-3"),)
    assert without_node(scenario, "acceptor-4").faults == ()


def test_a_schedule_can_be_about_the_first_slot_and_round() -> None:
    (moved,) = schedule_earlier((on_link("drop", answer=True),))

    assert moved.key.what == '{"type":"Accept","slot":0,"ballot":[1,1]}'


@pytest.mark.parametrize("name", Scenario.names())
def test_smaller_scenarios_are_smaller_and_keep_three_acceptors(name: str) -> None:
    scenario = Scenario.named(name)
    found = [smaller for way in ways() for smaller in way(scenario, ())]

    assert found
    for smaller in found:
        faults = (len(smaller.scenario.faults), size_of(smaller.scenario))
        assert faults < (len(scenario.faults), size_of(scenario))
        assert smaller.scenario.acceptors >= 3
