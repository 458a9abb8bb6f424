from collections.abc import Iterator
from functools import partial

import pytest

from paxos_des.cluster.cluster import Cluster
from paxos_des.cluster.registry import MULTI_PAXOS, ProtocolSpec, registered
from paxos_des.cluster.scenario import Scenario
from paxos_des.engine.dice import Dice
from paxos_des.engine.pool import Event
from paxos_des.explore.pooled import run_pooled
from paxos_des.explore.states import States
from paxos_des.explore.strategies.guided import Corpus, Guided, Player, changed
from paxos_des.explore.strategies.uniform import Uniform
from paxos_des.protocol.acceptor import Acceptor
from paxos_des.protocol.ballot import NULL_BALLOT, Ballot, Slot

DUEL = Scenario.named("duel")
CHECKS = ("agreement",)


class KeepsPromise(Acceptor):
    """A vote does not raise its promise, and a lower vote takes the place of a higher one."""

    __slots__ = ()

    def _binding(self, slot: Slot) -> Ballot:
        return max(self.promised_to_all, self.promised.get(slot, NULL_BALLOT))


@pytest.fixture
def keeps_promise() -> Iterator[ProtocolSpec]:
    protocol = MULTI_PAXOS.but(
        "keeps-promise", acceptor=lambda _, settings: KeepsPromise(settings.leaders)
    )
    with registered(protocol):
        yield protocol


def states_of(seed: int) -> list[int]:
    found: list[int] = []

    def observe(cluster: Cluster) -> None:
        States(lambda state, _: found.append(state)).observe(cluster)

    run_pooled(DUEL, Uniform(seed), CHECKS, extend=observe)
    return found


def test_states_of_a_run_are_the_same_again() -> None:
    assert states_of(1) == states_of(1)
    assert len(states_of(1)) > 4


def test_acceptors_have_no_names_in_states() -> None:
    found = set()
    for seed in range(30):
        found.add(states_of(seed)[0])

    # The first state is that somebody promised something, whoever it was, and in which ballot.
    assert len(found) == 1


def test_what_is_new_is_kept_with_the_tape_that_leads_there() -> None:
    corpus = Corpus()
    corpus.learn({7: (2, 1), 8: (3, 1)}, [10, 11, 12, 13])
    corpus.learn({7: (1, 1), 9: (4, 1)}, [20, 21, 22, 23])

    assert corpus.seen == {7, 8, 9}
    assert corpus.tapes == [[10, 11], [10, 11, 12], [20, 21, 22, 23]]


def test_a_tape_leads_again_to_the_state_that_it_was_kept_for() -> None:
    guided = Guided(DUEL, CHECKS)
    for seed in range(20):
        guided.attempt(seed)
    states = list(_kept(guided.corpus))

    for state, tape in states[:: max(1, len(states) // 20)]:
        reached: set[int] = set()
        player = Player(tape, _Nothing())

        def observe(cluster: Cluster, into: set[int] = reached) -> None:
            States(lambda one, _: into.add(one)).observe(cluster)

        run_pooled(DUEL, player, CHECKS, extend=observe)
        assert state in reached
        assert player.recorded == tape


class _Nothing:
    def see(self, events: list[Event]) -> None: ...

    def pick(self, events: list[Event], may: frozenset[str]) -> None:
        del events, may


def _kept(corpus: Corpus) -> Iterator[tuple[int, list[int]]]:
    told = Corpus()
    news = corpus.news()
    assert news is not None
    for state in corpus.seen:
        told.seen.add(state)
    other = Corpus()
    other.restore(news)
    assert other.seen == corpus.seen
    assert other.tapes == corpus.tapes
    import msgspec  # noqa: PLC0415 - what the news are made of

    for state, _, tape in msgspec.msgpack.decode(news):
        yield state, tape


def test_news_is_told_once_and_restores_what_was_learned_piece_by_piece() -> None:
    guided, other = Guided(DUEL, CHECKS), Guided(DUEL, CHECKS)
    for seed in range(6):
        guided.attempt(seed)
        news = guided.news()
        if news is not None:
            other.restore(news)

    assert guided.news() is None
    assert other.corpus.seen == guided.corpus.seen
    assert other.corpus.tapes == guided.corpus.tapes
    assert other.news() is None


def test_a_tape_that_was_played_less_comes_first() -> None:
    corpus = Corpus()
    corpus.learn({state: (state, 1) for state in range(1, 9)}, list(range(9)))
    dice = Dice(1, "test")
    for _ in range(80):
        corpus.choose(dice)

    assert min(corpus.played) > 5


def test_tapes_are_extended_cut_changed_and_spliced() -> None:
    corpus = Corpus()
    corpus.learn({1: (4, 1), 2: (6, 1)}, [3, 6, 9, 12, 15, 18])
    kept = corpus.tapes
    found = [changed(corpus, Dice(seed, "test")) for seed in range(300)]

    assert any(tape in kept for tape in found)
    assert any(not tape for tape in found)
    assert any(tape and tape not in kept and tape == kept[1][: len(tape)] for tape in found)
    assert any(len(tape) > 6 for tape in found)
    assert any(len(tape) == 6 and tape != kept[1] for tape in found)


def test_the_same_attempts_learn_the_same() -> None:
    one, other = Guided(DUEL, CHECKS), Guided(DUEL, CHECKS)

    assert [one.attempt(seed).behaviour for seed in range(30)] == [
        other.attempt(seed).behaviour for seed in range(30)
    ]


@pytest.mark.deep
def test_a_bug_of_three_ballots_is_found_five_times_as_often_as_by_chance(
    keeps_promise: ProtocolSpec,
) -> None:
    scenario = DUEL.replace(protocol=keeps_promise.name)
    guided = Guided(scenario, CHECKS)
    found = sum(guided.attempt(seed).verdict == "violated" for seed in range(4000))
    make = partial(run_pooled, scenario)
    by_chance = sum(make(Uniform(seed), CHECKS).verdict == "violated" for seed in range(4000))

    assert found > 5 * by_chance
