"""PyPI's `paxos` 0.1 as roles: its agents are what they are, and only their mailbox is ours.

An agent gets each message by `handle_message`, as its own loop would have it. What it puts into its
mailbox becomes effects. What its acceptors promise and accept is seen in their state, before and
after each message, and goes on record as promises and votes; what its learners log, as learned. So
the checks of this package judge it.

It knows no disk: a node that crashes comes back knowing nothing, and no scenario should crash it.
"""

import sys
from collections.abc import Mapping
from typing import Any

import paxos

from experiments.hosted_paxos.wire import (
    AcceptMsg,
    AcceptResponseMsg,
    Addresses,
    PrepareMsg,
    PrepareResponseMsg,
    put_together,
    slot_of,
    taken_apart,
)
from paxos_des.names import NodeId
from paxos_des.protocol.ballot import Command, Slot
from paxos_des.protocol.effects import (
    Effect,
    Learned,
    Persist,
    Promised,
    Send,
    Voted,
)
from paxos_des.protocol.heartbeat import Leadership
from paxos_des.protocol.messages import Request
from paxos_des.protocol.role import Role, Settings


class Outbox:
    """Stands in for its mailbox and for its log: keeps what an agent sends, and what it logs."""

    def __init__(self, addresses: Addresses) -> None:
        self._addresses = addresses
        self._effects: list[Effect] = []
        self.logged: list[tuple[int, Command]] = []

    def send(self, pid: int, message: "paxos.ProposalMsg") -> None:
        to = self._addresses.agent_of(pid)
        self._effects.append(Send(self._addresses.node_of(pid), taken_apart(message, to)))

    def log_result(self, _: int, instance: int, value: Command) -> None:
        self.logged.append((instance, value))

    def empty(self) -> list[Effect]:
        effects, self._effects = self._effects, []
        return effects


class _Silence:
    """A standard output that keeps nothing: its agents print whatever they do."""

    def write(self, _: str) -> None: ...

    def flush(self) -> None: ...


_SILENCE: Any = _Silence()


class Agent:
    """One of its agents, which has been told its configuration."""

    def __init__(self, kind: Any, pid: int, addresses: Addresses) -> None:  # noqa: ANN401 - untyped
        self.outbox = Outbox(addresses)
        self.agent = kind(pid, self.outbox, self.outbox)
        self.tell(addresses.config())

    def tell(self, message: object) -> list[Effect]:
        """Let the agent handle one of its own messages, in silence; return what it sends."""
        shown, sys.stdout = sys.stdout, _SILENCE
        try:
            self.agent.handle_message(message)
        finally:
            sys.stdout = shown
        return self.outbox.empty()


class HostedAcceptor(Role):
    """An acceptor, and what can be seen of its promises and votes from outside."""

    def __init__(self, name: NodeId, settings: Settings) -> None:
        self._addresses = Addresses(settings.leaders, settings.acceptors)
        self._hosted = Agent(paxos.Acceptor, self._addresses.pid_of(name), self._addresses)

    def on_message(self, source: NodeId, message: PrepareMsg | AcceptMsg) -> list[Effect]:
        instance = message.instance
        promised, accepted = self._state(instance)
        told = put_together(message, self._addresses.pid_of(source))
        sent = self._hosted.tell(told)
        promised_now, accepted_now = self._state(instance)
        changed: list[Effect] = []
        ballot_of, slot = self._addresses.ballot_of, slot_of(instance)
        if promised_now != promised:
            changed.append(Persist(Promised(ballot_of(promised_now), slot)))
        if accepted_now != accepted:
            number, value = accepted_now
            changed.append(Persist(Voted(slot, ballot_of(number), value)))
        return [*changed, *sent]

    def _state(self, instance: int) -> tuple[int, tuple[int, Any]]:
        """Return the number promised, and the number and value accepted last."""
        it = self._hosted.agent.instances.get(instance)
        if it is None:
            return -1, (-1, None)
        last = it.highest_proposal_accepted
        return it.highest_proposal_promised.number, (last.number, last.value)


class HostedLeader(Role):
    """A proposer and a learner, on one node, as the leaders of this package are."""

    def __init__(self, name: NodeId, settings: Settings) -> None:
        self._addresses = addresses = Addresses(settings.leaders, settings.acceptors)
        self._proposer = Agent(paxos.Proposer, addresses.pid_of(name), addresses)
        self._learner = Agent(paxos.Learner, addresses.pid_of(name, "learner"), addresses)

    @classmethod
    def make(cls, leadership: Leadership, settings: Settings, _: NodeId | None) -> "HostedLeader":
        return cls(leadership.name, settings)

    @property
    def learned(self) -> Mapping[Slot, Command]:
        results: dict[int, Command] = self._learner.agent.results
        return {slot_of(instance): value for instance, value in results.items()}

    def on_message(
        self, source: NodeId, message: Request | PrepareResponseMsg | AcceptResponseMsg
    ) -> list[Effect]:
        if isinstance(message, Request):
            return self._proposer.tell(paxos.ClientRequestMsg(None, message.command))
        told = put_together(message, self._addresses.pid_of(source))
        if isinstance(message, PrepareResponseMsg) or message.to == "proposer":
            return self._proposer.tell(told)
        sent = self._learner.tell(told)
        return [*self._newly_learned(message.number), *sent]

    def _newly_learned(self, number: int) -> list[Effect]:
        """Return what the learner has logged now, by counting the votes for this number."""
        logged, self._learner.outbox.logged = self._learner.outbox.logged, []
        learned: list[Effect] = []
        for instance, value in logged:
            voters = self._learner.agent.instances[instance][number].accept_responders[value]
            votes = tuple(map(self._addresses.node_of, sorted(voters)))
            ballot = self._addresses.ballot_of(number)
            learned.append(Learned(slot_of(instance), value, ballot, votes))
        return learned
