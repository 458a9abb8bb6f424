"""The pooled network: messages, timers and fsyncs lie in the pool of a `PooledWorld`."""

from collections.abc import Callable, Hashable, Iterable
from typing import Any

from paxos_des.engine.choices import Chooser, Decision, Remember
from paxos_des.engine.disk import Disk
from paxos_des.engine.disk_decisions import Batch, DiskDecisions
from paxos_des.engine.entries import MessageEntry
from paxos_des.engine.ledger import BLOCK
from paxos_des.engine.links import Link, LinkGroup, NetworkPlan
from paxos_des.engine.network import Network, Sender
from paxos_des.engine.pool import Event
from paxos_des.engine.pooled_world import NotedWorld, PooledWorld
from paxos_des.engine.timers import Timers
from paxos_des.engine.trace import Trace
from paxos_des.names import NodeId

FAR_US = 2**60
"""A fsync that lies in the pool has not come to its marker yet, however long it has been there."""


class PooledChooser(Chooser):
    """Leaves to the policy when things happen; what clients ask for is all that is drawn.

    Parameters
    ----------
    seed, operations
        What clients ask for, by a seed's weather, or by interventions over it; else what is
        dullest.
    """

    def __init__(
        self,
        seed: int | None = None,
        operations: Iterable[Decision] = (),
        *,
        remember: Remember = "nothing",
    ) -> None:
        super().__init__(seed, operations, remember=remember)

    def timer_us(self, node: NodeId, name: object, low_us: int, high_us: int) -> int:  # noqa: ARG002
        return low_us


class PooledNetwork(Network):
    """Links that put what is sent into the pool."""

    _world: PooledWorld

    def __init__(
        self, world: PooledWorld, trace: Trace, chooser: Chooser, plan: NetworkPlan
    ) -> None:
        super().__init__(world, trace, chooser, plan, has_shuffled_ties=False)

    def _new_office(self, _: Any) -> None:  # noqa: ANN401 - compiled: it knows of no pool
        """Have senders made here."""

    def _add(self, group: LinkGroup) -> None:
        links = self.links
        for index, (source, target) in enumerate(group.places):
            link = Link(group, index, [])
            if source in links:
                links[source][target] = link
            else:
                links[source] = {target: link}

    def _sender(self, source: NodeId) -> Sender:
        world, trace, links, tallies = self._world, self._trace, self.links[source], self._tallies
        take_number, pool, calls = world.take_number, world.pool, world.calls
        new = tuple.__new__

        def broadcast(targets: tuple[NodeId, ...], message: object) -> None:
            tally, parent = tallies[type(message)], world.current
            tally.sent += len(targets)
            number = trace.numbers
            trace.numbers = number + len(targets)
            envelope = MessageEntry(number, world._now, "send", source, "", 0, message)
            for target in targets:
                # Past `Event.__new__`, for half of the time.
                event = (take_number(), "deliver", target, source, message, parent)
                pool.append(new(Event, event))
                calls.append((links[target], envelope, False))
            for watcher in tally.watchers:
                watcher(envelope)

        return broadcast

    def _recording_sender(self, source: NodeId) -> Sender:
        world, trace, links, tallies = self._world, self._trace, self.links[source], self._tallies
        assert isinstance(world, NotedWorld), f"nobody takes notes of what {source} sends"

        def broadcast(targets: tuple[NodeId, ...], message: object) -> None:
            tally, now_us = tallies[type(message)], world._now
            tally.sent += len(targets)
            first: MessageEntry | None = None
            for target in targets:
                number = self._envelopes
                self._envelopes = number + 1
                envelope = MessageEntry(
                    trace.take_number(), now_us, "send", source, target, number, message
                )
                first = envelope if first is None else first
                trace.block.append(envelope)
                if world.add_message(links[target], envelope):
                    self.lose(envelope, "drop")
            for watcher in tally.watchers if first is not None else ():
                watcher(first)
            if len(trace.block) >= BLOCK:
                trace.flush()

        return broadcast


class PooledTimers(Timers):
    """Timers each of which lies in the pool while it is set."""

    _world: PooledWorld

    def __init__(self, world: PooledWorld, node: NodeId, fire: Callable[[Any], object]) -> None:
        super().__init__(world, fire)
        self._node = node
        self._numbers: dict[Hashable, int] = {}

    def set(self, timer: Hashable, after_us: int) -> None:
        self.cancel(timer)
        self._numbers[timer] = self._world.add(
            "timer", self._node, timer, self._on_picked, timer, after_us
        )

    def cancel(self, timer: Hashable) -> None:
        number = self._numbers.pop(timer, None)
        if number is not None:
            self._world.take_back(number)

    def close(self) -> None:
        for timer in tuple(self._numbers):
            self.cancel(timer)

    def _on_picked(self, timer: Hashable) -> None:
        del self._numbers[timer]
        self._fire(timer)


class PooledDisk(Disk):
    """A disk whose fsyncs are in the pool: also those that would take no time."""

    _world: PooledWorld

    def __init__(self, *made_as: Any) -> None:  # noqa: ANN401 - as a disk is made
        super().__init__(*made_as)
        self._decisions = _Undecided(self._decisions)
        self._number: int | None = None
        self._look()

    def crash(self) -> None:
        if self._number is not None:
            self._world.take_back(self._number)
            self._number = None
        super().crash()

    def _launch(self, delay_us: int, flight: Any) -> None:  # noqa: ANN401, ARG002 - a disk's own
        self._number = self._world.add(
            "fsync", self.node, flight.batch, self._on_picked, flight, self._decisions.dull_us
        )

    def _on_picked(self, flight: Any) -> None:  # noqa: ANN401 - a disk's own
        self._number = None
        self._land(flight)


class _Undecided(DiskDecisions):
    """Leaves to the policy when an fsync is done; nothing goes wrong with a disk but a crash."""

    def __init__(self, decisions: DiskDecisions) -> None:
        self.__dict__.update(decisions.__dict__)
        self.is_ideal = False

    def of_fsync(self, number: int, batch: Batch, durable: int) -> tuple[int, bool, int]:  # noqa: ARG002
        return FAR_US, False, 0

    def of_crash(self, number: int, kept_max: int, durable: int) -> tuple[int, int]:  # noqa: ARG002
        return 0, 0
