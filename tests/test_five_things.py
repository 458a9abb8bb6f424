"""What the author of 2009 left to do: each thing is there, and missed when it is taken out.

Each has a run in which it is needed, and its twin: the same scenario and seed, under a protocol
from which that one thing is taken, which then breaks a rule or misses its goal.
"""

from collections.abc import Sequence

import pytest

from paxos_des import Scenario, simulate
from paxos_des.checks.judges import CHECKS
from paxos_des.cluster.registry import MULTI_PAXOS, registered
from paxos_des.names import NodeId
from paxos_des.protocol.acceptor import Acceptor
from paxos_des.protocol.effects import Compact, Effect, Persist, Record, Send, Timer
from paxos_des.protocol.leader import Leader
from paxos_des.protocol.messages import (
    AcceptorMessage,
    CatchUpRequest,
    LeaderMessage,
    Redirect,
    Reply,
    Standing,
)
from paxos_des.run import Run

SCENARIO = Scenario(
    leaders=2, clients=2, values=40, in_flight=2, think_max="20ms",
    replica="kv", operations={"put": 1, "get": 1}, keys=2,
    heartbeat_every="100ms", heartbeat_timeout="250ms", retry_after="200ms",
    resend_after="50ms", fill_after="100ms", catch_up_every="50ms",
    delay="uniform 1ms 5ms", fsync="1ms", stop_when="learned", live_within="5s", horizon="20s",
)  # fmt: skip


class KeepsNothing(Acceptor):
    """1. Writes no state to persistent storage: the pretended recovery of 2009."""

    __slots__ = ()

    def on_message(self, source: NodeId, message: AcceptorMessage) -> list[Effect]:
        effects = Acceptor.on_message(self, source, message)
        return [effect for effect in effects if not isinstance(effect, Persist | Compact)]


class RecoversNothing(Acceptor):
    """1. Writes all that it should, and begins each life as if it were the first."""

    __slots__ = ()

    def recover(self, _: Sequence[Record]) -> list[Effect]:
        return Acceptor.recover(self, ())


class IgnoresSilently(Leader):
    """2. Lets no client know who the primary is: "if not, ignore it silently"."""

    __slots__ = ()

    def on_message(self, source: NodeId, message: LeaderMessage) -> list[Effect]:
        effects = Leader.on_message(self, source, message)
        return [effect for effect in effects if not is_sent(effect, Redirect)]


class TellsNothing(Leader):
    """3. Does not tell a leader that wakes up what is chosen."""

    __slots__ = ()

    def on_message(self, source: NodeId, message: LeaderMessage) -> list[Effect]:
        if isinstance(message, CatchUpRequest):
            return []
        return Leader.on_message(self, source, message)


class AnswersNothing(Leader):
    """4. Notifies no client of the result of its request."""

    __slots__ = ()

    def on_message(self, source: NodeId, message: LeaderMessage) -> list[Effect]:
        effects = Leader.on_message(self, source, message)
        return [effect for effect in effects if not is_sent(effect, Reply)]


class AnswersWithoutResult(Leader):
    """4. Notifies its clients that their requests were done, and not of what came of them."""

    __slots__ = ()

    def on_message(self, source: NodeId, message: LeaderMessage) -> list[Effect]:
        effects = Leader.on_message(self, source, message)
        return [without_result(effect) for effect in effects]


class ForgetsNothing(Leader):
    """5. Never hears that anything is no longer needed."""

    __slots__ = ()

    def on_message(self, source: NodeId, message: LeaderMessage) -> list[Effect]:
        return [] if isinstance(message, Standing) else Leader.on_message(self, source, message)


class ProposesOnce(Leader):
    """5. Does not propose again what has stalled: neither what it asked for itself, nor what
    another leader left behind.
    """

    __slots__ = ()

    def on_timer(self, timer: Timer) -> list[Effect]:
        return [] if timer.name in ("resend", "fill") else Leader.on_timer(self, timer)


def is_sent(effect: Effect, kind: type) -> bool:
    return isinstance(effect, Send) and isinstance(effect.message, kind)


def without_result(effect: Effect) -> Effect:
    if isinstance(effect, Send) and isinstance(effect.message, Reply):
        return Send(effect.target, Reply(effect.message.sequence, effect.message.slot))
    return effect


def played(
    scenario: Scenario,
    seed: int,
    role: type[Acceptor | Leader] | None = None,
    checks: tuple[str, ...] = CHECKS,
) -> Run:
    """Return a run, of the right protocol or of one with another role."""
    if role is None:
        return simulate(scenario, seed=seed, record="nothing", checks=checks)
    if issubclass(role, Acceptor):
        protocol = MULTI_PAXOS.but(role.__name__, acceptor=lambda _, it: role(it.leaders))
    else:
        protocol = MULTI_PAXOS.but(role.__name__, leader=role.make)
    with registered(protocol):
        planted = scenario.replace(protocol=protocol.name)
        return simulate(planted, seed=seed, record="nothing", checks=checks)


def is_whole(run: Run) -> bool:
    """Whether every request was answered, and all leaders have learned the same."""
    first, *others = run.leader_histories.values()
    answered = run.stats.answered == run.scenario.requests
    return answered and run.goal_met and all(history == first for history in others)


# 1. Durable state and recovery.

CRASHING = SCENARIO.replace(
    faults=[
        {"at": f"{100 * number + 50}ms", "crash": f"acceptor-{number % 5}", "for": "90ms"}
        for number in range(20)
    ]
)


@pytest.mark.parametrize("seed", range(3))
def test_acceptors_that_crash_in_turn_come_back_with_all_they_said(seed: int) -> None:
    run = played(CRASHING, seed)

    assert run.verdict == "ok"
    assert is_whole(run)


@pytest.mark.parametrize("role", [KeepsNothing, RecoversNothing])
def test_without_durable_state_what_was_acknowledged_is_lost(role: type[Acceptor]) -> None:
    run = played(CRASHING, 0, role)

    assert run.verdict == "violated"


def test_without_recovery_what_was_acknowledged_is_found_missing() -> None:
    assert played(CRASHING, 0, RecoversNothing).verdicts["durability"] == "violated"


def test_without_durable_state_leaders_learn_different_values() -> None:
    """The seed is the first of the shipped scenario that shows it: see test_amnesia.py."""
    crashes = Scenario.named("crashes")

    assert played(crashes, 3, RecoversNothing, ("agreement",)).verdict == "violated"
    assert played(crashes, 3).verdict == "ok"


# 2. Clients that know who the primary is.

ELSEWHERE = SCENARIO.replace(
    send_to="leader-0", primaries="highest", retry_after="60s", live_within="2s"
)
"""They ask the leader that is not the primary, and would not ask again."""


def test_clients_are_told_who_the_primary_is() -> None:
    run = played(ELSEWHERE, 1)

    assert run.verdict == "ok"
    assert is_whole(run)
    assert run.stats.simulated_us < 2_000_000


def test_clients_that_nobody_tells_are_never_answered() -> None:
    run = played(ELSEWHERE, 1, IgnoresSilently)

    assert run.stats.answered == run.stats.chosen == 0
    assert run.verdicts["liveness"] == "violated"


def test_clients_find_the_next_primary() -> None:
    """The first crashes for good, with requests open."""
    fault = {"at": "100ms", "crash": "leader-1"}

    run = played(SCENARIO.replace(faults=[fault]), 1)

    assert run.verdict == "ok"
    assert run.stats.answered == 40
    assert run.stats.elections == 2


# 3. A leader that wakes up finds out what was chosen.

SLEPT = SCENARIO.replace(
    values=100, faults=[{"at": "50ms", "fail": "leader-0"}, {"at": "300ms", "heal": "leader-0"}]
)
RESTARTED = SCENARIO.replace(
    values=100, faults=[{"at": "50ms", "crash": "leader-0", "for": "250ms"}]
)


@pytest.mark.parametrize("scenario", [SLEPT, RESTARTED], ids=["slept", "restarted"])
def test_a_leader_that_wakes_up_finds_out_what_was_chosen(scenario: Scenario) -> None:
    run = played(scenario, 2)

    assert run.verdict == "ok"
    assert is_whole(run)
    assert run.stats.messages["CatchUp"] > 0


@pytest.mark.parametrize("scenario", [SLEPT, RESTARTED], ids=["slept", "restarted"])
def test_a_leader_that_nobody_tells_never_knows_what_was_chosen(scenario: Scenario) -> None:
    run = played(scenario, 2, TellsNothing)

    slept, peer = run.leader_histories.values()
    assert slept.length < peer.length
    assert not run.goal_met
    assert run.verdicts["liveness"] == "violated"


# 4. The client is notified of the result.


def test_clients_are_answered_with_what_came_of_their_requests() -> None:
    run = played(SCENARIO, 3)

    assert run.verdict == "ok"
    assert is_whole(run)


def test_clients_that_get_no_answer_never_know_that_all_was_done() -> None:
    run = played(SCENARIO, 3, AnswersNothing)

    assert run.stats.answered == 0
    assert run.stats.chosen > 0
    assert run.verdicts["liveness"] == "violated"


def test_an_answer_without_its_result_is_no_answer() -> None:
    """What a replica says that it answered is not what the client heard; and, where nobody looks
    at replicas, no order of the requests explains what clients read.
    """
    run = played(SCENARIO, 3, AnswersWithoutResult)
    unobserved = played(SCENARIO, 3, AnswersWithoutResult, ("linearizability",))

    assert run.verdicts["integrity"] == "violated"
    assert unobserved.verdict == "violated"


# 5. What is no longer needed is forgotten, and what has stalled is proposed again.

LONG = SCENARIO.replace(values=200, snapshot_every=20)


def test_what_is_no_longer_needed_is_forgotten() -> None:
    run = played(LONG, 4)

    assert run.verdict == "ok"
    assert is_whole(run)
    assert all(history.forgotten[0] > 100 for history in run.leader_histories.values())


def test_what_nobody_tells_to_forget_is_kept_for_ever() -> None:
    run = played(LONG, 4, ForgetsNothing)

    assert [history.forgotten[0] for history in run.leader_histories.values()] == [0, 0]


LOSSY = SCENARIO.replace(drop=0.2)


@pytest.mark.parametrize("phase1", ["stable", "per-slot"])
def test_what_has_stalled_is_proposed_again(phase1: str) -> None:
    run = played(LOSSY.replace(phase1=phase1), 5)

    assert run.verdict == "ok"
    assert is_whole(run)


@pytest.mark.parametrize("phase1", ["stable", "per-slot"])
def test_what_has_stalled_and_is_not_proposed_again_is_never_chosen(phase1: str) -> None:
    run = played(LOSSY.replace(phase1=phase1), 5, ProposesOnce)

    assert run.stats.answered < 40
    assert run.verdicts["liveness"] == "violated"
