"""The client: asks leaders to have its commands chosen, until each is answered."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import assert_never

from paxos_des.names import NodeId
from paxos_des.protocol.ballot import Command, Operation
from paxos_des.protocol.effects import (
    CancelTimer,
    Completed,
    Effect,
    Invoked,
    Record,
    Send,
    SetTimer,
    Timer,
)
from paxos_des.protocol.messages import ClientMessage, Redirect, Reply, Request

RETRY = Timer("retry")


@dataclass(slots=True)
class Asking:
    """One request that waits for its answer.

    Attributes
    ----------
    was_redirected
        A redirect was followed since the last retry: two leaders that each take the other for
        the primary would otherwise send it to and fro for ever.
    was_idle
        It was on its way at the last look already: it is time to ask again.
    """

    command: Command
    leader: NodeId
    was_redirected: bool = False
    was_idle: bool = False


@dataclass(slots=True)
class Client:
    """Has `in_flight` requests on their way, None for all at once, and learns of no slot but
    its own.

    Attributes
    ----------
    first_leader
        Which leader a command goes to at first, by its sequence number, while no leader is
        known to be the primary.
    primary
        The leader that the last redirect named, or that the last answer came from.
    """

    name: NodeId
    leaders: tuple[NodeId, ...]
    operations: tuple[Operation, ...]
    first_leader: Callable[[int], NodeId]
    in_flight: int | None
    retry_after_us: int
    primary: NodeId | None = None
    asked: int = 0
    asking: dict[int, Asking] = field(default_factory=dict)

    def on_start(self) -> list[Effect]:
        effects = self._ask_more()
        return [*effects, self._set_retry()] if effects else []

    def recover(self, records: Sequence[Record]) -> list[Effect]:
        """Ask again for what was asked for and not known to be answered."""
        assert not records, records
        return self.on_start()

    def on_message(self, source: NodeId, message: ClientMessage) -> list[Effect]:
        match message:
            case Reply():
                return self._on_reply(source, message)
            case Redirect():
                return self._on_redirect(message)
            case _:
                assert_never(message)

    def on_timer(self, timer: Timer) -> list[Effect]:
        """Ask the next leader for what went unanswered for a whole period."""
        assert timer == RETRY, f"{RETRY} is set, then {timer} fired"
        effects: list[Effect] = []
        for asking in self.asking.values():
            if asking.was_idle:
                if asking.leader == self.primary:
                    self.primary = None
                following = self.leaders.index(asking.leader) + 1
                asking.leader = self.leaders[following % len(self.leaders)]
                asking.was_redirected = False
                effects.append(Send(asking.leader, Request(asking.command)))
            asking.was_idle = True
        return [*effects, self._set_retry()]

    def _on_reply(self, source: NodeId, reply: Reply) -> list[Effect]:
        asking = self.asking.pop(reply.sequence, None)
        if asking is None:
            return []
        self.primary = source
        effects: list[Effect] = [Completed(asking.command, "ok", reply.slot)]
        effects += self._ask_more()
        if not self.asking:
            effects.append(CancelTimer(RETRY))
        return effects

    def _on_redirect(self, redirect: Redirect) -> list[Effect]:
        asking = self.asking.get(redirect.sequence)
        if asking is None or asking.was_redirected or asking.leader == redirect.primary:
            return []
        self.primary = redirect.primary
        asking.leader = redirect.primary
        asking.was_redirected = True
        asking.was_idle = False
        return [Send(asking.leader, Request(asking.command))]

    def _ask_more(self) -> list[Effect]:
        effects: list[Effect] = []
        while self.asked < len(self.operations) and (
            self.in_flight is None or len(self.asking) < self.in_flight
        ):
            sequence = self.asked
            command = Command(self.name, sequence, self.operations[sequence])
            leader = self.first_leader(sequence) if self.primary is None else self.primary
            self.asked += 1
            self.asking[sequence] = Asking(command, leader)
            effects += [Invoked(command), Send(leader, Request(command))]
        return effects

    def _set_retry(self) -> Effect:
        after_us = self.retry_after_us
        return SetTimer(timer=RETRY, delay_us_min=after_us, delay_us_max=after_us)
