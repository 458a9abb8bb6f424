"""Message pumps: how what arrives at a node is handed to its role, as in 2009.

A pump is a SimPy process with one inbox, its mailbox. Timers fire into the mailbox too, and are
handed over as they come: a pump delays messages, not the node's own clock.

The plain pump, first come, first served, is no process of its own: it is the one in which a node
serves its role. What stands here is the other.
"""

from collections.abc import Callable, Generator
from typing import Any

import msgspec

from paxos_des.engine.choices import Chooser, chance, name_of
from paxos_des.engine.entries import ENVELOPES, Envelope
from paxos_des.engine.mailbox import Mailbox
from paxos_des.engine.network import identity
from paxos_des.engine.world import World
from paxos_des.names import NodeId

HandOver = Callable[[Any], object]


class Idle(msgspec.Struct, frozen=True):
    """Tells an adversarial pump that nothing came for as long as it waits."""


class Nothing(msgspec.Struct, frozen=True):
    """What a pump hands over that has nothing, to an owner that wants to know."""


_IDLE = Idle()
NOTHING = Nothing()


class AdversarialPump:
    """Delays messages without bound and hands them over in any order; loses none.

    Again and again: it waits up to `wait_us` for one new message, and pools it. Then, if the
    pool is not empty, it takes out any one of the pool and hands it over, or, with a small
    chance, hands over nothing. The dullest pick is the oldest message.

    Parameters
    ----------
    tells_nothing
        Its owner wants `NOTHING` whenever it is handed no message; else it is not woken for that,
        and while its pool is empty, the pump does not even wait.
    """

    def __init__(
        self,
        world: World,
        chooser: Chooser,
        node: NodeId,
        *,
        wait_us: int,
        nothing: float,
        is_deaf: Callable[[], bool],
        tells_nothing: bool = False,
    ) -> None:
        self._world = world
        self._chooser = chooser
        self._node = node
        self._wait_us = wait_us
        self._nothing_below = chance(nothing)
        self._is_deaf = is_deaf
        self._tells_nothing = tells_nothing
        self._pool: list[Envelope] = []
        self._idle_at_us = 0
        self._is_armed = False

    def run(self, mailbox: Mailbox, hand_over: HandOver) -> Generator[Any, Any, None]:
        """Be the process."""
        if self._tells_nothing:
            self._wait(mailbox)
        while True:
            item = yield mailbox.receive
            if isinstance(item, ENVELOPES):
                self._pool.append(item)
            elif item is not _IDLE:
                hand_over(item)
                continue
            picked = self._pick(item)
            if picked is not None:
                hand_over(picked)
            elif self._tells_nothing and not self._is_deaf():
                hand_over(NOTHING)
            if self._pool or self._tells_nothing:
                self._wait(mailbox)

    def _pick(self, item: Envelope | Idle) -> Envelope | None:
        if not self._pool or self._is_deaf():
            return None
        index = self._chooser.pick(
            self._node,
            lambda: name_of({"after": _what(item) if isinstance(item, ENVELOPES) else "idle"}),
            lambda: [name_of(_what(envelope)) for envelope in self._pool],
            len(self._pool),
            nothing_below=self._nothing_below,
        )
        return None if index is None else self._pool.pop(index)

    def _wait(self, mailbox: Mailbox) -> None:
        """Wake up when nothing has come for `wait_us`. One call stands in the queue at most:
        when it comes too early, because of a message since, it goes back.
        """
        self._idle_at_us = self._world.now + self._wait_us
        if not self._is_armed:
            self._is_armed = True
            self._world.call_at(self._idle_at_us, self._wake, mailbox)

    def _wake(self, mailbox: Mailbox) -> None:
        if self._world.now < self._idle_at_us:
            self._world.call_at(self._idle_at_us, self._wake, mailbox)
            return
        self._is_armed = False
        mailbox.put(_IDLE)


def _what(envelope: Envelope) -> dict[str, Any]:
    """Return a pooled message's name; of several alike the oldest is meant."""
    return {"from": envelope.node, "message": identity(envelope.message)}
