"""The client: asks leaders to have its commands chosen, until each is answered.

It asks in a *closed* loop, where an answer (and perhaps a time to think) brings the next request,
or in an *open* one, where requests arrive whether or not earlier ones are answered. What arrives
while as many are open as may be waits in a queue, and is asked for (and noted, `Invoked`) when
its turn comes: times of reply count from there. Where all may be open at once, nothing waits.

A client with a disk that crashes goes on where it was: it asks again for all that is not
answered, and never gives a number twice. A number is durable before anybody hears of it, so what
is lost with a crash was never asked for; an answer is noted before it is durable, so that none is
lost. Between the two it may invoke, or complete, once more what it did just before it crashed:
its node takes note of the first time only.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import assert_never

from paxos_des.names import NodeId
from paxos_des.protocol.ballot import Command, Operation
from paxos_des.protocol.effects import (
    Answered,
    Asked,
    CancelTimer,
    Compact,
    Completed,
    Effect,
    Invoked,
    Persist,
    Record,
    Send,
    SetTimer,
    Timer,
)
from paxos_des.protocol.habits import Habits
from paxos_des.protocol.messages import ClientMessage, Redirect, Reply, Request

RETRY = Timer("retry")
ARRIVE = Timer("arrive")
COMPACT_AFTER = 1_000
"""So many records at least are worth the while of putting few in their place."""


@dataclass(slots=True)
class Asking:
    """One request that waits for its answer.

    Attributes
    ----------
    retries, tried
        How many there were, and which leader the last one chose.
    was_redirected
        A redirect was followed since the last retry: two leaders that each take the other for
        the primary would otherwise send it to and fro for ever.
    was_idle
        It was on its way at the last look already: it is time to ask again.
    """

    command: Command
    leader: NodeId
    retries: int = 0
    tried: NodeId | None = None
    was_redirected: bool = False
    was_idle: bool = False

    def try_next(self, leaders: tuple[NodeId, ...]) -> None:
        """Take the leader after the one that was silent; after a whole round in vain, the one
        after the last that a retry chose, wherever redirects led since: else two leaders, one
        that is silent and one that takes it for the primary, keep a request from all others.
        """
        is_vain = self.retries >= len(leaders)
        before = self.tried if is_vain and self.tried is not None else self.leader
        self.leader = self.tried = leaders[(leaders.index(before) + 1) % len(leaders)]
        self.retries += 1
        self.was_redirected = False


@dataclass(slots=True)
class Client:
    """Has so many requests on their way as its habits allow, and learns of no slot but its own.

    Parameters
    ----------
    operation_of
        What it asks for, by sequence number; called once each, when its turn comes.
    count
        How many requests there are in all.

    Attributes
    ----------
    first_leader
        Which leader a command goes to at first, by its sequence number, while no leader is
        known to be the primary.
    primary
        The leader that the last redirect named, or that the last answer came from.
    asked
        The next sequence number.
    arrived
        All below this number may be asked for.
    lowest
        All below this number is answered; kept up where there is a window.
    thinking
        Numbers of the timers of those who think: each keeps one request from being open.
    """

    name: NodeId
    leaders: tuple[NodeId, ...]
    operation_of: Callable[[int], Operation]
    count: int
    first_leader: Callable[[int], NodeId]
    habits: Habits
    primary: NodeId | None = None
    asked: int = 0
    arrived: int = field(init=False)
    lowest: int = 0
    asking: dict[int, Asking] = field(default_factory=dict)
    thinking: set[int] = field(default_factory=set)
    _wait_us: int = field(init=False)
    _is_waiting: bool = False
    _records: int = 0

    def __post_init__(self) -> None:
        self.arrived = 0 if self.habits.arrivals == "open" else self.count
        self._wait_us = self.habits.retry_after_us

    def on_start(self) -> list[Effect]:
        effects = self._await_arrival() if self.arrived < self.count else []
        effects += self._ask_more()
        return effects + self._begin_to_wait()

    def ask_for_one_more(self) -> list[Effect]:
        """Ask for what its user has just thought of."""
        self.count += 1
        self.arrived += 1
        return [*self._ask_more(), *self._begin_to_wait()]

    def recover(self, records: Sequence[Record]) -> list[Effect]:
        """Ask again for what was asked for and is not known to be answered, and go on."""
        asked: dict[int, Command] = {}
        for record in records:
            if isinstance(record, Asked):
                asked[record.command.sequence] = record.command
                self.asked = max(self.asked, record.command.sequence + 1)
            elif isinstance(record, Answered):
                asked.pop(record.sequence, None)
                self.asked = max(self.asked, record.sequence + 1)
        self._records = len(records)
        self.lowest = min(asked, default=self.asked)
        self.arrived = max(self.arrived, self.asked)
        again: list[Effect] = []
        for sequence, command in sorted(asked.items()):
            leader = self.first_leader(sequence)
            self.asking[sequence] = Asking(command, leader)
            again += [Invoked(command), Send(leader, Request(command))]
        return [*again, *self.on_start()]

    def on_message(self, source: NodeId, message: ClientMessage) -> list[Effect]:
        match message:
            case Reply():
                return self._on_reply(source, message)
            case Redirect():
                return self._on_redirect(message)
            case _:
                assert_never(message)

    def on_timer(self, timer: Timer) -> list[Effect]:
        if timer == RETRY:
            return self._on_retry()
        effects: list[Effect] = []
        if timer == ARRIVE:
            self.arrived += 1
            effects += self._await_arrival()
        else:
            thinking = {_think(number): number for number in self.thinking}
            assert timer in thinking, f"{RETRY} is set, and {list(thinking)}, then {timer} fired"
            self.thinking.remove(thinking[timer])
        return [*effects, *self._ask_more(), *self._begin_to_wait()]

    def _on_retry(self) -> list[Effect]:
        """Ask the next leader for what went unanswered for a whole period."""
        effects: list[Effect] = []
        for asking in self.asking.values():
            if asking.was_idle:
                if asking.leader == self.primary:
                    self.primary = None
                asking.try_next(self.leaders)
                effects.append(Send(asking.leader, Request(asking.command)))
            asking.was_idle = True
        if effects:
            self._wait_us = self.habits.longer(self._wait_us)
        return [*effects, self._set_retry()]

    def _on_reply(self, source: NodeId, reply: Reply) -> list[Effect]:
        asking = self.asking.pop(reply.sequence, None)
        if asking is None:
            return []
        habits = self.habits
        self.primary = source
        effects: list[Effect] = [Completed(asking.command, "ok", reply.slot, reply.result)]
        if habits.is_durable:
            effects += self._keep(Answered(reply.sequence))
        if habits.is_windowed:
            while self.lowest < self.asked and self.lowest not in self.asking:
                self.lowest += 1
        if habits.think_us_max:
            effects += self._think()
        effects += self._ask_more()
        if self._records > COMPACT_AFTER and self._records > 4 * len(self.asking):
            effects.append(self._compact())
        if not self.asking:
            self._is_waiting = False
            effects.append(CancelTimer(RETRY))
        if self._wait_us != habits.retry_after_us:
            self._wait_us = habits.retry_after_us
            if self.asking:
                effects.append(self._set_retry())
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
        below = self._ask_below()
        if self.asked >= below:
            return effects
        name, asking, primary = self.name, self.asking, self.primary
        for sequence in range(self.asked, below):
            command = Command(name, sequence, self.operation_of(sequence))
            if self.habits.is_durable:
                effects += self._keep(Asked(command))
            leader = self.first_leader(sequence) if primary is None else primary
            asking[sequence] = Asking(command, leader)
            effects += (Invoked(command), Send(leader, Request(command)))
        self.asked = below
        return effects

    def _ask_below(self) -> int:
        """Return below which number all may be asked for now."""
        below, in_flight = self.arrived, self.habits.in_flight
        if in_flight is None:
            return below
        if self.habits.is_windowed and self.lowest + in_flight < below:
            below = self.lowest + in_flight
        last = self.asked + in_flight - len(self.asking) - len(self.thinking)
        return min(below, last)

    def _think(self) -> list[Effect]:
        """Let who was answered think, if there is anything left to ask for afterwards."""
        if self.asked >= self.count:
            return []
        number = next(one for one in range(len(self.thinking) + 1) if one not in self.thinking)
        self.thinking.add(number)
        low_us, high_us = self.habits.think_us_min, self.habits.think_us_max
        return [SetTimer(timer=_think(number), delay_us_min=low_us, delay_us_max=high_us)]

    def _await_arrival(self) -> list[Effect]:
        if self.arrived >= self.count:
            return []
        low_us, high_us = self.habits.every_us_min, self.habits.every_us_max
        if self.habits.waits_us:
            low_us = high_us = self.habits.waits_us[self.arrived]
        return [SetTimer(timer=ARRIVE, delay_us_min=low_us, delay_us_max=high_us)]

    def _begin_to_wait(self) -> list[Effect]:
        """Look after what is asked for, if nobody does yet."""
        if self._is_waiting or not self.asking:
            return []
        self._is_waiting = True
        return [self._set_retry()]

    def _set_retry(self) -> Effect:
        wait_us = self._wait_us
        longest_us = wait_us + self.habits.jitter_us(wait_us)
        return SetTimer(timer=RETRY, delay_us_min=wait_us, delay_us_max=longest_us)

    def _keep(self, record: Record) -> list[Effect]:
        self._records += 1
        return [Persist(record)]

    def _compact(self) -> Effect:
        """Keep what is not answered, and the last number: no other is needed to go on."""
        records: list[Record] = [Asked(asking.command) for asking in self.asking.values()]
        last = self.asked - 1
        if last not in self.asking:
            records.append(Answered(last))
        self._records = len(records)
        return Compact(tuple(records))


def _think(number: int) -> Timer:
    return Timer(f"think {number}")
