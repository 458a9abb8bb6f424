"""The timed network: links that delay, drop, duplicate, and have troubles.

A message is one call in the world's queue: its envelope's delivery. What becomes of it is drawn
ahead, in blocks, for all links of a model in one pass (see `links`). Where decisions need names,
they are made one by one. Reordering follows from delays.
"""

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from paxos_des.engine.choices import Chooser, Key, Kind, name_of
from paxos_des.engine.entries import Envelope, MessageEntry, MessageEvent
from paxos_des.engine.fast import FAST
from paxos_des.engine.ledger import BLOCK, Observer
from paxos_des.engine.link_faults import LinkFaults
from paxos_des.engine.links import DOUBLED, SPECIAL, Link, LinkGroup, NetworkPlan, new_links
from paxos_des.engine.trace import Trace
from paxos_des.engine.world import World
from paxos_des.names import NodeId

FIRST_BLOCK = 8
LARGEST_BLOCK = 1024
RANK_BITS = 16
"""A shuffled tie's rank stands above the number by which the queue orders equal times."""
_RANK_SHIFT = 48
Sender = Callable[[tuple[NodeId, ...], object], None]
"""Sends a message to each target in turn."""


class Tally:
    """How many messages of a kind were sent, and who observes them: see `Trace.watching`."""

    __slots__ = ("sent", "watchers")

    def __init__(self, watchers: list[Observer]) -> None:
        self.sent = 0
        self.watchers = watchers


class _Tallies(dict[type, Tally]):
    """By kind of message; a kind that was not sent before gets one when it is asked for."""

    def __init__(self, trace: Trace) -> None:
        super().__init__()
        self._watching: dict[type, list[Observer]] = trace.watching

    def __missing__(self, kind: type) -> Tally:
        tally = self[kind] = Tally(self._watching[kind])
        return tally


class Network:
    """The links of one run.

    Parameters
    ----------
    has_shuffled_ties
        Deliveries of one instant are ordered by a drawn rank, in place of first come.

    Attributes
    ----------
    links
        By source, then target.
    """

    def __init__(
        self,
        world: World,
        trace: Trace,
        chooser: Chooser,
        plan: NetworkPlan,
        *,
        has_shuffled_ties: bool,
    ) -> None:
        self._world = world
        self._trace = trace
        self._chooser = chooser
        self._has_shuffled_ties = has_shuffled_ties
        # A rank is drawn from the weather: without one, shuffled ties are as first come.
        has_ranks = has_shuffled_ties and chooser.weather is not None
        self._is_slow = chooser.is_careful or has_ranks
        self._slow_places = None if has_ranks else chooser.minded
        self._envelopes = 0
        self.links: dict[NodeId, dict[NodeId, Link]] = {}
        self._tallies = _Tallies(trace)
        self._office = None if FAST is None else self._new_office(FAST)
        for group in plan.groups:
            self._add(group)

    def sender(self, source: NodeId) -> Sender:
        """Return what sends from a node: the path that all messages take.

        It is a closure, whose variables are looked up once for all messages. Where nothing is
        recorded, the targets of a broadcast share one envelope: nobody reads which is whose.
        """
        if self._office is not None:
            sender: Sender = self._office.sender(source, self.links[source])
            return sender
        return self._recording_sender(source) if self._trace.is_recording else self._sender(source)

    def _recording_sender(self, source: NodeId) -> Sender:
        world, trace, links, tallies = self._world, self._trace, self.links[source], self._tallies
        push, take_number, refill = world.push, world.take_number, self._refill
        block = trace.block

        def broadcast(targets: tuple[NodeId, ...], message: object) -> None:
            tally = tallies[type(message)]
            now_us, number, first = world._now, self._envelopes, trace.numbers
            entries = first
            for target in targets:
                envelope = MessageEntry(entries, now_us, "send", source, target, number, message)
                entries += 1
                number += 1
                block.append(envelope)
                link = links[target]
                fate = (link.fates or refill(link)).pop()
                if fate < 0:
                    trace.numbers = entries
                    self._send_specially(link, envelope, fate)
                    entries = trace.numbers
                else:
                    push((now_us + fate, 1, take_number(), link.receive, envelope))
            trace.numbers = entries
            self._envelopes = number
            tally.sent += len(targets)
            if tally.watchers and targets:
                number -= len(targets)
                envelope = MessageEntry(first, now_us, "send", source, targets[0], number, message)
                for watcher in tally.watchers:
                    watcher(envelope)
            if len(block) >= BLOCK:
                trace.flush()

        return broadcast

    def _sender(self, source: NodeId) -> Sender:
        world, trace, links, tallies = self._world, self._trace, self.links[source], self._tallies
        push, take_number, refill = world.push, world.take_number, self._refill

        def broadcast(targets: tuple[NodeId, ...], message: object) -> None:
            tally, now_us, count = tallies[type(message)], world._now, len(targets)
            tally.sent += count
            number = trace.numbers
            trace.numbers = number + count
            envelope = MessageEntry(number, now_us, "send", source, "", 0, message)
            for target in targets:
                link = links[target]
                fate = (link.fates or refill(link)).pop()
                if fate < 0:
                    self._send_specially(link, envelope, fate)
                else:
                    push((now_us + fate, 1, take_number(), link.receive, envelope))
            for watcher in tally.watchers:
                watcher(envelope)

        return broadcast

    def _new_office(self, fast: Any) -> Any:  # noqa: ANN401 - compiled: see `fast`
        """Return what makes senders, compiled; None: they are made here."""
        world = self._world
        weather = self._chooser.weather
        root = 0 if weather is None else weather.root
        return fast.Office(
            self, self._is_slow, root, world, self._trace, world._eid, world._queue, self._tallies
        )

    def dissolve(self) -> None:
        """Let go of all links, after the run: see `Cluster.dissolve`."""
        for links in self.links.values():
            links.clear()
        self.links.clear()
        self._office = None

    @property
    def sent(self) -> dict[type, int]:
        """How many messages of each kind were sent."""
        return {kind: tally.sent for kind, tally in self._tallies.items()}

    @property
    def faults(self) -> LinkFaults:
        """What troubles links, and mends them."""
        return LinkFaults(self)

    def go_on(self, link: Link, envelope: Envelope, delay_us: int, rank: int) -> None:
        """Let a message arrive after its delay, and after what troubles its link."""
        world, trouble = self._world, link.trouble
        leaves_at_us = world._now
        if trouble is not None:
            if trouble.is_held:
                trouble.held.append((envelope, delay_us, rank))
                return
            leaves_at_us = trouble.leaves_at_us(leaves_at_us)
        number = world.take_number() + (rank << _RANK_SHIFT)
        world.push((leaves_at_us + delay_us, 1, number, link.receive, envelope))

    def lose(self, envelope: Envelope, event: MessageEvent) -> None:
        """Note that an envelope reached nobody: `drop` and `cut` at its sender, the other
        events at its receiver.
        """
        ends = (envelope.node, envelope.peer)
        node, peer = ends if event in ("drop", "cut") else ends[::-1]
        self._trace.add_message(
            self._world.now, event, node, peer, envelope.envelope, envelope.message
        )

    def _send_specially(self, link: Link, envelope: Envelope, fate: int) -> None:
        """Do what is not a plain delivery: from the fate, or, where names or ranks are needed, by
        making the decisions about this message one by one.
        """
        if link.trouble is not None:
            fate = link.trouble.fates.pop()
        if self._is_slow and self._is_slow_at(link.place):
            self._decide(link, envelope)
        elif link.trouble is not None and link.trouble.loses(envelope.message):
            self.lose(envelope, "cut")
        elif fate == SPECIAL:
            self.lose(envelope, "drop")
        elif fate >= 0:
            self.go_on(link, envelope, fate, 0)
        else:
            self.go_on(link, envelope, DOUBLED - fate, 0)
            self._send_copy(link, envelope)

    def _send_copy(self, link: Link, envelope: Envelope) -> None:
        """Let the copy of a message that is doubled arrive."""
        count = link.drawn - len(link.fates) - 1
        self._deliver_later(link, envelope, "duplicate-delay", "duplicate-tie", count, "", 0)

    def _decide(self, link: Link, envelope: Envelope) -> None:
        """Make the decisions about one message one by one, by name where names are needed."""
        count = link.drawn - len(link.fates) - 1
        what, copy = "", 0
        if self._chooser.is_careful:
            what = name_of(identity(envelope.message))
            copy = self._chooser.copy(link.place, what)
        if link.trouble is not None and link.trouble.loses(envelope.message):
            self.lose(envelope, "cut")
            return
        is_dropped = self._decide_chance(link, "drop", link.group.drop_below, count, what, copy)
        if is_dropped:
            self.lose(envelope, "drop")
            return
        below = link.group.duplicate_below
        is_doubled = self._decide_chance(link, "duplicate", below, count, what, copy)
        self._deliver_later(link, envelope, "delay", "tie", count, what, copy)
        if is_doubled:
            kinds: tuple[Kind, Kind] = ("duplicate-delay", "duplicate-tie")
            self._deliver_later(link, envelope, *kinds, count, what, copy)

    def _deliver_later(
        self,
        link: Link,
        envelope: Envelope,
        delay: Kind,
        tie: Kind,
        count: int,
        what: str,
        copy: int,
    ) -> None:
        chooser = self._chooser
        delay_us: Any = link.group.dull_us
        if chooser.weather is not None:
            delay_us = link.group.table.delay_us(chooser.weather.bits(link.bits_of(delay), count))
        if chooser.is_careful:
            key = Key(delay, link.place, what, copy)
            delay_us = chooser.choose(key, delay_us, link.group.dull_us)
        rank: Any = 0
        if self._has_shuffled_ties:
            if chooser.weather is not None:
                rank = chooser.weather.bits(link.bits_of(tie), count) >> (64 - RANK_BITS)
            if chooser.is_careful:
                rank = chooser.choose(Key(tie, link.place, what, copy), rank, 0)
        self.go_on(link, envelope, delay_us, rank)

    def _decide_chance(
        self, link: Link, kind: Kind, below: int, count: int, what: str, copy: int
    ) -> bool:
        chooser = self._chooser
        drawn = False
        if below and chooser.weather is not None:
            drawn = chooser.weather.bits(link.bits_of(kind), count) < below
        if chooser.is_careful:
            return bool(chooser.choose(Key(kind, link.place, what, copy), drawn, dull=False))
        return drawn

    def _is_slow_at(self, place: tuple[NodeId, NodeId]) -> bool:
        """Whether, on a link of a network that is slow, decisions are made one by one."""
        return self._slow_places is None or place in self._slow_places

    def _add(self, group: LinkGroup) -> None:
        weather = self._chooser.weather
        if self._is_slow and self._slow_places is None:
            listed = [[SPECIAL] * FIRST_BLOCK for _ in group.places]
        elif self._is_slow or weather is None or group.is_dull:
            listed = self._fates(group, group.streams, 0, FIRST_BLOCK)
        else:
            listed = group.first_fates(weather, FIRST_BLOCK)
        if self._slow_places:
            for index, place in enumerate(group.places):
                if self._is_slow_at(place):
                    listed[index] = [SPECIAL] * FIRST_BLOCK
        new_links(group, listed, self.links)

    def _refill(self, link: Link) -> list[int]:
        group = link.group
        size = min(3 * link.drawn + FIRST_BLOCK, LARGEST_BLOCK)  # 8, 32, 128, 512, 1024
        if self._is_slow and self._is_slow_at(link.place):
            fates = [SPECIAL] * size
        elif group.drawn is not None and self._chooser.weather is not None and not group.is_dull:
            fates = group.drawn.next(self._chooser.weather.root, link.index, link.drawn, size)
        else:
            (fates,) = self._fates(group, group.streams[link.index, np.newaxis], link.drawn, size)
        link.drawn += size
        if link.trouble is not None:
            link.trouble.fates, fates = fates, [SPECIAL] * size
        link.fates = fates
        return fates

    def _fates(
        self, group: LinkGroup, streams: NDArray[np.uint64], start: int, size: int
    ) -> list[list[int]]:
        """Return the fates of `size` messages from number `start` on, for each row of streams:
        the first one last.
        """
        weather = self._chooser.weather
        if weather is None or group.is_dull:
            return [[group.dull_us] * size for _ in streams]
        return group.fates(weather.block(streams, start, size))


def identity(message: object) -> dict[str, Any]:
    """Return what names a message among decisions: its type and the fields of its IDENTITY."""
    kind = type(message)
    fields: Any = getattr(kind, "IDENTITY", None)
    if fields is None:
        fields = kind.__struct_fields__  # type: ignore[attr-defined] # messages are structs
    named = {field: getattr(message, field) for field in fields}
    return {"type": kind.__name__} | {
        field: value for field, value in named.items() if value is not None
    }
