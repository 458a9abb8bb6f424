"""The program of 2009, hosted: what it shows, and that it is its mistakes that show it."""

import pytest

from paxos_des import Run, Scenario, simulate
from paxos_des.cluster.registry import registered
from paxos_des.engine.choices import Decision
from paxos_des.errors import InputError
from paxos_des.explore.hunt import hunt
from paxos_des.museum import EXHIBITS
from paxos_des.museum.exhibit import ROUGH, Exhibit
from paxos_des.museum.naive_2009 import MISTAKES, naive, with_mistakes
from paxos_des.museum.naive_2009.acceptor_mistakes import NaiveAcceptor
from paxos_des.museum.naive_2009.leader_mistakes import NaiveLeader
from paxos_des.museum.naive_2009.program import ACCEPTOR_MISTAKES, LEADER_MISTAKES
from paxos_des.protocol.ballot import Value

NAIVE = [exhibit for exhibit in EXHIBITS.values() if exhibit.group == "naive-2009"]
DEMONSTRATION = EXHIBITS["naive-2009"].scenario
ADVERSARIAL = EXHIBITS["naive-2009-adversarial"].scenario
ONE_LEADER = EXHIBITS["naive-2009-one-leader"].scenario
HARMLESS_ALONE = (
    "overwrites-votes", "sends-no-refusal", "forgets-accepted", "deaf-on-unknown", "unlearns",
    "skips-instance-0",
)  # fmt: skip


def common_of(run: Run) -> list[tuple[Value, Value]]:
    """Return what both leaders report, by instance that both report."""
    one, other = run.leader_histories.values()
    pairs = zip(one, other, strict=False)
    return [(a, b) for a, b in pairs if a not in (None, "forgotten") and b is not None]  # type: ignore[misc] # both are values


def disagreeing(run: Run) -> int:
    return sum(one != other for one, other in common_of(run))


def accept_held_for(seconds: int) -> Decision:
    """Let the Accept of slot 1 to one of three acceptors take so long."""
    what = {"type": "Accept", "slot": 1, "ballot": [2, 0]}
    key = {"kind": "delay", "place": ["leader-0", "acceptor-4"], "what": what, "copy": 1}
    return Decision.from_dict({"key": key, "answer": seconds * 1_000_000}, "held")


def test_its_demonstration_takes_19_messages_a_value_and_both_histories_are_equal() -> None:
    run = simulate(DEMONSTRATION, seed=0)

    assert run.verdict == "ok"
    assert run.goal_met
    phases = {"Prepare": 5_000, "Promise": 3_000, "Accept": 5_000, "Accepted": 6_000}
    assert {kind: run.stats.messages[kind] for kind in phases} == phases
    assert sum(phases.values()) == 19 * DEMONSTRATION.values
    one, other = run.leader_histories.values()
    assert one == other
    assert one[0] is None, "instance 0 is decided, and never reported"
    assert len({value for value in one if value is not None}) == 999
    assert run.stats.answered == 0


def test_its_demonstration_can_be_replayed() -> None:
    small = DEMONSTRATION.replace(values=20)

    assert simulate(small, seed=3).digest == simulate(small, seed=3).digest
    assert simulate(small, seed=3).digest != simulate(small, seed=4).digest


def test_under_its_adversarial_pump_it_disagrees_with_itself() -> None:
    """In every one of 50 seeds, and in 24 % of the instances that both report (1,185 of 4,950);
    in the original, in 30 of 99.
    """
    shares = shares_of(range(3))

    assert all(disagree for disagree, _ in shares)
    assert all(common == 99 for _, common in shares)
    assert 0.1 < sum(one for one, _ in shares) / sum(all_ for _, all_ in shares) < 0.5


@pytest.mark.deep
def test_it_does_so_in_most_of_50_seeds() -> None:
    shares = shares_of(range(50))

    assert sum(disagree > 0 for disagree, _ in shares) > 25


def shares_of(seeds: range) -> list[tuple[int, int]]:
    """Return in how many instances each run disagrees, and how many both leaders report."""
    runs = [
        simulate(ADVERSARIAL, seed=seed, record="nothing", checks=("progress",)) for seed in seeds
    ]
    return [(disagreeing(run), len(common_of(run))) for run in runs]


def test_one_leader_and_an_accept_that_is_late_by_more_than_15_seconds_are_enough() -> None:
    run = simulate(ONE_LEADER, schedule=[accept_held_for(20)], checks=("agreement",))

    assert not run.skipped
    assert "leader-0 learned 'noop', and leader-0 learned client-0's command 1" in (
        run.violations[0].what
    )


def test_an_accept_that_comes_before_the_housekeeping_does_no_harm() -> None:
    run = simulate(ONE_LEADER, schedule=[accept_held_for(14)], checks=("agreement",))

    assert not run.violations


def test_a_hunt_finds_that_without_a_loss_a_duplicate_or_a_crash() -> None:
    report = hunt(ONE_LEADER, range(60), checks=("agreement",), stop_after=1)

    (find,) = report.finds
    assert find.failure.check == "agreement"
    assert {decision.key.kind for decision in find.failure.schedule} <= {"delay", "timer"}
    assert len(find.failure.schedule) <= 3


@pytest.mark.parametrize("exhibit", NAIVE, ids=lambda exhibit: exhibit.name)
def test_without_its_mistakes_it_passes_where_they_show(exhibit: Exhibit) -> None:
    with registered(with_mistakes()) as right:
        scenario = exhibit.scenario_of(right.name)
        count = 1 if scenario.values >= 100 else 15
        runs = [simulate(scenario, seed=seed, record="nothing") for seed in range(count)]

    assert [run.first_violation for run in runs] == [None] * count
    assert any(run.stats.chosen for run in runs)


@pytest.mark.deep
def test_without_its_mistakes_it_passes_thousands_of_rough_duels() -> None:
    with registered(with_mistakes()) as right:
        scenario = Scenario.named("duel").replace(**ROUGH, protocol=right.name)

        assert not any(
            simulate(scenario, seed=seed, record="nothing").violations for seed in range(5_000)
        )


@pytest.mark.parametrize("mistake", HARMLESS_ALONE)
def test_some_mistakes_are_harmless_alone(mistake: str) -> None:
    with registered(with_mistakes(mistake)) as protocol:
        scenario = Scenario.named("duel").replace(protocol=protocol.name)

        assert not any(
            simulate(scenario, seed=seed, record="nothing").violations for seed in range(20)
        )


def test_every_other_mistake_is_an_exhibit() -> None:
    shown = {exhibit.name.removeprefix("naive-2009-") for exhibit in NAIVE}

    assert {one for one in MISTAKES if one not in HARMLESS_ALONE} <= shown
    assert not shown & set(HARMLESS_ALONE)
    assert set(HARMLESS_ALONE) < set(MISTAKES)


def test_each_mistake_is_one_method_or_attribute_and_no_two_are_of_the_same() -> None:
    for known, naive_ in ((ACCEPTOR_MISTAKES, NaiveAcceptor), (LEADER_MISTAKES, NaiveLeader)):
        bodies = [_body_of(mistake) for mistake in known.values()]

        assert naive_.__bases__ == tuple(known.values())
        assert all(len(body) == 1 for body in bodies)
        assert len(set().union(*bodies)) == len(bodies)


def _body_of(mistake: type) -> set[str]:
    return {name for name in vars(mistake) if not name.startswith(("__", "_abc", "_is_protocol"))}


def test_a_mistake_that_is_none_is_refused_with_the_nearest_name() -> None:
    with pytest.raises(InputError, match=r"found 'unlearn' \(did you mean 'unlearns'\?\)"):
        naive("mine", ["unlearn"])
