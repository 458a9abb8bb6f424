"""Faults, planted on purpose: each is found by the check that is there for it, and how soon.

A check that cannot fail is a defect. Each fault is the right protocol with one method of one role
exchanged; the right protocol is judged ok under the same seeds.
"""

import json
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import msgspec
import pytest

from paxos_des import Scenario, simulate
from paxos_des.cli.main import main
from paxos_des.cluster.registry import MULTI_PAXOS, ProtocolSpec, registered
from paxos_des.names import NodeId
from paxos_des.protocol.acceptor import Acceptor
from paxos_des.protocol.ballot import NULL_BALLOT, Ballot, Slot, Value
from paxos_des.protocol.effects import (
    Broadcast,
    Effect,
    Learned,
    Persist,
    Promised,
    Record,
    Send,
    Voted,
)
from paxos_des.protocol.heartbeat import Leadership
from paxos_des.protocol.leader import Leader
from paxos_des.protocol.learner import Learner
from paxos_des.protocol.messages import Accept, AcceptorMessage, Nack, Prepare, Promise
from paxos_des.protocol.per_slot import PerSlot
from paxos_des.protocol.quorum import Flexible
from paxos_des.protocol.role import Settings
from paxos_des.run import Run

DUEL = Scenario.named("duel")


class IgnoresItsPromise(Acceptor):
    """Votes in any ballot: PMS 2.2, P1a, is gone."""

    __slots__ = ()

    def _binding(self, slot: Slot) -> Ballot:  # noqa: ARG002 - nothing binds any slot
        return NULL_BALLOT


class ForgetsItsPromise(Acceptor):
    """Promises, and keeps no promise: neither in memory nor on disk."""

    __slots__ = ()

    def _apply(self, record: Record) -> None:
        if isinstance(record, Voted):
            super()._apply(record)

    def on_message(self, source: NodeId, message: AcceptorMessage) -> list[Effect]:
        effects = super().on_message(source, message)
        return [
            effect
            for effect in effects
            if not (isinstance(effect, Persist) and isinstance(effect.record, Promised))
        ]


class ReportsNoVotes(Acceptor):
    """Promises, and says that it never voted."""

    __slots__ = ()

    def on_message(self, source: NodeId, message: AcceptorMessage) -> list[Effect]:
        effects = super().on_message(source, message)
        return [
            Send(effect.target, Promise(effect.message.ballot, (), slot=effect.message.slot))
            if isinstance(effect, Send) and isinstance(effect.message, Promise)
            else effect
            for effect in effects
        ]


@dataclass(slots=True)
class ComparesLeadersFirst:
    """An acceptor to which ballots are (leader, round): it hears and says them turned around."""

    inner: Acceptor

    def on_start(self) -> list[Effect]:
        return self.inner.on_start()

    def on_timer(self, timer: Any) -> list[Effect]:  # noqa: ANN401 - it sets none
        return self.inner.on_timer(timer)

    def on_message(self, source: NodeId, message: Prepare | Accept) -> list[Effect]:
        heard = _with(message, ballot=_turned(message.ballot))
        return [_turned_effect(effect) for effect in self.inner.on_message(source, heard)]


class IgnoresReportedVotes(PerSlot):
    """Proposes what it likes: PMS 2.2, phase 2a, is gone."""

    __slots__ = ()

    def on_promise(self, source: NodeId, promise: Promise) -> list[Effect]:
        # super() without arguments knows nothing of a class that a dataclass made anew for slots.
        return PerSlot.on_promise(self, source, _with(promise, votes=()))


class CountsMessages(Learner):
    """Adds votes up, message by message: one that comes twice counts twice."""

    __slots__ = ()

    def on_vote(self, source: NodeId, slot: Slot, ballot: Ballot, value: Value) -> Learned | None:
        copies = self.voters(slot, ballot)
        return Learner.on_vote(self, f"{source}-copy-{len(copies)}", slot, ballot, value)


def ignores_reported_votes(
    leadership: Leadership, settings: Settings, told: NodeId | None
) -> Leader:
    leader = Leader.make(leadership, settings, told)
    leader.proposer = IgnoresReportedVotes(leader.campaign)
    return leader


def counts_messages(leadership: Leadership, settings: Settings, told: NodeId | None) -> Leader:
    leader = Leader.make(leadership, settings, told)
    leader.campaign.learner = CountsMessages(settings.quorums)
    return leader


def needs_one_vote_less(leadership: Leadership, settings: Settings, told: NodeId | None) -> Leader:
    """Flexible quorums refuse to be made when they need not meet: this makes them all the same."""
    acceptors = len(settings.acceptors)
    size = acceptors // 2 + 1
    quorums = Flexible(acceptors=acceptors, phase1=acceptors, phase2=size - 1)
    object.__setattr__(quorums, "phase1", size)
    return Leader.make(leadership, replace(settings, quorums=quorums), told)


@dataclass(frozen=True)
class Planted:
    """A fault, where it is looked for, who sees it, and by which seed at the latest."""

    protocol: ProtocolSpec
    scenario: Scenario
    check: str
    within: int


def acceptor(name: str, make: Callable[[Settings], Any]) -> ProtocolSpec:
    return MULTI_PAXOS.but(name, acceptor=lambda _, settings: make(settings))


PLANTED = (
    Planted(
        acceptor("ignores-its-promise", lambda to: IgnoresItsPromise(to.leaders)),
        DUEL, "promises", 5,
    ),
    Planted(
        acceptor("forgets-its-promise", lambda to: ForgetsItsPromise(to.leaders)),
        DUEL, "promises", 20,
    ),
    Planted(
        acceptor("reports-no-votes", lambda to: ReportsNoVotes(to.leaders)),
        DUEL, "reported-votes", 60,
    ),
    Planted(
        acceptor("leader-first", lambda to: ComparesLeadersFirst(Acceptor(to.leaders))),
        DUEL, "promises", 60,
    ),
    Planted(
        MULTI_PAXOS.but("ignores-reported-votes", leader=ignores_reported_votes),
        DUEL, "chosen-once", 200,
    ),
    Planted(
        MULTI_PAXOS.but("one-vote-less", leader=needs_one_vote_less),
        DUEL, "learned-chosen", 5,
    ),
    Planted(
        MULTI_PAXOS.but("counts-messages", leader=counts_messages),
        DUEL, "learned-chosen", 60,
    ),
)  # fmt: skip


@pytest.mark.parametrize("planted", PLANTED, ids=lambda planted: planted.protocol.name)
def test_a_planted_fault_is_found(planted: Planted) -> None:
    with registered(planted.protocol):
        first = first_violated(planted).violations[0]

    assert first.check == planted.check
    assert first.entries


def test_the_right_protocol_is_ok_under_the_same_seeds() -> None:
    """And something is chosen in nearly all of them: else nothing could have been found."""
    verdicts = [simulate(DUEL, seed=seed).verdict for seed in range(200)]

    assert "violated" not in verdicts
    assert verdicts.count("ok") > 190


@pytest.mark.parametrize("planted", PLANTED, ids=lambda planted: planted.protocol.name)
def test_a_fault_is_found_in_the_saved_trace_too(
    planted: Planted, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Where the protocol need not be known: a trace is judged by what it says."""
    path = tmp_path / "violated.jsonl"
    with registered(planted.protocol):
        run = first_violated(planted)
    run.trace.save(path)
    code = main(["check", str(path), "--json"])
    document = json.loads(capsys.readouterr().out)

    assert code == 1
    assert document["digest"] == run.digest
    assert document["violations"] == json.loads(msgspec.json.encode(run.violations))


def first_violated(planted: Planted) -> Run:
    """Return the first violated run within the seeds that the fault is given."""
    scenario = planted.scenario.replace(protocol=planted.protocol.name)
    for seed in range(planted.within):
        run = simulate(scenario, seed=seed, record="trace")
        if run.verdict == "violated":
            return run
    message = f"{planted.protocol.name} was not found within {planted.within} seeds"
    raise AssertionError(message)


def _turned(ballot: Ballot) -> Ballot:
    return Ballot(ballot.leader, ballot.round)


def _turned_effect(effect: Effect) -> Effect:
    match effect:
        case Persist(Promised() | Voted() as record):
            return Persist(_with(record, ballot=_turned(record.ballot)))
        case Send(target, Promise() as promise):
            votes = tuple(_with(vote, ballot=_turned(vote.ballot)) for vote in promise.votes)
            return Send(target, _with(promise, ballot=_turned(promise.ballot), votes=votes))
        case Send(target, Nack() as nack):
            ballots = {"ballot": _turned(nack.ballot), "promised": _turned(nack.promised)}
            return Send(target, _with(nack, **ballots))
        case _:
            # An acceptor's only other effect tells all leaders of its vote.
            assert isinstance(effect, Broadcast)
            accepted: Any = effect.message
            return Broadcast(effect.targets, _with(accepted, ballot=_turned(accepted.ballot)))


def _with(struct: Any, **changes: object) -> Any:  # noqa: ANN401 - of any kind
    """Return a message, record or effect with some fields changed."""
    names = struct.__struct_fields__
    return type(struct)(**{name: changes.get(name, getattr(struct, name)) for name in names})
