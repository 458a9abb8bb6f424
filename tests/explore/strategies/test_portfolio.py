from collections import Counter
from os import environ
from subprocess import run as run_process
from sys import executable

import pytest

from paxos_des.cluster.scenario import Scenario
from paxos_des.errors import InputError, ScenarioError
from paxos_des.explore.strategies import DEFAULT, STRATEGIES, strategy_named
from paxos_des.explore.strategies.pooled import VALUES_MAX, small
from paxos_des.explore.strategies.portfolio import PARTS, TABLE, Portfolio
from paxos_des.failure import violated_by

NAMES = (
    "weather", "uniform", "swarm", "pct", "pctcp", "pos", "delay-bounded", "overlap", "guided",
    "portfolio",
)  # fmt: skip
CHECKS = ("agreement",)
BROKEN = Scenario.named("duel").replace(protocol="accept-below-promise")
LEASES = Scenario.named("duel").replace(
    reads="lease", phase1="stable", replica="kv", slots="unbounded"
)

SCRIPT = """
from paxos_des.cluster.scenario import Scenario
from paxos_des.explore.strategies import STRATEGIES
for name, spec in STRATEGIES.items():
    strategy = spec.make(Scenario.named("duel"), ("agreement",))
    for seed in range(8):
        attempt = strategy.attempt(seed)
        print(name, seed, attempt.steps, attempt.behaviour, attempt.verdict)
"""


def test_all_are_known_by_name_and_say_in_a_line_what_they_do() -> None:
    assert sorted(STRATEGIES) == sorted(NAMES)
    assert all(spec.name == name and spec.says for name, spec in STRATEGIES.items())
    assert all("\n" not in spec.says and len(spec.says) < 100 for spec in STRATEGIES.values())
    assert DEFAULT in STRATEGIES


def test_an_unknown_strategy_is_refused_with_the_nearest_name() -> None:
    with pytest.raises(InputError, match="found 'swrm'"):
        strategy_named("swrm")


def test_the_table_has_a_turn_for_every_other_strategy() -> None:
    assert set(TABLE) == {spec.name for spec in PARTS} == set(NAMES) - {"portfolio"}


def test_each_strategy_of_the_portfolio_gets_all_seeds_from_the_first_on_once() -> None:
    portfolio = Portfolio(BROKEN, CHECKS)
    turns = [portfolio.turn(seed) for seed in range(5 * len(TABLE))]

    for name, share in Counter(TABLE).items():
        assert [seed for other, seed in turns if other == name] == list(range(5 * share))


def test_the_portfolio_passes_on_what_is_learned() -> None:
    one, other = Portfolio(BROKEN, CHECKS), Portfolio(BROKEN, CHECKS)
    for seed in range(len(TABLE)):
        one.attempt(seed)
    news = one.news()

    assert news is not None
    assert one.news() is None
    other.restore(news)
    assert other.news() is None


def test_where_the_pool_refuses_a_scenario_the_weather_is_left_and_a_note_says_why() -> None:
    portfolio = Portfolio(LEASES, CHECKS)

    assert {portfolio.turn(seed) for seed in range(3)} == {("weather", seed) for seed in range(3)}
    assert portfolio.attempt(0).verdict != "violated"
    assert portfolio.news() is None
    assert portfolio.note is not None
    assert "weather" in portfolio.note
    assert "lease" in portfolio.note


@pytest.mark.parametrize("name", [name for name in NAMES if name not in ("weather", "portfolio")])
def test_a_strategy_of_the_pool_refuses_a_scenario_that_the_pool_cannot_run(name: str) -> None:
    with pytest.raises(ScenarioError, match="lease"):
        strategy_named(name).make(LEASES, CHECKS)


@pytest.mark.parametrize("name", NAMES)
def test_each_strategy_finds_the_acceptor_that_ignores_its_promise(name: str) -> None:
    """A schedule that fails in the pool fails in the timed network too."""
    strategy = strategy_named(name).make(BROKEN, CHECKS)
    attempts = map(strategy.attempt, range(600))
    failing = next(attempt for attempt in attempts if attempt.verdict == "violated")

    assert failing.violation is not None
    violation = violated_by(failing.scenario, failing.schedule(), "agreement")
    assert violation is not None
    assert violation.what == failing.violation.what


@pytest.mark.parametrize("name", NAMES)
def test_the_right_protocol_survives_each_strategy(name: str) -> None:
    strategy = strategy_named(name).make(Scenario.named("duel"), CHECKS)

    assert {strategy.attempt(seed).verdict for seed in range(40)} <= {"ok", "unknown"}


def test_a_seed_has_the_same_schedule_in_another_process_and_under_another_hash_seed() -> None:
    found = [
        run_process(
            [executable, "-c", SCRIPT],
            env={**environ, "PYTHONHASHSEED": hash_seed},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for hash_seed in ("1", "2")
    ]

    assert found[0] == found[1]
    assert len(found[0].splitlines()) == 8 * len(NAMES)


@pytest.mark.parametrize(
    "name", ["uniform", "swarm", "pct", "pctcp", "pos", "delay-bounded", "overlap"]
)
def test_a_seed_has_the_same_schedule_whatever_ran_before(name: str) -> None:
    one, other = (strategy_named(name).make(BROKEN, CHECKS) for _ in range(2))
    for seed in range(5):
        one.attempt(seed)

    assert one.attempt(17).schedule() == other.attempt(17).schedule()


def test_where_the_pool_shows_a_part_only_every_other_seed_is_the_weathers() -> None:
    lossy, duel = (Portfolio(Scenario.named(name), CHECKS) for name in ("lossy", "duel"))

    turns = [lossy.turn(seed) for seed in range(2 * len(TABLE))]

    assert [name for name, _ in turns[::2]] == ["weather"] * len(TABLE)
    assert [name for name, _ in turns[1::2]] == list(TABLE)
    assert len(set(turns)) == len(turns)
    assert [duel.turn(seed)[0] for seed in range(len(TABLE))] == list(TABLE)


def test_a_scope_in_the_pool_is_small() -> None:
    lossy = Scenario.named("lossy")

    assert small(lossy).values == VALUES_MAX * lossy.clients
    assert small(Scenario.named("duel")).values == 2


def test_what_clients_ask_for_in_the_pool_is_drawn_from_the_seed() -> None:
    scenario = Scenario.named("duel").replace(
        replica="kv", operations={"get": 1, "put": 1}, keys=3, slots="unbounded", values=4
    )
    strategy = STRATEGIES["uniform"].make(scenario, CHECKS)

    asked = [
        tuple(one for one in strategy.attempt(seed).schedule() if one.key.kind == "operation")
        for seed in range(6)
    ]

    assert len(set(asked)) > 1
