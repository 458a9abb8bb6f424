"""What the agents of PyPI's `paxos` 0.1 say to each other, as frozen structs: copied by value.

In its own simulation, agents in one process would share the objects that they send. Here a message
is taken apart when it is sent, and put together anew wherever it is delivered.
"""

from typing import ClassVar, Literal, assert_never

import paxos

from paxos_des.names import NodeId, acceptor_name, index_of, leader_name
from paxos_des.protocol.ballot import Ballot, Command, Slot
from paxos_des.protocol.messages import Message

Agent = Literal["proposer", "learner"]
"""Whom a message to a leader is for: each hosts both."""


class PrepareMsg(Message, frozen=True, gc=False):
    """Phase 1a."""

    IDENTITY: ClassVar[tuple[str, ...]] = ("number", "instance")

    number: int
    instance: int
    pid: int


class PrepareResponseMsg(Message, frozen=True, gc=False):
    """Phase 1b: with the proposal accepted last, which has the number -1 where there is none."""

    IDENTITY: ClassVar[tuple[str, ...]] = ("number", "instance")

    number: int
    instance: int
    pid: int
    highest: tuple[int, int | None, int | None, Command | None]


class AcceptMsg(Message, frozen=True, gc=False):
    """Phase 2a."""

    IDENTITY: ClassVar[tuple[str, ...]] = ("number", "instance")

    number: int
    instance: int
    pid: int
    value: Command | None


class AcceptResponseMsg(Message, frozen=True, gc=False):
    """Phase 2b: to the proposer, and to all learners."""

    IDENTITY: ClassVar[tuple[str, ...]] = ("number", "instance", "to")

    number: int
    instance: int
    pid: int
    value: Command | None
    to: Agent


Wire = PrepareMsg | PrepareResponseMsg | AcceptMsg | AcceptResponseMsg


class Addresses:
    """Who has which process id: proposers first, then acceptors, then learners, as they count.

    Proposer n and learner n are on leader-n.
    """

    def __init__(self, leaders: tuple[NodeId, ...], acceptors: tuple[NodeId, ...]) -> None:
        self.leaders, self.acceptors = len(leaders), len(acceptors)

    def config(self) -> "paxos.SystemConfig":
        """Return what one agent is told of the others: an object of its own."""
        return paxos.SystemConfig(self.leaders, self.acceptors, self.leaders)

    def pid_of(self, name: NodeId, agent: Agent = "proposer") -> int:
        if name.startswith("acceptor"):
            return self.leaders + index_of(name)
        return index_of(name) + (self.leaders + self.acceptors if agent == "learner" else 0)

    def node_of(self, pid: int) -> NodeId:
        if pid < self.leaders:
            return leader_name(pid)
        if pid < self.leaders + self.acceptors:
            return acceptor_name(pid - self.leaders)
        return leader_name(pid - self.leaders - self.acceptors)

    def agent_of(self, pid: int) -> Agent:
        return "proposer" if pid < self.leaders else "learner"

    def ballot_of(self, number: int) -> Ballot:
        """Return a proposal's number as a ballot: a proposer starts at its id, and goes on in steps
        of as many as there are, so that both have the same order.
        """
        return Ballot(number // self.leaders + 1, number % self.leaders)


def slot_of(instance: int) -> Slot:
    """Return an instance as a slot: the first instance is 1."""
    return instance - 1


def taken_apart(message: "paxos.ProposalMsg", to: Agent) -> Wire:
    """Return what one of its messages says."""
    it = message.proposal
    match message:
        case paxos.PrepareResponseMsg():
            last = message.highest_proposal
            highest = (last.number, last.instance, last.pid, last.value)
            return PrepareResponseMsg(it.number, it.instance, it.pid, highest)
        case paxos.PrepareMsg():
            return PrepareMsg(it.number, it.instance, it.pid)
        case paxos.AcceptResponseMsg():
            return AcceptResponseMsg(it.number, it.instance, it.pid, it.value, to)
        case paxos.AcceptMsg():
            return AcceptMsg(it.number, it.instance, it.pid, it.value)
    raise AssertionError(message)


def put_together(wire: Wire, source: int) -> "paxos.ProposalMsg":
    """Return one of its messages, new from end to end."""
    match wire:
        case PrepareMsg():
            return paxos.PrepareMsg(source, paxos.Proposal(wire.number, wire.instance, wire.pid))
        case PrepareResponseMsg():
            proposal = paxos.Proposal(wire.number, wire.instance, wire.pid)
            return paxos.PrepareResponseMsg(source, proposal, paxos.Proposal(*wire.highest))
        case AcceptMsg():
            proposal = paxos.Proposal(wire.number, wire.instance, wire.pid, wire.value)
            return paxos.AcceptMsg(source, proposal)
        case AcceptResponseMsg():
            proposal = paxos.Proposal(wire.number, wire.instance, wire.pid, wire.value)
            return paxos.AcceptResponseMsg(source, proposal)
        case _:
            assert_never(wire)
