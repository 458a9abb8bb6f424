"""The leader of 2009, without its mistakes: `leader_mistakes` has those, one by one.

What a `propose` says beyond a `Prepare`, the value, no acceptor of 2009 reads: so it is left out.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal, assert_never

from paxos_des.museum.naive_2009.words import (
    BEAT,
    DUE,
    DUE_US,
    NEVER,
    NOTHING,
    NOTHING_US,
    SILENCE,
    Turned,
    WentDeaf,
    id_of,
    quorum_of,
    wait,
)
from paxos_des.names import NodeId, index_of
from paxos_des.protocol.ballot import NOOP, Ballot, Command, Slot, Value, Vote
from paxos_des.protocol.effects import Adopted, Broadcast, Effect, Learned, Noted, Timer
from paxos_des.protocol.heartbeat import Leadership
from paxos_des.protocol.messages import (
    Accept,
    Accepted,
    Heartbeat,
    Nack,
    Prepare,
    Promise,
    Request,
)
from paxos_des.protocol.role import Role, Settings


@dataclass(slots=True)
class Protocol2009:
    """One proposal on its way through both phases; the program calls it a protocol.

    Attributes
    ----------
    state
        `refused`: a quorum said no. The other states are called as they were in 2009.
    value
        What it proposes, or adopted.
    agrees, rejects, voters
        Who answered, in order, and again if they did so again; with agrees, the votes reported.
    """

    state: Literal["proposed", "agreed", "accepted", "refused"]
    value: Value
    agrees: list[tuple[NodeId, tuple[Vote, ...]]] = field(default_factory=list)
    rejects: list[NodeId] = field(default_factory=list)
    voters: list[NodeId] = field(default_factory=list)


class Leader2009(Role):
    """Runs a protocol for each proposal while it takes itself for the primary; always learns.

    Attributes
    ----------
    counter
        How many proposals it has begun, or the higher count of who refused one.
    highest
        The highest instance known.
    protocols
        By instance and proposal id: its record of it.
    decided
        By instance, the value that it takes for decided.
    own
        By instance, the value that it started a protocol for there, while none is decided.
    taken
        What clients have asked of it.
    is_due
        It is time for housekeeping.
    is_deaf
        Its pump's thread has ended; those of its heartbeats go on.
    """

    first_reported: Slot = 0

    def __init__(self, leadership: Leadership, settings: Settings, told: NodeId | None) -> None:
        self.name = leadership.name
        self.peers = tuple(peer for peer in settings.leaders if peer != self.name)
        self.acceptors = settings.acceptors
        self.quorum = quorum_of(len(settings.acceptors))
        self.settings = settings
        self.is_primary = told == self.name
        self.counter = 0
        self.highest: Slot = -1
        self.protocols: dict[Slot, dict[Ballot, Protocol2009]] = {}
        self.decided: dict[Slot, Value] = {}
        self.own: dict[Slot, Value] = {}
        self.taken: set[tuple[NodeId, int]] = set()
        self.is_due = False
        self.is_deaf = False

    @property
    def learned(self) -> Mapping[Slot, Value]:
        """Its history, as far as it reports it."""
        reported = sorted(slot for slot in self.decided if slot >= self.first_reported)
        return {slot: self.decided[slot] for slot in reported}

    def on_start(self) -> list[Effect]:
        return [self._await_message(), wait(DUE, DUE_US), *self._start_heartbeats()]

    def on_message(
        self, source: NodeId, message: Request | Promise | Nack | Accepted | Heartbeat
    ) -> list[Effect]:
        if self.is_deaf:
            return []
        return [self._await_message(), *self._on_message(source, message)]

    def on_nothing(self) -> list[Effect]:
        """Use the time in which the pump has nothing for it."""
        if self.is_deaf:
            return []
        return [self._await_message(), *self._keep_house()]

    def on_timer(self, timer: Timer) -> list[Effect]:
        match timer.name:
            case "nothing":
                return self.on_nothing()
            case "due":
                self.is_due = True
                return []
            case "beat":
                return self._on_beat()
            case "silence":
                return [self._await_heartbeat(), *self._turn("primary")]
            case _:
                raise AssertionError(timer)

    def _on_message(
        self, source: NodeId, message: Request | Promise | Nack | Accepted | Heartbeat
    ) -> list[Effect]:
        match message:
            case Accepted():
                return self._on_accepted(source, message)
            case Promise() | Nack():
                return self._on_answer(source, message) if self.is_primary else []
            case Request():
                return self._on_request(message.command) if self.is_primary else []
            case Heartbeat():
                return self._on_heartbeat(source)
            case _:
                assert_never(message)

    # Proposing.

    def _on_request(self, command: Command) -> list[Effect]:
        name = (command.client, command.sequence)
        if self._is_repeated(name):
            return []
        self.taken.add(name)
        return self._propose(command)

    def _propose(self, value: Value, slot: Slot | None = None) -> list[Effect]:
        """Start a new protocol: in the next instance, unless one is given."""
        if slot is None:
            self.highest += 1
            slot = self.highest
        self.counter += 1
        ballot = id_of(self.name, self.counter)
        self.own[slot] = value
        self.protocols.setdefault(slot, {})[ballot] = Protocol2009("proposed", value)
        return [Broadcast(self.acceptors, Prepare(ballot, slot))]

    def _on_answer(self, source: NodeId, answer: Promise | Nack) -> list[Effect]:
        slot, ballot = answer.slot, answer.ballot
        assert slot is not None, f"{answer} names no instance"
        protocol = self.protocols.get(slot, {}).get(ballot)
        if protocol is None:
            return self._on_unknown(slot, ballot)
        if isinstance(answer, Promise):
            return self._on_agree(source, protocol, answer)
        return self._on_reject(source, protocol, slot, answer)

    def _on_agree(self, source: NodeId, protocol: Protocol2009, promise: Promise) -> list[Effect]:
        if protocol.state != "proposed":
            return []
        protocol.agrees.append((source, promise.votes))
        agreed = [who for who, _ in protocol.agrees]
        if not self._are_enough_answers(agreed):
            return []

        slot, ballot = promise.slot, promise.ballot
        assert slot is not None, f"{promise} names no instance"
        protocol.state = "agreed"
        votes = self._votes_that_count([votes for _, votes in protocol.agrees])
        highest = max(votes, key=lambda vote: vote.ballot, default=None)
        if highest is not None and highest.ballot > NEVER:
            protocol.value = highest.value
        return [
            Adopted(ballot, tuple(dict.fromkeys(agreed)), slot),
            Broadcast(self.acceptors, Accept(slot, ballot, protocol.value)),
        ]

    def _on_reject(
        self, source: NodeId, protocol: Protocol2009, slot: Slot, nack: Nack
    ) -> list[Effect]:
        if protocol.state not in ("proposed", "agreed"):
            return []
        protocol.rejects.append(source)
        if not self._are_enough_answers(protocol.rejects):
            return []

        protocol.state = "refused"
        self.counter = max(self.counter, nack.promised.round)
        return self._propose_again(self.own.get(slot, protocol.value), slot)

    # Learning.

    def _on_accepted(self, source: NodeId, accepted: Accepted) -> list[Effect]:
        slot, ballot, value = accepted.slot, accepted.ballot, accepted.value
        protocols = self.protocols.setdefault(slot, {})
        protocol = protocols.get(ballot)
        if protocol is None:
            protocol = protocols[ballot] = Protocol2009("agreed", value)
        if protocol.state == "accepted":
            return []
        protocol.voters.append(source)
        if not self._are_enough_votes(protocol.voters):
            return []

        protocol.state = "accepted"
        self.highest = max(self.highest, slot)
        voters = tuple(dict.fromkeys(protocol.voters))
        decided = self._decide(Learned(slot, value, ballot, voters))
        own = self.own.pop(slot, NOOP)
        is_lost = own not in (NOOP, value) and self.is_primary
        return [*decided, *(self._on_lost(own) if is_lost else [])]

    # Housekeeping.

    def _keep_house(self) -> list[Effect]:
        if not self.is_primary or not self.is_due:
            return []
        effects = self._fill_gaps()
        self._forget()
        return effects

    def _fill_gaps(self) -> list[Effect]:
        """Fill the gaps; it is this, whether it finds any or not, that sets the time."""
        self.is_due = False
        effects = [wait(DUE, DUE_US)]
        for slot in range(self.first_reported, self.highest):
            if slot not in self.decided:
                effects += self._propose(self._filler(slot), slot)
        return effects

    # Heartbeats.

    def _start_heartbeats(self) -> list[Effect]:
        if self.settings.heartbeats == "off":
            return []
        return [wait(BEAT, self.settings.heartbeat_every_us), self._await_heartbeat()]

    def _on_beat(self) -> list[Effect]:
        effects = [wait(BEAT, self.settings.heartbeat_every_us)]
        if self.is_primary and self.peers:
            effects.append(Broadcast(self.peers, Heartbeat()))
        return effects

    def _on_heartbeat(self, source: NodeId) -> list[Effect]:
        is_higher = index_of(source) > index_of(self.name)
        return [self._await_heartbeat(), *(self._turn("secondary") if is_higher else [])]

    def _turn(self, into: Literal["primary", "secondary"]) -> list[Effect]:
        if self.is_primary == (into == "primary"):
            return []
        self.is_primary = not self.is_primary
        return [Noted(Turned(into))]

    def _await_heartbeat(self) -> Effect:
        return wait(SILENCE, self.settings.heartbeat_timeout_us)

    def _await_message(self) -> Effect:
        """Have the plain pump hand over nothing when no message comes for so long."""
        return wait(NOTHING, NOTHING_US)

    def _die(self, why: str) -> list[Effect]:
        """End as a thread ends that nobody catches the exception of."""
        self.is_deaf = True
        return [Noted(WentDeaf(why))]

    # What the mistakes are about.

    def _on_unknown(self, slot: Slot, ballot: Ballot) -> list[Effect]:  # noqa: ARG002 - a mistake's
        """Do what an answer to a proposal calls for that there is no record of."""
        return []

    def _is_repeated(self, name: tuple[NodeId, int]) -> bool:
        """Return whether a command was asked for before."""
        return name in self.taken

    def _are_enough_answers(self, sources: Sequence[NodeId]) -> bool:
        return len(set(sources)) >= self.quorum

    def _are_enough_votes(self, sources: Sequence[NodeId]) -> bool:
        return len(set(sources)) >= self.quorum

    def _votes_that_count(self, reports: Sequence[tuple[Vote, ...]]) -> list[Vote]:
        """Return the votes of which the highest is adopted, from what came with each agree."""
        return [vote for votes in reports for vote in votes]

    def _propose_again(self, value: Value, slot: Slot) -> list[Effect]:
        """Propose what was refused: in its instance, unless that is decided."""
        return [] if slot in self.decided else self._propose(value, slot)

    def _on_lost(self, own: Value) -> list[Effect]:
        """Propose its own value elsewhere: its instance was decided with another."""
        return self._propose(own)

    def _decide(self, learned: Learned) -> list[Effect]:
        if learned.slot in self.decided:
            return []
        self.decided[learned.slot] = learned.value
        return [learned]

    def _filler(self, slot: Slot) -> Value:
        """Return what to fill a gap with: what it has under way there itself, if anything."""
        return self.own.get(slot, NOOP)

    def _forget(self) -> None:
        """Forget protocols, or none."""
