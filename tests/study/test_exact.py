"""The closed forms as sweeps ask for them: by name, of a scenario; None where they know nothing."""

from typing import Any

import pytest

from paxos_des import Scenario, simulate
from paxos_des.cluster.life_rules import LifeRule
from paxos_des.engine.delays import Bimodal, Constant, Exponential, Uniform
from paxos_des.study.exact import EXACT
from paxos_des.study.exact.availability import available, majority
from paxos_des.study.exact.lives import mean_us
from paxos_des.study.exact.markov import birth_and_death
from paxos_des.study.plan import Measure

UP_US, DOWN_US = 20_000_000, 5_000_000


TIMES = (Exponential(mean_us=UP_US), Exponential(mean_us=DOWN_US))


def rule(node: str = "acceptor-*", **keys: Any) -> LifeRule:  # noqa: ANN401 - fields of a rule
    up, down = TIMES
    return LifeRule(node, **{"up": up, "down": down, **keys})


def living(*rules: LifeRule, **keys: Any) -> Scenario:  # noqa: ANN401 - keys of a scenario
    return Scenario(**{"stop_when": "horizon", "horizon": "100s", "lives": rules, **keys})


def value(name: str, scenario: Scenario, warm_up_us: int = 0) -> float | None:
    return EXACT[name].value(scenario, Measure(warm_up_us=warm_up_us))


def test_each_is_of_a_column_and_says_what_it_is() -> None:
    columns = {name: exact.column for name, exact in EXACT.items()}

    assert columns == {
        "quorum-availability": "quorum_up_share",
        "binomial": "quorum_up_share",
        "markov": "quorum_up_share",
        "markov-window": "quorum_up_share",
        "phase-2": "phase2_mean_us",
        "messages": "messages_per_value",
        "completed": "completed_share",
        "reply": "reply_mean_us",
        "reply-median": "reply_p50_us",
        "false-elections": "false_elections",
    }
    assert all(exact.name == name and exact.says.endswith(".") for name, exact in EXACT.items())


@pytest.mark.parametrize("name", EXACT)
@pytest.mark.parametrize("scenario", Scenario.names())
def test_every_shipped_scenario_has_a_value_or_none(name: str, scenario: str) -> None:
    found = value(name, Scenario.named(scenario))

    assert found is None or found >= 0


@pytest.mark.parametrize("n", [3, 5, 7, 9])
def test_up_to_a_minority_may_fail_at_the_start(n: int) -> None:
    found = [value("quorum-availability", Scenario(acceptors=n, failed_acceptors=failed))
             for failed in range(n + 1)]  # fmt: skip

    assert found == [1] * (n // 2 + 1) + [0] * (n - n // 2)


def test_the_first_of_a_grid_are_those_that_fail() -> None:
    found = [value("quorum-availability",
                   Scenario(acceptors=6, quorums="grid 3 2", failed_acceptors=failed))
             for failed in range(4)]  # fmt: skip

    assert found == [1, 1, 0, 0]


AT_START = {"values": 30, "arrivals": "open", "horizon": "5s", "in_flight": "all"}


@pytest.mark.parametrize("keys", [
    {}, {"phase1": "per-slot"}, {"in_flight": 2, "arrivals": "closed", "think_max": "5ms"},
    {"clients": 3, "window": 2}, {"quorums": "flexible 4 2"}, {"send_to": "spread"},
], ids=str)  # fmt: skip
def test_every_request_completes_where_a_quorum_is_left_and_none_where_not(
    keys: dict[str, Any],
) -> None:
    for failed in range(6):
        scenario = Scenario(**{**AT_START, **keys}, failed_acceptors=failed)
        run = simulate(scenario, seed=failed, record="nothing", checks=())

        assert value("completed", scenario) == run.stats.answered / 30
        assert run.stats.answered == (30 if value("quorum-availability", scenario) else 0)


@pytest.mark.parametrize("keys", [
    {"delay": "exponential 200ms"},
    {"horizon": "290ms"},
    {"drop": 0.1},
    {"faults": [{"at": "1ms", "fail": "acceptor-0"}]},
    {"primaries": "none"},
    {"failed_leaders": 1, "send_to": "leader-0"},
    {"values": 0},
    {"protocol": "naive-2009"},
], ids=str)  # fmt: skip
def test_whether_all_complete_is_not_said_where_it_depends(keys: dict[str, Any]) -> None:
    assert value("completed", Scenario(**AT_START)) == 1
    assert value("completed", Scenario(**{**AT_START, **keys})) is None


def test_losses_and_clocks_do_not_help_where_there_is_no_quorum() -> None:
    clocks = [{"node": "leader-0", "rate": 2}]

    assert value("completed", Scenario(failed_acceptors=3, drop=0.1, clocks=clocks)) == 0


def test_a_deadline_that_delays_may_come_near_is_not_judged() -> None:
    scenario = Scenario(**AT_START)

    assert EXACT["completed"].value(scenario, Measure(deadline_us=16_000)) == 1
    assert EXACT["completed"].value(scenario, Measure(deadline_us=15_000)) is None


def test_crash_and_repair_by_three_ways() -> None:
    scenario = living(rule(), acceptors=5)
    chain = birth_and_death(5, up_us=UP_US, down_us=DOWN_US, size=3)

    assert value("binomial", scenario) == pytest.approx(majority([0.8] * 5), rel=1e-12)
    assert value("quorum-availability", scenario) == value("binomial", scenario)
    assert value("markov", scenario) == pytest.approx(0.94208, rel=1e-12)
    assert value("markov-window", scenario) == pytest.approx(chain.up_share_between(0, 1e8))
    assert value("markov-window", scenario, 30_000_000) == pytest.approx(
        chain.up_share_between(3e7, 1e8)
    )


def test_the_last_rule_that_fits_wins_and_failed_acceptors_stay_down() -> None:
    slow = rule("acceptor-[34]", up=Exponential(mean_us=DOWN_US))
    scenario = living(rule(), slow, rule("leader-0"), acceptors=5, failed_acceptors=1)
    chances = [0, 0.8, 0.8, 0.5, 0.5]

    assert value("binomial", scenario) == pytest.approx(majority(chances))
    assert value("markov", scenario) == pytest.approx(majority(chances))
    assert value("markov-window", scenario) == pytest.approx(majority(chances), rel=0.2)


@pytest.mark.parametrize("quorums", ["flexible 4 6", "grid 3 2", "majority"])
def test_any_quorums_have_their_chain(quorums: str) -> None:
    scenario = living(rule(), acceptors=6, quorums=quorums)

    expected = available(scenario.quorum_system, [0.8] * 6)
    assert value("markov", scenario) == pytest.approx(expected)
    assert value("binomial", scenario) == pytest.approx(expected)


def test_a_share_of_time_needs_no_memoryless_lives_and_a_chain_does() -> None:
    scenario = living(rule(up=Uniform(low_us=0, high_us=40_000_000)), acceptors=3)
    least = living(rule(up=Exponential(mean_us=15_000_000, minimum_us=UP_US - 15_000_000)))

    assert value("binomial", scenario) == pytest.approx(majority([0.8] * 3))
    assert value("binomial", least) == pytest.approx(majority([0.8] * 5))
    for one in (scenario, least):
        assert value("markov", one) is None
        assert value("markov-window", one) is None


def test_means_are_those_of_the_tables() -> None:
    assert mean_us(Constant(7)) == 7
    assert mean_us(Uniform(low_us=1, high_us=6)) == 3.5
    assert mean_us(Bimodal(fast_us=10, slow_us=110, slow_share=0.25)) == pytest.approx(35)
    assert mean_us(Exponential(mean_us=10, minimum_us=5)) == 15


@pytest.mark.parametrize("scenario", [
    living(rule(), faults=[{"at": "1s", "crash": "acceptor-0"}]),
    living(rule(), nemesis={"kinds": ["crash"], "until": "1s"}),
    living(rule(until_us=99_000_000)),
    living(rule(deed="fail"), failed_acceptors=1),
    living(rule("leader-*")),
    living(),
])  # fmt: skip
def test_nothing_is_said_of_lives_that_are_more_or_less(scenario: Scenario) -> None:
    for name in ("binomial", "markov", "markov-window"):
        assert value(name, scenario) is None


def test_a_window_is_known_only_up_to_the_horizon() -> None:
    answered = living(rule(), stop_when="answered")

    assert value("markov", answered) is not None
    assert value("markov-window", answered) is None
    assert value("markov-window", living(rule()), 100_000_000) is None


def test_while_acceptors_come_and_go_nothing_is_said_of_what_rests_on_them() -> None:
    for name in ("phase-2", "messages", "reply"):
        assert value(name, living(rule())) is None


def test_a_grid_that_is_too_large_has_no_closed_form() -> None:
    scenario = living(rule(), acceptors=169, quorums="grid 13 13")

    assert value("quorum-availability", scenario) is None
    assert value("binomial", scenario) is None
    assert value("markov", scenario) is None
    assert value("markov-window", scenario) is None
